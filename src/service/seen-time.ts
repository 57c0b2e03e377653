/**
 * Time that a process has seen pass: for what cannot be undone.
 *
 *     never ahead of the wall clock; while we run, never faster than the monotonic clock; a start believes what the wall
 *     clock says has passed since it was last looked at, up to a day
 *
 * A clock that is set a year ahead, by mistake or by somebody, then destroys nothing, however often we start: what is
 * due waits until the time has been seen to pass, or until a person confirms the clock. A clock that is set back takes
 * what was seen back with it: what is due comes later, never sooner. Who runs once a day at least never notices. What was seen
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

/** Milliseconds since the epoch: what was seen, when the wall clock said what. */
interface KeptTime {
  readonly seen: number
  readonly wall: number
}

export class SeenTime implements Due {
  readonly #store: Pick<Store, 'commit'>
  readonly #clock: Clock
  #time: number
  /** Of the monotonic clock, when it was {@link #time}. */
  #elapsed: number
  /** Undefined: nothing waits for it yet. */
  #keptAt: number | undefined

  /** `kept` is what the last process saw. */
  constructor(store: Pick<Store, 'commit'>, clock: Clock, kept: KeptTime | undefined) {
    const now = clock.now()
    this.#store = store
    this.#clock = clock
    const away = kept === undefined ? 0 : Math.min(Math.max(0, now - kept.wall), AWAY_MS_MAX)
    this.#time = kept === undefined ? now : Math.min(now, kept.seen + away)
    this.#elapsed = clock.elapsed()
    this.#keptAt = kept?.seen
  }

  /** Milliseconds since the epoch. */
  now(): number {
    const elapsed = this.#clock.elapsed()
    this.#time = Math.min(this.#time + (elapsed - this.#elapsed), this.#clock.now())
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
    const value = Buffer.alloc(16)
    value.writeDoubleBE(this.#keptAt)
    value.writeDoubleBE(this.#clock.now(), 8)
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
  if (row === undefined) return new SeenTime(store, clock, undefined)
  const view = new DataView(row.value.buffer, row.value.byteOffset, row.value.byteLength)
  return new SeenTime(store, clock, { seen: view.getFloat64(0), wall: view.getFloat64(8) })
}
