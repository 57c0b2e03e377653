/**
 * The charts of a run: what was sent and answered, how fast, what failed, and what it cost.
 *
 * @module
 */
import { bytesRateText, bytesText, countText, digits, rateText, timeText } from '../figures.js'
import { curveOf } from '../latency-curve.js'
import type { RunReport, Window } from '../run.js'
import { type Chart, chartHtml, type Line } from './chart.js'
import type { Html } from './escape.js'

/** Of a second to an hour. */
const xText = (seconds: number) =>
  seconds < 600 ? `${digits(seconds)} s` : `${digits(seconds / 60)} min`
/** The others are told in the table. */
const CODES_MAX = 5

export function chartsHtml(run: RunReport): Html[] {
  const { windows } = run
  return [
    rateChart(run),
    latencyChart(windows),
    percentileChart(run),
    errorChart(windows),
    cpuChart(windows),
    perCoreChart(windows),
    ...targetCharts(windows),
  ].map((chart) => chartHtml(chart))
}

/** A line with a point for each window in which there is something to tell. */
function line(
  windows: readonly Window[],
  name: string,
  colour: number,
  value: (window: Window) => number | undefined,
): Line {
  const points = windows.flatMap((window): Array<[number, number]> => {
    const y = value(window)
    return y === undefined || !Number.isFinite(y) ? [] : [[window.at / 1000, y]]
  })
  return { name, colour, points }
}

const perSecond = (count: number, { ms }: Window) => (ms > 0 ? (count / ms) * 1000 : undefined)

function rateChart({ windows, plannedRate }: RunReport): Chart {
  const planned = line(windows, 'planned', 6, (window) => perSecond(window.planned, window))
  const dropped = line(windows, 'not sent', 2, (window) => perSecond(window.dropped, window))
  return {
    title: 'Rate',
    caption: 'Operations per second: planned, answered, and those that could not be sent in time.',
    lines: [
      ...(plannedRate === null ? [] : [{ ...planned, isPlan: true }]),
      line(windows, 'answered', 1, (window) => perSecond(window.ok, window)),
      ...(windows.some((window) => window.dropped > 0) ? [dropped] : []),
    ],
    ...{ xText, yText: rateText },
  }
}

function latencyChart(windows: readonly Window[]): Chart {
  const answered = windows.filter(({ corrected }) => corrected.count > 0)
  return {
    title: 'Latency',
    caption: 'In each window, from the moment at which an operation was due.',
    lines: [
      line(answered, 'p50', 1, ({ corrected }) => corrected.p50),
      line(answered, 'p90', 4, ({ corrected }) => corrected.p90),
      line(answered, 'p99', 3, ({ corrected }) => corrected.p99),
      line(answered, 'p99.9', 2, ({ corrected }) => corrected.p999),
    ],
    ...{ xText, yText: timeText, isLogarithmic: true },
  }
}

function percentileChart({ totals }: RunReport): Chart {
  // Equal steps are equal numbers of nines.
  const nines = (percentile: number) => -Math.log10(1 - percentile / 100)
  const lineOf = (name: string, colour: number, of: 'corrected' | 'raw'): Line => ({
    ...{ name, colour },
    points: curveOf(totals[of]).map(({ percentile, ns }) => [nines(percentile), ns]),
  })
  const lines = [
    lineOf('from when it was due', 1, 'corrected'),
    lineOf('from when it was sent', 2, 'raw'),
  ]
  const last = Math.max(1, ...lines.map(({ points }) => points.at(-1)?.[0] ?? 0))
  return {
    title: 'Latency by percentile',
    caption:
      'So many of a hundred were answered within this time. A caller waits from when it was due; the other line leaves out what was held up before it was sent.',
    lines,
    xMarks: [0, nines(50), 1, 2, 3, 4, 5, 6, 7].filter((mark) => mark <= last),
    xText: percentileText,
    ...{ yText: timeText, isLogarithmic: true },
  }
}

/** As many nines as there are, and no rounding to a hundred. */
function percentileText(nines: number): string {
  return (100 - 100 / 10 ** nines)
    .toFixed(8)
    .slice(0, 3 + Math.ceil(nines))
    .replace(/\.?0*$/, '')
}

function errorChart(windows: readonly Window[]): Chart {
  const counts = new Map<string, number>()
  for (const { errors } of windows) {
    for (const [code, count] of Object.entries(errors)) {
      counts.set(code, (counts.get(code) ?? 0) + count)
    }
  }
  const codes = [...counts].sort((a, b) => b[1] - a[1]).slice(0, CODES_MAX)
  return {
    title: 'Errors',
    caption: 'Per second, by code.',
    none: 'none',
    lines: codes.map(([code], i) => {
      const count = ({ errors }: Window) => (Object.hasOwn(errors, code) ? errors[code]! : 0)
      return line(windows, code, [2, 3, 5, 1, 4][i]!, (window) => perSecond(count(window), window))
    }),
    ...{ xText, yText: rateText },
  }
}

function cpuChart(windows: readonly Window[]): Chart {
  return {
    title: 'CPU',
    caption: 'Cores in use: by the target where it can be seen, and by what makes the load.',
    lines: [
      line(windows, 'target', 1, ({ target }) => target?.cpu),
      line(windows, 'load generator', 3, ({ clientCpu }) => clientCpu),
    ],
    ...{ xText, yText: digits },
  }
}

/** What can be seen of the target alone; nothing of one that cannot be seen. */
function targetCharts(windows: readonly Window[]): Chart[] {
  const memory = line(windows, 'resident', 5, ({ target }) => target?.rssBytes)
  const syncs = line(windows, 'fsync, fdatasync', 2, (window) => {
    const count = window.target?.fsyncs ?? undefined
    return count === undefined ? undefined : perSecond(count, window)
  })
  const charts = [
    {
      title: 'Memory of the target',
      caption: 'Resident, of the whole process.',
      lines: [memory],
      ...{ xText, yText: bytesText },
    },
    {
      title: 'Waits for the disk',
      caption: 'Per second: how often the target had its writes made durable.',
      lines: [syncs],
      ...{ xText, yText: rateText },
    },
  ]
  return charts.filter(({ lines }) => lines[0]!.points.length > 0)
}

/** Where the target cannot be seen, it works in the generator's own process, or nobody knows. */
function perCoreChart(windows: readonly Window[]): Chart {
  const cores = ({ target, clientCpu }: Window) => (target === null ? clientCpu : target.cpu)
  const isSeen = windows.some(({ target }) => target !== null)
  const hasBytes = windows.some(({ bytes }) => bytes > 0)
  const each = (amount: (window: Window) => number) => (window: Window) =>
    cores(window) > 0 ? (perSecond(amount(window), window) ?? 0) / cores(window) : undefined
  return {
    title: hasBytes ? 'Throughput per core' : 'Operations per core',
    caption: `For each core that ${isSeen ? 'the target' : 'the load generator, and whatever it holds,'} used: bytes of payload${hasBytes ? '' : ' (none)'}, or operations.`,
    lines: hasBytes
      ? [
          line(
            windows,
            'payload per core',
            4,
            each(({ bytes }) => bytes),
          ),
        ]
      : [
          line(
            windows,
            'operations per core',
            4,
            each(({ ok }) => ok),
          ),
        ],
    xText,
    yText: hasBytes ? bytesRateText : countText,
  }
}
