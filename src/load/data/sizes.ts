/**
 * Sizes of objects that follow from a seed: spread over powers of two, as a histogram says, or as real log files have them.
 *
 *     { kind: 'log2', least: 1024, most: 1048576 }      each doubling as often as the next
 *     { kind: 'buckets', buckets: [{ least: 1, most: 4096, weight: 9 }, { least: 4097, most: 65536, weight: 1 }] }
 *     { kind: 'real' }                                   log files after gzip (profile.ts)
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { givenMembers, isArray, unlike } from '../../given.js'
import { PROFILE } from './profile.gen.js'
import { Random } from './random.js'
import { Weighted } from './weighted.js'

export interface SizeBucket {
  /** Bytes; every size from `least` to `most` is as likely as another. */
  readonly least: number
  readonly most: number
  /** A whole number. */
  readonly weight: number
}

export type SizePlan =
  | { readonly kind: 'log2'; readonly least: number; readonly most: number }
  | { readonly kind: 'buckets'; readonly buckets: readonly SizeBucket[] }
  | { readonly kind: 'real' }

/** What S3 takes as one object. */
const BYTES_MAX = 5 * 1024 ** 4
const BUCKETS_MAX = 1000
const WEIGHT_MAX = 1_000_000
/** What one draw tells apart; two of them make any size. */
const STEP = 2 ** 21

/** @throws SealtrailError `InputInvalid` */
export function sizesOf(plan: SizePlan, seed: number, stream = 0): Sizes {
  return new Sizes(bucketsOf(plan), new Random(seed, stream))
}

/** Of what is drawn: a plan with nothing in it has the bounds of nothing. */
export function boundsOf(plan: SizePlan): { readonly least: number; readonly most: number } {
  const buckets =
    plan.kind === 'buckets'
      ? plan.buckets.filter(({ weight }) => weight > 0)
      : plan.kind === 'real'
        ? realBuckets()
        : [plan]
  return {
    least: Math.min(...buckets.map(({ least }) => least)),
    most: Math.max(0, ...buckets.map(({ most }) => most)),
  }
}

export class Sizes {
  readonly #buckets: readonly SizeBucket[]
  readonly #pick: Weighted
  readonly #random: Random

  constructor(buckets: readonly SizeBucket[], random: Random) {
    this.#buckets = buckets
    this.#pick = new Weighted(buckets.map(({ weight }) => weight))
    this.#random = random
  }

  /** Bytes. */
  next(): number {
    const { least, most } = this.#buckets[this.#pick.pick(this.#random)]!
    return least + this.#below(most - least + 1)
  }

  #below(count: number): number {
    if (count <= STEP) return this.#random.below(count)
    // Both draws together stay exact: 2^21 times a count below 2^31.
    const steps = Math.ceil(count / STEP)
    for (;;) {
      const value = this.#below(steps) * STEP + this.#random.below(STEP)
      if (value < count) return value
    }
  }
}

function bucketsOf(given: SizePlan): readonly SizeBucket[] {
  const plan = givenMembers(given, 'a plan of sizes')
  if (plan.kind === 'real') return realBuckets()
  if (plan.kind === 'log2') return doublings(bytes(plan.least, 'least'), bytes(plan.most, 'most'))
  if (plan.kind !== 'buckets')
    throw invalid("the kind of a plan of sizes is 'log2', 'buckets' or 'real'")
  if (!isArray(plan.buckets)) throw unlike('buckets', 'an array', plan.buckets)
  if (plan.buckets.length === 0 || plan.buckets.length > BUCKETS_MAX) {
    throw invalid(`buckets are 1 to ${BUCKETS_MAX}`)
  }
  const buckets = plan.buckets.map(givenBucket)
  const total = buckets.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0 || total > WEIGHT_MAX) {
    throw invalid(`the weights of all buckets are 1 to ${WEIGHT_MAX} together`)
  }
  return buckets
}

function givenBucket(given: SizeBucket): SizeBucket {
  const { least, most, weight } = givenMembers(given, 'a bucket')
  const bucket = { least: bytes(least, 'least'), most: bytes(most, 'most'), weight }
  if (least > most) throw invalid('least is at most as large as most')
  if (!Number.isInteger(weight) || weight < 0) throw invalid('a weight is a whole number from 0 on')
  return bucket
}

/** From one power of two to the next, a bucket each; the first and the last may be cut. */
function doublings(least: number, most: number): SizeBucket[] {
  if (least > most) throw invalid('least is at most as large as most')
  const buckets: SizeBucket[] = []
  for (let from = Math.max(1, least); from <= most; ) {
    let end = 1
    while (end <= from) end *= 2
    buckets.push({ least: from, most: Math.min(end - 1, most), weight: 1 })
    from = end
  }
  return buckets.length > 0 ? buckets : [{ least, most, weight: 1 }]
}

/** Between one real size and the next, each stretch is as likely as another. */
function realBuckets(): SizeBucket[] {
  const sizes = PROFILE.files.map(([, gzipBytes]) => gzipBytes).sort((a, b) => a - b)
  return sizes.slice(1).map((most, i) => ({ least: sizes[i]!, most, weight: 1 }))
}

function bytes(given: unknown, what: string): number {
  if (Number.isInteger(given) && (given as number) >= 0 && (given as number) <= BYTES_MAX) {
    return given as number
  }
  throw invalid(`${what} must be 0 to ${BYTES_MAX} bytes`)
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('InputInvalid', message)
}
