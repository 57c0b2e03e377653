/**
 * The body of a message, opened as its bytes arrive in pieces of any size.
 *
 * A plain byte leaves only after its frame's tag has been checked; when frame k is damaged, frames 1 to k - 1
 * have left and nothing more does. At most one frame is held. No keyring and no stream: streams/passage.ts brings
 * those. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../engine/engine.js'
import { FINAL_EXTRA_BYTES, FINAL_MARKER, FRAME_OVERHEAD_BYTES } from '../engine/frames.js'
import { cutShort, damagedFrame, trailingBytes } from './damage.js'
import { FINAL_HEAD_BYTES, readFrameHead } from './frame.js'
import type { MessageHeader } from './header.js'
import { roomFor } from './room.js'

/** Plain bytes that are opened into one array. */
const RUN_BYTES_MAX = 1024 * 1024

export class FrameOpener {
  readonly #engine: Engine
  readonly #key: KeyHandle
  readonly #messageId: Uint8Array
  readonly #frameBytes: number
  /** The frame that has begun to arrive; most often the pieces end inside one. */
  #held: Uint8Array | undefined
  #heldBytes = 0
  #nextFrame = 1
  #isOver = false

  /** Takes over `key`: {@link release} releases it. */
  constructor(engine: Engine, key: KeyHandle, { messageId, frameBytes }: MessageHeader) {
    this.#engine = engine
    this.#key = key
    this.#messageId = messageId
    this.#frameBytes = frameBytes
  }

  /**
   * Adds the plaintext of every frame that is whole by now to `target`, in arrays of its own; `sealed` is the
   * caller's again.
   * @throws SealtrailError `ObjectDamaged`; what was added to `target` before is good.
   */
  push(sealed: Uint8Array, target: Uint8Array[]): void {
    let rest = sealed
    while (rest.length > 0) {
      if (this.#isOver) throw trailingBytes()
      if (this.#heldBytes > 0) {
        rest = this.#complete(rest, target)
        continue
      }
      const opened = this.#openWhole(rest, target)
      rest = opened > 0 ? rest.subarray(opened) : this.#hold(rest, rest.length)
    }
  }

  /** @throws SealtrailError `ObjectDamaged` unless the final frame has been opened. */
  end(): void {
    if (!this.#isOver) throw cutShort(this.#nextFrame)
  }

  release(): void {
    this.#key.release()
  }

  /** Adds to the held frame what it lacks, and opens it when it is whole; returns the rest. */
  #complete(sealed: Uint8Array, target: Uint8Array[]): Uint8Array {
    const held = this.#held!
    const view = new DataView(held.buffer, held.byteOffset, this.#heldBytes)
    const head = readFrameHead(view, 0, this.#frameBytes)
    if (head !== undefined && head.plainBytes > this.#frameBytes)
      throw damagedFrame(this.#nextFrame)
    // No frame is as short as the longest head.
    const wantedBytes = head?.sealedBytes ?? FINAL_HEAD_BYTES
    const rest = this.#hold(sealed, wantedBytes - this.#heldBytes)
    if (this.#heldBytes === head?.sealedBytes) {
      this.#openWhole(held.subarray(0, this.#heldBytes), target)
      this.#heldBytes = 0
    }
    return rest
  }

  /** Takes up to `bytesMax` bytes beside what is held already; returns the rest. */
  #hold(sealed: Uint8Array, bytesMax: number): Uint8Array {
    this.#held ??= roomFor(this.#frameBytes + FRAME_OVERHEAD_BYTES + FINAL_EXTRA_BYTES)
    const taken = sealed.subarray(0, bytesMax)
    this.#held.set(taken, this.#heldBytes)
    this.#heldBytes += taken.length
    return sealed.subarray(taken.length)
  }

  /** Opens one run of the whole frames at the front of `sealed`; returns the bytes that they take. */
  #openWhole(sealed: Uint8Array, target: Uint8Array[]): number {
    const run = this.#wholeFrames(sealed)
    if (run.frames === 0) return 0
    const firstFrame = this.#nextFrame
    if (firstFrame + run.frames > FINAL_MARKER) throw damagedFrame(firstFrame)
    const plain = roomFor(run.plainBytes)
    const genuine = this.#engine.openFrames(
      this.#key,
      { messageId: this.#messageId, frameBytes: this.#frameBytes, firstFrame, final: run.isFinal },
      sealed.subarray(0, run.sealedBytes),
      plain,
    )
    if (genuine < run.frames) {
      if (genuine > 0) target.push(plain.subarray(0, genuine * this.#frameBytes))
      throw damagedFrame(firstFrame + genuine)
    }
    if (plain.length > 0) target.push(plain)
    this.#nextFrame += run.frames
    this.#isOver = run.isFinal
    return run.sealedBytes
  }

  #wholeFrames(sealed: Uint8Array): Run {
    const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.length)
    const run = { frames: 0, plainBytes: 0, sealedBytes: 0, isFinal: false }
    while (!run.isFinal && (run.frames === 0 || run.plainBytes < RUN_BYTES_MAX)) {
      const head = readFrameHead(view, run.sealedBytes, this.#frameBytes)
      if (head === undefined) break
      if (head.plainBytes > this.#frameBytes) {
        if (run.frames > 0) break
        throw damagedFrame(this.#nextFrame)
      }
      if (run.sealedBytes + head.sealedBytes > sealed.length) break
      run.frames++
      run.plainBytes += head.plainBytes
      run.sealedBytes += head.sealedBytes
      run.isFinal = head.isFinal
    }
    return run
  }
}

interface Run {
  readonly frames: number
  readonly plainBytes: number
  readonly sealedBytes: number
  readonly isFinal: boolean
}
