/**
 * One round of kills.mjs: opens the house, looks at all of it, and lets its clients work until somebody kills it.
 *
 *     node killed-child.mjs <place> <options as JSON: clients, seed>
 *
 * Below `place` are `root`, and a file for each client, with the lines of its oracle. An answer is synced there before
 * the client goes on. Prints { startMs } after the first call that was answered, { findings, acknowledged } after the
 * look.
 */
import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { openSealtrail } from '../../../dist/index.js'
import { chanceOf, runClient } from './clients.mjs'
import { findingsIn, houseIn, lookAround } from './look.mjs'
import { Oracle } from './oracle.mjs'

const [place, options] = process.argv.slice(2)
const { clients, seed } = JSON.parse(options)
const numbers = Array.from({ length: clients }, (_, client) => client)
const oracle = new Oracle()
// One more may have been invented, as a control.
for (const client of [...numbers, clients]) readLines(linesOf(client))

const begun = performance.now()
const house = await openSealtrail(houseIn(join(place, 'root')))
await house.kms.listKeys({ Limit: 1 })
say({ startMs: performance.now() - begun })
const found = await lookAround(house)
const findings = await findingsIn(house, oracle, {}, found)
say({ findings, acknowledged: oracle.acknowledged.length })
if (findings.length === 0) await Promise.all(numbers.map(run))
// Whoever reads this kills us.
setInterval(() => undefined, 1000)

async function run(client) {
  const file = await open(linesOf(client), 'a')
  const tell = async (line) => {
    await file.write(`${JSON.stringify(line)}\n`)
    if (line.operation === undefined) await file.datasync()
    // Clients ask for nothing that must be refused.
    if (line.code !== undefined) say({ findings: [`a call was refused: ${line.code}`] })
  }
  await runClient({
    house,
    client,
    firstCall: oracle.callsOf(client),
    mine: oracle.possessionsOf(client, found),
    chance: chanceOf(seed * clients + client),
    tell,
    goOn: () => true,
  })
}

function linesOf(client) {
  return join(place, `client-${client}`)
}

/** A line that was cut short was told to nobody. */
function readLines(path) {
  if (!existsSync(path)) return
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('\n') + 1
  if (end < bytes.length) truncateSync(path, end)
  for (const line of bytes.toString('utf8', 0, end).split('\n').filter(Boolean))
    oracle.tell(JSON.parse(line))
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
