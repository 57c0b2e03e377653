/**
 * Packs that are open for reading: a few are kept, and none is closed under a reader.
 *
 * @module
 */
import type { Disk, DiskFile } from '../../files/disk.js'
import { Lru } from '../../keep/lru.js'
import type { Places } from '../places.js'

interface Held {
  readonly file: Promise<DiskFile>
  users: number
  hasLeft: boolean
}

const KEPT_MAX = 64

export class Descriptors {
  readonly #disk: Disk
  readonly #places: Places
  readonly #kept = new Lru<Held>(KEPT_MAX, (held) => {
    held.hasLeft = true
    closeUnused(held)
  })

  constructor(disk: Disk, places: Places) {
    this.#disk = disk
    this.#places = places
  }

  /** Node's errors, and those of `work`. */
  async use<Answer>(pack: string, work: (file: DiskFile) => Promise<Answer>): Promise<Answer> {
    const held = this.#kept.get(pack) ?? this.#open(pack)
    held.users++
    try {
      return await work(await held.file)
    } finally {
      held.users--
      closeUnused(held)
    }
  }

  forget(pack: string): void {
    this.#kept.delete(pack)
  }

  close(): void {
    this.#kept.clear()
  }

  #open(pack: string): Held {
    const file = this.#disk.open(this.#places.pack(pack), 'read')
    const held: Held = { file, users: 0, hasLeft: false }
    this.#kept.set(pack, held)
    // The next one tries again.
    file.catch(() => {
      if (!held.hasLeft) this.#kept.delete(pack)
    })
    return held
  }
}

function closeUnused({ file, users, hasLeft }: Held): void {
  if (!hasLeft || users > 0) return
  void file.then((opened) => opened.close()).catch(() => undefined)
}
