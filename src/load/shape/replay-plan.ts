/**
 * How many events of a log are due by any moment: a step for each of its seconds.
 *
 * @module
 */
import type { ReplayLog } from '../data/replay-log.js'
import type { Planned } from './planned.js'

export class ReplayPlan implements Planned {
  readonly #log: Pick<ReplayLog, 'dueMs' | 'events'>
  readonly ms: number

  /** @param ms what is due later does not come */
  constructor(log: Pick<ReplayLog, 'dueMs' | 'events'>, ms: number) {
    this.#log = log
    this.ms = ms
  }

  arrivalsBy(ms: number): number {
    const { dueMs, events } = this.#log
    const at = Math.min(ms, this.ms)
    // The first that is due behind it.
    let [low, high] = [0, dueMs.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (dueMs[middle]! <= at) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : events[low - 1]!
  }

  meanRate(fromMs: number): number {
    // What is due at the very beginning is not before it.
    const before = fromMs > 0 ? this.arrivalsBy(fromMs) : 0
    return ((this.arrivalsBy(this.ms) - before) / (this.ms - fromMs)) * 1000
  }
}
