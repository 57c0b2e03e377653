/**
 * What can be destroyed: small secrets, wrapped, in two files of slots that are overwritten in place.
 *
 *     <dataDir>/shreds-a, shreds-b        the same slots in both
 *
 * Whatever must be unreadable one day is wrapped under one of these, and only that wrap goes into the journal, its
 * snapshots and its view. Erasing the slot, in both files and synced, makes every copy of them useless. Each file is
 * the other's witness: once the start has been found sound, a slot that only one of them has is written into the other,
 * if facts still name it, and erased if none do. A slot of no bytes says that what facts still name is gone: a repair
 * wrote it. For the store's thread. Source: docs/FORMAT.md §5.5.
 *
 * @module
 */
import { join } from 'node:path'
import { damaged } from '../damage.js'
import { bytesAt, HeldFile, sizeAt } from '../files/held-file.js'
import { isZero } from '../journal/block.js'
import { decodeSlot, encodeSlot, type Shred, SLOT_BYTES } from './slot.js'

export const SHRED_FILES = ['shreds-a', 'shreds-b'] as const
const FREE = Buffer.alloc(SLOT_BYTES)

interface Kept {
  readonly slot: number
  readonly bytes: Buffer
}

export class Shreds {
  readonly #dataDir: string
  #files: readonly HeldFile[] = []
  readonly #kept = new Map<string, Kept>()
  readonly #free: number[] = []
  #slots: number

  private constructor(dataDir: string, slots: number) {
    this.#dataDir = dataDir
    this.#slots = slots
  }

  static make(dataDir: string): Shreds {
    const shreds = new Shreds(dataDir, 1)
    shreds.#files = SHRED_FILES.map((name) => HeldFile.make(join(dataDir, name), FREE))
    shreds.#free.push(0)
    return shreds
  }

  /**
   * What `wanted` names, from either file. Reads only: {@link settle} comes before anything is kept or erased.
   * @throws SealtrailError `StoreDamaged` when neither has what is wanted.
   */
  static open(dataDir: string, wanted: ReadonlySet<string>): Shreds {
    const contents = SHRED_FILES.map((name) => slotsAt(join(dataDir, name)))
    const slots = Math.max(1, ...contents.map((content) => content.length))
    const shreds = new Shreds(dataDir, slots)
    for (let slot = slots - 1; slot >= 0; slot--) {
      const shred = contents
        .map((content) => content[slot])
        .find((one) => one && wanted.has(one.id))
      if (shred === undefined || shreds.#kept.has(shred.id)) shreds.#free.push(slot)
      else shreds.#kept.set(shred.id, { slot, bytes: shred.bytes })
    }
    for (const id of wanted) {
      if (shreds.#kept.has(id)) continue
      const file = SHRED_FILES.map((name) => join(dataDir, name)).join(' and ')
      throw damaged({ file, reason: `both have lost the shred ${id}, which key material needs` })
    }
    return shreds
  }

  /** Makes the two files alike again, and erases what nobody wanted; durable when it returns. */
  settle(): void {
    const image = Buffer.alloc(this.#slots * SLOT_BYTES)
    for (const [id, { slot, bytes }] of this.#kept) {
      encodeSlot({ id, bytes }).copy(image, slot * SLOT_BYTES)
    }
    for (const file of this.#files) file.close()
    this.#files = SHRED_FILES.map((name) => {
      const path = join(this.#dataDir, name)
      if (sizeAt(path) === undefined) return HeldFile.make(path, image)
      const file = HeldFile.open(path)
      if (!file.read(0, file.bytes).equals(image)) {
        file.write([image], 0)
        file.resize(image.length)
      }
      return file
    })
  }

  /** Whether anything is kept, or was damaged, in `dataDir`. */
  static hasAny(dataDir: string): boolean {
    return SHRED_FILES.some((name) => !isZero(bytesAt(join(dataDir, name)) ?? FREE))
  }

  /** No bytes of one that a repair has said to be gone; undefined of one that nobody knows. */
  get(id: string): Buffer | undefined {
    return this.#kept.get(id)?.bytes
  }

  /** Says of shreds that neither file has that they are gone, so that a start misses none of them. Durable, as {@link keep}. */
  giveUp(ids: readonly string[]): void {
    this.keep(ids.map((id) => ({ id, bytes: new Uint8Array() })))
  }

  /** What either file has, by its id: there, or gone. Reads only. */
  static look(dataDir: string): Map<string, 'there' | 'gone'> {
    const states = new Map<string, 'there' | 'gone'>()
    for (const slot of SHRED_FILES.flatMap((name) => slotsAt(join(dataDir, name)))) {
      if (slot === undefined) continue
      states.set(slot.id, slot.bytes.length === 0 ? 'gone' : 'there')
    }
    return states
  }

  /**
   * Durable, in both files, when it returns. When it fails nothing is kept; what has been written of it is erased by the
   * next start.
   */
  keep(shreds: ReadonlyArray<{ readonly id: string; readonly bytes: Uint8Array }>): void {
    const taken = shreds.map((shred) => ({ ...shred, slot: this.#free.pop() ?? this.#slots++ }))
    try {
      for (const { slot, id, bytes } of taken) this.#write(slot, encodeSlot({ id, bytes }))
      this.#sync()
    } catch (error) {
      this.#free.push(...taken.map(({ slot }) => slot))
      throw error
    }
    for (const { slot, id, bytes } of taken) this.#kept.set(id, { slot, bytes: Buffer.from(bytes) })
  }

  /** Gone, from both files, when it returns. */
  erase(ids: readonly string[]): void {
    for (const id of ids) {
      const kept = this.#kept.get(id)
      if (kept === undefined) continue
      this.#write(kept.slot, FREE)
      kept.bytes.fill(0)
      this.#kept.delete(id)
      this.#free.push(kept.slot)
    }
    this.#sync()
  }

  close(): void {
    for (const file of this.#files) file.close()
  }

  #write(slot: number, bytes: Buffer): void {
    for (const file of this.#files) file.write([bytes], slot * SLOT_BYTES)
  }

  #sync(): void {
    for (const file of this.#files) file.sync()
  }
}

/** None when the file is not there. */
function slotsAt(path: string): Array<Shred | undefined> {
  const bytes = bytesAt(path) ?? Buffer.alloc(0)
  return Array.from({ length: Math.ceil(bytes.length / SLOT_BYTES) }, (_, slot) => {
    const at = slot * SLOT_BYTES
    const isWhole = at + SLOT_BYTES <= bytes.length
    return isWhole ? decodeSlot(bytes.subarray(at, at + SLOT_BYTES)) : undefined
  })
}
