/**
 * What does a server do that is offered five times what it can: how much is served, how fast, and how soon is it well?
 *
 * Peak: closed loop, 64 connections. Then an open loop of four fifths of it over as many, and one of five times the peak
 * over 2,000: calls are due whatever the answers do. Then the closed loop again at once. Server and client on a core each.
 * The call is Encrypt, which always takes the whole way: of calls that repeat others, this client cannot make more than
 * the server serves.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, requestText } from '../peers/calls.js'
import { type Contender, contenders, start } from '../peers/contenders.js'
import { runLoadClient } from '../peers/load.js'
import type { Outcome } from '../support/load-client.js'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'

const SECONDS = process.env.SEALTRAIL_BENCH_SHORT === undefined ? 6 : 3
const CALM = 0.8
const OFFERED = 5
const CONNECTIONS = 2000
const WELL = 0.9

showMachine()
for (const contender of contenders().filter(({ name }) => name.startsWith('sealtrail'))) {
  await overload(contender)
}

async function overload(contender: Contender): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-overload-'))
  const server = await start(contender, folder)
  try {
    const created = await call(server, 'CreateKey', {})
    const { KeyId } = created.json.KeyMetadata as { KeyId: string }
    const input = { KeyId, Plaintext: 'c2VhbHRyYWls', EncryptionContext: { tenant: 'acme' } }
    const requests = [requestText(server, 'Encrypt', input)]
    const port = Number(new URL(server.url).port)
    const closed = { port, connections: 64, requests, seconds: SECONDS }

    await runLoadClient(closed)
    const peak = await runLoadClient(closed)
    const peakPerSecond = peak.good / peak.seconds
    const calm = await runLoadClient({ ...closed, rate: Math.round(peakPerSecond * CALM) })
    const rate = Math.round(peakPerSecond * OFFERED)
    const over = await runLoadClient({ ...closed, connections: CONNECTIONS, rate })
    const after = await runLoadClient({ ...closed, seconds: 2 })
    const row = (name: string, one: Outcome) => {
      const perSecond = one.good / one.seconds
      return [
        name,
        perSecond.toFixed(0),
        `${((perSecond / peakPerSecond) * 100).toFixed(0)} %`,
        one.p50.toFixed(1),
        one.p99.toFixed(1),
        `${one.turnedAway}`,
        `${one.unsent}`,
        `${one.bad}`,
      ]
    }
    console.log(
      table([
        [
          contender.name,
          'served a second',
          'of peak',
          'p50 ms',
          'p99 ms',
          'turned away',
          'unsent',
          'bad',
        ],
        row('peak, 64 connections', peak),
        row(`${CALM * 100} % of it offered, 64 connections`, calm),
        row(`${rate} a second offered, ${CONNECTIONS} connections`, over),
        row('right after', after),
      ]),
    )
    const recovered = after.tenths.findIndex((good) => good * 10 >= peakPerSecond * WELL)
    const when = recovered === -1 ? 'not within 2 s' : `after ${(recovered + 1) * 100} ms`
    console.log(`\n${WELL * 100} % of the peak again: ${when}\n`)
  } finally {
    await server.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
