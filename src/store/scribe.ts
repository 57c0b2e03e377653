/**
 * The scribe: a thread of the addon's that makes batches of records durable, without a detour by the store's thread.
 *
 * It appends where the store's thread has lent it the journal's end (journal/loan.ts). What is not for it, and what
 * failed under it, goes to that thread, which takes the end back and says what is so.
 *
 * @module
 */
import { systemClock } from '../clock.js'
import { type Addon, loadAddon, type ScribeNumber } from '../engine/native/addon.js'
import type { Batch } from './thread/thread-talk.js'

export class Scribe {
  readonly number: ScribeNumber
  readonly #addon: Addon
  #answer: (isDurable: boolean) => void = () => undefined

  private constructor(addon: Addon) {
    this.#addon = addon
    this.number = addon.scribeOpen(() => {
      this.#answer(addon.scribeIsDurable(this.number) === 1)
    })
  }

  /** Undefined where there is none. */
  static open(): Scribe | undefined {
    const addon = loadAddon()
    if (addon === undefined) return undefined
    const scribe = new Scribe(addon)
    return scribe.number > 0 ? scribe : undefined
  }

  /** Resolves to whether the batch is durable; undefined when it is not for the scribe. One at a time. */
  append({ bytes, sequences, effects }: Batch): Promise<boolean> | undefined {
    if (effects.length > 0) return undefined
    const taken = this.#addon.scribeAppend(this.number, bytes, sequences, systemClock.now())
    if (taken !== 1) return undefined
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  /** Nothing is under way. */
  end(): void {
    this.#addon.scribeEnd(this.number)
  }
}
