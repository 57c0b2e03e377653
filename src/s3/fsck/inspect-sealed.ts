/**
 * Every object of a closed data directory, read back: each row, its data key, the header and the tag of every frame.
 *
 * What cannot be opened without somebody's key (SSE-C), or at all any more (a KMS key that was deleted), or not until its material is imported again, or only through a proxy, is told: of it,
 * rows and headers are checked. What lies upstream is not read. Changes nothing. Whether blobs are there, and as they were written, store/fsck/ tells too.
 *
 * @module
 */
import type { Engines } from '../../engine/choose.js'
import type { KeyHandle } from '../../engine/engine.js'
import { isSealtrailError, type SealtrailError } from '../../errors.js'
import { frameOffset } from '../../message/layout.js'
import { openMessage } from '../../message/open.js'
import type { Root } from '../../root/root.js'
import { isUpstreamRef } from '../../store/blobs/upstream-ref.js'
import type { ClosedStore } from '../../store/fsck/closed-store.js'
import type { Bucket } from '../buckets/bucket.js'
import { readBucketOfId } from '../buckets/rows.js'
import { openPieces, type SealedBlob, sealedBlob } from '../contents/sealed-blob.js'
import { wrapsOf } from '../objects/rewrapped.js'
import type { Rewrapped, Sse, Stretch } from '../objects/version.js'
import { ClosedDataKeys, type Unopened } from './closed-data-keys.js'
import { type Found, foundIn } from './found.js'

export interface SealedDamage {
  /** Its name, or its id where no bucket has that. */
  readonly bucket: string
  readonly key: string
  readonly version?: string
  readonly upload?: string
  readonly part?: number
  /** From 1 on, in its sealed message. */
  readonly frame?: number
  readonly file?: string
  readonly offset?: number
  readonly reason: string
}

export interface SealedReport {
  /** Versions and parts of open uploads that were looked at. */
  readonly objects: number
  /** Plain bytes whose tags are right. */
  readonly bytes: number
  /** Of which rows and headers only were checked. */
  readonly unopened: Readonly<Record<Unopened | 'upstream', number>>
  readonly damage: readonly SealedDamage[]
}

/** A lost disk need not fill the memory with what it has lost. */
const DAMAGE_MAX = 1000

interface Parts {
  readonly store: ClosedStore
  readonly root: Root
  readonly engines: Engines
}

/** @param progress is told of plain bytes that were read. */
export async function inspectSealed(
  parts: Parts,
  progress: (bytes: number) => void,
): Promise<SealedReport> {
  const inspection = new Inspection(parts, progress)
  try {
    for await (const found of foundIn(parts)) {
      await inspection.look(found)
      if (inspection.damage.length >= DAMAGE_MAX) break
    }
    const { objects, bytes, unopened, damage } = inspection
    return { objects, bytes, unopened, damage }
  } finally {
    inspection.close()
  }
}

class Inspection {
  readonly #parts: Parts
  readonly #keys: ClosedDataKeys
  readonly #progress: (bytes: number) => void
  #bucket: { readonly id: string; readonly bucket: Bucket | undefined } | undefined
  readonly damage: SealedDamage[] = []
  readonly unopened = { customer: 0, deleted: 0, awaited: 0, external: 0, upstream: 0 }
  objects = 0
  bytes = 0

  constructor(parts: Parts, progress: (bytes: number) => void) {
    this.#parts = parts
    this.#progress = progress
    this.#keys = new ClosedDataKeys(parts.store, parts.root, parts.engines)
  }

  async look(found: Found): Promise<void> {
    this.objects++
    const { bucketId, key, name } = found
    const at = { bucket: bucketId, key, ...name }
    try {
      const bucket = await this.#bucketOf(bucketId)
      if (bucket === undefined) {
        this.damage.push({ ...at, reason: 'its bucket is not there' })
        return
      }
      await this.#lookIn(bucket, found, { ...at, bucket: bucket.name })
    } catch (error) {
      this.#tell(at, error)
    }
  }

