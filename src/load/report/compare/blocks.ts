/**
 * Whether two series of windows differ, and by how much: a permutation test and a bootstrap, both over blocks of news.
 *
 *     windows  x x x x x x x x x x x x x x x x x      each like the one before: they are not independent
 *     news       n n n n n n n n n n n n n n n n      what it adds to what was to be expected: these nearly are
 *     blocks     [ n n n ] [ n n n ] [ n n n ] …      a few, for what news have still in common
 *
 * Were both series of one kind, it would not matter which block is of which: labels are drawn anew many times, and the share
 * of draws that differ as much is the probability that chance alone did it. Draws follow from a seed, so that the same reports
 * give the same answer. Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 8, 15; P.
 * Bühlmann, "Sieve bootstrap for time series" (1997); M. G. Kendall, "Note on bias in the estimation of autocorrelation" (1954).
 *
 * @module
 */
import { Random } from '../../data/random.js'

/** Fewer say nothing. */
const BLOCKS_LEAST = 12
const BLOCKS_MOST = 16
/** What changes all along, as in a ramp, is told apart from noise no further. */
const PERSISTENCE_MAX = 0.95
/** For some ten measures. */
const DRAWS = 1999
const RESAMPLES = 1999
/** Two-sided 5 % among some ten measures, and 90 % of the power to see it. */
const DETECTABLE_ERRORS = 2.8 + 1.28

export interface Difference {
  /** Mean of the second less that of the first. */
  readonly difference: number
  /** 95 of a hundred such intervals hold the true one. */
  readonly low: number
  readonly high: number
  /** That chance alone makes as much of a difference; 1 when there are too few windows to say. */
  readonly chance: number
  /** A difference so large would have been found nine times of ten; infinite when there are too few windows. */
  readonly detectable: number
}

/** @param draws of labels: the chance that is told is no smaller than one of so many, and of one more */
export function differenceOf(
  first: readonly number[],
  second: readonly number[],
  seed: number,
  draws = DRAWS,
): Difference {
  const difference = mean(second) - mean(first)
  const persistence = persistenceOf([first, second])
  const [a, b] = [blockMeans(news(first, persistence)), blockMeans(news(second, persistence))]
  if (a.length < BLOCKS_LEAST || b.length < BLOCKS_LEAST) {
    const unknown = Number.POSITIVE_INFINITY
    return { difference, low: -unknown, high: unknown, chance: 1, detectable: unknown }
  }
  const random = new Random(seed)
  const error = Math.sqrt(variance(a) / a.length + variance(b) / b.length)
  const { low, high } = interval(a, b, random)
  const detectable = error * DETECTABLE_ERRORS
  return { difference, low, high, chance: chanceOf(a, b, random, draws), detectable }
}

/**
 * How much of a window's deviation is the one before's, of both series together; with Kendall's correction, for from a few
 * windows it looks like less than it is.
 */
function persistenceOf(series: ReadonlyArray<readonly number[]>): number {
  let [product, power, count] = [0, 0, 0]
  for (const values of series) {
    const centre = mean(values)
    for (const [i, value] of values.entries()) {
      power += (value - centre) ** 2
      if (i > 0) product += (value - centre) * (values[i - 1]! - centre)
    }
    count += values.length
  }
  const seen = power === 0 ? 0 : product / power
  return Math.min(PERSISTENCE_MAX, Math.max(0, seen + (1 + 3 * seen) / Math.max(1, count)))
}

/** What each window adds to what was to be expected after the one before; its mean is that of the series. */
function news(values: readonly number[], persistence: number): number[] {
  return values.slice(1).map((value, i) => {
    return (value - persistence * values[i]!) / (1 - persistence)
  })
}

/** As equal as can be, in their order. */
function blockMeans(values: readonly number[]): Float64Array {
  const count = Math.min(BLOCKS_MOST, values.length)
  return Float64Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count)
    return mean(values.slice(from, Math.floor(((i + 1) * values.length) / count)))
  })
}

function chanceOf(a: Float64Array, b: Float64Array, random: Random, draws: number): number {
  const pool = Float64Array.of(...a, ...b)
  const total = pool.reduce((sum, value) => sum + value, 0)
  const apart = (sum: number) => Math.abs(sum / a.length - (total - sum) / b.length)
  const seen = apart(a.reduce((sum, value) => sum + value, 0))
  if (seen === 0) return 1
  // A rounding more or less is none.
  const limit = seen * (1 - 1e-9)
  let asMuch = 0
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0
    for (let i = 0; i < a.length; i++) {
      const other = i + random.below(pool.length - i)
      const value = pool[other]!
      pool[other] = pool[i]!
      pool[i] = value
      sum += value
    }
    if (apart(sum) >= limit) asMuch++
  }
  return (asMuch + 1) / (draws + 1)
}

function interval(a: Float64Array, b: Float64Array, random: Random) {
  const differences = Float64Array.from({ length: RESAMPLES }, () => {
    return resampled(b, random) - resampled(a, random)
  }).sort()
  const at = (share: number) => differences[Math.round(share * (RESAMPLES - 1))]!
  return { low: at(0.025), high: at(0.975) }
}

function resampled(blocks: Float64Array, random: Random): number {
  let sum = 0
  for (let i = 0; i < blocks.length; i++) sum += blocks[random.below(blocks.length)]!
  return sum / blocks.length
}

function mean(values: readonly number[] | Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? 0 : sum / values.length
}

function variance(values: Float64Array): number {
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
}
