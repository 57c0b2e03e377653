/**
 * Whole arrivals out of a plan, and which process has which.
 *
 *     plan 0, 1, 2, 3, 4 …     of two processes the first has 0, 2, 4 …
 *
 * What all of them have together is the plan's, none more and none less. The grid is a millisecond, as timers are no finer.
 *
 * @module
 */
import type { Planned } from './planned.js'

/** One of several that take turns. */
export interface Share {
  readonly index: number
  readonly of: number
}

/** Of one process: how many arrivals may still be planned, behind the warm-up. */
export interface Budget {
  left: number
}

/** Against sums that lie a hair below a whole number. */
const HAIR = 1e-6

export class Arrivals {
  readonly #plan: Planned
  readonly #share: Share
  readonly #warmupMs: number
  readonly #budget: Budget
  #tick = 0
  #planned = 0
  /** Somebody wants so many times the plan, behind `#changedAt` of its arrivals, for which `#before` had come. */
  #factor = 1
  #changedAt = 0
  #before = 0

  constructor(plan: Planned, share: Share, warmupMs: number, budget: Budget) {
    this.#plan = plan
    this.#share = share
    this.#warmupMs = warmupMs
    this.#budget = budget
  }

  /** From now on `factor` times as many as planned. */
  change(factor: number): void {
    this.#before = this.#arrivalsBy(this.#tick)
    this.#changedAt = this.#plan.arrivalsBy(this.#tick)
    this.#factor = factor
  }

  /** Tells of each arrival until `nowMs` that was not told yet. */
  until(nowMs: number, tell: (at: number) => void): void {
    const end = Math.min(Math.floor(nowMs), Math.ceil(this.#plan.ms))
    while (this.#tick < end) {
      const at = ++this.#tick
      const due = wholeShare(this.#share, Math.floor(this.#arrivalsBy(at) + HAIR))
      for (; this.#planned < due; this.#planned++) {
        if (at > this.#warmupMs && !takes(this.#budget)) return
        tell(at)
      }
    }
  }

  #arrivalsBy(at: number): number {
    return this.#before + (this.#plan.arrivalsBy(at) - this.#changedAt) * this.#factor
  }
}

/** False when nothing is left. */
export function takes(budget: Budget): boolean {
  if (budget.left <= 0) return false
  budget.left--
  return true
}

/** How many of the first `total` one of several has. */
export function wholeShare({ index, of }: Share, total: number): number {
  return Math.floor((total + of - 1 - index) / of)
}
