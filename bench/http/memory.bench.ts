/**
 * Does the memory of 10,000 connections come back when they have gone?
 *
 * Resident memory of the server: warm after 3 seconds of load on 64 connections; with 10,000 connections that have made
 * a call each; and after they were closed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { call, requestText } from '../peers/calls.js'
import { contenders, start } from '../peers/contenders.js'
import { runLoadClient } from '../peers/load.js'
import { showMachine } from '../support/machine.js'

const CONNECTIONS = 9_900
const HELD_SECONDS = 5
const LOOK_AFTER_SECONDS = [1, 20, 40]

showMachine()
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-memory-'))
const ours = contenders().filter(({ name }) => name.startsWith('sealtrail'))
const server = await start(ours.at(-1)!, folder)
try {
  const created = await call(server, 'CreateKey', {})
  const { KeyId } = created.json.KeyMetadata as { KeyId: string }
  const requests = [requestText(server, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' })]
  const port = Number(new URL(server.url).port)
  await runLoadClient({ port, connections: 64, requests, seconds: 3 })
  const before = residentMib()
  const holding = runLoadClient({
    ...{ port, requests, isIdle: true },
    ...{ connections: CONNECTIONS, seconds: HELD_SECONDS },
  })
  let most = before
  let isHolding = true
  const held = holding.finally(() => {
    isHolding = false
  })
  while (isHolding) {
    most = Math.max(most, residentMib())
    await delay(100)
  }
  const { good, bad } = await held
  console.log(`\n${good} of ${CONNECTIONS} connections answered, ${bad} not`)
  console.log(`  warm                   ${before.toFixed(0)} MiB`)
  console.log(`  most, with them        ${most.toFixed(0)} MiB`)
  let waited = 0
  for (const seconds of LOOK_AFTER_SECONDS) {
    await delay((seconds - waited) * 1000)
    waited = seconds
    console.log(`  ${`${seconds} s after they went`.padEnd(20)}   ${residentMib().toFixed(0)} MiB`)
  }
} finally {
  await server.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

function residentMib(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1]) / 1024
}
