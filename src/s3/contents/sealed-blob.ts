/**
 * A sealed message in a blob, opened from any place: its header, and the frames that are asked for.
 *
 * The row says how many plain bytes there are, and which message it is; a blob that is another, or shorter, is damaged.
 * No byte leaves before its frame's tag is checked. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../../engine/engine.js'
import { FINAL_EXTRA_BYTES, FRAME_OVERHEAD_BYTES } from '../../engine/frames.js'
import { SealtrailError } from '../../errors.js'
import { HEADER_BYTES_MAX, type MessageHeader, parseHeader } from '../../message/header.js'
import { bodyLayout, frameOffset, framesFor } from '../../message/layout.js'
import { openRun } from '../../message/open.js'
import { roomFor } from '../../message/room.js'
import type { BlobReader } from '../../store/blobs/blobs.js'
import type { ByteRange } from '../objects/range.js'

/** Most headers end within these. */
const FIRST_READ_BYTES = 4 * 1024
/**
 * Plain bytes that are read and opened at a time: few at first, and twice as many each time that somebody comes for more.
 * So who takes much gets it fast, and thousands who take nothing hold little.
 */
const FIRST_RUN_BYTES = 64 * 1024
const RUN_BYTES_MAX = 128 * 1024

export interface SealedBlob {
  readonly reader: BlobReader
  readonly header: MessageHeader
  /** Plain bytes, as its row says. */
  readonly bytes: number
}

/** @throws SealtrailError `ObjectDamaged` when it is not the message that its row names. */
export async function sealedBlob(
  reader: BlobReader,
  { bytes, messageId }: { readonly bytes: number; readonly messageId: string | undefined },
): Promise<SealedBlob> {
  const header = await readHeader(reader)
  const id = Buffer.from(header.messageId).toString('base64')
  const isIt = id === messageId && header.frameBytes > 0
  if (!isIt) throw damaged('the sealed bytes are not those that were put there')
  const { plainBytes } = bodyLayout(reader.bytes - header.headerBytes, header.frameBytes)
  if (plainBytes !== bytes) throw damaged('the sealed bytes are not as many as were put there')
  return { reader, header, bytes }
}

/** The plain bytes of `range`, in runs of frames. @throws SealtrailError `ObjectDamaged` */
export async function* openPieces(
  engine: Engine,
  key: KeyHandle,
  blob: SealedBlob,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  const { reader, bytes } = blob
  const { frameBytes, headerBytes } = blob.header
  const layout = bodyLayout(reader.bytes - headerBytes, frameBytes)
  // Also of no bytes at all, one frame shows that it is so.
  const wanted =
    range.bytes === 0 ? { first: 0, count: 1 } : framesFor(range.offset, range.bytes, frameBytes)
  const end = wanted.first + wanted.count
  let runBytes = FIRST_RUN_BYTES
  for (let first = wanted.first, count = 0; first < end; first += count) {
    count = Math.min(Math.max(1, Math.floor(runBytes / frameBytes)), end - first)
    runBytes = Math.min(2 * runBytes, RUN_BYTES_MAX)
    const final = first + count === layout.frameCount
    const plainBytes = final ? bytes - first * frameBytes : count * frameBytes
    // Not here: what is in hand at a yield is kept for as long as nobody comes for more.
    const plain = await openFrames(engine, key, blob, { first, count, final, plainBytes })
    const from = Math.max(0, range.offset - first * frameBytes)
    const to = Math.min(plainBytes, range.offset + range.bytes - first * frameBytes)
    if (to > from) yield plain.subarray(from, to)
  }
}

interface Run {
  /** From 0. */
  readonly first: number
  readonly count: number
  /** The last frame is among them. */
  readonly final: boolean
  readonly plainBytes: number
}

async function openFrames(
  engine: Engine,
  key: KeyHandle,
  { reader, header }: SealedBlob,
  { first, count, final, plainBytes }: Run,
): Promise<Uint8Array> {
  const { messageId, frameBytes, headerBytes } = header
  const extra = final ? FINAL_EXTRA_BYTES : 0
  const sealedBytes = plainBytes + count * FRAME_OVERHEAD_BYTES + extra
  const sealed = await reader.read(headerBytes + frameOffset(first, frameBytes), sealedBytes)
  const plain = roomFor(plainBytes)
  openRun(
    engine,
    key,
    { messageId, frameBytes, firstFrame: first + 1, final },
    sealed,
    plain,
    count,
  )
  return plain
}

async function readHeader(reader: BlobReader): Promise<MessageHeader> {
  for (const most of [FIRST_READ_BYTES, HEADER_BYTES_MAX]) {
    const start = await reader.read(0, Math.min(most, reader.bytes))
    const header = parseHeader(start)
    if (header !== undefined) return header
    if (most >= reader.bytes) break
  }
  throw damaged('the sealed bytes end before their header does')
}

function damaged(message: string): SealtrailError {
  return new SealtrailError('ObjectDamaged', message)
}
