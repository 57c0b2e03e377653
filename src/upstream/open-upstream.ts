/**
 * Blobs in the bucket of any S3-compatible endpoint, the parts put together behind store/blobs/blobs.ts.
 *
 * The same bytes as in files, under refs of their own (store/blobs/upstream-ref.ts): the upstream sees sealed messages and
 * how long they are. Durable is what the upstream has acknowledged. Source: docs/FORMAT.md §10.1.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { invariant } from '../invariant.js'
import type { BlobReader, BlobRef, BlobRows, Blobs } from '../store/blobs/blobs.js'
import { noSuchBlob } from '../store/blobs/faults.js'
import { putBytes, putPieces, type Ways } from '../store/blobs/put-pieces.js'
import { Background } from '../store/blobs/tending/background.js'
import { UnderWay } from '../store/blobs/under-way.js'
import { upstreamPlaceOf } from '../store/blobs/upstream-ref.js'
import { Turns } from '../wire/turns.js'
import { UpstreamBucket } from './client/bucket.js'
import { Sender, type SenderParts } from './client/retries.js'
import { giveBack } from './give-back.js'
import { fileKey } from './keys.js'
import { Known } from './known.js'
import { claim } from './owner.js'
import { Packing } from './packing.js'
import { probe } from './probe.js'
import { openFile, openRecord } from './readers.js'
import { Remover } from './remover.js'
import { sweep } from './sweep.js'
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
  readonly #slots = new Turns(UPLOADS_AT_ONCE)
  readonly #underWay = new UnderWay()
  readonly #ways: Ways = {
    small: (bytes) => this.#packing.put(bytes),
    large: () => this.#beginUpload(),
  }
  #background: Background | undefined
  #closing: Promise<void> | undefined

  constructor(sender: Sender, bucket: UpstreamBucket) {
    this.#sender = sender
    this.#bucket = bucket
    this.#remover = new Remover(bucket)
    this.#packing = new Packing({ bucket, known: this.#known, remover: this.#remover })
  }

  async put(bytes: Uint8Array): Promise<BlobRef> {
    return await this.#underWay.run(() => putBytes(bytes, this.#ways))
  }

  async putStream(pieces: AsyncIterable<Uint8Array>) {
    return await this.#underWay.run(() => putPieces(pieces, this.#ways))
  }

  settle(refs: readonly BlobRef[]): void {
    for (const ref of refs) if (this.#known.settle(ref)) this.#background?.wake()
  }

  hold(refs: readonly BlobRef[]): void {
    for (const ref of refs) this.#known.hold(ref)
  }

  async open(ref: BlobRef): Promise<BlobReader> {
    this.#underWay.check()
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
      if (this.#known.doubt(ref)) this.#background?.wake()
      if (place.kind === 'pack' || !this.#known.leave(place.id)) continue
      removals.push(this.#remover.remove(fileKey(place.id)))
    }
    await Promise.all(removals)
  }

  tend(rows: BlobRows): void {
    invariant(this.#background === undefined, 'blobs are tended once')
    const isStopped = () => this.#underWay.isClosed
    const parts = {
      ...{ bucket: this.#bucket, known: this.#known, remover: this.#remover },
      ...{ packing: this.#packing, isStopped },
    }
    this.#background = new Background({
      sweep: () => sweep(parts, rows),
      giveBack: () => giveBack(parts, rows),
      isStopped,
    })
    this.#background.wake()
  }

  async tended(): Promise<void> {
    await this.#background?.idle()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#underWay.close()
    this.#sender.end()
    await this.#underWay.settled()
    const idle = this.#tended()
    const late = new AbortController()
    await Promise.race([idle, wait(TENDING_MS, undefined, { signal: late.signal })])
    late.abort()
    await this.#sender.close()
    await idle
  }

  async #tended(): Promise<void> {
    await this.#background?.idle()
    await this.#remover.close()
  }

  #beginUpload(): Promise<Upload> {
    return Upload.begin({
      ...{ bucket: this.#bucket, known: this.#known },
      ...{ remover: this.#remover, slots: this.#slots },
    })
  }
}
