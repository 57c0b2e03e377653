/**
 * What can be destroyed: small secrets, wrapped, in two files of slots that are overwritten in place.
 *
 *     <dataDir>/shreds-a, shreds-b        the same slots in both
 *
 * Whatever must be unreadable one day is wrapped under one of these, and only that wrap goes into the journal, its
 * snapshots and its view. Erasing the slot, in both files and synced, makes every copy of them useless. Each file is
 * the other's witness: a slot that only one of them has is written into the other, if facts still name it, and erased
 * if none do. For the store's thread. Source: docs/FORMAT.md §5.5.
 *
 * @module
 */
import { join } from 'node:path'
import { damaged } from '../damage.js'
import { bytesAt, HeldFile } from '../files/held-file.js'
import { isZero } from '../journal/block.js'
import { decodeSlot, encodeSlot, type Shred, SLOT_BYTES } from './slot.js'

export const SHRED_FILES = ['shreds-a', 'shreds-b'] as const
const FREE = Buffer.alloc(SLOT_BYTES)

interface Kept {
  readonly slot: number
  readonly bytes: Buffer
}

export class Shreds {
  readonly #files: readonly HeldFile[]
  readonly #kept = new Map<string, Kept>()
  readonly #free: number[] = []
  #slots: number

  private constructor(files: readonly HeldFile[], slots: number) {
    this.#files = files
    this.#slots = slots
  }

  static make(dataDir: string): Shreds {
    const files = SHRED_FILES.map((name) => HeldFile.make(join(dataDir, name), FREE))
    const shreds = new Shreds(files, 1)
    shreds.#free.push(0)
    return shreds
  }

  /**
   * Makes the two files alike again, and erases what `wanted` does not name.
   * @throws SealtrailError `StoreDamaged` when neither has what is wanted.
   */
  static open(dataDir: string, wanted: ReadonlySet<string>): Shreds {
    const contents = SHRED_FILES.map((name) => slotsAt(join(dataDir, name)))
    const slots = Math.max(1, ...contents.map((content) => content?.length ?? 0))
    const found = new Map<string, Shred>()
    for (const content of contents) {
      for (const shred of content ?? []) if (shred !== undefined) found.set(shred.id, shred)
    }
    for (const id of wanted) {
      if (found.has(id)) continue
      const file = SHRED_FILES.map((name) => join(dataDir, name)).join(' and ')
      throw damaged({ file, reason: `both have lost the shred ${id}, which key material needs` })
    }
    return Shreds.#settle(dataDir, contents, slots, wanted)
  }

  static #settle(
    dataDir: string,
    contents: ReadonlyArray<ReadonlyArray<Shred | undefined> | undefined>,
    slots: number,
    wanted: ReadonlySet<string>,
  ): Shreds {
    const image = Buffer.alloc(slots * SLOT_BYTES)
    const kept: Shred[] = []
    for (let slot = 0; slot < slots; slot++) {
      const shred = contents
        .map((content) => content?.[slot])
        .find((one) => one && wanted.has(one.id))
      if (shred === undefined || kept.some((other) => other?.id === shred.id)) continue
      kept[slot] = shred
      encodeSlot(shred).copy(image, slot * SLOT_BYTES)
    }
    const files = SHRED_FILES.map((name, i) => {
      const path = join(dataDir, name)
      if (contents[i] === undefined) return HeldFile.make(path, image)
      const file = HeldFile.open(path)
      if (!file.read(0, file.bytes).equals(image)) {
        file.write([image], 0)
        file.resize(image.length)
      }
      return file
    })
    const shreds = new Shreds(files, slots)
    for (let slot = slots - 1; slot >= 0; slot--) {
      const shred = kept[slot]
      if (shred === undefined) shreds.#free.push(slot)
      else shreds.#kept.set(shred.id, { slot, bytes: shred.bytes })
    }
    return shreds
  }

  /** Whether anything is kept, or was damaged, in `dataDir`. */
  static hasAny(dataDir: string): boolean {
    return SHRED_FILES.some((name) => !isZero(bytesAt(join(dataDir, name)) ?? FREE))
  }

  get(id: string): Buffer | undefined {
    return this.#kept.get(id)?.bytes
  }

  /** Durable, in both files, when it returns. What fails half-way is erased by the next start. */
  keep(shreds: ReadonlyArray<{ readonly id: string; readonly bytes: Uint8Array }>): void {
    for (const { id, bytes } of shreds) {
      const slot = this.#free.pop() ?? this.#slots++
      this.#write(slot, encodeSlot({ id, bytes }))
      this.#kept.set(id, { slot, bytes: Buffer.from(bytes) })
    }
    this.#sync()
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

/** Undefined when the file is not there. */
function slotsAt(path: string): Array<Shred | undefined> | undefined {
  let file: HeldFile
  try {
    file = HeldFile.open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const bytes = file.read(0, file.bytes)
    const count = Math.ceil(bytes.length / SLOT_BYTES)
    return Array.from({ length: count }, (_, slot) => {
      const at = slot * SLOT_BYTES
      return at + SLOT_BYTES > bytes.length
        ? undefined
        : decodeSlot(bytes.subarray(at, at + SLOT_BYTES))
    })
  } finally {
    file.close()
  }
}
