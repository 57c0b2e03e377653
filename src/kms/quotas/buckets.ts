/**
 * Token buckets: so many at once as are given in a second, and no more than that in the long run.
 *
 * One that is full is as one that is not there, so that only those are kept which were taken from lately.
 *
 * @module
 */
import type { Clock } from '../../clock.js'

export interface Taking {
  /** Of the bucket. */
  readonly name: string
  readonly perSecond: number
  readonly tokens: number
}

interface Bucket {
  tokens: number
  /** When it had so many; milliseconds of the clock's `elapsed`. */
  at: number
  readonly perSecond: number
}

/** Callers choose their regions: as many as they like, and each has its own. */
const BUCKETS_MAX = 100_000

export class Buckets {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #bucketsMax: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Pick<Clock, 'elapsed'>, bucketsMax = BUCKETS_MAX) {
    this.#clock = clock
    this.#bucketsMax = bucketsMax
  }

  /** How many are kept. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes from all of them, or from none; then it answers which had too few. They are all different ones. */
  take(takings: readonly Taking[]): Taking | undefined {
    const now = this.#clock.elapsed()
    const found = takings.map((taking) => ({ taking, bucket: this.#bucket(taking, now) }))
    const short = found.find(({ bucket, taking }) => (bucket?.tokens ?? 0) < taking.tokens)
    if (short !== undefined) return short.taking
    for (const { bucket, taking } of found) bucket!.tokens -= taking.tokens
    return undefined
  }

  /** As it is now. Undefined when there is no room for one more. */
  #bucket({ name, perSecond }: Taking, now: number): Bucket | undefined {
    const known = this.#buckets.get(name)
    if (known !== undefined) {
      known.tokens = filled(known, now)
      known.at = now
      return known
    }
    if (this.#buckets.size >= this.#bucketsMax) this.#dropFull(now)
    if (this.#buckets.size >= this.#bucketsMax) return undefined
    const bucket = { tokens: mostOf(perSecond), at: now, perSecond }
    this.#buckets.set(name, bucket)
    return bucket
  }

  /** Not those that were looked at just now: a call may be about to take from them. */
  #dropFull(now: number): void {
    for (const [name, bucket] of this.#buckets) {
      const isFull = filled(bucket, now) >= mostOf(bucket.perSecond)
      if (isFull && bucket.at < now) this.#buckets.delete(name)
    }
  }
}

function filled({ tokens, at, perSecond }: Bucket, now: number): number {
  return Math.min(mostOf(perSecond), tokens + ((now - at) / 1000) * perSecond)
}

/** One of half a token a second gives one every other second. */
function mostOf(perSecond: number): number {
  return Math.max(1, perSecond)
}
