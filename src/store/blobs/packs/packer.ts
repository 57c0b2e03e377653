/**
 * Small blobs on their way into packs.
 *
 * While one batch is written and synced, everything that arrives waits, and goes as the next one (group commit). A caller
 * alone never waits for company. A pack is begun when one is needed: the last of those that were found goes on first.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import type { Disk } from '../../files/disk.js'
import type { BlobRef } from '../blobs.js'
import { isMissing, storeFailed } from '../faults.js'
import type { Places } from '../places.js'
import { packNumber } from '../ref.js'
import { recordBytes } from './layout.js'
import type { Ledger } from './ledger.js'
import { Pack } from './pack.js'

interface Waiting {
  readonly bytes: Uint8Array
  readonly resolve: (ref: BlobRef) => void
  readonly reject: (error: unknown) => void
}

/** Encoding so many bytes keeps the event loop for a few milliseconds. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024

export class Packer {
  readonly #disk: Disk
  readonly #places: Places
  readonly #ledger: Ledger
  #lastNumber: number
  /** To go on with, if it can be. */
  #found: string | undefined
  #pack: Pack | undefined
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  /** Who waits for the pack that is open to be ended. */
  #rolling: Array<() => void> = []

  /** @param found names of all packs that are there */
  constructor(disk: Disk, places: Places, ledger: Ledger, found: readonly string[]) {
    this.#disk = disk
    this.#places = places
    this.#ledger = ledger
    const numbers = found.map((name) => packNumber(name) ?? 0)
    this.#lastNumber = numbers.reduce((a, b) => Math.max(a, b), 0)
    this.#found = found[numbers.indexOf(this.#lastNumber)]
    // Nothing may take it away before it is gone on with, or is not.
    if (this.#found !== undefined) ledger.reserve(this.#found)
  }

  /** @throws SealtrailError `StoreFailed` */
  put(bytes: Uint8Array): Promise<BlobRef> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Nothing more goes into the pack that is open now. */
  async roll(): Promise<void> {
    if (this.#running === undefined) await this.#endPack()
    else await new Promise<void>((resolve) => this.#rolling.push(resolve))
  }

  /** Waits for what is in line. */
  async close(): Promise<void> {
    await this.#running
    await this.#endPack()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever puts in this turn comes along.
      await setImmediate()
      const batch = this.#take()
      try {
        const refs = await this.#write(batch.map(({ bytes }) => bytes))
        for (const [i, { resolve }] of batch.entries()) resolve(refs[i]!)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      if (this.#rolling.length > 0) {
        const waiting = this.#rolling.splice(0)
        await this.#endPack()
        for (const resolve of waiting) resolve()
      }
    }
    this.#running = undefined
  }

  #take(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      bytes += recordBytes(waiting.bytes.length)
      if (count > 0 && bytes > BATCH_BYTES_MAX) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #write(blobs: readonly Uint8Array[]): Promise<BlobRef[]> {
    const bytes = blobs.reduce((sum, blob) => sum + recordBytes(blob.length), 0)
    const pack = await this.#packFor(bytes)
    try {
      const refs = await pack.append(blobs)
      for (const [i, ref] of refs.entries()) this.#ledger.packed(ref, pack.name, blobs[i]!.length)
      return refs
    } catch (cause) {
      if (pack.isBroken) await this.#endPack()
      throw storeFailed('written', pack.path, cause)
    }
  }

  async #packFor(bytes: number): Promise<Pack> {
    this.#pack ??= await this.#resume()
    if (this.#pack?.hasRoomFor(bytes) === false) await this.#endPack()
    this.#pack ??= await this.#begin()
    return this.#pack
  }

  /** What cannot be gone on with is left as it is. */
  async #resume(): Promise<Pack | undefined> {
    const name = this.#found
    this.#found = undefined
    if (name === undefined) return undefined
    const pack = await Pack.resume(this.#disk, this.#places, name).catch(() => undefined)
    if (pack === undefined) this.#ledger.ended(name)
    else this.#ledger.began(name, pack.bytes)
    return pack
  }

  async #begin(): Promise<Pack> {
    try {
      const pack = await Pack.begin(this.#disk, this.#places, this.#lastNumber + 1)
      this.#lastNumber++
      this.#ledger.began(pack.name, pack.bytes)
      return pack
    } catch (cause) {
      throw storeFailed('begun', this.#places.packs, cause)
    }
  }

  async #endPack(): Promise<void> {
    if (this.#found !== undefined) this.#ledger.ended(this.#found)
    this.#found = undefined
    const pack = this.#pack
    if (pack === undefined) return
    this.#pack = undefined
    await pack.close()
    this.#ledger.ended(pack.name)
    if (!pack.isEmpty) return
    await this.#disk.unlink(pack.path).then(
      () => this.#ledger.removed(pack.name),
      (error) => {
        if (isMissing(error)) this.#ledger.removed(pack.name)
      },
    )
  }
}
