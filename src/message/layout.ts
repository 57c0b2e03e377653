/**
 * Where each byte of a sealed object lies.
 *
 *     | header | 4 + 12 + frameBytes + 16 | … | 4 + 4 + 12 + 4 + 0..frameBytes + 16 |
 *                frame 1                    final frame
 *
 * Arithmetic only: no keys, no I/O. Sealing, opening and range reads all ask here, so a size is
 * worked out once and tested once. We fill the final frame when the length is an exact multiple;
 * others may write an empty one after it, and {@link bodyLayout} knows both. What the header says is
 * in header.ts; what stands in a frame is the engine's. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { NONCE_BYTES, TAG_BYTES } from '../engine/engine.js'
import { FINAL_EXTRA_BYTES, FINAL_MARKER, FRAME_OVERHEAD_BYTES } from '../engine/frames.js'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'

/** Small enough that a range read wastes little, large enough that crypto is all that costs. */
export const FRAME_BYTES = 64 * 1024
/** What we write. Others may write less: every reader takes frames from one byte on. */
export const FRAME_BYTES_MIN = 4 * 1024
/** What we write, and read unless told otherwise. */
export const FRAME_BYTES_MAX = 1024 * 1024

/** An unframed body: IV, u64 length, ciphertext, tag. */
export const UNFRAMED_OVERHEAD_BYTES = NONCE_BYTES + 8 + TAG_BYTES

/** Frames that we write: at least 1, so that even an empty object has an authenticated end. */
export function frameCount(plainBytes: number, frameBytes: number): number {
  return Math.max(1, Math.ceil(plainBytes / frameBytes))
}

/** Bytes after the header of what we write. */
export function sealedBodyBytes(plainBytes: number, frameBytes: number): number {
  return plainBytes + frameCount(plainBytes, frameBytes) * FRAME_OVERHEAD_BYTES + FINAL_EXTRA_BYTES
}

/** Frames as they lie in a body; all but the final one are full. */
export interface BodyLayout {
  readonly plainBytes: number
  readonly frameCount: number
  /** Plain bytes of the final frame: 0 to frameBytes. */
  readonly finalBytes: number
}

/**
 * The one layout that fills a body of `bodyBytes`, whoever wrote it.
 * @throws SealtrailError `ObjectDamaged` when no body has this size.
 */
export function bodyLayout(bodyBytes: number, frameBytes: number): BodyLayout {
  const rest = bodyBytes - FRAME_OVERHEAD_BYTES - FINAL_EXTRA_BYTES
  const fullFrames = Math.floor(rest / (frameBytes + FRAME_OVERHEAD_BYTES))
  const finalBytes = rest - fullFrames * (frameBytes + FRAME_OVERHEAD_BYTES)
  if (rest < 0 || finalBytes > frameBytes || fullFrames >= FINAL_MARKER - 1) {
    throw new SealtrailError('ObjectDamaged', 'no sealed object has this size', { bodyBytes })
  }
  return {
    plainBytes: fullFrames * frameBytes + finalBytes,
    frameCount: fullFrames + 1,
    finalBytes,
  }
}

/** Where frame `index` (0-based) begins, counted from the end of the header. */
export function frameOffset(index: number, frameBytes: number): number {
  return index * (frameBytes + FRAME_OVERHEAD_BYTES)
}

/** The frames that hold `bytes` plain bytes from `offset` on (0-based; at least one byte). */
export function framesFor(
  offset: number,
  bytes: number,
  frameBytes: number,
): { first: number; count: number } {
  invariant(offset >= 0 && bytes >= 1, 'a range holds at least one byte')
  const first = Math.floor(offset / frameBytes)
  const last = Math.floor((offset + bytes - 1) / frameBytes)
  return { first, count: last - first + 1 }
}
