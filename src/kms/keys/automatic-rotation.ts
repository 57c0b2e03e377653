/**
 * Keys that get new material by themselves, when their period is over: by the schedule, as deletions (keys.ts).
 *
 * Only while they are enabled; one that was not when it was due is rotated when it is enabled again.
 *
 * @module
 */
import type { Engines } from '../../engine/choose.js'
import type { Root } from '../../root/root.js'
import type { Due } from '../../service/schedule.js'
import type { Store } from '../../store/store.js'
import type { KmsKey } from './key.js'
import type { Keys } from './keys.js'
import { rotate } from './rotation.js'
import { readRotations } from './rows.js'

export interface AutomaticRotationOptions {
  readonly store: Store
  readonly root: Root
  readonly engines: Engines
  readonly keys: Keys
  /** The record of a rotation that nobody asked for. */
  readonly recordRotation: (key: KmsKey) => string
}

export class AutomaticRotation implements Due {
  readonly #options: AutomaticRotationOptions
  /** No key is due before this moment. */
  #nextAt = Number.NEGATIVE_INFINITY

  constructor(options: AutomaticRotationOptions) {
    this.#options = options
  }

  /** To be told when a key is to be rotated. */
  expect(at: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
  }

  nextAt(): number {
    return this.#nextAt
  }

  async run(now: number): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY
    try {
      for (const due of await readRotations(this.#options.store)) {
        if (due.at > now) {
          this.expect(due.at)
          break
        }
        await this.#rotate(due, now)
      }
    } catch (error) {
      this.#nextAt = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  async #rotate(place: Parameters<Keys['find']>[0], now: number): Promise<void> {
    const { store, keys, recordRotation } = this.#options
    await keys.change(place, async (cached) => {
      const { key, materials } = cached ?? {}
      const isDue = key?.keyState === 'Enabled' && key.rotation !== undefined
      // It may have been changed meanwhile.
      if (!isDue || key.rotation.at > now) return { next: key, answer: undefined }
      const { next, material, changes } = rotate(this.#options, key, materials!, {
        ...{ type: 'AUTOMATIC', now },
      })
      await store.commit({ changes, records: [recordRotation(key)] })
      materials!.add(material)
      this.expect(next.rotation!.at)
      return { next, answer: undefined }
    })
  }
}
