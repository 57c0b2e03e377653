/**
 * What the proofs have in common: options, a folder in memory, progress, a report with where and when, the exit code.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** Findings of one kind are alike; the first ones tell. */
const FINDINGS_SHOWN = 40
const PROGRESS_MS = 10_000

/** Options that are numbers, from the command line: name → what it is unless said. */
export function numbers(usual) {
  const options = Object.fromEntries(
    [...Object.keys(usual), 'seed'].map((name) => [name, { type: 'string' }]),
  )
  const { values } = parseArgs({
    options: { ...options, folder: { type: 'string' }, save: { type: 'boolean', default: false } },
  })
  const { save, folder, ...given } = values
  const chosen = Object.entries(given).map(([name, text]) => [name, Number(text)])
  return { seed: randomInt(2 ** 31), ...usual, save, folder, ...Object.fromEntries(chosen) }
}

/**
 * Runs a proof, prints its report, and sets the exit code.
 *
 * @param proof takes the options, with `folder`, an empty directory, and `onState`, to be called with a report and how
 * many there will be; gives { title, isGood, lines, findings }
 */
export async function runProof(name, { save, folder: above, ...options }, proof) {
  const folder = mkdtempSync(join(above ?? memory(), `sealtrail-${name}-`))
  const begun = Date.now()
  let shown = begun
  const onState = ({ states, findings }, all) => {
    if (Date.now() - shown < PROGRESS_MS) return
    shown = Date.now()
    process.stderr.write(`${states} of ${all}, ${findings.length} findings, ${seconds(begun)} s\n`)
  }
  try {
    const report = await proof({ ...options, folder, onState })
    const text = textOf(report, options, begun)
    process.stdout.write(text)
    if (save) writeFileSync(`bench/results/proof-${name}.txt`, text)
    process.exitCode = report.isGood ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function textOf({ title, lines, findings }, options, begun) {
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  const shown = findings
    .slice(0, FINDINGS_SHOWN)
    .map((finding) => JSON.stringify(finding).slice(0, 400))
  return `${[
    title,
    '',
    `CPU     ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    `Node    ${process.version}`,
    `commit  ${commit.stdout.trim()}`,
    `date    ${new Date().toISOString().slice(0, 10)}, ${seconds(begun)} s`,
    `seed    ${options.seed}`,
    '',
    ...lines,
    '',
    `findings  ${findings.length}`,
    ...shown,
    ...(findings.length > shown.length ? [`and ${findings.length - shown.length} more`] : []),
  ].join('\n')}\n`
}

function seconds(begun) {
  return Math.round((Date.now() - begun) / 1000)
}

/** States come and go by the thousand; no disk needs to see them. */
function memory() {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}
