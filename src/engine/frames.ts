/**
 * A run of frames: its sizes and numbers, and how it is sealed and opened text by text.
 *
 *     | u32 n | IV 12 | ciphertext | tag 16 | …
 *     | FFFFFFFF | u32 n | IV 12 | u32 length | ciphertext | tag 16 |      the final frame
 *     AAD   | message id 32 | "AWSKMSEncryptionClient [Final ]Frame" | u32 n | u64 plain bytes |
 *
 * For the engines that have no call of their own for it; the addon has (native/src/frames.rs). Where a message's
 * runs begin and end is in message/. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { invariant } from '../invariant.js'
import { type FrameRun, MESSAGE_ID_BYTES, NONCE_BYTES, TAG_BYTES } from './engine.js'

const U32_BYTES = 4
const U32_MAX = 0xffffffff
/** What stands where the final frame has no sequence number yet. */
export const FINAL_MARKER = U32_MAX
/** Sequence number, IV, tag. */
export const FRAME_OVERHEAD_BYTES = U32_BYTES + NONCE_BYTES + TAG_BYTES
/** The final frame adds its marker and its length. */
export const FINAL_EXTRA_BYTES = 2 * U32_BYTES
/** Where the final frame states its length. */
export const FINAL_LENGTH_OFFSET = 2 * U32_BYTES + NONCE_BYTES

const CONTENT = Buffer.from('AWSKMSEncryptionClient Frame')
const FINAL_CONTENT = Buffer.from('AWSKMSEncryptionClient Final Frame')

/** AES-256-GCM from `source` to `target`, which lie apart and have one size; when false, `target` is zero. */
export interface TextCipher<Secret> {
  sealText(
    key: Secret,
    nonce: Uint8Array,
    aad: Uint8Array,
    source: Uint8Array,
    target: Uint8Array,
    tag: Uint8Array,
  ): void
  openText(
    key: Secret,
    nonce: Uint8Array,
    aad: Uint8Array,
    source: Uint8Array,
    target: Uint8Array,
    tag: Uint8Array,
  ): boolean
}

/** As Engine.sealFrames. */
export function sealFrames<Secret>(
  cipher: TextCipher<Secret>,
  key: Secret,
  run: FrameRun,
  plain: Uint8Array,
  sealed: Uint8Array,
): void {
  const frames = frameCount(run, plain.length, sealed.length)
  const isNeeded = plain.length > (frames - 1) * run.frameBytes || frames === 1
  invariant(isNeeded, 'an empty frame is sealed when it is the only one')
  for (let index = 0; index < frames; index++) {
    const { sequence, isFinal, view, nonceAt, nonce, aad, part, text, tag } = frameAt(
      run,
      frames,
      index,
      plain,
      sealed,
    )
    if (isFinal) view.setUint32(0, FINAL_MARKER)
    view.setUint32(nonceAt - U32_BYTES, sequence)
    nonce.fill(0)
    view.setUint32(nonceAt + NONCE_BYTES - U32_BYTES, sequence)
    if (isFinal) view.setUint32(FINAL_LENGTH_OFFSET, part.length)
    cipher.sealText(key, nonce, aad, part, text, tag)
  }
}

/** As Engine.openFrames. */
export function openFrames<Secret>(
  cipher: TextCipher<Secret>,
  key: Secret,
  run: FrameRun,
  sealed: Uint8Array,
  plain: Uint8Array,
): number {
  const frames = frameCount(run, plain.length, sealed.length)
  for (let index = 0; index < frames; index++) {
    const { sequence, isFinal, view, nonceAt, nonce, aad, part, text, tag } = frameAt(
      run,
      frames,
      index,
      plain,
      sealed,
    )
    const isGenuine =
      (!isFinal || view.getUint32(0) === FINAL_MARKER) &&
      view.getUint32(nonceAt - U32_BYTES) === sequence &&
      (!isFinal || view.getUint32(FINAL_LENGTH_OFFSET) === part.length) &&
      cipher.openText(key, nonce, aad, text, part, tag)
    if (!isGenuine) {
      plain.fill(0, index * run.frameBytes)
      return index
    }
  }
  return frames
}

/** The run's frames, when its parts fit each other. */
function frameCount(run: FrameRun, plainBytes: number, sealedBytes: number): number {
  const { messageId, frameBytes, firstFrame, final } = run
  invariant(messageId.length === MESSAGE_ID_BYTES, 'a message id has 32 bytes')
  invariant(isU32(frameBytes), 'a frame holds 1 to 2^32 - 1 bytes')
  const frames = (sealedBytes - plainBytes - (final ? FINAL_EXTRA_BYTES : 0)) / FRAME_OVERHEAD_BYTES
  const full = final ? frames - 1 : frames
  const lastBytes = plainBytes - full * frameBytes
  invariant(
    Number.isInteger(full) && full >= 0 && lastBytes >= 0 && lastBytes <= (final ? frameBytes : 0),
    'a run has the sealed size of its plain bytes, and only its final frame may be short',
  )
  invariant(
    isU32(firstFrame) && firstFrame + full <= FINAL_MARKER,
    'sequence numbers begin at 1, fit a u32, and only the final one may look like the marker',
  )
  return frames
}

function isU32(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= U32_MAX
}

/** Views of one frame's parts. `view` begins at the frame, and `nonceAt` counts from there. */
function frameAt(
  run: FrameRun,
  frames: number,
  index: number,
  plain: Uint8Array,
  sealed: Uint8Array,
) {
  const sequence = run.firstFrame + index
  const isFinal = run.final && index === frames - 1
  const part = plain.subarray(index * run.frameBytes, (index + 1) * run.frameBytes)
  const start = index * (run.frameBytes + FRAME_OVERHEAD_BYTES)
  const size = part.length + FRAME_OVERHEAD_BYTES + (isFinal ? FINAL_EXTRA_BYTES : 0)
  const tagAt = start + size - TAG_BYTES
  const nonceAt = isFinal ? 2 * U32_BYTES : U32_BYTES
  return {
    sequence,
    isFinal,
    part,
    view: new DataView(sealed.buffer, sealed.byteOffset + start, size),
    nonceAt,
    nonce: sealed.subarray(start + nonceAt, start + nonceAt + NONCE_BYTES),
    text: sealed.subarray(tagAt - part.length, tagAt),
    tag: sealed.subarray(tagAt, tagAt + TAG_BYTES),
    aad: frameAad(run.messageId, sequence, part.length, isFinal),
  }
}

function frameAad(
  messageId: Uint8Array,
  sequence: number,
  plainBytes: number,
  isFinal: boolean,
): Uint8Array {
  const content = isFinal ? FINAL_CONTENT : CONTENT
  const aad = Buffer.alloc(MESSAGE_ID_BYTES + content.length + 3 * U32_BYTES)
  aad.set(messageId)
  aad.set(content, MESSAGE_ID_BYTES)
  aad.writeUInt32BE(sequence, aad.length - 3 * U32_BYTES)
  aad.writeUInt32BE(plainBytes, aad.length - U32_BYTES)
  return aad
}
