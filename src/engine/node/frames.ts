/**
 * A run of frames over node:crypto: the frames drawn in engine.ts, one cipher each.
 *
 *     AAD   | message id 32 | "AWSKMSEncryptionClient [Final ]Frame" | u32 n | u64 plain bytes |
 *
 * Where a message's runs begin and end is in message/. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { type FrameRun, NONCE_BYTES, TAG_BYTES } from '../engine.js'
import { FINAL_MARKER, frameCount, U32_BYTES } from '../frames.js'
import { gcmOpen, gcmSeal } from './gcm.js'

export function sealFrames(
  secret: KeyObject,
  run: FrameRun,
  plain: Uint8Array,
  sealed: Uint8Array,
): void {
  const frames = frameCount(run, plain.length, sealed.length)
  const view = viewOf(sealed)
  const aad = new FrameAad(run.messageId)
  let at = 0
  for (let index = 0; index < frames; index++) {
    const source = plain.subarray(index * run.frameBytes, (index + 1) * run.frameBytes)
    const sequence = run.firstFrame + index
    const isFinal = run.final && index === frames - 1
    if (isFinal) {
      view.setUint32(at, FINAL_MARKER)
      at += U32_BYTES
    }
    view.setUint32(at, sequence)
    const nonce = sealed.subarray(at + U32_BYTES, at + U32_BYTES + NONCE_BYTES)
    nonce.fill(0)
    at += U32_BYTES + NONCE_BYTES
    view.setUint32(at - U32_BYTES, sequence)
    if (isFinal) {
      view.setUint32(at, source.length)
      at += U32_BYTES
    }
    const text = sealed.subarray(at, at + source.length)
    const tag = sealed.subarray(at + source.length, at + source.length + TAG_BYTES)
    gcmSeal({ secret, nonce, aad: aad.of(sequence, source.length, isFinal) }, source, text, tag)
    at += source.length + TAG_BYTES
  }
}

export function openFrames(
  secret: KeyObject,
  run: FrameRun,
  sealed: Uint8Array,
  plain: Uint8Array,
): number {
  const frames = frameCount(run, plain.length, sealed.length)
  const view = viewOf(sealed)
  const aad = new FrameAad(run.messageId)
  let at = 0
  for (let index = 0; index < frames; index++) {
    const target = plain.subarray(index * run.frameBytes, (index + 1) * run.frameBytes)
    const sequence = run.firstFrame + index
    const isFinal = run.final && index === frames - 1
    let isGenuine = true
    if (isFinal) {
      isGenuine = view.getUint32(at) === FINAL_MARKER
      at += U32_BYTES
    }
    isGenuine &&= view.getUint32(at) === sequence
    const nonce = sealed.subarray(at + U32_BYTES, at + U32_BYTES + NONCE_BYTES)
    at += U32_BYTES + NONCE_BYTES
    if (isFinal) {
      isGenuine &&= view.getUint32(at) === target.length
      at += U32_BYTES
    }
    const text = sealed.subarray(at, at + target.length)
    const tag = sealed.subarray(at + target.length, at + target.length + TAG_BYTES)
    const call = { secret, nonce, aad: aad.of(sequence, target.length, isFinal) }
    isGenuine &&= gcmOpen(call, text, target, tag)
    if (!isGenuine) {
      plain.fill(0, index * run.frameBytes)
      return index
    }
    at += target.length + TAG_BYTES
  }
  return frames
}

/** One buffer for the AADs of a run. */
class FrameAad {
  readonly #middle: Buffer
  readonly #final: Buffer

  constructor(messageId: Uint8Array) {
    this.#middle = template(messageId, 'AWSKMSEncryptionClient Frame')
    this.#final = template(messageId, 'AWSKMSEncryptionClient Final Frame')
  }

  /** Good until the next call. */
  of(sequence: number, plainBytes: number, isFinal: boolean): Uint8Array {
    const aad = isFinal ? this.#final : this.#middle
    aad.writeUInt32BE(sequence, aad.length - 12)
    aad.writeUInt32BE(plainBytes, aad.length - 4)
    return aad
  }
}

function template(messageId: Uint8Array, content: string): Buffer {
  return Buffer.concat([messageId, Buffer.from(content), Buffer.alloc(12)])
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
