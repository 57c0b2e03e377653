/**
 * The oracle of clients whose house is killed: a file for each, in which an answer is synced before the client goes on.
 */
import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { chanceOf, runClient } from './clients.mjs'
import { Oracle } from './oracle.mjs'

export const CLIENTS = 8

/** What the clients of `place` were told. One more than there are may have been invented, as a control. */
export function readClients(place) {
  const oracle = new Oracle()
  for (let client = 0; client <= CLIENTS; client++) {
    for (const line of wholeLines(linesOf(place, client))) oracle.tell(JSON.parse(line))
  }
  return oracle
}

/**
 * Lets all clients go on until a call throws what is no answer; throws that when all have ended.
 *
 * @param oracle what they were told; found: what there is (look.mjs); onRefused: takes the code of a refusal, which is not
 * due: clients ask for nothing that must be refused
 */
export async function runClients({ house, place, oracle, found, seed, onRefused }) {
  const numbers = Array.from({ length: CLIENTS }, (_, client) => client)
  const ends = await Promise.allSettled(
    numbers.map(async (client) => {
      const file = await open(linesOf(place, client), 'a')
      const tell = async (line) => {
        await file.write(`${JSON.stringify(line)}\n`)
        if (line.operation === undefined) await file.datasync()
        if (line.code !== undefined) onRefused(line.code)
      }
      try {
        await runClient({
          house,
          client,
          firstCall: oracle.callsOf(client),
          mine: oracle.possessionsOf(client, found),
          chance: chanceOf(seed * CLIENTS + client),
          tell,
          goOn: () => true,
        })
      } finally {
        await file.close()
      }
    }),
  )
  const failed = ends.find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** As a client that had never called would tell of a call that was never made. */
export function inventedLines() {
  const call = { client: CLIENTS, call: 0 }
  const input = { description: `proof-${CLIENTS}-0`, tags: {} }
  const lines = [
    { ...call, operation: 'CreateKey', input },
    { ...call, output: { keyId: 'none' } },
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

export function linesOf(place, client) {
  return join(place, `client-${client}`)
}

/** A line that was cut short was told to nobody, and goes. */
function wholeLines(path) {
  if (!existsSync(path)) return []
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('\n') + 1
  if (end < bytes.length) truncateSync(path, end)
  return bytes.toString('utf8', 0, end).split('\n').filter(Boolean)
}
