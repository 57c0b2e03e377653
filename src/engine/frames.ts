/**
 * What a run of frames must be, for the engines that seal frame by frame: its sizes and its numbers.
 *
 * Arithmetic only. The frames are drawn in engine.ts; they are sealed in node/frames.ts and wasm/frames.ts, and
 * by the addon itself (native/src/frames.rs). Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { invariant } from '../invariant.js'
import { type FrameRun, MESSAGE_ID_BYTES, NONCE_BYTES, TAG_BYTES } from './engine.js'

export const U32_BYTES = 4
/** What stands where the final frame has no sequence number yet. */
export const FINAL_MARKER = 0xffffffff
export const FRAME_OVERHEAD_BYTES = U32_BYTES + NONCE_BYTES + TAG_BYTES
/** The final frame adds its marker and its length. */
export const FINAL_EXTRA_BYTES = 2 * U32_BYTES

/** The run's frames, when its parts fit each other. */
export function frameCount(run: FrameRun, plainBytes: number, sealedBytes: number): number {
  const { frameBytes, firstFrame, final } = run
  invariant(run.messageId.length === MESSAGE_ID_BYTES, 'a message id has 32 bytes')
  invariant(Number.isInteger(frameBytes) && frameBytes >= 1, 'a frame holds at least one byte')
  invariant(final || plainBytes % frameBytes === 0, 'only the final frame may be short')
  const frames = final ? Math.max(1, Math.ceil(plainBytes / frameBytes)) : plainBytes / frameBytes
  const extra = final ? FINAL_EXTRA_BYTES : 0
  invariant(
    sealedBytes === plainBytes + frames * FRAME_OVERHEAD_BYTES + extra,
    'a run has the sealed size of its plain bytes',
  )
  const highest = final ? FINAL_MARKER : FINAL_MARKER - 1
  invariant(
    Number.isInteger(firstFrame) && firstFrame >= 1 && firstFrame + frames - 1 <= highest,
    'sequence numbers begin at 1, fit a u32, and only the final one may look like the marker',
  )
  return frames
}
