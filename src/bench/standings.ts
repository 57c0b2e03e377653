/**
 * A contest as a table: times of one operation, and how many times as fast as the baselines.
 *
 * @module
 */
import type { Contest, Standing } from './contest.js'

/** Lines: the question, a head, a line for each contender. */
export function standingsTable(
  { title, baselines, bytesPerOp }: Contest,
  standings: readonly Standing[],
): string[] {
  const shown = baselines.filter((name) => standings.some(({ ratios }) => name in ratios))
  const head = ['', 'median', 'p99', 'spread', 'per second']
  if (bytesPerOp !== undefined) head.push('MB/s')
  const rows = standings.map(({ name, median, p99, spread, ratios }) => {
    const row = [
      name,
      time(median),
      time(p99),
      `${(spread * 100).toFixed(1)} %`,
      count(1e9 / median),
    ]
    if (bytesPerOp !== undefined) row.push(count((bytesPerOp * 1e3) / median))
    for (const baseline of shown) row.push(`${ratios[baseline]!.toFixed(2)}x`)
    return row
  })
  return [title, ...columns([[...head, ...shown.map((name) => `vs ${name}`)], ...rows])]
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

function time(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} us`
  if (nanoseconds < 1e9) return `${(nanoseconds / 1e6).toFixed(2)} ms`
  return `${(nanoseconds / 1e9).toFixed(2)} s`
}

function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`
  return value.toFixed(value < 10 ? 2 : 0)
}
