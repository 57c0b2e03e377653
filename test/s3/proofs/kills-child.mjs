/**
 * One round of kills.mjs: opens the house, looks at all of it, and lets its clients work until somebody kills it.
 *
 *     node kills-child.mjs <place> <seed> <closes>
 *
 * Below `place` are `data`, and what its clients were told. Prints { findings, looked, answers } after the look; with
 * `closes` it closes then, and ends.
 */
import { openSealtrail } from '../../../dist/index.js'
import { chanceOf } from '../../store/proofs/clients.mjs'
import { prepare, runClients } from './clients.mjs'
import { look } from './look.mjs'
import { CLIENTS, readTold } from './told.mjs'

const [place, seed, closes] = process.argv.slice(2)
void main()

async function main() {
  // One more there is in the control.
  const told = Array.from({ length: CLIENTS + 1 }, (_, client) => readTold(place, client))
  const house = await openSealtrail({ dataDir: `${place}/data`, threads: 1 })
  const { s3 } = house
  const keyArn = await prepare(house)
  const { findings, looked } = await look({ s3, place, told })
  const answers = told.reduce((sum, mine) => sum + mine.answers, 0)
  if (closes === '1') {
    await house.close()
    say({ findings, looked, answers })
    return
  }
  say({ findings, looked, answers })
  if (findings.length > 0) return
  await runClients({ s3, keyArn, place, told, chanceOf, seed: Number(seed) }).catch((error) => {
    say({ findings: [`a call was refused: ${error.stack}`] })
  })
  // Whoever reads this kills us.
  setInterval(() => undefined, 1000)
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
