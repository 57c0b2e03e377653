/**
 * Latencies counted in a HdrHistogram: nanoseconds, three significant digits, up to an hour.
 *
 * Those of several windows, kinds and processes add up to what one would have counted. In a report and between processes
 * they are HdrHistogram's V2 form, deflated, in base64, which its tools in any language read.
 *
 * @module
 */
import * as hdr from 'hdr-histogram-js'
import { decoded } from '../report/latency-curve.js'
import type { Latency } from '../report/run.js'

const HIGHEST_NS = 3_600_000_000_000
const DIGITS = 3
const NS_PER_MS = 1e6

export class Latencies {
  readonly #counted: hdr.JsHistogram

  constructor(counted = empty()) {
    this.#counted = counted
  }

  /** @throws SealtrailError `InputInvalid` when `text` is no such histogram, or not within its bounds */
  static decode(text: string): Latencies {
    const latencies = new Latencies()
    latencies.#counted.add(decoded(text) as hdr.JsHistogram)
    return latencies
  }

  get count(): number {
    return this.#counted.totalCount
  }

  /** What is longer than an hour counts as an hour. */
  record(ms: number): void {
    const ns = Math.round(ms * NS_PER_MS)
    this.#counted.recordValue(Math.min(Math.max(ns, 1), HIGHEST_NS))
  }

  add(others: Latencies): void {
    if (others.count > 0) this.#counted.add(others.#counted)
  }

  reset(): void {
    this.#counted.reset()
  }

  encode(): string {
    return hdr.encodeIntoCompressedBase64(this.#counted)
  }

  /** Nanoseconds; all zero of nothing. */
  summary(): Omit<Latency, 'hdr'> {
    const counted = this.#counted
    const { totalCount: count } = counted
    if (count === 0) return { count, min: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0, p999: 0 }
    const at = (percentile: number) => counted.getValueAtPercentile(percentile)
    return {
      ...{ count, min: counted.minNonZeroValue, mean: this.#mean(), max: counted.maxValue },
      ...{ p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) },
    }
  }

  /** As HdrHistogram's own, whose iterator takes some hundred times as long: a sender would stop for it with each window. */
  #mean(): number {
    const counted = this.#counted
    let [sum, left] = [0, counted.totalCount]
    for (let index = 0; left > 0; index++) {
      const count = counted.getCountAtIndex(index)
      if (count === 0) continue
      sum += counted.medianEquivalentValue(counted.valueFromIndex(index)) * count
      left -= count
    }
    return sum / counted.totalCount
  }

  latency(): Latency {
    return { ...this.summary(), hdr: this.encode() }
  }
}

/** Without WebAssembly it is JavaScript's. */
function empty(): hdr.JsHistogram {
  return hdr.build({
    ...{ bitBucketSize: 32, highestTrackableValue: HIGHEST_NS, autoResize: false },
    ...{ numberOfSignificantValueDigits: DIGITS, useWebAssembly: false },
  }) as hdr.JsHistogram
}
