/**
 * Which way a blob takes: small ones go together with others, larger ones on their own as they come.
 *
 * Memory holds no more of a stream than a small blob may have. Whatever a way does, it does for both sides of blobs.
 *
 * @module
 */
import type { BlobRef } from './blobs.js'
import { Gathered } from './gathered.js'
import { SMALL_BYTES_MAX } from './packs/layout.js'

/** One that is being written: `finish` or `abort` ends it, `abort` also after a `finish` that failed. */
export interface Large {
  /** The piece is the caller's again when it resolves. */
  write(piece: Uint8Array): Promise<void>
  /** Durable when it resolves. */
  finish(): Promise<BlobRef>
  abort(): Promise<void>
}

export interface Ways {
  small(bytes: Uint8Array): Promise<BlobRef>
  large(): Promise<Large>
}

export function putBytes(bytes: Uint8Array, { small, large }: Ways): Promise<BlobRef> {
  return bytes.length <= SMALL_BYTES_MAX ? small(bytes) : putLarge(bytes, large)
}

async function putLarge(bytes: Uint8Array, large: Ways['large']): Promise<BlobRef> {
  const begun = await large()
  try {
    await begun.write(bytes)
    return await begun.finish()
  } catch (error) {
    await begun.abort()
    throw error
  }
}

/** What fails in `pieces` fails here, and leaves nothing. */
export async function putPieces(
  pieces: AsyncIterable<Uint8Array>,
  { small, large }: Ways,
): Promise<{ readonly ref: BlobRef; readonly bytes: number }> {
  const gathered = new Gathered()
  let bytes = 0
  let begun: Large | undefined
  try {
    for await (const piece of pieces) {
      bytes += piece.length
      if (bytes <= SMALL_BYTES_MAX) {
        gathered.add(piece)
        continue
      }
      if (begun === undefined) {
        begun = await large()
        await begun.write(gathered.bytes)
      }
      await begun.write(piece)
    }
    const ref = begun === undefined ? await small(gathered.bytes) : await begun.finish()
    return { ref, bytes }
  } catch (error) {
    await begun?.abort()
    throw error
  }
}
