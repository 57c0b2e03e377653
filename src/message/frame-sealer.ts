/**
 * The body of a message, sealed as its plaintext arrives in pieces of any size.
 *
 * Up to one frame's worth is held back, because only the end tells which frame is the final one. Frames that
 * are there together are sealed together. No keyring and no stream: streams/passage.ts brings those. Source:
 * docs/FORMAT.md §2.
 *
 * @module
 */
import type { Engine } from '../engine/engine.js'
import { FINAL_EXTRA_BYTES, FRAME_OVERHEAD_BYTES } from '../engine/frames.js'
import { roomFor } from './room.js'
import { type BegunMessage, checkFrameNumber } from './seal.js'

/** Plain bytes that are sealed into one array. */
const RUN_BYTES_MAX = 1024 * 1024

export class FrameSealer {
  readonly #engine: Engine
  readonly #message: BegunMessage
  #held: Uint8Array | undefined
  #heldBytes = 0
  #nextFrame = 1

  /** Takes over the message's key: {@link release} releases it. */
  constructor(engine: Engine, message: BegunMessage) {
    this.#engine = engine
    this.#message = message
  }

  /**
   * Adds what can be sealed by now to `target`, in arrays of its own; `plain` is the caller's again.
   * @throws SealtrailError `InputTooLarge` for more frames than there are sequence numbers.
   */
  push(plain: Uint8Array, target: Uint8Array[]): void {
    const { frameBytes } = this.#message
    const framesMax = Math.max(1, Math.floor(RUN_BYTES_MAX / frameBytes))
    const sealedFrameBytes = frameBytes + FRAME_OVERHEAD_BYTES
    let rest = plain
    while (this.#heldBytes + rest.length > frameBytes) {
      const whole = Math.ceil((this.#heldBytes + rest.length) / frameBytes) - 1
      const sealed = roomFor(Math.min(whole, framesMax) * sealedFrameBytes)
      let at = 0
      if (this.#heldBytes > 0) {
        rest = this.#hold(rest)
        this.#sealHeld(sealed.subarray(0, sealedFrameBytes), false)
        at = sealedFrameBytes
      }
      const directBytes = ((sealed.length - at) / sealedFrameBytes) * frameBytes
      if (directBytes > 0) {
        this.#seal(rest.subarray(0, directBytes), sealed.subarray(at), false)
        rest = rest.subarray(directBytes)
      }
      target.push(sealed)
    }
    this.#hold(rest)
  }

  /** Adds the final frame to `target`. Nothing may be pushed afterwards. */
  end(target: Uint8Array[]): void {
    const sealed = roomFor(this.#heldBytes + FRAME_OVERHEAD_BYTES + FINAL_EXTRA_BYTES)
    this.#sealHeld(sealed, true)
    target.push(sealed)
  }

  /** Wipes the message key and what is held back. */
  release(): void {
    this.#message.key.release()
    this.#held?.fill(0)
    this.#heldBytes = 0
  }

  /** Takes what fits beside what is held already; returns the rest. */
  #hold(plain: Uint8Array): Uint8Array {
    if (plain.length === 0) return plain
    const { frameBytes } = this.#message
    this.#held ??= roomFor(frameBytes)
    const taken = plain.subarray(0, frameBytes - this.#heldBytes)
    this.#held.set(taken, this.#heldBytes)
    this.#heldBytes += taken.length
    return plain.subarray(taken.length)
  }

  #sealHeld(sealed: Uint8Array, final: boolean): void {
    const held = this.#held ?? new Uint8Array(0)
    this.#seal(held.subarray(0, this.#heldBytes), sealed, final)
    this.#heldBytes = 0
  }

  #seal(plain: Uint8Array, sealed: Uint8Array, final: boolean): void {
    const { key, messageId, frameBytes } = this.#message
    const frames = Math.max(1, plain.length / frameBytes)
    checkFrameNumber(this.#nextFrame + frames - 1)
    const run = { messageId, frameBytes, firstFrame: this.#nextFrame, final }
    this.#engine.sealFrames(key, run, plain, sealed)
    this.#nextFrame += frames
  }
}
