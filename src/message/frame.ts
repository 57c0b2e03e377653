/**
 * A frame: how much of a body it takes, and how a run of them is opened.
 *
 *     | u32 n | IV 12 | ciphertext | tag 16 |
 *     | FFFFFFFF | u32 n | IV 12 | u32 length | ciphertext | tag 16 |      the final frame
 *
 * A head is only a claim; opening the frame proves it. Sealing is seal.ts and frame-sealer.ts; the bytes
 * are the engine's. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { type Engine, type FrameRun, type KeyHandle, NONCE_BYTES } from '../engine/engine.js'
import { damagedFrame } from './damage.js'
import { FINAL_EXTRA_BYTES, FINAL_MARKER, FRAME_OVERHEAD_BYTES } from './layout.js'

const MARKER_BYTES = 4
const FINAL_LENGTH_OFFSET = 4 + 4 + NONCE_BYTES
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
 * Opens one run of frames into `plain`.
 * @throws SealtrailError `ObjectDamaged` unless every frame is genuine; plain bytes before the damaged
 * frame are good, all others zero.
 */
export function openRun(
  engine: Engine,
  key: KeyHandle,
  run: FrameRun,
  sealed: Uint8Array,
  plain: Uint8Array,
): void {
  const frames = Math.ceil(plain.length / run.frameBytes) || 1
  const genuine = engine.openFrames(key, run, sealed, plain)
  if (genuine < frames) throw damagedFrame(run.firstFrame + genuine)
}
