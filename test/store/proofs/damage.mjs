/**
 * The damage matrix: every kind of harm to every file of a data directory, which is then refused by name or served right.
 *
 * Two directories are harmed: one that was closed, and one whose process was killed. Each has a past (`older`), so that
 * a file can be put back to what it was. What a case does is drawn from the seed and its name, and is done in
 * damage-worker.mjs. All that is acknowledged, every record byte for byte, and a Decrypt for each key are looked at.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSealtrail } from '../../../dist/index.js'
import { programOf } from '../../support/program/program.mjs'
import { runCrew } from './crew.mjs'
import { baseFiles, filesBelow, readOracle } from './damage-base.mjs'
import { findingsIn, houseIn, moreOf } from './look.mjs'
import { EDITS } from './sql-edits.mjs'

const CHILD = fileURLToPath(new URL('./clients-child.mjs', import.meta.url))
const WORKER = fileURLToPath(new URL('./damage-worker.mjs', import.meta.url))
const BASES = ['closed', 'killed']
/** Done at as many places as are asked for, or a tenth of that. */
const AT_PLACES = {
  bit: 1,
  cut: 0.1,
  noise: 0.1,
  zeros: 0.1,
  'taken out': 0.1,
  'blocks swapped': 0.1,
}
const ONCE = ['emptied', 'removed', 'older', 'others older']
/**
 * Files that have seen what was committed, and must miss it when it is gone from all others. What the view of a killed
 * process was told lies in its log; the file itself is then as old as its last checkpoint, and no witness. The objects of a
 * killed process were told of what has objects only, and these clients have none.
 */
const WITNESSES = { closed: /sqlite$|journal/, killed: /sealtrail\.sqlite-wal$|journal/ }

/**
 * @param wanted { folder: an empty directory, best in memory; places: bits flipped in each file; calls: of each of 3 clients,
 * half of them in the past; editedBases: of how
 * many of the two the database is edited; seed; parallel; onState }
 * @returns { states, table: file × damage → result → count, findings: array of { base, file, damage, place, result, findings } }
 */
export async function damageFiles({
  folder,
  places,
  calls,
  editedBases = 2,
  seed,
  parallel,
  onState,
}) {
  for (const base of BASES) await makeHouse(folder, base, calls, seed)
  const jobs = BASES.flatMap((base, i) => casesOf(folder, base, places, i < editedBases))
  const report = { states: 0, table: {}, findings: [] }
  await runCrew({
    script: await programOf(WORKER, { sameThread: true }),
    args: [folder, String(seed)],
    jobs,
    parallel,
    onAnswer(job, { result, findings, what }) {
      const { base, file, damage } = job
      report.states++
      report.table[`${base} ${file}`] ??= {}
      const row = report.table[`${base} ${file}`]
      row[damage] ??= {}
      row[damage][result] = (row[damage][result] ?? 0) + 1
      if (!isAllowed(result))
        report.findings.push({ ...job, what, result, findings: findings.slice(0, 3) })
      onState?.(report, jobs.length)
    },
  })
  return report
}

/** `none`: the case is none here, such as an edit of a row that is not there. */
function isAllowed(result) {
  return result === 'refused' || result === 'right' || result === 'none'
}

/** @throws when it is not right before anything was done to it */
async function makeHouse(folder, base, calls, seed) {
  const { now, older, lines, more } = baseFiles(folder, base)
  mkdirSync(now, { recursive: true })
  const half = Math.ceil(calls / 2)
  runChild(now, lines, { clients: 3, calls: half, seed })
  cpSync(now, older, { recursive: true })
  runChild(now, lines, { clients: 3, calls: half, seed, firstCall: half, dies: base === 'killed' })
  const copy = join(folder, base, 'copy')
  cpSync(now, copy, { recursive: true })
  const house = await openSealtrail(houseIn(copy))
  const findings = await findingsIn(house, readOracle(lines))
  writeFileSync(more, JSON.stringify(await moreOf(house)))
  await house.close()
  rmSync(copy, { recursive: true })
  if (findings.length > 0) throw new Error(`the ${base} house is wrong by itself: ${findings[0]}`)
}

function runChild(root, lines, options) {
  const child = spawnSync(process.execPath, [CHILD, root, lines, JSON.stringify(options)])
  const isDone = options.dies ? child.signal === 'SIGKILL' : child.status === 0
  if (!isDone) throw new Error(`the child: ${child.stderr}`)
}

function casesOf(folder, base, places, isEdited) {
  const { now, older } = baseFiles(folder, base)
  const files = filesBelow(now)
  const past = filesBelow(older)
  const isPossible = (file) => (damage) =>
    (damage !== 'older' || past.includes(file)) &&
    (damage !== 'others older' || WITNESSES[base].test(file))
  const ofFiles = files.flatMap((file) => [
    ...Object.entries(AT_PLACES).flatMap(([damage, share]) =>
      Array.from({ length: Math.ceil(places * share) }, (_, place) => ({
        base,
        file,
        damage,
        place,
      })),
    ),
    ...ONCE.filter(isPossible(file)).map((damage) => ({ base, file, damage })),
    ...files
      .filter((other) => other > file)
      .map((other) => ({ base, file, damage: 'swapped', other })),
  ])
  const edits = Object.keys(EDITS).map((edit) => ({
    base,
    file: 'data/sealtrail.sqlite',
    damage: 'edited',
    edit,
  }))
  return isEdited ? [...ofFiles, ...edits] : ofFiles
}
