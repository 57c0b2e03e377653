/**
 * Contests that differ in one number only, as a chart of it: a line for each contender.
 *
 * @module
 */
import { bytesRateText, countText, rateText } from '../../load/report/figures.js'
import { type Chart, chartHtml, type Line } from '../../load/report/page/chart.js'
import type { Html } from '../../load/report/page/escape.js'
import type { Sweep } from '../contest.js'
import type { Answered, Outcome } from './report.js'

/** A chart has so many; baselines are dashed, in the last one. */
const COLOURS = 6

interface Swept extends Outcome {
  readonly sweep: Sweep
}

/** Of a single point there is nothing to be seen. */
export function sweepCharts({ outcomes }: Answered): Html[] {
  const swept = outcomes.filter((outcome): outcome is Swept => outcome.sweep !== null)
  const kinds = new Set(swept.map(({ sweep }) => sweep.of))
  return [...kinds].flatMap((kind) => {
    const some = swept.filter(({ sweep }) => sweep.of === kind)
    return some.length < 2 ? [] : [chartHtml(chartOf(kind, some))]
  })
}

function chartOf(kind: string, outcomes: readonly Swept[]): Chart {
  const sorted = [...outcomes].sort((a, b) => a.sweep.at - b.sweep.at)
  const { unit } = sorted[0]!.sweep
  const hasBytes = sorted.every(({ bytesPerOp }) => bytesPerOp !== null)
  const names = [...new Set(sorted.flatMap(({ standings }) => standings.map(({ name }) => name)))]
  const baselines = new Set(sorted.flatMap((one) => one.baselines))
  let colour = 0
  const lines = names.map((name): Line => {
    const isPlan = baselines.has(name)
    const points = sorted.flatMap(({ sweep, bytesPerOp, standings }): Array<[number, number]> => {
      const median = standings.find((one) => one.name === name)?.median
      if (median === undefined || median <= 0) return []
      return [[place(sweep.at), ((hasBytes ? bytesPerOp! : 1) * 1e9) / median]]
    })
    return { name, isPlan, points, colour: isPlan ? COLOURS : 1 + (colour++ % COLOURS) }
  })
  return {
    title: kind,
    caption: hasBytes
      ? 'Throughput; dashed, what it is held against.'
      : 'Operations a second; dashed, what they are held against.',
    lines,
    xMarks: [...new Set(sorted.map(({ sweep }) => place(sweep.at)))],
    xText: (x) => atText(2 ** x, unit),
    yText: hasBytes ? bytesRateText : rateText,
    isLogarithmic: true,
  }
}

/** Twice as much is a step, wherever it is. */
function place(at: number): number {
  return Math.log2(Math.max(at, 1))
}

function atText(at: number, unit: Sweep['unit']): string {
  if (unit === 'at once') return countText(Math.round(at))
  const bytes = Math.round(at)
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 * 1024
    ? `${Math.round(bytes / 1024)} KiB`
    : `${Math.round(bytes / 1024 / 1024)} MiB`
}
