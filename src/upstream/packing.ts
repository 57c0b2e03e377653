/**
 * Small blobs on their way upstream: those of a moment are one object, written once.
 *
 * While a pack is on its way, what comes gathers for the next one, which goes when the way is free, when it is full, or
 * when it has waited a little; a caller alone never waits for company. A few are under way at once, so that one that has
 * to be sent again does not stop all. A pack looks as one in a file does, without zeros behind. Source: docs/FORMAT.md §10.1.
 *
 * @module
 */
import type { BlobRef } from '../store/blobs/blobs.js'
import { PACK_HEAD_BYTES, packHead, recordBytes, writeRecord } from '../store/blobs/packs/layout.js'
import { newFileId } from '../store/blobs/ref.js'
import { upstreamPackName, upstreamPackRef } from '../store/blobs/upstream-ref.js'
import type { UpstreamBucket } from './client/bucket.js'
import { packKey } from './keys.js'
import type { Known } from './known.js'
import type { Remover } from './remover.js'
import { putWhole } from './whole.js'

interface Waiting {
  readonly bytes: Uint8Array
  readonly resolve: (ref: BlobRef) => void
  readonly reject: (error: unknown) => void
}

/** Hashing so many bytes keeps the event loop for about ten milliseconds. */
const PACK_BYTES_MAX = 4 * 1024 * 1024
const PACKS_AT_ONCE = 4
const GATHER_MS = 20

export interface PackingParts {
  readonly bucket: UpstreamBucket
  readonly known: Known
  readonly remover: Remover
}

export class Packing {
  readonly #parts: PackingParts
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #underWay = 0
  #isWoken = false
  #timer: NodeJS.Timeout | undefined

  constructor(parts: PackingParts) {
    this.#parts = parts
  }

  /** Durable when it resolves. @throws SealtrailError `StoreFailed` */
  put(bytes: Uint8Array): Promise<BlobRef> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject })
      this.#waitingBytes += recordBytes(bytes.length)
      if (this.#isWoken) return
      this.#isWoken = true
      // Whoever puts in this turn comes along.
      setImmediate(() => {
        this.#isWoken = false
        this.#go()
      })
    })
  }

  /** @param isLate it has waited long enough */
  #go(isLate = false): void {
    let mayGo = isLate
    while (this.#waiting.length > 0 && this.#underWay < PACKS_AT_ONCE) {
      if (!mayGo && this.#underWay > 0 && this.#waitingBytes < PACK_BYTES_MAX) break
      mayGo = false
      void this.#send(this.#take())
    }
    if (this.#waiting.length === 0 || this.#underWay >= PACKS_AT_ONCE) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#go(true)
    }, GATHER_MS)
  }

  #take(): Waiting[] {
    let bytes = PACK_HEAD_BYTES
    let count = 0
    for (const waiting of this.#waiting) {
      const more = recordBytes(waiting.bytes.length)
      if (count > 0 && bytes + more > PACK_BYTES_MAX) break
      bytes += more
      count++
    }
    this.#waitingBytes -= bytes - PACK_HEAD_BYTES
    return this.#waiting.splice(0, count)
  }

  /** Never fails itself. */
  async #send(batch: readonly Waiting[]): Promise<void> {
    this.#underWay++
    const { bucket, known, remover } = this.#parts
    const { name, refs, object } = packOf(
      newFileId(),
      batch.map(({ bytes }) => bytes),
    )
    known.packBegins(name, refs)
    try {
      await putWhole(bucket, packKey(name), object)
      for (const [i, { resolve }] of batch.entries()) resolve(refs[i]!)
    } catch (error) {
      known.packFailed(name)
      // It may have come there all the same.
      void remover.remove(packKey(name))
      for (const { reject } of batch) reject(error)
    }
    this.#underWay--
    this.#go()
  }
}

/** A pack of `blobs`, byte for byte. */
export function packOf(
  id: string,
  blobs: readonly Uint8Array[],
): { readonly name: string; readonly refs: BlobRef[]; readonly object: Buffer } {
  const records = blobs.reduce((sum, blob) => sum + recordBytes(blob.length), 0)
  const object = Buffer.alloc(PACK_HEAD_BYTES + records)
  const name = upstreamPackName(id, object.length)
  packHead(name).copy(object)
  const refs: BlobRef[] = []
  let at = PACK_HEAD_BYTES
  for (const blob of blobs) {
    const ref = upstreamPackRef(name, at, blob.length)
    writeRecord(object, at, ref, blob)
    refs.push(ref)
    at += recordBytes(blob.length)
  }
  return { name, refs, object }
}
