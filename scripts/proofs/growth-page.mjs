/**
 * The figures of a house that grows as a page of curves: one file that loads nothing and runs nothing.
 *
 *     node scripts/proofs/growth-page.mjs [figures] [page]      of bench/results/growth.json to growth.html beside it, unless said
 *
 * A point for each size, at its power of ten. Charts and colours are those of a load's report.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countText, digits } from '../../dist/load/report/figures.js'
import { chartHtml } from '../../dist/load/report/page/chart.js'
import { html } from '../../dist/load/report/page/escape.js'
import { pageOf } from '../../dist/load/report/page/parts.js'

const [FIGURES, PAGE] = ['bench/results/growth.json', 'bench/results/growth.html']

/** Each chart: title, caption, unit, and the members of a point that it shows. */
const CHARTS = [
  [
    'Start',
    'From the beginning until the house is open, and until its first answer.',
    'ms',
    [
      ['open', 'openMs'],
      ['first answer', 'firstAnswerMs'],
    ],
  ],
  [
    'Calls',
    'CPU of a call, of all threads, 64 at once.',
    'µs',
    [
      ['Decrypt', 'decryptUs'],
      ['CreateKey', 'createKeyUs'],
      ['PutObject', 'putObjectUs'],
      ['GetObject', 'getObjectUs'],
    ],
  ],
  [
    'Pages',
    'One after the other.',
    'ms',
    [
      ['1,000 keys', 'listKeysMs'],
      ['newest 50 records', 'newestRecordsMs'],
      ['1,000 objects', 'listObjectsMs'],
    ],
  ],
  [
    'Memory',
    'Resident, of the whole process, behind these calls.',
    'MiB',
    [['resident', 'rssMiB']],
  ],
]

/** @param machine what the figures are of, by name */
export function growthPage({ curves, machine }) {
  const sections = Object.entries(curves).map(([what, curve]) => {
    const charts = CHARTS.map((chart) => chartHtml(chartOf(chart, curve)))
    const most = countText(curve.at(-1).size)
    return html`<h2>Up to ${most} ${what}</h2><div class="charts">
${charts}</div>
`
  })
  const rows = Object.entries(machine).map(([name, value]) => {
    return html`<tr><td>${name}</td><td class="text">${value}</td></tr>`
  })
  const body = html`<h1>A house that grows</h1>
<p class="dim">Its start, its calls and its memory with a hundredth, a tenth and all of so many keys, objects and records.</p>
${sections}<h2>Machine</h2>
<table class="facts">${rows}</table>
`
  return pageOf('A house that grows · sealtrail', body)
}

/** Keeps figures, with the machine that they are of, and their page. */
export function saveFigures(curves) {
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  const machine = {
    CPU: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    Node: process.version,
    commit: commit.stdout.trim(),
    date: new Date().toISOString().slice(0, 10),
  }
  writeFileSync(FIGURES, `${JSON.stringify({ machine, curves }, null, 2)}\n`)
  writeFileSync(PAGE, growthPage({ machine, curves }))
}

function chartOf([title, caption, unit, members], curve) {
  const known = members.filter(([, member]) => member in curve[0])
  return {
    ...{ title, caption },
    lines: known.map(([name, member], i) => ({
      ...{ name, colour: i + 1 },
      points: curve.map((point) => [Math.log10(point.size), point[member]]),
    })),
    xMarks: curve.map(({ size }) => Math.log10(size)),
    xText: (power) => countText(10 ** power),
    yText: (value) => `${digits(value)} ${unit}`,
  }
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const [figures = FIGURES, page = PAGE] = process.argv.slice(2)
  writeFileSync(page, growthPage(JSON.parse(readFileSync(figures, 'utf8'))))
}
