/**
 * Blobs in the bucket of any S3-compatible endpoint, the parts put together behind store/blobs/blobs.ts.
 *
 * The same bytes as in files, under refs of their own (store/blobs/upstream-ref.ts): the upstream sees sealed messages and
 * how long they are. Durable is what the upstream has acknowledged. Source: docs/FORMAT.md §10.1.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import type { BlobReader, BlobRef, BlobRows, Blobs } from '../store/blobs/blobs.js'
import { noSuchBlob } from '../store/blobs/faults.js'
import { Gathered } from '../store/blobs/gathered.js'
import { SMALL_BYTES_MAX } from '../store/blobs/packs/layout.js'
import { upstreamPlaceOf } from '../store/blobs/upstream-ref.js'
import { UpstreamBucket } from './client/bucket.js'
import { Sender, type SenderParts } from './client/retries.js'
import { fileKey } from './keys.js'
import { Known } from './known.js'
import { claim } from './owner.js'
import { Packing } from './packing.js'
import { probe } from './probe.js'
import { openFile, openRecord } from './readers.js'
import { Remover } from './remover.js'
import { Slots } from './slots.js'
import { Tending } from './tending.js'
import { UPLOADS_AT_ONCE, Upload } from './upload.js'

/** What nobody waits for need not be done before the end: the next start does it. */
const TENDING_MS = 5000

export interface UpstreamParts extends SenderParts {
  /** 32 hex digits, of the data directory whose rows name the blobs. */
  readonly owner: string
}

/**
 * Tries out what the upstream does, and claims the prefix.
 * @throws SealtrailError `ConfigInvalid` for an upstream that will not do; `StoreFailed` for one that cannot be asked
 */
export async function openUpstream(parts: UpstreamParts): Promise<Blobs> {
  const sender = new Sender(parts)
  try {
    const bucket = new UpstreamBucket(sender, parts.address.prefix)
    await probe(bucket)
    await claim(bucket, parts.owner)
    return new UpstreamBlobs(sender, bucket)
  } catch (error) {
    await sender.close()
    throw error
  }
}

class UpstreamBlobs implements Blobs {
  readonly #sender: Sender
  readonly #bucket: UpstreamBucket
  readonly #known = new Known()
  readonly #remover: Remover
  readonly #packing: Packing
  readonly #slots = new Slots(UPLOADS_AT_ONCE)
  readonly #underWay = new Set<Promise<unknown>>()
  #tending: Tending | undefined
  #closing: Promise<void> | undefined

  constructor(sender: Sender, bucket: UpstreamBucket) {
    this.#sender = sender
    this.#bucket = bucket
    this.#remover = new Remover(bucket)
    this.#packing = new Packing({ bucket, known: this.#known, remover: this.#remover })
  }

  async put(bytes: Uint8Array): Promise<BlobRef> {
    this.#checkOpen()
    return await this.#counted(
      bytes.length <= SMALL_BYTES_MAX ? this.#packing.put(bytes) : this.#putLarge(bytes),
    )
  }

  async putStream(pieces: AsyncIterable<Uint8Array>): Promise<{ ref: BlobRef; bytes: number }> {
    this.#checkOpen()
    return await this.#counted(this.#putPieces(pieces))
  }

  settle(refs: readonly BlobRef[]): void {
    for (const ref of refs) if (this.#known.settle(ref)) this.#tending?.wake()
  }

  async open(ref: BlobRef): Promise<BlobReader> {
    this.#checkOpen()
    const place = upstreamPlaceOf(ref)
    if (place.kind === 'pack') return await openRecord(this.#bucket, ref, place)
    const { id } = place
    if (this.#known.isLeaving(id)) throw noSuchBlob(ref)
    this.#known.beginReading(id)
    return await openFile(this.#bucket, ref, place, () => {
      if (this.#known.endReading(id)) void this.#remover.remove(fileKey(id))
    })
  }

  async remove(refs: readonly BlobRef[]): Promise<void> {
    const removals: Array<Promise<void>> = []
    for (const ref of refs) {
      const place = upstreamPlaceOf(ref)
      if (this.#known.doubt(ref)) this.#tending?.wake()
      if (place.kind === 'pack' || !this.#known.leave(place.id)) continue
      removals.push(this.#remover.remove(fileKey(place.id)))
    }
    await Promise.all(removals)
  }

  tend(rows: BlobRows): void {
    invariant(this.#tending === undefined, 'blobs are tended once')
    this.#tending = new Tending(
      {
        ...{ bucket: this.#bucket, known: this.#known, remover: this.#remover },
        ...{ packing: this.#packing, isStopped: () => this.#closing !== undefined },
      },
      rows,
    )
    this.#tending.wake()
  }

  async tended(): Promise<void> {
    await this.#tending?.idle()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#sender.end()
    await Promise.allSettled(this.#underWay)
    const idle = this.#tended()
    const late = new AbortController()
    await Promise.race([idle, wait(TENDING_MS, undefined, { signal: late.signal })])
    late.abort()
    await this.#sender.close()
    await idle
  }

  async #tended(): Promise<void> {
    await this.#tending?.idle()
    await this.#remover.close()
  }

  async #putLarge(bytes: Uint8Array): Promise<BlobRef> {
    const upload = await this.#beginUpload()
    return await finished(upload, () => upload.write(bytes))
  }

  async #putPieces(pieces: AsyncIterable<Uint8Array>): Promise<{ ref: BlobRef; bytes: number }> {
    const gathered = new Gathered()
    let bytes = 0
    let upload: Upload | undefined
    try {
      for await (const piece of pieces) {
        bytes += piece.length
        if (bytes <= SMALL_BYTES_MAX) {
          gathered.add(piece)
          continue
        }
        if (upload === undefined) {
          upload = await this.#beginUpload()
          await upload.write(gathered.bytes)
        }
        await upload.write(piece)
      }
    } catch (error) {
      await upload?.abort()
      throw error
    }
    const ref =
      upload === undefined ? await this.#packing.put(gathered.bytes) : await finished(upload)
    return { ref, bytes }
  }

  #beginUpload(): Promise<Upload> {
    return Upload.begin({
      ...{ bucket: this.#bucket, known: this.#known },
      ...{ remover: this.#remover, slots: this.#slots },
    })
  }

  async #counted<Answer>(work: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the blobs are closed')
  }
}

async function finished(upload: Upload, last?: () => Promise<void>): Promise<BlobRef> {
  try {
    await last?.()
    return await upload.finish()
  } catch (error) {
    await upload.abort()
    throw error
  }
}
