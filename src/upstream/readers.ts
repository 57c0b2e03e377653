/**
 * Blobs upstream being read.
 *
 * A small one is read whole and checked when it is opened. Of a large one its first bytes are read when it is opened, which
 * tells that it is there and how long it is; then what is asked for, and while one stretch after the other is, the next one
 * ahead. While somebody reads it, it is not removed.
 *
 * @module
 */
import { invariant } from '../invariant.js'
import type { BlobReader } from '../store/blobs/blobs.js'
import { noSuchBlob } from '../store/blobs/faults.js'
import { FOOT_BYTES, RECORD_HEAD_BYTES, readRecord } from '../store/blobs/packs/layout.js'
import { checkRange } from '../store/blobs/readers.js'
import type { UpstreamFile, UpstreamRecord } from '../store/blobs/upstream-ref.js'
import type { UpstreamBucket } from './client/bucket.js'
import { damagedUpstream } from './client/faults.js'
import { fileKey, packKey } from './keys.js'

/** Most headers of sealed messages end within these. */
const FIRST_BYTES = 4 * 1024
/** What is read ahead, and a little: the last frame of a message is longer. */
const AHEAD_BYTES_MAX = 2 * 1024 * 1024
const AHEAD_MORE_BYTES = 64

/** @throws SealtrailError `ObjectDamaged`, `StoreFailed` */
export async function openRecord(
  bucket: UpstreamBucket,
  ref: string,
  { pack, offset, bytes }: UpstreamRecord,
): Promise<BlobReader> {
  const key = packKey(pack)
  const recordBytes = RECORD_HEAD_BYTES + bytes + 1
  const read = await bucket.read(key, { offset, bytes: recordBytes })
  if (read === undefined) throw noSuchBlob(ref)
  const blob = readRecord(read.bytes, ref, bytes)
  if (blob === undefined) throw damagedUpstream(key, offset, `${ref} is not as it was written`)
  return {
    bytes,
    async read(from, count) {
      checkRange(key, bytes, from, count)
      return blob.subarray(from, from + count)
    },
    close: () => Promise.resolve(),
  }
}

/**
 * @param closed called once, also when it cannot be opened
 * @throws SealtrailError `ObjectDamaged`, `StoreFailed`
 */
export async function openFile(
  bucket: UpstreamBucket,
  ref: string,
  { id, bytes }: UpstreamFile,
  closed: () => void,
): Promise<BlobReader> {
  const key = fileKey(id)
  try {
    const first = await bucket.read(key, { offset: 0, bytes: FIRST_BYTES })
    if (first === undefined) throw noSuchBlob(ref)
    const wanted = bytes + FOOT_BYTES
    if (first.of !== wanted) {
      const reason = `it has ${first.of} bytes, and should have ${wanted}`
      throw damagedUpstream(key, Math.min(first.of, wanted), reason)
    }
    return new FileReader(bucket, key, bytes, first.bytes, closed)
  } catch (error) {
    closed()
    throw error
  }
}

interface Ahead {
  readonly offset: number
  readonly bytes: number
  readonly read: Promise<Buffer>
}

class FileReader implements BlobReader {
  readonly bytes: number
  readonly #bucket: UpstreamBucket
  readonly #key: string
  readonly #first: Buffer
  readonly #closed: () => void
  readonly #stopping = new AbortController()
  /** Where the last read ended. */
  #end = 0
  #ahead: Ahead | undefined

  constructor(
    bucket: UpstreamBucket,
    key: string,
    bytes: number,
    first: Buffer,
    closed: () => void,
  ) {
    this.#bucket = bucket
    this.#key = key
    this.bytes = bytes
    this.#first = first
    this.#closed = closed
  }

  async read(offset: number, bytes: number): Promise<Uint8Array> {
    invariant(!this.#stopping.signal.aborted, 'a closed blob is not read')
    checkRange(this.#key, this.bytes, offset, bytes)
    if (bytes === 0 || offset + bytes <= this.#first.length) {
      return this.#first.subarray(offset, offset + bytes)
    }
    const ahead = this.#ahead
    const isNext = offset === this.#end
    const isAhead = ahead?.offset === offset && ahead.bytes >= bytes
    const coming = isAhead ? ahead.read : this.#fetch(offset, bytes)
    this.#end = offset + bytes
    this.#ahead = undefined
    if (isNext || isAhead) this.#readAhead(this.#end, bytes)
    return (await coming).subarray(0, bytes)
  }

  close(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort()
      this.#closed()
    }
    return Promise.resolve()
  }

  #readAhead(offset: number, like: number): void {
    const bytes = Math.min(like + AHEAD_MORE_BYTES, AHEAD_BYTES_MAX, this.bytes - offset)
    if (bytes <= 0) return
    const read = this.#fetch(offset, bytes)
    // Whoever reads on is told.
    read.catch(() => undefined)
    this.#ahead = { offset, bytes, read }
  }

  async #fetch(offset: number, bytes: number): Promise<Buffer> {
    const range = { offset, bytes }
    const read = await this.#bucket.read(this.#key, range, this.#stopping.signal)
    if (read === undefined) throw damagedUpstream(this.#key, offset, 'the object is missing')
    if (read.bytes.length === bytes) return read.bytes
    throw damagedUpstream(this.#key, offset + read.bytes.length, 'the object ends here')
  }
}
