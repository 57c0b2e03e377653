/**
 * Time that a process has seen pass: for what cannot be undone.
 *
 *     never ahead of the wall clock; while we run, never faster than the monotonic clock; a start believes that it was
 *     away for a day at most
 *
 * A clock that is set a year ahead, by mistake or by somebody, then destroys nothing: what is due waits until the time
 * has been seen to pass, or until a person confirms the clock. Who runs once a day at least never notices. What was seen
 * is kept in the table `meta`, as long as anything waits for it. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Change } from '../store/change.js'
import type { Store } from '../store/store.js'
import type { Due } from './schedule.js'

const AWAY_MS_MAX = 24 * 60 * 60 * 1000
const KEPT_EVERY_MS = 60 * 60 * 1000
const META_SEEN_TIME = 'seen-time'

export class SeenTime implements Due {
  readonly #store: Pick<Store, 'commit'>
  readonly #clock: Clock
  #time: number
  /** Of the monotonic clock, when it was {@link #time}. */
  #elapsed: number
  /** Undefined: nothing waits for it yet. */
  #keptAt: number | undefined

  /** `kept` is what the last process saw. */
  constructor(store: Pick<Store, 'commit'>, clock: Clock, kept: number | undefined) {
    const now = clock.now()
    this.#store = store
    this.#clock = clock
    this.#time = kept === undefined ? now : Math.min(now, kept + AWAY_MS_MAX)
    this.#elapsed = clock.elapsed()
    this.#keptAt = kept
  }

  /** Milliseconds since the epoch. */
  now(): number {
    const elapsed = this.#clock.elapsed()
    const seen = this.#time + (elapsed - this.#elapsed)
    this.#time = Math.max(this.#time, Math.min(seen, this.#clock.now()))
    this.#elapsed = elapsed
    return this.#time
  }

  /** A person says that the wall clock is right. */
  confirm(): void {
    this.#time = this.#clock.now()
    this.#elapsed = this.#clock.elapsed()
  }

  /** To be committed with whatever waits for it from now on. */
  kept(): Change {
    this.#keptAt = this.now()
    const value = Buffer.alloc(8)
    value.writeDoubleBE(this.#keptAt)
    return { put: 'meta', row: { name: META_SEEN_TIME, value } }
  }

  nextAt(): number {
    return this.#keptAt === undefined ? Number.POSITIVE_INFINITY : this.#keptAt + KEPT_EVERY_MS
  }

  async run(): Promise<void> {
    await this.#store.commit({ changes: [this.kept()] })
  }

  /** What cannot be kept now makes the next start believe less. */
  async close(): Promise<void> {
    if (this.#keptAt !== undefined) await this.run().catch(() => undefined)
  }
}

export async function openSeenTime(store: Store, clock: Clock): Promise<SeenTime> {
  const [row] = await store.read(
    store.query.selectFrom('meta').select('value').where('name', '=', META_SEEN_TIME).compile(),
  )
  const { buffer, byteOffset } = row?.value ?? new Uint8Array(8)
  const kept = row && new DataView(buffer, byteOffset).getFloat64(0)
  return new SeenTime(store, clock, kept)
}
