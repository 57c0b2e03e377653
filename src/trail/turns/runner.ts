/**
 * Deliveries: when trails have a turn. By a timer, and never in front of a call.
 *
 * What a turn does is in turn.ts. What fails has its next turn later and later; the start of a slot, the end of an hour
 * of a digest, and whoever changes what a trail waits for give it one at once.
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import { dueRegion } from '../digests/write.js'
import type { TrailParts } from '../parts.js'
import { Turns } from './turn.js'

export interface RunnerOptions {
  /** How long a slot is. */
  readonly slotMs: number
  /** How often is looked; 0: only when somebody asks. */
  readonly tickMs: number
}

const RETRY_MS = 30 * 1000
const RETRY_MS_MAX = 5 * 60 * 1000

interface Waiting {
  readonly tries: number
  /** Of the monotonic clock: one that is set back makes nobody wait. */
  readonly until: number
}

export class Runner {
  readonly #parts: TrailParts
  readonly #slotMs: number
  readonly #turns: Turns
  readonly #timer: NodeJS.Timeout | undefined
  readonly #waiting = new Map<string, Waiting>()
  #lastSlot = Number.NEGATIVE_INFINITY
  #isNudged = true
  #isClosing = false
  #running: Promise<void> | undefined

  constructor(parts: TrailParts, { slotMs, tickMs }: RunnerOptions) {
    this.#parts = parts
    this.#slotMs = slotMs
    this.#turns = new Turns(parts, slotMs, () => this.#isClosing)
    if (tickMs > 0) this.#timer = setInterval(() => this.#tick(), tickMs).unref()
  }

  /** Something changed that is worth another look. */
  nudge(): void {
    this.#isNudged = true
    this.#waiting.clear()
  }

  /** Delivers all that is due. Resolves when that is done, or fails for now. */
  async run(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    if (this.#isClosing) return
    this.#running = this.#runAll().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#running
  }

  #tick(): void {
    const { clock, trails } = this.#parts
    const [now, elapsed] = [clock.now(), clock.elapsed()]
    const isDue =
      this.#isNudged ||
      Math.floor(now / this.#slotMs) !== this.#lastSlot ||
      [...this.#waiting.values()].some(({ until }) => until <= elapsed) ||
      trails.all().some((trail) => dueRegion(trail, now) !== undefined)
    if (isDue && this.#running === undefined) void this.run()
  }

  async #runAll(): Promise<void> {
    this.#isNudged = false
    const now = this.#parts.clock.now()
    this.#lastSlot = Math.floor(now / this.#slotMs)
    const trails = this.#parts.trails.all()
    await Promise.all(trails.map(({ id }) => this.#runTrail(id)))
  }

  async #runTrail(id: string): Promise<void> {
    const wait = this.#waiting.get(id)
    if (wait !== undefined && wait.until > this.#parts.clock.elapsed()) return
    try {
      while (!this.#isClosing) {
        const came = await this.#turns.next(id)
        if (came === 'failed') return this.#wait(id)
        if (came === 'nothing') return
        this.#waiting.delete(id)
      }
    } catch (error) {
      // The store says itself what it can do no more.
      if (!isSealtrailError(error)) throw error
      this.#wait(id)
    }
  }

  #wait(id: string): void {
    const { tries } = this.#waiting.get(id) ?? { tries: 0 }
    const delay = Math.min(RETRY_MS * 2 ** tries, RETRY_MS_MAX)
    this.#waiting.set(id, { tries: tries + 1, until: this.#parts.clock.elapsed() + delay })
  }
}
