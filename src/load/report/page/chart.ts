/**
 * Lines over time, or over percentiles, as SVG: axes with round figures, a legend, and a title for each point that is touched.
 *
 * Colours are variables of the page (style.ts), so that a chart is light or dark as the page is. Of many points so many are
 * drawn as a screen can show: of each stretch the lowest and the highest, so that no peak is lost.
 *
 * @module
 */
import { type Html, html } from './escape.js'

export interface Line {
  readonly name: string
  /** Which of the page's colours: 1 to 6. */
  readonly colour: number
  /** Of what was planned, not measured. */
  readonly isPlan?: boolean
  /** In the order of x. */
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}

export interface Chart {
  readonly title: string
  /** What it shows, in a line. */
  readonly caption: string
  readonly lines: readonly Line[]
  readonly xText: (x: number) => string
  readonly yText: (y: number) => string
  /** Where x has marks; round ones of its range unless given. */
  readonly xMarks?: readonly number[]
  readonly isLogarithmic?: boolean
  /** What stands there when there is nothing to draw. */
  readonly none?: string
}

const [WIDTH, HEIGHT] = [720, 260]
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 12, 12, 30]
/** How wide a mark's text may be. */
const LABEL = 40
/** Two for each pixel, at most. */
const POINTS_MAX = 2 * (WIDTH - LEFT - RIGHT)
const MARKS = 6
const DOTS_MAX = 60

export function chartHtml(chart: Chart): Html {
  const { title, caption, lines } = chart
  const shown = lines.filter(({ points }) => points.length > 0)
  const drawing =
    shown.length === 0
      ? html`<p class="none">${chart.none ?? 'nothing was measured'}</p>`
      : svg(chart, shown)
  const legend = shown.map(({ name, colour, isPlan }) => {
    return html`<li><i class="c${colour}${isPlan ? ' plan' : ''}"></i>${name}</li>`
  })
  return html`<figure><figcaption><h3>${title}</h3><p>${caption}</p></figcaption>${drawing}<ul class="legend">${legend}</ul></figure>
`
}

function svg(chart: Chart, lines: readonly Line[]): Html {
  const xs = lines.flatMap(({ points }) => [points[0]![0], points.at(-1)![0]])
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y))
  const [xLow, xHigh] = [least(xs), Math.max(most(xs), least(xs) + 1e-9)]
  const yMarks = chart.isLogarithmic ? decades(ys) : roundMarks(0, most(ys))
  const [yLow, yHigh] = [yMarks[0]!, yMarks.at(-1)!]
  const x = (value: number) => LEFT + ((value - xLow) / (xHigh - xLow)) * (WIDTH - LEFT - RIGHT)
  const height = (value: number) =>
    chart.isLogarithmic
      ? Math.log(Math.max(value, yLow) / yLow) / Math.log(yHigh / yLow)
      : (value - yLow) / (yHigh - yLow)
  const y = (value: number) => HEIGHT - BOTTOM - height(value) * (HEIGHT - TOP - BOTTOM)
  const xMarks =
    chart.xMarks ?? roundMarks(xLow, xHigh).filter((mark) => mark >= xLow && mark <= xHigh)
  const grid = yMarks.map((mark) => {
    return html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(mark))}" y2="${at(y(mark))}"/><text x="${LEFT - 8}" y="${at(y(mark) + 4)}" text-anchor="end">${chart.yText(mark)}</text>`
  })
  const scale = xMarks.map((mark) => {
    // At the edge there is no room for the half of it.
    const anchor = x(mark) > WIDTH - RIGHT - LABEL / 2 ? 'end' : 'middle'
    return html`<text x="${at(x(mark))}" y="${HEIGHT - 8}" text-anchor="${anchor}">${chart.xText(mark)}</text>`
  })
  const drawn = lines.map((line) => lineSvg(chart, line, x, y))
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}"><g class="grid">${grid}${scale}</g>${drawn}</svg>`
}

function lineSvg(
  { xText, yText }: Chart,
  { name, colour, isPlan, points }: Line,
  x: (value: number) => number,
  y: (value: number) => number,
): Html {
  const drawn = thinned(points)
  const path = drawn
    .map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${at(x(px))} ${at(y(py))}`)
    .join('')
  const step = Math.ceil(drawn.length / DOTS_MAX)
  const dots = isPlan ? [] : drawn.filter((_, i) => i % step === 0)
  const titles = dots.map(([px, py]) => {
    return html`<circle cx="${at(x(px))}" cy="${at(y(py))}" r="6"><title>${name} ${yText(py)} at ${xText(px)}</title></circle>`
  })
  return html`<path class="c${colour}${isPlan ? ' plan' : ''}" d="${path}"/><g class="dots">${titles}</g>`
}

/** Of each stretch the lowest and the highest, in their order. */
function thinned(points: Line['points']): Line['points'] {
  if (points.length <= POINTS_MAX) return points
  const stretches = POINTS_MAX / 2
  return Array.from({ length: stretches }, (_, i) => {
    const from = Math.floor((i * points.length) / stretches)
    const some = points.slice(from, Math.floor(((i + 1) * points.length) / stretches))
    const low = some.reduce((a, b) => (b[1] < a[1] ? b : a))
    const high = some.reduce((a, b) => (b[1] > a[1] ? b : a))
    return low[0] <= high[0] ? [low, high] : [high, low]
  }).flat()
}

/** Multiples of 1, 2 or 5 of a power of ten, around `low` to `high`. */
function roundMarks(low: number, high: number): number[] {
  const rough = Math.max(high - low, 1e-9) / MARKS
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.floor(low / step)
  const count = Math.max(1, Math.ceil(high / step - 1e-9) - first)
  return Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Powers of ten, with 2 and 5 where there are few. */
function decades(values: readonly number[]): number[] {
  const above = values.filter((value) => value > 0)
  if (above.length === 0) return [1, 10]
  const [low, high] = [least(above), most(above)]
  const few = high / low < 100
  const marks: number[] = []
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high * 10; power++) {
    for (const factor of few ? [1, 2, 5] : [1]) marks.push(factor * 10 ** power)
  }
  const from = marks.findLastIndex((mark) => mark <= low)
  const to = marks.findIndex((mark) => mark >= high)
  const kept = marks.slice(Math.max(0, from), to < 0 ? marks.length : to + 1)
  return kept.length > 1 ? kept : [kept[0]!, kept[0]! * 10]
}

// Of a million points there are too many for the arguments of one call.
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0)
}

function at(value: number): string {
  return value.toFixed(1)
}
