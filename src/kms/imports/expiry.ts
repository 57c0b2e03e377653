/**
 * Imported material whose time is over goes by itself: by the schedule, as keys do (keys/keys.ts).
 *
 * Its bytes are destroyed, and cannot come back but by another import of the same material. Source: AWS KMS developer
 * guide, "Setting an expiration time".
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import type { Root } from '../../root/root.js'
import type { Due } from '../../service/schedule.js'
import type { Store } from '../../store/store.js'
import { isHere } from '../keys/imported.js'
import type { KmsKey } from '../keys/key.js'
import type { Keys } from '../keys/keys.js'
import { type KeyMaterial, readEnds } from '../keys/material-rows.js'
import { changeMaterials, together, withoutMaterial } from './changes.js'

/** Read in one go. */
const AT_ONCE = 32

export interface ImportedExpiryOptions {
  readonly store: Store
  readonly root: Root
  readonly keys: Keys
  /** The record of material that has gone by itself. */
  readonly recordOf: (key: KmsKey, material: KeyMaterial) => string
}

export class ImportedExpiry implements Due {
  readonly #options: ImportedExpiryOptions
  /** Nothing is due before this moment. */
  #nextAt = Number.NEGATIVE_INFINITY

  constructor(options: ImportedExpiryOptions) {
    this.#options = options
  }

  /** To be told when material is to go. */
  expect(at: number): void {
    this.#nextAt = Math.min(this.#nextAt, at)
  }

  nextAt(): number {
    return this.#nextAt
  }

  async run(now: number): Promise<void> {
    this.#nextAt = Number.POSITIVE_INFINITY
    try {
      for (;;) {
        const ends = await readEnds(this.#options.store, AT_ONCE)
        for (const end of ends) {
          if (end.at > now) return this.expect(end.at)
          await this.#expire(end, end.version, now)
        }
        if (ends.length < AT_ONCE) return
      }
    } catch (error) {
      this.#nextAt = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  async #expire(
    place: Place & { readonly keyId: string },
    version: number,
    now: number,
  ): Promise<void> {
    const { store, root, keys, recordOf } = this.#options
    await keys.changeRelated(place, async (cached) => {
      const material = cached?.materials.all.find((one) => one.version === version)
      const { validTo } = material?.imported ?? {}
      // It may have been imported anew meanwhile, or be gone.
      if (material === undefined || !isHere(material) || validTo === undefined || validTo > now) {
        return { next: [], answer: undefined }
      }
      const made = changeMaterials(root, cached!, withoutMaterial(cached!.key, material))
      const { changes, shreds, ...changed } = together([made])
      await store.commit({ changes, records: [recordOf(cached!.key, material)], shreds })
      return { ...changed, answer: undefined }
    })
  }
}
