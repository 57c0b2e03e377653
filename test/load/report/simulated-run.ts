/**
 * Runs that nobody made: windows with the noise of a real machine, so that what is planted in them is known.
 *
 * Latencies are log-normal around a level; windows follow each other in an AR(1) process (a busy second is followed by
 * another), some have a pause of the collector in them, and runs of one kind differ among themselves by a per cent.
 */
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import { Random } from '../../../src/load/data/random.js'
import type { Latency, RunReport, Totals, Window } from '../../../src/load/report/run.js'

export interface Simulation {
  readonly seed: number
  readonly windows?: number
  /** How many times as long everything takes. */
  readonly slowdown?: number
  /** Of a window's level, as a share of it; its tail is noisier. */
  readonly noise?: number
  /** How much of a window's deviation is the one before's. */
  readonly persistence?: number
  /** Of whole runs. */
  readonly drift?: number
  readonly rate?: number
  /** Of a hundred. */
  readonly errorPercent?: number
}

const P50_NS = 400_000

export function simulatedRun(simulation: Simulation): RunReport {
  const { seed, windows: count = 120, slowdown = 1, noise = 0.08, persistence = 0.6 } = simulation
  const { drift = 0.01, rate = 5000, errorPercent = 0 } = simulation
  const random = new Random(seed)
  const normal = () => {
    // The sum of twelve evens has a variance of one.
    let sum = -6
    for (let i = 0; i < 12; i++) sum += random.below(2 ** 20) / 2 ** 20
    return sum
  }
  const level = Math.log(P50_NS * slowdown) + drift * normal()
  let deviation = noise * normal()
  const all = histogram()
  const windows = Array.from({ length: count }, (_, i): Window => {
    deviation = persistence * deviation + noise * Math.sqrt(1 - persistence ** 2) * normal()
    const pause = random.below(100) === 0 ? 2 : 1
    const at = (z: number, more: number) =>
      Math.round(Math.exp(level + deviation + 0.35 * z + noise * more * normal()))
    const [p50, p90] = [at(0, 0.1), at(1.28, 0.3)]
    const [p99, p999] = [at(2.33, 0.7) * pause, at(3.09, 1.5) * pause]
    const sent = Math.round(rate + Math.sqrt(rate) * normal() * 0.1)
    const failed = Math.round((sent * errorPercent) / 100)
    const summary = {
      ...{ count: sent - failed, min: Math.round(p50 / 3), mean: Math.round(p50 * 1.06) },
      ...{ max: p999 * 2, p50, p90, p99, p999 },
    }
    for (const [value, count] of [
      [p50, 500],
      [p90, 400],
      [p99, 90],
      [p999, 10],
    ] as const) {
      all.recordValueWithCount(value, count)
    }
    return {
      ...{ at: i * 1000, ms: 1000, planned: rate, sent, ok: sent - failed },
      ...{ errors: failed > 0 ? { ThrottlingException: failed } : {}, dropped: 0, inFlight: 3 },
      ...{ bytes: sent * 1024, corrected: summary, raw: summary, clientCpu: 0.4 },
      target: { cpu: 0.9 + 0.1 * Math.abs(deviation), rssBytes: 2e8, threads: 12, fsyncs: null },
    }
  })
  const sum = (pick: (window: Window) => number) => windows.reduce((all, one) => all + pick(one), 0)
  const [sent, ok] = [sum(({ sent }) => sent), sum(({ ok }) => ok)]
  const latency = latencyOf(all)
  const totals: Totals = {
    ...{ planned: rate * count, sent, ok, dropped: 0, bytes: sum(({ bytes }) => bytes) },
    errors: sent > ok ? { ThrottlingException: sent - ok } : {},
    ...{ storedBytes: null, seconds: count },
    ...{ corrected: latency, raw: latency },
  }
  return {
    version: 1,
    scenario: { name: 'simulated', shape: { kind: 'constant', rate }, work: ['kms.Decrypt'] },
    environment: {
      ...{
        cpu: 'a simulated CPU',
        cores: 2,
        flags: ['aes', 'vaes'],
        kernel: '6.1',
        node: 'v20.20.2',
      },
      ...{ openssl: '3.0.15', engine: 'native', commit: '4cebc78', governor: null, stealMs: 120 },
    },
    ...{ startedAt: '2026-01-02T03:04:05.678Z', plannedRate: rate, warmup: null, totals },
    ...{ operations: { 'kms.Decrypt': totals }, windows, ended: 'complete' },
    checks: [
      { name: 'what was decrypted is what was encrypted', count: ok, failed: 0, examples: [] },
    ],
  }
}

export function histogram() {
  return build({ highestTrackableValue: 3.6e9, numberOfSignificantValueDigits: 3 })
}

export function latencyOf(counted: Histogram): Latency {
  const at = (percentile: number) => counted.getValueAtPercentile(percentile)
  return {
    ...{ count: counted.totalCount, min: counted.minNonZeroValue, mean: counted.mean },
    ...{ max: counted.maxValue, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) },
    hdr: encodeIntoCompressedBase64(counted),
  }
}
