/**
 * report.html: one file that shows a run, and asks nobody for anything.
 *
 * @module
 */
import {
  bytesRateText,
  bytesText,
  countText,
  digits,
  durationText,
  rateText,
  shareText,
  timeText,
} from '../figures.js'
import type { RunReport, Totals } from '../run.js'
import { endedText, failedChecks, nameOf, runAgain, targetText } from '../telling.js'
import type { Judged } from '../thresholds/judge.js'
import { judgedTexts } from '../thresholds/telling.js'
import { chartsHtml } from './charts.js'
import { clientsHtml } from './clients.js'
import { type Html, html } from './escape.js'
import { environmentTable, judgedTable, pageOf } from './parts.js'

const EXAMPLES_MAX = 5

export function reportPage(run: RunReport, judged: readonly Judged[] = []): string {
  const { totals, windows, plannedRate } = run
  const body = html`<h1>${nameOf(run)}</h1>
<p class="dim">${run.startedAt} · ${durationText(totals.seconds)} · ${countText(windows.length)} windows · <b class="${run.ended === 'complete' || run.ended === 'steady' ? 'good' : 'bad'}">${endedText(run)}</b></p>
${tiles(totals, plannedRate)}
${judgedTable(judgedTexts(judged))}
<h2>Over time</h2>
<div class="charts">
${chartsHtml(run)}</div>
<h2>By operation</h2>
${operations(run)}
${checks(run)}
<h2>Machine</h2>
${environmentTable(run.environment, [['target used', targetText(run) ?? 'cannot be seen from here']])}
${clientsHtml(run)}
<h2>Run it again</h2>
<p>Save what follows as <code>scenario.json</code>, and run:</p>
<pre>${runAgain('scenario.json')}</pre>
<details open><summary>scenario.json</summary><pre>${scenarioLines(run)}</pre></details>
`
  return pageOf(`${nameOf(run)} · sealtrail load`, body)
}

/** Each for itself: a line's end is a control character, too. */
function scenarioLines({ scenario }: RunReport): Html[] {
  return JSON.stringify(scenario, null, 2)
    .split('\n')
    .map((line) => html`${line}\n`)
}

function tiles(
  { ok, sent, dropped, errors, bytes, seconds, corrected, storedBytes }: Totals,
  plannedRate: number | null,
): Html {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  const per = seconds > 0 ? 1 / seconds : 0
  const planned =
    plannedRate === null
      ? 'answered; a closed loop'
      : `answered, of ${rateText(plannedRate)} planned`
  const all: Array<[string, string, string]> = [
    [rateText(ok * per), planned, ''],
    [timeText(corrected.p50), 'p50', ''],
    [timeText(corrected.p99), 'p99', ''],
    [timeText(corrected.p999), 'p99.9', ''],
    [bytesRateText(bytes * per), `payload, ${bytesText(bytes)} in all`, ''],
    [
      countText(failed),
      `errors, ${shareText(sent > 0 ? failed / sent : 0)} of what was sent`,
      failed > 0 ? 'bad' : 'good',
    ],
  ]
  if (dropped > 0) all.push([countText(dropped), 'could not be sent in time', 'bad'])
  if (storedBytes !== null && storedBytes > 0)
    all.push([`${digits(bytes / storedBytes)} : 1`, `compressed to ${bytesText(storedBytes)}`, ''])
  return html`<ul class="tiles">${all.map(([figure, what, mood]) => html`<li><b class="${mood}">${figure}</b><span>${what}</span></li>`)}</ul>`
}

function operations({ operations, totals }: RunReport): Html {
  const rows = [...Object.entries(operations), ['all', totals] as const].map(([name, of]) => {
    const { ok, seconds, corrected, raw, dropped } = of
    const codes = Object.entries(of.errors).map(([code, count]) => `${code} ${countText(count)}`)
    const times = [
      corrected.p50,
      corrected.p90,
      corrected.p99,
      corrected.p999,
      corrected.max,
      raw.p99,
    ]
    return html`<tr><td>${name}</td><td>${countText(ok)}</td><td>${rateText(seconds > 0 ? ok / seconds : 0)}</td>${times.map((ns) => html`<td>${timeText(ns)}</td>`)}<td>${countText(dropped)}</td><td class="text">${codes.join(', ') || '–'}</td></tr>`
  })
  const head = [
    'operation',
    'answered',
    'rate',
    'p50',
    'p90',
    'p99',
    'p99.9',
    'longest',
    'raw p99',
    'not sent',
  ]
  return html`<div class="scroll"><table><tr>${head.map((name) => html`<th>${name}</th>`)}<th class="text">errors</th></tr>${rows}</table></div>`
}

function checks(run: RunReport): Html {
  if (run.checks.length === 0) return html``
  const rows = run.checks.map(({ name, count, failed, examples }) => {
    const shown = examples.slice(0, EXAMPLES_MAX).join('; ')
    return html`<tr><td class="text">${name}</td><td>${countText(count)}</td><td class="${failed > 0 ? 'bad' : ''}">${countText(failed)}</td><td class="text">${shown || '–'}</td></tr>`
  })
  const failed = failedChecks(run)
  const said =
    failed === 0
      ? 'Every answer that was looked at was right.'
      : `${countText(failed)} answers were wrong.`
  return html`<h2>Answers</h2><p class="${failed > 0 ? 'bad' : 'dim'}">${said}</p><div class="scroll"><table><tr><th class="text">check</th><th>looked at</th><th>wrong</th><th class="text">for instance</th></tr>${rows}</table></div>`
}
