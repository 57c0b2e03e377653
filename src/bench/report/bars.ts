/**
 * A contest as bars: operations a second of each contender, and how far its rounds lie apart.
 *
 * Colours are variables of the page, as in load's charts: blue is ours, grey what it is held against.
 *
 * @module
 */
import { bytesRateText, rateText } from '../../load/report/figures.js'
import { type Html, html } from '../../load/report/page/escape.js'
import type { Outcome } from './report.js'

const WIDTH = 720
const [LEFT, RIGHT] = [210, 110]
const [BAR, GAP] = [16, 10]
const NAME_MAX = 34

export function barsHtml({ title, baselines, bytesPerOp, standings }: Outcome): Html {
  const figure = (ns: number) => (ns > 0 ? ((bytesPerOp ?? 1) * 1e9) / ns : 0)
  const text = bytesPerOp === null ? rateText : bytesRateText
  const most = Math.max(...standings.flatMap(({ rounds }) => rounds.map(figure)), 1e-9)
  const x = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT)
  const rows = standings.map(({ name, median, rounds }, i) => {
    const y = i * (BAR + GAP) + GAP
    const all = rounds.map(figure)
    const [low, high] = [x(Math.min(...all)), x(Math.max(...all))]
    const end = x(figure(median))
    const colour = baselines.includes(name) ? 6 : 1
    const short = name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name
    const middle = y + BAR / 2
    return html`<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${short}</text><path class="bar c${colour}" d="M${LEFT} ${middle}H${at(end)}"><title>${name} ${text(figure(median))}</title></path><path class="range" d="M${at(low)} ${middle}H${at(high)}M${at(low)} ${y + 4}V${y + BAR - 4}M${at(high)} ${y + 4}V${y + BAR - 4}"/><text x="${at(Math.max(end, high) + 8)}" y="${y + 12}">${text(figure(median))}</text>`
  })
  const height = standings.length * (BAR + GAP) + GAP
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">${rows}</svg>`
}

function at(value: number): string {
  return value.toFixed(1)
}
