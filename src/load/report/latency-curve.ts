/**
 * Latencies of a report as a curve: how many of a hundred were answered within what time.
 *
 * What a report has is HdrHistogram's V2 form; it may come from anywhere, so that it is unpacked within bounds before the
 * library sees it. Source: HdrHistogram, "V2 encoding format".
 *
 * @module
 */
import { inflateSync } from 'node:zlib'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { SealtrailError } from '../../errors.js'
import { checkWords } from './histogram-words.js'
import type { Latency } from './run.js'

/** Cookie and length, before what is deflated. */
const HEAD_BYTES = 8
/** Digits from 0 to 5, over a day in nanoseconds, take up less. */
const PLAIN_BYTES_MAX = 32 * 1024 * 1024
const KNOWN: Readonly<Record<number, keyof Latency>> = {
  50: 'p50',
  90: 'p90',
  99: 'p99',
  99.9: 'p999',
}

export interface CurvePoint {
  /** 0 to 100. */
  readonly percentile: number
  readonly ns: number
}

/** Nanoseconds within which `percentile` of a hundred are. @throws SealtrailError `InputInvalid` as {@link curveOf} */
export function percentileOf(latency: Latency, percentile: number): number {
  const known = KNOWN[percentile]
  if (known !== undefined) return latency[known] as number
  return latency.count === 0 ? 0 : decoded(latency.hdr).getValueAtPercentile(percentile)
}

/** Points at equal distances of nines: 0, 50, 90, 99, … and between. @throws SealtrailError `InputInvalid` */
export function curveOf(latency: Latency, pointsPerNine = 20): CurvePoint[] {
  if (latency.count === 0) return []
  const histogram = decoded(latency.hdr)
  const nines = Math.log10(latency.count) + 0.3
  const count = Math.ceil(nines * pointsPerNine)
  const percentiles = Array.from(
    { length: count + 1 },
    (_, i) => 100 - 100 / 10 ** (i / pointsPerNine),
  )
  return percentiles.map((percentile) => ({
    percentile,
    ns: histogram.getValueAtPercentile(percentile),
  }))
}

/** @throws SealtrailError `InputInvalid` */
export function decoded(text: string) {
  const bytes = Buffer.from(text, 'base64')
  try {
    const end = HEAD_BYTES + bytes.readUInt32BE(4)
    const packed = bytes.subarray(HEAD_BYTES, end)
    checkWords(inflateSync(packed, { maxOutputLength: PLAIN_BYTES_MAX }))
    return decodeFromCompressedBase64(text, 32, false)
  } catch (cause) {
    throw new SealtrailError('InputInvalid', 'latencies that are no HdrHistogram', {}, { cause })
  }
}
