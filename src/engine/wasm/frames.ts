/**
 * A run of frames through the Wasm module: the frames drawn in engine.ts, one text each.
 *
 *     AAD   | message id 32 | "AWSKMSEncryptionClient [Final ]Frame" | u32 n | u64 plain bytes |
 *
 * Where a message's runs begin and end is in message/. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { type FrameRun, MESSAGE_ID_BYTES, NONCE_BYTES, TAG_BYTES } from '../engine.js'
import {
  FINAL_EXTRA_BYTES,
  FINAL_MARKER,
  FRAME_OVERHEAD_BYTES,
  frameCount,
  U32_BYTES,
} from '../frames.js'
import { openText, sealText } from './gcm.js'
import type { WasmMachine } from './machine.js'

const CONTENT = Buffer.from('AWSKMSEncryptionClient Frame')
const FINAL_CONTENT = Buffer.from('AWSKMSEncryptionClient Final Frame')

export function sealFrames(
  machine: WasmMachine,
  slot: number,
  run: FrameRun,
  plain: Uint8Array,
  sealed: Uint8Array,
): void {
  const frames = frameCount(run, plain.length, sealed.length)
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
    if (isFinal) view.setUint32(nonceAt + NONCE_BYTES, part.length)
    sealText(machine, { slot, nonce, aad }, part, text, tag)
  }
}

export function openFrames(
  machine: WasmMachine,
  slot: number,
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
      (!isFinal || view.getUint32(nonceAt + NONCE_BYTES) === part.length) &&
      openText(machine, { slot, nonce, aad }, text, part, tag)
    if (!isGenuine) {
      plain.fill(0, index * run.frameBytes)
      return index
    }
  }
  return frames
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
