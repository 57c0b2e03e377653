/** A chart: no peak is lost however many points there are, and odd figures break nothing. */
import { describe, expect, it } from 'vitest'
import { type Chart, chartHtml } from '../../../src/load/report/page/chart.js'

const drawn = (points: Array<[number, number]>, more: Partial<Chart> = {}) =>
  chartHtml({
    ...{ title: 'a chart', caption: 'of something', xText: String, yText: String },
    lines: [{ name: 'a line', colour: 1, points }],
    ...more,
  }).text
const path = (svg: string) => / d="([^"]*)"/.exec(svg)?.[1] ?? ''

describe('a chart', () => {
  it('shows the one peak and the one gap among a hundred thousand points', () => {
    const points = Array.from({ length: 100_000 }, (_, i): [number, number] => {
      return [i, i === 33_333 ? 100 : i === 77_777 ? 0 : 50]
    })
    const line = path(drawn(points))
    expect(line.split('L').length).toBeLessThan(1500)
    // The highest mark and the lowest.
    expect(line).toMatch(/ 12\.0L/)
    expect(line).toMatch(/ 230\.0L/)
  })

  it.each([
    ['one point', [[0, 5]]],
    [
      'nothing but zeros',
      [
        [0, 0],
        [1, 0],
      ],
    ],
    [
      'what is very large',
      [
        [0, 1],
        [1, 1e15],
      ],
    ],
    [
      'what is very small',
      [
        [0, 1e-9],
        [1, 2e-9],
      ],
    ],
  ] as Array<[string, Array<[number, number]>]>)('of %s has a place for each', (_, points) => {
    for (const isLogarithmic of [false, true]) {
      const svg = drawn(points, { isLogarithmic })
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      expect(path(svg)).toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+)*$/)
    }
  })

  it('of nothing says so', () => {
    expect(drawn([])).toContain('nothing was measured')
  })
})
