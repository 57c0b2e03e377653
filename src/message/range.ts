/**
 * A part of a sealed object's plaintext, from the frames that hold it and no others.
 *
 *     header → final frame (only it proves the length) → one read of the frames in between → trim
 *
 * The source gives bytes at offsets and is not trusted. Every frame that is used is checked whole; an unframed
 * body is read whole. Signed messages are refused: their signature is over everything. Where frames lie is
 * layout.ts. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { copyOfGiven, givenBytes } from '../bytes/given-bytes.js'
import type { Engine, KeyHandle } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { isObject, reading, unlike } from '../given.js'
import { cutInHeader } from './damage.js'
import type { EncryptionContext } from './encryption-context.js'
import {
  frameLimit,
  HEADER_BYTES_MAX,
  type Limits,
  type MessageHeader,
  parseHeader,
  SIGNED_SUITE,
} from './header.js'
import { askOpening } from './keyring.js'
import { bodyLayout, frameOffset, framesFor, UNFRAMED_OVERHEAD_BYTES } from './layout.js'
import { type OpenOptions, openBody, openMessage, openRun, requireContext } from './open.js'
import { roomFor } from './room.js'
import { signed } from './streams/passage.js'

/** Most headers end within these; longer ones cost a second read. */
const FIRST_READ_BYTES = 4 * 1024
const READ = 'what a source reads'

/** A stored object, readable at any place. */
export interface RangeSource {
  /** Of the whole sealed object, in bytes. */
  readonly size: number
  /** Exactly the bytes from `offset` on; fewer are taken for damage. They may be read over by the next read. */
  read(offset: number, bytes: number): Promise<Uint8Array>
}

export interface OpenedRange {
  readonly plain: Uint8Array
  /** Where `plain` begins. */
  readonly offset: number
  /** Of the whole object. */
  readonly plainBytes: number
  readonly encryptionContext: EncryptionContext
}

/**
 * `bytes` plain bytes from `offset` on, fewer where the object ends before; a negative `offset` counts from
 * the end, and reaches the beginning at most.
 * @throws SealtrailError `InputInvalid` for a range that begins after the end, and for a signed message;
 * otherwise as opening the whole does; whatever the source throws.
 */
export async function openRange(
  given: RangeSource,
  options: OpenOptions,
  offset: number,
  bytes = Number.POSITIVE_INFINITY,
): Promise<OpenedRange> {
  const source = givenSource(given)
  checkNumbers(source.size, offset, bytes)
  const { engine, keyring, limits } = options
  const header = await readHeader(source, limits)
  const { suite, frameBytes, encryptionContext, encryptedDataKeys } = header
  if (suite === SIGNED_SUITE) throw signed()
  requireContext(encryptionContext, options.encryptionContext, options.exactContext)
  const dataKey = await askOpening(keyring, engine, encryptedDataKeys, encryptionContext)
  let key: KeyHandle
  try {
    key = openMessage(engine, header, dataKey)
  } finally {
    dataKey.release()
  }
  try {
    const object = { source, engine, key, header }
    const part =
      frameBytes > 0
        ? await openFrames(object, offset, bytes)
        : await openWhole(object, offset, bytes, frameLimit(limits))
    return { ...part, encryptionContext }
  } finally {
    key.release()
  }
}

interface OpenObject {
  readonly source: RangeSource
  readonly engine: Engine
  readonly key: KeyHandle
  readonly header: MessageHeader
}

