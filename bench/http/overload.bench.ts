/**
 * What does a server do that is offered five times what it can: how much is served, how fast, and how soon is it well?
 *
 * Peak: closed loop, 64 connections. Then an open loop of five times the peak over 2,000 connections: calls are due
 * whatever the answers do. Then the closed loop again at once. Server and client on a core each.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, requestText } from '../peers/calls.js'
import { contenders, start } from '../peers/contenders.js'
import { runLoadClient } from '../peers/load.js'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'

const SECONDS = process.env.SEALTRAIL_BENCH_SHORT === undefined ? 6 : 3
const OFFERED = 5
const CONNECTIONS = 2000
const WELL = 0.9

showMachine()
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-overload-'))
const server = await start(contenders()[0]!, folder)
try {
  const created = await call(server, 'CreateKey', {})
  const { KeyId } = created.json.KeyMetadata as { KeyId: string }
  const context = { EncryptionContext: { tenant: 'acme' } }
  const made = await call(server, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...context })
  const { CiphertextBlob } = made.json
  const requests = [requestText(server, 'Decrypt', { CiphertextBlob, ...context })]
  const port = Number(new URL(server.url).port)
  const closed = { port, connections: 64, requests, seconds: SECONDS }

  await runLoadClient(closed)
  const peak = await runLoadClient(closed)
  const peakPerSecond = peak.good / peak.seconds
  const rate = Math.round(peakPerSecond * OFFERED)
  const over = await runLoadClient({ ...closed, connections: CONNECTIONS, rate })
  const after = await runLoadClient({ ...closed, seconds: 2 })
  const recovered = after.tenths.findIndex((good) => good * 10 >= peakPerSecond * WELL)
  const perSecond = ({ good, seconds }: typeof peak) => (good / seconds).toFixed(0)
  console.log(
    table([
      ['', 'served a second', 'of peak', 'p50 ms', 'p99 ms', 'turned away', 'unsent', 'bad'],
      ...(
        [
          ['peak, 64 connections', peak],
          [`${rate} a second offered, ${CONNECTIONS} connections`, over],
          ['right after', after],
        ] as const
      ).map(([name, one]) => [
        name,
        perSecond(one),
        `${((one.good / one.seconds / peakPerSecond) * 100).toFixed(0)} %`,
        one.p50.toFixed(1),
        one.p99.toFixed(1),
        `${one.turnedAway}`,
        `${one.unsent}`,
        `${one.bad}`,
      ]),
    ]),
  )
  const when = recovered === -1 ? 'not within 2 s' : `after ${(recovered + 1) * 100} ms`
  console.log(`\n${WELL * 100} % of the peak again: ${when}`)
} finally {
  await server.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
