/**
 * The plain bytes of a version, or of a range of it, whether it was put whole or in parts.
 *
 *     row → blobs → header (is it the message of the row?) → data key → commitment and tag → frames
 *
 * All that can be refused is refused before the first byte: an answer begins only when its key is there. What turns out
 * to be damaged later breaks off. Source: docs/FORMAT.md §2, §6.2.
 *
 * @module
 */
import { Readable } from 'node:stream'
import type { Engine, KeyHandle } from '../../engine/engine.js'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { MessageHeader } from '../../message/header.js'
import { openMessage } from '../../message/open.js'
import type { Call } from '../../service/calls/call.js'
import type { Blobs } from '../../store/blobs/blobs.js'
import type { Bucket } from '../buckets/bucket.js'
import type { ObjectKeys } from '../encryption/object-keys.js'
import type { ByteRange } from '../objects/range.js'
import { wrapsOf } from '../objects/rewrapped.js'
import type { ObjectVersion, Stretch } from '../objects/version.js'
import type { Lying, Piece } from './lying.js'
import { ContentGone } from './part-blocks.js'
import { openPieces, type SealedBlob, sealedBlob } from './sealed-blob.js'

/** Answered in one piece. */
const WHOLE_BYTES_MAX = 256 * 1024

interface Parts {
  readonly blobs: Blobs
  readonly keys: ObjectKeys
}

/** Whoever asked closes it, or reads it to its end. */
export interface OpenContent {
  readonly pieces: AsyncGenerator<Uint8Array>
  readonly bytes: number
  close(): Promise<void>
}

/**
 * Releases `lying`, with what it opens.
 * @throws SealtrailError as {@link ObjectKeys.open}; `ObjectDamaged`, `StoreDamaged`
 * @throws ContentGone
 */
export async function openContent(
  { blobs, keys }: Parts,
  call: Call,
  bucket: Bucket,
  version: ObjectVersion,
  lying: Lying,
  range: ByteRange = { offset: 0, bytes: version.bytes },
  customerKey?: Uint8Array,
): Promise<OpenContent> {
  const { engine } = keys
  const wanted = lying.within(range)
  let first: SealedBlob | undefined
  let within: ByteRange
  let dataKey: KeyHandle | undefined
  let key: KeyHandle | undefined
  try {
    const piece = (await wanted.next()).value as Piece
    within = piece.range
    first = await openWherever(blobs, piece)
    const { sse, wraps } = version.facts
    const sealed = { sse: sse!, ...(wraps === undefined ? first.header : wrapsOf(wraps)) }
    dataKey = await keys.open(call, bucket, version.key, sealed, customerKey)
    key = messageKey(engine, first, dataKey)
  } catch (error) {
    dataKey?.release()
    lying.release()
    await first?.reader.close()
    throw error
  }
  const held = { dataKey, blob: first as SealedBlob | undefined, key: key as KeyHandle | undefined }
  const close = async () => {
    const { blob } = held
    held.blob = undefined
    held.key?.release()
    held.dataKey.release()
    lying.release()
    await blob?.reader.close()
  }
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* openPieces(engine, held.key!, held.blob!, within)
      for await (const piece of wanted) {
        held.key!.release()
        await held.blob?.reader.close()
        held.blob = undefined
        held.blob = await openWherever(blobs, piece)
        held.key = messageKey(engine, held.blob, held.dataKey)
        yield* openPieces(engine, held.key, held.blob, piece.range)
      }
    } finally {
      await close()
    }
  }
  return { pieces: pieces(), bytes: range.bytes, close }
}

/** For an answer: in one piece where that is small, else as it is read. */
export async function answerBody(content: OpenContent): Promise<Uint8Array | Readable> {
  if (content.bytes > WHOLE_BYTES_MAX) {
    // No more than one piece is made ahead of its client.
    const readable = Readable.from(content.pieces, { objectMode: false, highWaterMark: 0 })
    // Also when nobody came to read it.
    readable.once('close', () => void content.close())
    return readable
  }
  const whole: Uint8Array[] = []
  for await (const piece of content.pieces) whole.push(piece)
  return whole.length === 1 ? whole[0]! : Buffer.concat(whole)
}

/**
 * What the sealed bytes themselves say of their data key. Releases `lying`.
 * @throws SealtrailError `ObjectDamaged`, `StoreDamaged`
 * @throws ContentGone
 */
export async function headerOf(
  blobs: Blobs,
  lying: Lying,
): Promise<Pick<MessageHeader, 'encryptionContext' | 'encryptedDataKeys'>> {
  try {
    const first = (await lying.within({ offset: 0, bytes: 0 }).next()).value as Piece
    const { reader, header } = await openWherever(blobs, first)
    await reader.close()
    return header
  } finally {
    lying.release()
  }
}

async function openBlob(blobs: Blobs, { blob, bytes, messageId }: Stretch): Promise<SealedBlob> {
  const reader = await blobs.open(blob)
  try {
    return await sealedBlob(reader, { bytes, messageId })
  } catch (error) {
    await reader.close()
    throw error
  }
}

/** What is not where it was may have been moved since. */
async function openWherever(blobs: Blobs, { stretch, again }: Piece): Promise<SealedBlob> {
  try {
    return await openBlob(blobs, stretch)
  } catch (error) {
    if (!isSealtrailError(error, 'ObjectDamaged')) throw error
    const now = await again()
    if (now === undefined)
      throw new ContentGone('an object went while it was read', { cause: error })
    if (now.blob === stretch.blob) throw error
    return await openBlob(blobs, now)
  }
}

/** The data key is the object's, so a header that does not fit to it has been changed. */
function messageKey(engine: Engine, { header }: SealedBlob, dataKey: KeyHandle): KeyHandle {
  try {
    return openMessage(engine, header, dataKey)
  } catch (cause) {
    if (!isSealtrailError(cause, 'InvalidCiphertextException')) throw cause
    const message = 'the header of the sealed bytes is not what was sealed'
    throw new SealtrailError('ObjectDamaged', message, {}, { cause })
  }
}
