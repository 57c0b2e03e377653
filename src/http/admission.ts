/**
 * Places for requests: so many are worked on, the others wait their turn, but not for long.
 *
 *     the line was empty lately    who waits longer than `queueMsMax` is turned away
 *     it was not                   who waits longer than a tenth of that
 *
 * Who would wait longer, as places are left now, is turned away before he has sent a body. So a burst, or a disk that
 * stalls, is waited out, and under lasting overload those who are let in were in line for
 * a moment only (what they waited in a front before they came here counts, too): waiting longer would serve nobody more, and everybody later. Turning away is cheap, so that a server
 * under too much load keeps doing what it can do; that the turned away do not come back at once is seen to in
 * front/exchange.ts. First come, first served. Who still sends has no place and no turn: it costs only the memory of what
 * it has sent, of which there is so much for all. Where a body is read as it comes, its request has a place until it first
 * waits for its client, and none from then on, also when the body is there: it has sent gigabytes perhaps, and is not
 * turned away then. Of those there are so many ({@link Waiters}). After "controlled delay" (K. Nichols, V. Jacobson, ACM Queue 10/5;
 * B. Maurer, ACM Queue 13/8).
 *
 * @module
 */
import { type Clock, systemClock } from '../clock.js'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'

/** One for all: what costs most of an error is its stack, and nobody reads this one's. */
const FULL = new SealtrailError('ThrottlingException', 'Rate exceeded')
/** Of the longest wait, once the line has been standing for as long. */
const STANDING_PART = 0.1
/** Times the longest wait for which all have waited before they came here: that is no burst. */
const LASTING_TIMES = 5

/** How much one turn counts for the time that a turn takes: places are left in bursts, as commits are. */
const TURN_PART = 1 / 256

interface Waiting {
  readonly since: number
  readonly letIn: () => void
  readonly turnAway: (error: Error) => void
}

export interface AdmissionLimits {
  readonly inflightMax: number
  /** Whatever they wait. */
  readonly queueMax: number
  readonly queueMsMax?: number
}

export class Admission {
  readonly #limits: AdmissionLimits
  readonly #queueMsMax: number
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #queue: Waiting[] = []
  /** Where the queue begins in {@link #queue}; what is before has had its turn. */
  #head = 0
  #inflight = 0
  /** Since when somebody has been waiting; meaningless while nobody is. */
  #standingSince = 0
  /** Between two turns of the line, about. */
  #turnMs = 0
  #turnAt = Number.NaN
  /** Since when all who come have waited; NaN while somebody has not. */
  #lateSince = Number.NaN
  #timer: NodeJS.Timeout | undefined

  constructor(limits: AdmissionLimits, clock: Pick<Clock, 'elapsed'> = systemClock) {
    this.#limits = limits
    this.#queueMsMax = limits.queueMsMax ?? Number.POSITIVE_INFINITY
    this.#clock = clock
  }

  get inflight(): number {
    return this.#inflight
  }

  get waiting(): number {
    return this.#queue.length - this.#head
  }

  /**
   * `waitedMs`: before it came here.
   * @throws SealtrailError `ThrottlingException` when nobody could be let in now, or soon enough.
   */
  checkRoom(waitedMs = 0): void {
    const { inflightMax, queueMax } = this.#limits
    if (this.#isLate(waitedMs)) throw FULL
    if (this.#inflight < inflightMax) return
    if (this.waiting >= queueMax) throw FULL
    if (this.waiting * this.#turnMs > this.#queueMsMax) throw FULL
  }

  /**
   * Undefined when there is a place at once, else a promise of one, which rejects with `ThrottlingException` when the
   * wait gets too long. Who has been let in calls {@link leave} once.
   * @throws SealtrailError `ThrottlingException` when the queue is full.
   */
  enter(): Promise<void> | undefined {
    if (this.#inflight < this.#limits.inflightMax) {
      this.#inflight++
      return undefined
    }
    if (this.waiting >= this.#limits.queueMax) throw FULL
    const since = this.#clock.elapsed()
    if (this.waiting === 0) {
      this.#standingSince = since
      this.#turnAt = since
    }
    this.#watch()
    return new Promise((letIn, turnAway) => this.#queue.push({ since, letIn, turnAway }))
  }

  /** The place goes to the one that has waited longest, but not too long. */
  leave(): void {
    invariant(this.#inflight > 0, 'who leaves has been let in')
    if (this.waiting > 0) {
      const now = this.#clock.elapsed()
      this.#turnMs += (now - this.#turnAt - this.#turnMs) * TURN_PART
      this.#turnAt = now
      this.#turnLateAway(now)
    }
    const next = this.#shift()
    if (next === undefined) this.#inflight--
    else next.letIn()
  }

  /** Of who waited before he came here: one stall of ours, or one burst, is waited out, whatever it takes. */
  #isLate(waitedMs: number): boolean {
    if (waitedMs <= this.#queueMsMax * STANDING_PART) {
      this.#lateSince = Number.NaN
      return false
    }
    const now = this.#clock.elapsed()
    if (Number.isNaN(this.#lateSince)) this.#lateSince = now
    return now - this.#lateSince > LASTING_TIMES * this.#queueMsMax
  }

  #turnLateAway(now: number): void {
    const isStanding = now - this.#standingSince > this.#queueMsMax
    const earliest = now - this.#queueMsMax * (isStanding ? STANDING_PART : 1)
    for (let next = this.#queue[this.#head]; next !== undefined && next.since < earliest; ) {
      this.#shift()
      next.turnAway(FULL)
      next = this.#queue[this.#head]
    }
  }

  #shift(): Waiting | undefined {
    const next = this.#queue[this.#head]
    if (next === undefined) return undefined
    this.#head++
    if (this.#head === this.#queue.length || this.#head === 1024) {
      this.#queue.splice(0, this.#head)
      this.#head = 0
    }
    return next
  }

  /** For when nobody leaves. */
  #watch(): void {
    if (this.#timer !== undefined || this.#queueMsMax === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#turnLateAway(this.#clock.elapsed())
        if (this.waiting > 0) this.#watch()
      },
      Math.ceil(this.#queueMsMax * STANDING_PART),
    )
    this.#timer.unref()
  }
}

/** Requests that wait for their clients: they have no place, but there are so many at most. */
export class Waiters {
  #left: number

  constructor(max: number) {
    this.#left = max
  }

  /** Who has come in leaves once. @throws SealtrailError `ThrottlingException` when there are too many. */
  enter(): void {
    if (this.#left === 0) throw FULL
    this.#left--
  }

  leave(): void {
    this.#left++
  }
}

/** Memory for bodies, whoever sends them. */
export class BodyRoom {
  #bytesLeft: number

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax
  }

  /** @throws SealtrailError `ThrottlingException` when there is not so much left. */
  take(bytes: number): void {
    if (bytes > this.#bytesLeft) throw FULL
    this.#bytesLeft -= bytes
  }

  giveBack(bytes: number): void {
    this.#bytesLeft += bytes
  }
}
