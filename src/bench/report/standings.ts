/**
 * A contest as a table: times of one operation, and how many times as fast as the baselines.
 *
 * @module
 */
import { bytesRateText, rateText, shareText, timeText } from '../../load/report/figures.js'
import type { Outcome } from './report.js'

type Told = Omit<Outcome, 'sweep'>

/** Lines: the question, a head, a line for each contender. */
export function standingsTable(outcome: Told): string[] {
  return [outcome.title, ...columns(standingRows(outcome))]
}

/** The first row is the heading, the first column the names. */
export function standingRows({
  baselines,
  bytesPerOp,
  standings,
}: Omit<Told, 'title'>): string[][] {
  const shown = baselines.filter((name) => {
    return standings.some(({ ratios }) => Object.hasOwn(ratios, name))
  })
  const head = ['', 'median', 'p99', 'spread', 'per second']
  if (bytesPerOp !== null) head.push('throughput')
  const rows = standings.map(({ name, median, p99, spread, ratios }) => [
    ...[name, timeText(median), timeText(p99), shareText(spread), rateText(1e9 / median)],
    ...(bytesPerOp === null ? [] : [bytesRateText((bytesPerOp * 1e9) / median)]),
    ...shown.map((baseline) => {
      return Object.hasOwn(ratios, baseline) ? `${ratios[baseline]!.toFixed(2)}x` : '–'
    }),
  ])
  return [[...head, ...shown.map((name) => `vs ${name}`)], ...rows]
}

/** Padded to the widest cell; the first is the names'. */
export function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!),
    )
    return `  ${cells.join('  ')}`
  })
}
