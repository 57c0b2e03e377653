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
import type { Call } from '../../service/call.js'
import type { Blobs } from '../../store/blobs/blobs.js'
import type { Bucket } from '../buckets/bucket.js'
import type { ObjectKeys } from '../encryption/object-keys.js'
import type { ByteRange } from '../objects/range.js'
import { wrapsOf } from '../objects/rewrapped.js'
import type { ObjectVersion } from '../objects/version.js'
import { openPieces, type SealedBlob, sealedBlob } from './sealed-blob.js'

/** Answered in one piece. */
const WHOLE_BYTES_MAX = 256 * 1024

/** A stretch of an object that is one sealed message. */
export interface Stretch {
  readonly blob: string
  readonly messageId: string | undefined
  /** Plain bytes. */
  readonly bytes: number
}

/** Where a version lies. */
export interface Lying {
  /** Of the whole version, in order. */
  readonly stretches: readonly Stretch[]
  /** The same as rows say it now: blobs are moved, for room. Empty when the version is not there any more. */
  again(): Promise<readonly Stretch[]>
}

/** The version went between its row and its bytes: nothing is wrong with either. */
export class ContentGone extends Error {
  override readonly name = 'ContentGone'
}

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
 * @throws SealtrailError as {@link ObjectKeys.open}; `ObjectDamaged`
 * @throws ContentGone
 */
export async function openContent(
  { blobs, keys }: Parts,
  call: Call,
  bucket: Bucket,
  version: ObjectVersion,
  { stretches, again }: Lying,
  range: ByteRange = { offset: 0, bytes: version.bytes },
  customerKey?: Uint8Array,
): Promise<OpenContent> {
  const { engine } = keys
  const wanted = partsOfRange(stretches, range)
  const open = (index: number) => openWherever(blobs, wanted[index]!, again)
  const first = await open(0)
  let dataKey: KeyHandle | undefined
  let key: KeyHandle | undefined
  try {
    const { sse, wraps } = version.facts
    const sealed = { sse: sse!, ...(wraps === undefined ? first.header : wrapsOf(wraps)) }
    dataKey = await keys.open(call, bucket, version.key, sealed, customerKey)
    key = messageKey(engine, first, dataKey)
  } catch (error) {
    dataKey?.release()
    await first.reader.close()
    throw error
  }
  const held = { dataKey, blob: first as SealedBlob | undefined, key: key as KeyHandle | undefined }
  const close = async () => {
    const { blob } = held
    held.blob = undefined
    held.key?.release()
    held.dataKey.release()
    await blob?.reader.close()
  }
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (const [index, { range: within }] of wanted.entries()) {
        if (index > 0) {
          held.key!.release()
          await held.blob?.reader.close()
          held.blob = undefined
          held.blob = await open(index)
          held.key = messageKey(engine, held.blob, held.dataKey)
        }
        yield* openPieces(engine, held.key!, held.blob!, within)
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
    const readable = Readable.from(content.pieces, { objectMode: false })
    // Also when nobody came to read it.
    readable.once('close', () => void content.close())
    return readable
  }
  const whole: Uint8Array[] = []
  for await (const piece of content.pieces) whole.push(piece)
  return whole.length === 1 ? whole[0]! : Buffer.concat(whole)
}

/** What the sealed bytes themselves say of their data key. */
export async function headerOf(
  blobs: Blobs,
  { stretches, again }: Lying,
): Promise<Pick<MessageHeader, 'encryptionContext' | 'encryptedDataKeys'>> {
  const first = { stretch: stretches[0]!, index: 0 }
  const { reader, header } = await openWherever(blobs, first, again)
  await reader.close()
  return header
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
async function openWherever(
  blobs: Blobs,
  { stretch, index }: Pick<Piece, 'stretch' | 'index'>,
  again: Lying['again'],
): Promise<SealedBlob> {
  try {
    return await openBlob(blobs, stretch)
  } catch (error) {
    if (!isSealtrailError(error, 'ObjectDamaged')) throw error
    const now = (await again())[index]
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

interface Piece {
  readonly stretch: Stretch
  /** Which of all. */
  readonly index: number
  readonly range: ByteRange
}

/** Of an empty range: the first, which shows that nothing is there. */
function partsOfRange(stretches: readonly Stretch[], { offset, bytes }: ByteRange): Piece[] {
  if (bytes === 0) return [{ stretch: stretches[0]!, index: 0, range: { offset: 0, bytes: 0 } }]
  const wanted: Piece[] = []
  let start = 0
  for (const [index, stretch] of stretches.entries()) {
    const from = Math.max(0, offset - start)
    const to = Math.min(stretch.bytes, offset + bytes - start)
    if (to > from) wanted.push({ stretch, index, range: { offset: from, bytes: to - from } })
    start += stretch.bytes
  }
  return wanted
}
