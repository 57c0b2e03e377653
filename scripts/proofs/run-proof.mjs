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

/**
 * Runs a proof with the options of the command line, prints its report, and sets the exit code.
 *
 * @param usual numbers that may be given as options, and what they are unless said; and `folder`, where to work
 * @param proof takes them, with `folder`, an empty directory, and `onState`, to be called with a report and how many
 * states there will be; gives a report, with `findings`
 * @param describe takes report and options; gives the lines of the text, of which the first is its title
 * @returns the report, and whether it was asked to be kept
 */
export async function runProof(name, usual, proof, describe) {
  const { save, json, folder: above, ...options } = optionsOf(usual)
  const folder = mkdtempSync(join(above, `sealtrail-${name}-`))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const begun = Date.now()
  let shown = begun
  const onState = ({ states, findings }, all) => {
    if (Date.now() - shown < PROGRESS_MS) return
    shown = Date.now()
    process.stderr.write(`${states} of ${all}, ${findings.length} findings, ${seconds(begun)} s\n`)
  }
  const report = await proof({ ...options, folder, onState })
  const text = textOf(describe(report, options), report, options, begun)
  process.stdout.write(json ? JSON.stringify({ seed: options.seed, ...report }) : text)
  if (save) writeFileSync(`bench/results/proof-${name}.txt`, text)
  process.exitCode = report.findings.length === 0 ? 0 : 1
  return { report, isSaved: save }
}

function optionsOf({ folder = memory(), ...usual }) {
  const names = [...Object.keys(usual), 'seed']
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
      folder: { type: 'string', default: folder },
      save: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const given = names.filter((name) => values[name] !== undefined)
  const chosen = Object.fromEntries(given.map((name) => [name, Number(values[name])]))
  return { seed: randomInt(2 ** 31), ...usual, ...values, ...chosen }
}

function textOf([title, ...lines], { findings }, options, begun) {
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