  async #lookIn(
    bucket: Bucket,
    found: Found,
    at: Pick<SealedDamage, 'bucket' | 'key' | 'version' | 'upload'>,
  ): Promise<void> {
    if ('fault' in found) {
      this.#tell(at, found.fault)
      return
    }
    const { sse, wraps, stretches, isInParts } = found
    let opened: KeyHandle | Unopened | undefined
    if (stretches.some(({ blob }) => isUpstreamRef(blob))) this.unopened.upstream++
    try {
      for (const [index, stretch] of stretches.entries()) {
        if (isUpstreamRef(stretch.blob)) continue
        const where = { ...at, ...(isInParts ? { part: stretch.number ?? index + 1 } : {}) }
        try {
          const reader = await this.#parts.store.openBlob(stretch.blob)
          try {
            const sealed = await sealedBlob(reader, stretch)
            opened ??= await this.#keyOf(bucket, found.key, sse, wraps, sealed)
            await this.#lookThrough(where, stretch, sealed, opened)
          } finally {
            await reader.close()
          }
        } catch (error) {
          this.#tell(where, error, stretch)
        }
      }
    } finally {
      if (typeof opened === 'string') this.unopened[opened]++
      else opened?.release()
    }
  }

  async #keyOf(
    bucket: Bucket,
    key: string,
    sse: Sse,
    wraps: Rewrapped | undefined,
    { header }: SealedBlob,
  ): Promise<KeyHandle | Unopened> {
    const sealed = { sse, ...(wraps === undefined ? header : wrapsOf(wraps)) }
    return await this.#keys.open(bucket, key, sealed)
  }

  /** From run to run: behind a damaged frame nothing more of the message is told. */
  async #lookThrough(
    at: Omit<SealedDamage, 'reason'>,
    stretch: Stretch,
    sealed: SealedBlob,
    dataKey: KeyHandle | Unopened,
  ): Promise<void> {
    if (typeof dataKey === 'string') return
    const { bulk } = this.#parts.engines
    const { header, bytes } = sealed
    const key = openMessage(bulk, header, dataKey)
    try {
      for await (const piece of openPieces(bulk, key, sealed, { offset: 0, bytes })) {
        this.bytes += piece.length
        this.#progress(piece.length)
      }
    } catch (error) {
      const frame = isSealtrailError(error) ? error.detail.frame : undefined
      if (typeof frame !== 'number') throw error
      const { file, offset } = this.#parts.store.placeOfBlob(stretch.blob)
      const inMessage = header.headerBytes + frameOffset(frame - 1, header.frameBytes)
      const { message: reason } = error as SealtrailError
      this.damage.push({ ...at, frame, file, offset: offset + inMessage, reason })
    } finally {
      key.release()
    }
  }

  /** @throws whatever is no damage, such as a disk that cannot be read. */
  #tell(at: Omit<SealedDamage, 'reason'>, error: unknown, stretch?: Stretch): void {
    const isUnfit = isSealtrailError(error) && DAMAGES.includes(error.code)
    if (!isUnfit) throw error
    const place = stretch === undefined ? {} : this.#placeOf(stretch)
    const isSilent = error.code === 'InvalidCiphertextException'
    const reason = isSilent ? 'the header is not one of this data key' : error.message
    this.damage.push({ ...at, ...place, reason })
  }

  #placeOf({ blob }: Stretch): { readonly file?: string; readonly offset?: number } {
    try {
      return this.#parts.store.placeOfBlob(blob)
    } catch {
      // It is no name of a blob, which is what is told.
      return {}
    }
  }

  async #bucketOf(id: string): Promise<Bucket | undefined> {
    if (this.#bucket?.id !== id) {
      const { store, root } = this.#parts
      this.#bucket = { id, bucket: await readBucketOfId(store, root, id) }
    }
    return this.#bucket.bucket
  }

  close(): void {
    this.#keys.close()
  }
}

const DAMAGES: readonly string[] = [
  ...['ObjectDamaged', 'StoreDamaged', 'InvalidCiphertextException', 'RootKeyUnusable'],
]
