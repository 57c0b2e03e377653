/**
 * bench.html: one file that shows what benches measured, and asks nobody for anything; it looks as load's report does.
 *
 * @module
 */
import { digits } from '../../load/report/figures.js'
import { type Html, html } from '../../load/report/page/escape.js'
import { environmentTable, judgedTable, pageOf } from '../../load/report/page/parts.js'
import type { BenchJudged } from '../thresholds/judge.js'
import { benchJudgedTexts } from '../thresholds/telling.js'
import { barsHtml } from './bars.js'
import type { Answered, BenchReport, Outcome } from './report.js'
import { standingRows } from './standings.js'
import { sweepCharts } from './sweeps.js'
import { againText, paceText } from './telling.js'

export function benchPage(report: BenchReport, judged: readonly BenchJudged[] = []): string {
  const { startedAt, environment, questions } = report
  const body = html`<h1>What this machine does</h1>
<p class="dim">${startedAt} · ${paceText(report)}</p>
<p>A bar is the median, the mark over it how far the rounds lie apart. <i>vs</i> is how many times as fast, round by round. A sample, of which median and p99 are, is many operations that share its time: not how long a caller waits.</p>
${judgedTable(benchJudgedTexts(judged))}
${questions.map(questionHtml)}
<h2>Machine</h2>
${environmentTable(environment)}
<h2>Run it again</h2>
<pre>${againText(report)}</pre>
`
  return pageOf('sealtrail bench', body)
}

function questionHtml(answered: Answered): Html {
  const { name, asks, notes, outcomes, failed, core, load } = answered
  const where = core === null ? 'on all cores' : `on CPU ${core}`
  const charts = sweepCharts(answered)
  return html`<h2>${name}</h2>
<p class="dim">${asks} (${where}, load ${digits(load)} before)</p>
${failed === null ? html`` : html`<p class="bad">Not answered: ${failed}</p>`}
${charts.length === 0 ? html`` : html`<div class="charts">${charts}</div>`}
${outcomes.map(outcomeHtml)}
${notes.map((note) => html`<p class="dim">${note}</p>`)}
`
}

function outcomeHtml(outcome: Outcome): Html {
  const [head = [], ...rows] = standingRows(outcome)
  return html`<figure class="contest"><figcaption><h3>${outcome.title}</h3></figcaption>${barsHtml(outcome)}<div class="scroll"><table><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table></div></figure>
`
}
