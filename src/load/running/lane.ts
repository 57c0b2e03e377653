/**
 * The arrivals of one kind of work in one process: when each was planned, whether it could be sent, how it ended.
 *
 *     planned (shape/arrivals.ts) → waiting → under way → answered
 *                                      |
 *                                      +-> dropped, when it could not be sent for so long
 *
 * Latency counts from the moment that was planned, whoever was late: a target that stalls is not asked less because it stalls
 * (coordinated omission). Beside it stands what it took from when it was sent. Waiting arrivals are numbers by millisecond, and
 * those under way are slots in arrays: nothing is made for an arrival.
 *
 * @module
 */
import type { Counts } from '../recording/counts.js'
import type { Answering, Work } from '../work/work.js'
import type { RawLog } from './raw-log.js'

export interface LaneOptions {
  readonly name: string
  /** Of a closed loop: who waited for this answer, or for his turn in vain, comes again. */
  readonly onAnswered: (() => void) | undefined
  readonly warmupMs: number
  readonly patienceMs: number
  readonly inFlightMax: number
  /** Where arrivals are counted that were planned before `warmupMs`, and behind it. */
  readonly warmup: Counts
  readonly counts: Counts
  readonly raw: RawLog | undefined
  /** Milliseconds since the run's start. */
  readonly now: () => number
}

const SLOTS_FIRST = 256

export class Lane implements Answering {
  readonly #options: LaneOptions
  #work: Work | undefined
  /** Planned at, and how many of that moment still wait; the oldest first. */
  readonly #waitingAt: number[] = []
  readonly #waitingCount: number[] = []
  #waiting = 0
  #isPumping = false
  inFlight = 0
  /** When the last answer came. */
  answeredMs = 0
  /** Of each slot: when it was planned, and when it was sent. */
  #planned = new Float64Array(SLOTS_FIRST)
  #sent = new Float64Array(SLOTS_FIRST)
  #free: number[] = Array.from({ length: SLOTS_FIRST }, (_, slot) => slot)

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Whose arrivals these are; before the first of them. */
  set work(work: Work) {
    this.#work = work
  }

  get waiting(): number {
    return this.#waiting
  }

  /** One that is due; {@link pump} sends it. */
  plan(at: number): void {
    this.#countsOf(at).planned++
    this.#waiting++
    const last = this.#waitingAt.length - 1
    if (this.#waitingAt[last] === at) this.#waitingCount[last]!++
    else {
      this.#waitingAt.push(at)
      this.#waitingCount.push(1)
    }
  }

  /** Sends what waits, as far as it can be sent. */
  pump(nowMs: number): void {
    if (this.#isPumping) return
    this.#isPumping = true
    const { patienceMs } = this.#options
    const inFlightMax = this.#work?.inFlightMax ?? this.#options.inFlightMax
    let head = 0
    for (; head < this.#waitingAt.length; head++) {
      const at = this.#waitingAt[head]!
      if (nowMs - at > patienceMs) this.#drop(head)
      while (
        this.#waitingCount[head]! > 0 &&
        this.inFlight < inFlightMax &&
        this.#work!.isReady()
      ) {
        this.#waitingCount[head]!--
        this.#waiting--
        this.#begin(at)
      }
      if (this.#waitingCount[head]! > 0) break
    }
    if (head > 0) {
      this.#waitingAt.splice(0, head)
      this.#waitingCount.splice(0, head)
    }
    this.#isPumping = false
  }

  /** Those that wait will not be sent. */
  dropWaiting(): void {
    for (let index = 0; index < this.#waitingAt.length; index++) this.#drop(index)
    this.#waitingAt.length = this.#waitingCount.length = 0
  }

  /** Those that have no answer by now have none. */
  giveUp(): void {
    const isFree = new Set(this.#free)
    for (let slot = 0; slot < this.#planned.length; slot++) {
      if (!isFree.has(slot)) this.#countsOf(this.#planned[slot]!).fail('NoAnswer')
    }
    this.inFlight = 0
  }

  done(slot: number, code: string | undefined, bytes: number): void {
    const { now, name, raw, onAnswered } = this.#options
    const nowMs = now()
    this.answeredMs = nowMs
    const [planned, sent] = [this.#planned[slot]!, this.#sent[slot]!]
    const counts = this.#countsOf(planned)
    if (code === undefined) {
      counts.ok++
      counts.bytes += bytes
      counts.corrected.record(nowMs - planned)
      counts.raw.record(nowMs - sent)
    } else counts.fail(code)
    raw?.write(name, planned, nowMs - planned, nowMs - sent, code)
    this.#free.push(slot)
    this.inFlight--
    onAnswered?.()
    if (this.#waiting > 0) this.pump(nowMs)
  }

  stored(slot: number, bytes: number): void {
    this.#countsOf(this.#planned[slot]!).store(bytes)
  }

  #drop(index: number): void {
    const count = this.#waitingCount[index]!
    this.#countsOf(this.#waitingAt[index]!).dropped += count
    this.#waiting -= count
    this.#waitingCount[index] = 0
    const { onAnswered } = this.#options
    if (onAnswered !== undefined) for (let one = 0; one < count; one++) onAnswered()
  }

  #begin(planned: number): void {
    const slot = this.#free.pop() ?? this.#grow()
    this.#planned[slot] = planned
    this.#sent[slot] = this.#options.now()
    this.inFlight++
    this.#countsOf(planned).sent++
    this.#work!.begin(slot)
  }

  #countsOf(planned: number): Counts {
    const { warmup, counts, warmupMs } = this.#options
    return planned <= warmupMs && warmupMs > 0 ? warmup : counts
  }

  #grow(): number {
    const first = this.#planned.length
    const [planned, sent] = [new Float64Array(first * 2), new Float64Array(first * 2)]
    planned.set(this.#planned)
    sent.set(this.#sent)
    this.#planned = planned
    this.#sent = sent
    for (let slot = first * 2 - 1; slot > first; slot--) this.#free.push(slot)
    return first
  }
}
