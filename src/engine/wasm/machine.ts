/**
 * One instance of the Wasm module: its calls, its memory, and who may use which part of it.
 *
 * Mirrors wasm/index.ts and wasm/memory.ts. Inputs are copied into the window and results out of it; keys
 * stand in slots behind it and leave only in the ticket of a shared key. Loading the module is in wasm.ts.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { KEY_BYTES } from '../engine.js'

/** What the module exports. Addresses and sizes are in bytes, a slot is the address of a key. */
export interface WasmCalls {
  readonly memory: WasmMemory
  readonly KEYS: WasmConstant
  readonly SLOT_BYTES: WasmConstant
  readonly NONCE: WasmConstant
  readonly RANDOM: WasmConstant
  readonly RANDOM_BYTES: WasmConstant
  readonly WINDOW: WasmConstant
  readonly WINDOW_BYTES: WasmConstant

  takeKey(slot: number, from: number): void
  wipeKey(slot: number): void
  wipeWindow(bytes: number): void

  seal(slot: number, aadBytes: number, textBytes: number): void
  open(slot: number, aadBytes: number, textBytes: number): number
  commitment(slot: number): void

  begin(slot: number, aadBytes: number, textBytes: number): void
  hashAad(bytes: number): void
  sealPiece(bytes: number): void
  openPiece(bytes: number): void
  end(): void

  wrap(slot: number, inner: number, random: number, blobBytes: number, contextBytes: number): void
  unwrap(slot: number, inner: number, blobBytes: number, contextBytes: number): number

  deriveMessageKey(slot: number, to: number, keyInfoBytes: number, commitInfoBytes: number): void
}

interface WasmConstant {
  readonly value: number
}

interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

const PAGE_BYTES = 65_536
const BLOCK_BYTES = 16
/** 304 MB of slots; a caller that never releases its keys meets this, not the end of memory. */
const SLOTS_MAX = 1 << 20
/** Longer requests go past the pool of random bytes. */
const POOLED_BYTES_MAX = 512

export class WasmMachine {
  readonly calls: WasmCalls
  readonly nonceAt: number
  readonly windowAt: number
  readonly windowBytes: number
  readonly #slotBytes: number
  readonly #randomAt: number
  readonly #randomEnd: number
  readonly #freeSlots: number[] = []
  readonly #slotsEnd: number
  #nextSlot: number
  #nextRandom: number
  #bytes: Uint8Array
  #windowView: Uint8Array

  constructor(calls: WasmCalls) {
    this.calls = calls
    this.nonceAt = calls.NONCE.value
    this.windowAt = calls.WINDOW.value
    this.windowBytes = calls.WINDOW_BYTES.value
    this.#slotBytes = calls.SLOT_BYTES.value
    this.#nextSlot = calls.KEYS.value
    this.#slotsEnd = this.#nextSlot + SLOTS_MAX * this.#slotBytes
    this.#randomAt = calls.RANDOM.value
    this.#randomEnd = this.#randomAt + calls.RANDOM_BYTES.value
    this.#nextRandom = this.#randomEnd
    this.#bytes = new Uint8Array(calls.memory.buffer)
    this.#windowView = this.#bytes.subarray(this.windowAt, this.windowAt)
  }

  /** All of memory. Good until the next key is taken. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** The window's first `size` bytes. Good until the next key is taken. */
  window(size: number): Uint8Array {
    if (this.#windowView.length !== size) {
      this.#windowView = this.#bytes.subarray(this.windowAt, this.windowAt + size)
    }
    return this.#windowView
  }

  /** A slot of its own for the key of these 32 bytes. */
  importKey(bytes: Uint8Array): number {
    const slot = this.takeSlot()
    this.#bytes.set(bytes, this.windowAt)
    this.calls.takeKey(slot, this.windowAt)
    return slot
  }

  cloneKey(slot: number): number {
    const clone = this.takeSlot()
    this.#bytes.copyWithin(this.windowAt, slot, slot + KEY_BYTES)
    this.calls.takeKey(clone, this.windowAt)
    return clone
  }

  /** The 32 bytes of the key in `slot`. Good until the next key is taken. */
  keyBytes(slot: number): Uint8Array {
    return this.#bytes.subarray(slot, slot + KEY_BYTES)
  }

  /** Room for a key, zero. @throws SealtrailError `EngineUnavailable` when a million keys are held. */
  takeSlot(): number {
    const free = this.#freeSlots.pop()
    if (free !== undefined) return free
    const slot = this.#nextSlot
    if (slot >= this.#slotsEnd) {
      throw new SealtrailError('EngineUnavailable', 'the wasm engine has no room for another key', {
        keys: SLOTS_MAX,
      })
    }
    if (slot + this.#slotBytes > this.#bytes.length) this.#grow()
    this.#nextSlot += this.#slotBytes
    return slot
  }

  /** Wipes the key. */
  releaseSlot(slot: number): void {
    this.calls.wipeKey(slot)
    this.#freeSlots.push(slot)
  }

  randomFill(target: Uint8Array): void {
    if (target.length > POOLED_BYTES_MAX) {
      randomFillSync(target)
      return
    }
    const at = this.drawRandom((target.length + 7) & -8)
    target.set(this.#bytes.subarray(at, at + target.length))
    this.#bytes.fill(0, at, at + target.length)
  }

  /** The address of `size` fresh random bytes, 8-aligned. Whoever uses them wipes them. */
  drawRandom(size: number): number {
    invariant(size % 8 === 0, 'random bytes are drawn in words')
    if (this.#nextRandom + size > this.#randomEnd) {
      randomFillSync(this.#bytes, this.#randomAt, this.#randomEnd - this.#randomAt)
      this.#nextRandom = this.#randomAt
    }
    const at = this.#nextRandom
    this.#nextRandom += size
    return at
  }

  #grow(): void {
    this.calls.memory.grow(Math.ceil(this.#bytes.length / 2 / PAGE_BYTES))
    this.#bytes = new Uint8Array(this.calls.memory.buffer)
    this.#windowView = this.#bytes.subarray(this.windowAt, this.windowAt)
  }
}

/** `bytes` rounded up to whole blocks. */
export function padded(bytes: number): number {
  return (bytes + BLOCK_BYTES - 1) & -BLOCK_BYTES
}
