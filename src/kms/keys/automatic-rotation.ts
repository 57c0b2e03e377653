/**
 * Keys that get new material by themselves, when their period is over: by the schedule, as deletions (keys.ts).
 *
 * Only while they are enabled; one that was not when it was due is rotated when it is enabled again.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import type { Engines } from '../../engine/choose.js'
import type { Root } from '../../root/root.js'
import { DueRows } from '../../service/due-rows.js'
import type { Due } from '../../service/schedule.js'
import type { Store } from '../../store/store.js'
import { type KmsKey, keyName } from './key.js'
import type { Keys } from './keys.js'
import { rotate } from './rotation.js'
import { readRotations } from './rows.js'

/** Whoever calls meanwhile waits for no more. */
const AT_ONCE = 32

type KeyPlace = Place & { readonly keyId: string }

export interface AutomaticRotationOptions {
  readonly store: Store
  readonly root: Root
  readonly engines: Engines
  readonly keys: Keys
  /** The records of a rotation that nobody asked for: of a key, and of its replicas. */
  readonly recordsOf: (keys: readonly KmsKey[]) => string[]
}

export class AutomaticRotation implements Due {
  readonly #options: AutomaticRotationOptions
  readonly #due = new DueRows()

  constructor(options: AutomaticRotationOptions) {
    this.#options = options
  }

  /** To be told when a key is to be rotated. */
  expect(at: number): void {
    this.#due.expect(at)
  }

  nextAt(): number {
    return this.#due.nextAt()
  }

  run(now: number): Promise<void> {
    return this.#due.look(async () => {
      const count = AT_ONCE + this.#due.asideCount
      const due = await readRotations(this.#options.store, count)
      for (const place of due) {
        if (place.at > now) return this.expect(place.at)
        await this.#due.try(keyName(place), now, () => this.#rotate(place, now))
      }
      if (due.length === count) this.expect(now)
    })
  }

  #rotate(place: KeyPlace, now: number): Promise<boolean> {
    const { store, keys, recordsOf } = this.#options
    return keys.changeRelated(place, async (cached, others) => {
      const { key } = cached ?? {}
      const isDue = key?.keyState === 'Enabled' && key.rotation !== undefined
      // It may have been changed meanwhile.
      if (!isDue || key.rotation.at > now || key.primaryRegion !== undefined) {
        return { next: [], answer: true }
      }
      const related = [cached!, ...others]
      const { next, changes, settle } = rotate(this.#options, related, { type: 'AUTOMATIC', now })
      const records = recordsOf(related.map((one) => one.key))
      await store.commit({ changes, records })
      settle()
      this.expect(next[0]!.rotation!.at)
      return { next, answer: true }
    })
  }
}
