/**
 * What a run measured as files of forms that others read: windows as CSV, latencies as a HdrHistogram log.
 *
 *     windows.csv     a line for each window; times of latencies in milliseconds
 *     latency.hlog    HdrHistogram's log, version 1.3, of V2 histograms in nanoseconds: one for each kind of work, tagged
 *
 * @module
 */
import type { RunReport, Window } from '../report/run.js'

const COLUMNS = [
  ...['at_ms', 'ms', 'planned', 'sent', 'ok', 'errors', 'dropped', 'in_flight', 'bytes'],
  ...['corrected_p50_ms', 'corrected_p90_ms', 'corrected_p99_ms', 'corrected_p999_ms'],
  ...['corrected_max_ms', 'raw_p50_ms', 'raw_p99_ms', 'raw_max_ms', 'client_cpu'],
  ...['target_cpu', 'target_rss_bytes', 'target_threads', 'target_fsyncs'],
]
const NS_PER_MS = 1e6

export function windowsCsv({ windows }: Pick<RunReport, 'windows'>): string {
  return [COLUMNS, ...windows.map(rowOf)].map((row) => `${row.join(',')}\n`).join('')
}

export function latencyLog({ operations, startedAt }: RunReport): string {
  const begun = Date.parse(startedAt) / 1000
  const lines = Object.entries(operations).flatMap(([name, { corrected, raw, seconds }]) =>
    [
      { tag: name, latency: corrected },
      { tag: `${name} raw`, latency: raw },
    ].map(({ tag, latency }) => {
      const maximum = (latency.max / NS_PER_MS).toFixed(3)
      return `Tag=${tag.replaceAll(/[\s,]/g, '_')},0.000,${seconds.toFixed(3)},${maximum},${latency.hdr}`
    }),
  )
  return [
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${begun.toFixed(3)} (seconds since epoch), ${startedAt}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...lines,
    '',
  ].join('\n')
}

function rowOf(window: Window): Array<string | number> {
  const { at, ms, planned, sent, ok, errors, dropped, inFlight, bytes, target } = window
  const { corrected, raw, clientCpu } = window
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  const times = [corrected.p50, corrected.p90, corrected.p99, corrected.p999, corrected.max]
  return [
    ...[at.toFixed(0), ms.toFixed(1), planned, sent, ok, failed, dropped, inFlight, bytes],
    ...[...times, raw.p50, raw.p99, raw.max].map((ns) => (ns / NS_PER_MS).toFixed(4)),
    ...[clientCpu.toFixed(3), target?.cpu.toFixed(3) ?? ''],
    ...[target?.rssBytes ?? '', target?.threads ?? '', target?.fsyncs ?? ''],
  ]
}