async function openFrames(object: OpenObject, offset: number, bytes: number) {
  const { source, engine, key, header } = object
  const { messageId, frameBytes, headerBytes } = header
  const bodyBytes = source.size - headerBytes
  const { plainBytes, frameCount, finalBytes } = bodyLayout(bodyBytes, frameBytes)

  const finalIndex = frameCount - 1
  const finalAt = frameOffset(finalIndex, frameBytes)
  const finalSealed = await readAll(source, headerBytes + finalAt, bodyBytes - finalAt)
  const finalPlain = roomFor(finalBytes)
  const finalRun = { messageId, frameBytes, firstFrame: frameCount, final: true }
  openRun(engine, key, finalRun, finalSealed, finalPlain, 1)

  const range = clip(offset, bytes, plainBytes)
  if (range.bytes === 0) return { ...range, plainBytes, plain: new Uint8Array(0) }
  const { first, count } = framesFor(range.offset, range.bytes, frameBytes)
  const full = Math.min(count, finalIndex - first)
  const isFinalIn = full < count
  const opened = roomFor(full * frameBytes + (isFinalIn ? finalBytes : 0))
  if (full > 0) {
    const sealedBytes = frameOffset(full, frameBytes)
    const sealed = await readAll(source, headerBytes + frameOffset(first, frameBytes), sealedBytes)
    const run = { messageId, frameBytes, firstFrame: first + 1, final: false }
    openRun(engine, key, run, sealed, opened.subarray(0, full * frameBytes), full)
  }
  if (isFinalIn) opened.set(finalPlain, full * frameBytes)
  const start = range.offset - first * frameBytes
  return { ...range, plainBytes, plain: opened.subarray(start, start + range.bytes) }
}

/** An unframed body, which is one piece; as large as a frame may be. */
async function openWhole(object: OpenObject, offset: number, bytes: number, plainBytesMax: number) {
  const { source, engine, key, header } = object
  const bodyBytes = source.size - header.headerBytes
  if (bodyBytes > plainBytesMax + UNFRAMED_OVERHEAD_BYTES) {
    const message = 'an unframed body is too large for a range: open it whole'
    throw new SealtrailError('InputTooLarge', message, { most: plainBytesMax })
  }
  const body = await readAll(source, header.headerBytes, bodyBytes)
  const plain = openBody(engine, key, header, body)
  const range = clip(offset, bytes, plain.length)
  const part = plain.subarray(range.offset, range.offset + range.bytes)
  return { ...range, plainBytes: plain.length, plain: part }
}

async function readHeader(source: RangeSource, limits: Limits | undefined): Promise<MessageHeader> {
  for (const most of [FIRST_READ_BYTES, HEADER_BYTES_MAX]) {
    const read = await readAll(source, 0, Math.min(most, source.size))
    // A copy: the header is used when the source has been asked for more.
    const header = parseHeader(copyOfGiven(read, READ), limits)
    if (header !== undefined) return header
    if (most >= source.size) break
  }
  throw cutInHeader()
}

async function readAll(source: RangeSource, offset: number, bytes: number): Promise<Uint8Array> {
  const read = givenBytes(await source.read(offset, bytes), READ)
  if (read.length === bytes) return read
  const detail = { offset, wanted: bytes, read: read.length }
  throw new SealtrailError('ObjectDamaged', 'the object is not as long as its source says', detail)
}

/** @throws SealtrailError `InputInvalid` for what has not a source's two members */
function givenSource(given: RangeSource): RangeSource {
  const [size, read] = reading('a source', () => (isObject(given) ? [given.size, given.read] : []))
  if (typeof size !== 'number' || typeof read !== 'function') {
    throw unlike('a source', 'an object with a size and a read function', given)
  }
  return { size, read: (offset, bytes) => given.read(offset, bytes) }
}

function clip(offset: number, bytes: number, plainBytes: number) {
  const start = offset < 0 ? Math.max(0, plainBytes + offset) : offset
  if (start <= plainBytes) return { offset: start, bytes: Math.min(bytes, plainBytes - start) }
  throw new SealtrailError('InputInvalid', 'the range begins after the end', { plainBytes })
}

function checkNumbers(size: number, offset: number, bytes: number): void {
  const isRange =
    Number.isSafeInteger(offset) && (Number.isSafeInteger(bytes) || bytes === Infinity)
  if (isRange && bytes >= 0 && Number.isSafeInteger(size) && size >= 0) return
  throw new SealtrailError('InputInvalid', 'a range is a whole offset and a whole number of bytes')
}
