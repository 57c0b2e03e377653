/**
 * Imported material whose time is over goes by itself: by the schedule, as keys do (keys/keys.ts).
 *
 * Its bytes are destroyed, and cannot come back but by another import of the same material. Source: AWS KMS developer
 * guide, "Setting an expiration time".
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import { DueRows } from '../../service/due-rows.js'
import type { Due } from '../../service/schedule.js'
import type { Store } from '../../store/store.js'
import { isHere } from '../keys/imported.js'
import { type KmsKey, keyName } from '../keys/key.js'
import type { Keys } from '../keys/keys.js'
import { type End, type KeyMaterial, readEnds } from '../keys/material-rows.js'
import { changeMaterials, withoutMaterial } from './changes.js'

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
  readonly #due = new DueRows()

  constructor(options: ImportedExpiryOptions) {
    this.#options = options
  }

  /** To be told when material is to go. */
  expect(at: number): void {
    this.#due.expect(at)
  }

  nextAt(): number {
    return this.#due.nextAt()
  }

  run(now: number): Promise<void> {
    return this.#due.look(async () => {
      for (;;) {
        const count = AT_ONCE + this.#due.asideCount
        const ends = await readEnds(this.#options.store, count)
        const due = ends.filter(({ at }) => at <= now)
        // Every caller waits: they share the disk's syncs.
        await Promise.all(due.map((end) => this.#tryToExpire(end, now)))
        const next = ends[due.length]
        if (next !== undefined) return this.expect(next.at)
        if (ends.length < count) return
      }
    })
  }

  #tryToExpire(end: End, now: number): Promise<void> {
    const name = `${keyName(end)}/${end.version}/${end.at}`
    return this.#due.try(name, now, () => this.#expire(end, now))
  }

  /** Of this key alone: damage of one that is related to it must not keep it. False when there is no such material. */
  #expire(end: End, now: number): Promise<boolean> {
    const { store, root, keys, recordOf } = this.#options
    return keys.changeMaterials(end, async (cached) => {
      const material = cached?.materials.all.find((one) => one.version === end.version)
      const { validTo } = material?.imported ?? {}
      // It may have been imported anew meanwhile, or be gone.
      if (material === undefined || !isHere(material) || validTo === undefined || validTo > now) {
        return { next: cached, answer: false }
      }
      const made = changeMaterials(root, cached!, withoutMaterial(cached!.key, material))
      const { next: key, materials, changes, shreds } = made
      await store.commit({ changes, records: [recordOf(cached!.key, material)], shreds })
      return { next: { key, materials }, answer: true }
    })
  }
}
