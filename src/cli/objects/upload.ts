/**
 * Bytes that come, into an object: in one call where S3 takes them so, in parts where there are more or nobody knows.
 *
 * Nothing is held but what decides it: parts are taken off the stream as they are sealed. What fails leaves no object,
 * and no parts.
 *
 * @module
 */
import type { S3 } from '../../s3/s3.js'
import type { Address } from './address.js'

type PutInput = Parameters<S3['putObject']>[0]
type Members = Omit<PutInput, 'Bucket' | 'Key' | 'Body'>

/** What PutObject and a part take: 5 GiB. */
export const CALL_BYTES_MAX = 5 * 1024 ** 3
/** Of unknown length, this much is read before it is put in parts. */
const HELD_BYTES = 8 * 1024 ** 2
const PART_BYTES = 256 * 1024 ** 2
const PARTS_MAX = 10_000

/** @param bytes how many there are, where that is known. */
export async function upload(
  s3: S3,
  { bucket, key }: Address,
  pieces: AsyncIterable<Uint8Array>,
  bytes: number | undefined,
  members: Members,
): Promise<object> {
  const target = { Bucket: bucket, Key: key }
  if (bytes !== undefined && bytes <= CALL_BYTES_MAX) {
    return (await s3.putObject({ ...members, ...target, Body: pieces })) as object
  }
  const inflow = new Inflow(pieces)
  if (bytes === undefined && (await inflow.hold(HELD_BYTES))) {
    return (await s3.putObject({ ...members, ...target, Body: inflow.take(HELD_BYTES) })) as object
  }
  const partBytes = Math.max(PART_BYTES, Math.ceil((bytes ?? 0) / PARTS_MAX))
  return await inParts(s3, target, members, async (UploadId, add) => {
    for (let PartNumber = 1; !(await inflow.hold(1)) || PartNumber === 1; PartNumber++) {
      const Body = inflow.take(partBytes)
      add(PartNumber, await s3.uploadPart({ ...target, UploadId, PartNumber, Body }))
    }
  })
}

/** An object of parts that `work` adds; given up when it fails. */
export async function inParts(
  s3: S3,
  target: { readonly Bucket: string; readonly Key: string },
  members: Members,
  work: (uploadId: string, add: (number: number, told: unknown) => void) => Promise<void>,
): Promise<object> {
  const { UploadId } = (await s3.createMultipartUpload({ ...members, ...target })) as {
    readonly UploadId: string
  }
  const Parts: Array<{ PartNumber: number; ETag: string }> = []
  try {
    await work(UploadId, (PartNumber, told) => {
      Parts.push({ PartNumber, ETag: (told as { readonly ETag: string }).ETag })
    })
    const done = { ...target, UploadId, MultipartUpload: { Parts } }
    return (await s3.completeMultipartUpload(done)) as object
  } catch (error) {
    // What is left of it when this fails, too, can be listed, and given up by a rule.
    await s3.abortMultipartUpload({ ...target, UploadId }).catch(() => undefined)
    throw error
  }
}

/** A stream that is taken in stretches. */
class Inflow {
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #held: Uint8Array[] = []
  #heldBytes = 0
  #isOver = false

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** Reads on until `bytes` are here. True when no more than that is left, all of it here; of 1: none. */
  async hold(bytes: number): Promise<boolean> {
    while (!this.#isOver && this.#heldBytes < bytes) {
      const next = await this.#pieces.next()
      if (next.done) this.#isOver = true
      else this.#add(next.value)
    }
    return this.#isOver && this.#heldBytes < bytes
  }

  /** The next `bytes`, or all that are left. */
  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (await this.hold(1)) return
      const first = this.#held.shift()!
      const piece = first.subarray(0, left)
      if (piece.length < first.length) this.#held.unshift(first.subarray(left))
      this.#heldBytes -= piece.length
      left -= piece.length
      yield piece
    }
  }

  #add(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#held.push(piece)
    this.#heldBytes += piece.length
  }
}
