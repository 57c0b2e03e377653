/**
 * Bytes of an object, sealed and durable: a message of FORMAT §2 in a blob of its own.
 *
 * What is small is sealed whole; what is longer is sealed frame by frame as it comes, and held in no place whole. The
 * data key is the asker's. A blob that no row comes to name is nothing, and is swept away one day.
 *
 * @module
 */
import type { Engine } from '../../engine/engine.js'
import { FrameSealer } from '../../message/frame-sealer.js'
import { messageIdIn } from '../../message/header.js'
import { beginMessage, sealMessage } from '../../message/seal.js'
import type { BlobRef, Blobs } from '../../store/blobs/blobs.js'
import type { SealingKey } from '../encryption/object-keys.js'

export interface SealedContent {
  readonly blob: BlobRef
  /** Plain bytes. */
  readonly bytes: number
  /** Base64. */
  readonly messageId: string
}

/** Sealed in one call, without a message key of their own. */
export const WHOLE_BYTES_MAX = 64 * 1024

interface Parts {
  readonly engine: Engine
  readonly blobs: Blobs
}

/** Of bytes that are all here. */
export async function sealWhole(
  { engine, blobs }: Parts,
  { dataKey, encryptionContext, encryptedDataKeys }: SealingKey,
  plain: Uint8Array,
): Promise<SealedContent> {
  const sealed = sealMessage(engine, dataKey, { encryptionContext, encryptedDataKeys }, plain)
  const messageId = base64(messageIdIn(sealed))
  return { blob: await blobs.put(sealed), bytes: plain.length, messageId }
}

/** Of bytes that come; what fails in `pieces` fails here, and leaves nothing. */
export async function sealPieces(
  { engine, blobs }: Parts,
  { dataKey, encryptionContext, encryptedDataKeys }: SealingKey,
  pieces: AsyncIterable<Uint8Array>,
): Promise<SealedContent> {
  const message = beginMessage(engine, dataKey, { encryptionContext, encryptedDataKeys })
  const sealer = new FrameSealer(engine, message)
  let bytes = 0
  async function* sealed(): AsyncGenerator<Uint8Array> {
    yield message.header
    const ready: Uint8Array[] = []
    for await (const piece of pieces) {
      bytes += piece.length
      sealer.push(piece, ready)
      yield* ready.splice(0)
    }
    sealer.end(ready)
    yield* ready
  }
  try {
    const { ref } = await blobs.putStream(sealed())
    return { blob: ref, bytes, messageId: base64(message.messageId) }
  } finally {
    sealer.release()
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
