/**
 * A large blob on its way upstream: in one request when it fits into a part, otherwise as an upload in parts.
 *
 *     pieces, foot → part → sent, while the other part fills → … → completed
 *
 * Two parts are held for each upload, and uploads are so many at once: further ones wait, and whoever gives more does.
 * Whatever happens, what is left of one that failed is taken away, or swept after the next start. Source:
 * docs/FORMAT.md §10.1.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import type { BlobRef } from '../store/blobs/blobs.js'
import { checksumWith, FOOT_BYTES, fileFoot } from '../store/blobs/packs/layout.js'
import { newFileId } from '../store/blobs/ref.js'
import { upstreamFileRef } from '../store/blobs/upstream-ref.js'
import type { Turns } from '../wire/turns.js'
import type { OpenUpload, UpstreamBucket } from './client/bucket.js'
import { upstreamFailed } from './client/faults.js'
import { fileKey } from './keys.js'
import type { Known } from './known.js'
import { Part } from './part.js'
import type { Remover } from './remover.js'
import { putWhole } from './whole.js'

/** With two parts each, as much memory as all of them take. */
export const UPLOADS_AT_ONCE = 16

export interface UploadParts {
  readonly bucket: UpstreamBucket
  readonly known: Known
  readonly remover: Remover
  readonly slots: Turns
}

export class Upload {
  readonly #parts: UploadParts
  readonly #id = newFileId()
  #filling = new Part()
  #spare: Part | undefined
  #bytes = 0
  #checksum = 0
  #upload: OpenUpload | undefined
  readonly #etags: string[] = []
  #sending: Promise<void> = Promise.resolve()

  private constructor(parts: UploadParts) {
    this.#parts = parts
  }

  /** After it, `finish` or `abort`. */
  static async begin(parts: UploadParts): Promise<Upload> {
    await parts.slots.take()
    const upload = new Upload(parts)
    parts.known.fileBegins(upload.#id)
    return upload
  }

  /** The piece is the caller's again when it resolves. @throws SealtrailError `StoreFailed` */
  async write(piece: Uint8Array): Promise<void> {
    this.#checksum = crc32(piece, this.#checksum)
    this.#bytes += piece.length
    await this.#add(piece)
  }

  /** Durable when it resolves. @throws SealtrailError `StoreFailed` */
  async finish(): Promise<BlobRef> {
    const { bucket, slots } = this.#parts
    const key = fileKey(this.#id)
    const ref = upstreamFileRef(this.#id, this.#bytes)
    const foot = fileFoot(checksumWith(this.#checksum, ref))
    await this.#add(foot)
    if (this.#upload === undefined) {
      const sending = this.#filling.sending()
      await putWhole(bucket, key, sending.bytes, sending)
    } else {
      if (!this.#filling.isEmpty) await this.#give()
      await this.#sending
      const outcome = await bucket.completeUpload(this.#upload, this.#etags)
      if (outcome === 'gone') await this.#checkThere(key, foot)
    }
    slots.give()
    return ref
  }

  /** Leaves nothing, where that can be done. */
  async abort(): Promise<void> {
    const { bucket, known, remover, slots } = this.#parts
    await this.#sending.catch(() => undefined)
    if (this.#upload !== undefined) await bucket.abortUpload(this.#upload).catch(() => undefined)
    known.fileFailed(this.#id)
    // It may have come there all the same.
    void remover.remove(fileKey(this.#id))
    slots.give()
  }

  async #add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      at += this.#filling.add(bytes.subarray(at))
      if (this.#filling.isFull) await this.#give()
    }
  }

  /** Waits for the part before; this one then goes while the other one fills. */
  async #give(): Promise<void> {
    await this.#sending
    const { bucket } = this.#parts
    this.#upload ??= await bucket.beginUpload(fileKey(this.#id))
    const upload = this.#upload
    const part = this.#filling
    this.#filling = this.#spare ?? new Part()
    this.#spare = part
    this.#sending = this.#send(upload, part)
    // Whoever waits for it next is told.
    this.#sending.catch(() => undefined)
  }

  async #send(upload: OpenUpload, part: Part): Promise<void> {
    const number = this.#etags.length + 1
    this.#etags.push(await this.#parts.bucket.uploadPart(upload, number, part.sending()))
    part.empty()
  }

  /** Completed by an attempt whose answer did not come, or not at all. */
  async #checkThere(key: string, foot: Uint8Array): Promise<void> {
    const range = { offset: this.#bytes, bytes: FOOT_BYTES }
    const there = await this.#parts.bucket.read(key, range)
    const isWhole = there?.of === this.#bytes + FOOT_BYTES
    if (isWhole && Buffer.compare(there.bytes, foot) === 0) return
    throw upstreamFailed({ operation: 'CompleteMultipartUpload', key }, 'NoSuchUpload')
  }
}
