/**
 * How much of a body a frame takes, as its head says.
 *
 * A head is only a claim; opening the frame proves it. What stands in a frame is drawn in engine/frames.ts, and the
 * bytes are the engine's. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import {
  FINAL_EXTRA_BYTES,
  FINAL_LENGTH_OFFSET,
  FINAL_MARKER,
  FRAME_OVERHEAD_BYTES,
} from '../engine/frames.js'
import { cutShort, damagedFrame } from './damage.js'

const MARKER_BYTES = 4
/** So much of any frame tells its size. */
export const FINAL_HEAD_BYTES = FINAL_LENGTH_OFFSET + 4

export interface FrameHead {
  readonly isFinal: boolean
  /** As stated: a final frame may claim more than a frame holds. */
  readonly plainBytes: number
  readonly sealedBytes: number
}

/** The head of the frame at `at`, or undefined when it goes on after `view`. */
export function readFrameHead(
  view: DataView,
  at: number,
  frameBytes: number,
): FrameHead | undefined {
  const left = view.byteLength - at
  if (left < MARKER_BYTES) return undefined
  if (view.getUint32(at) !== FINAL_MARKER) {
    const sealedBytes = frameBytes + FRAME_OVERHEAD_BYTES
    return { isFinal: false, plainBytes: frameBytes, sealedBytes }
  }
  if (left < FINAL_HEAD_BYTES) return undefined
  const plainBytes = view.getUint32(at + FINAL_LENGTH_OFFSET)
  const sealedBytes = plainBytes + FRAME_OVERHEAD_BYTES + FINAL_EXTRA_BYTES
  return { isFinal: true, plainBytes, sealedBytes }
}

/**
 * Sealed bytes of all frames up to the final one, by their heads.
 * @throws SealtrailError `ObjectDamaged`, with the number of the frame at fault.
 */
export function framedBytes(body: Uint8Array, frameBytes: number): number {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  let at = 0
  for (let frame = 1; ; frame++) {
    const head = readFrameHead(view, at, frameBytes)
    if (head === undefined) throw cutShort(frame)
    if (head.plainBytes > frameBytes) throw damagedFrame(frame)
    at += head.sealedBytes
    if (at > body.length) throw cutShort(frame)
    if (head.isFinal) return at
  }
}
