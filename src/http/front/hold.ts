/**
 * Answers that say to come again later, held back a while. One for each server.
 *
 * A client that came again at once would cost nearly as much as one that is served; so it costs a timer.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'

const LEAST_MS = 200
const MOST_MS = 1000
/** The more are held, the longer: so many a second come back, and no more. */
const MS_PER_HELD = 1

export class Hold {
  #held = 0

  async wait(): Promise<void> {
    await delay(Math.min(MOST_MS, Math.max(LEAST_MS, ++this.#held * MS_PER_HELD)))
    this.#held--
  }
}
