/**
 * A key of the Wasm engine: a slot in its machine's memory, behind a handle that tells nothing.
 *
 * The handle is the only one that knows its slot, and forgets it at release, so that a slot that is used again
 * cannot be reached by an old handle. Another thread has memory of its own: a shared key crosses as a copy of its
 * bytes. The copy that arrives is wiped when it is adopted; the one that was posted is the poster's message and
 * goes when that is collected.
 *
 * @module
 */
import { inspect } from 'node:util'
import { secretBytes } from '../../bytes/secret.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { KEY_BYTES, type KeyHandle } from '../engine.js'
import type { WasmMachine } from './machine.js'

const RELEASED = 0

/** What {@link shareKey} posts. Without its bytes once it is adopted. */
interface SharedKey {
  readonly engine: 'wasm'
  bytes?: Uint8Array
}

export class WasmKey implements KeyHandle {
  readonly #machine: WasmMachine
  #slot: number

  /** Takes over `slot`, in which a key stands. */
  constructor(machine: WasmMachine, slot: number) {
    this.#machine = machine
    this.#slot = slot
    machine.lost.register(this, slot, this)
  }

  /** @throws SealtrailError `KeyReleased` */
  static slotOf(machine: WasmMachine, handle: KeyHandle): number {
    invariant(
      handle instanceof WasmKey && handle.#machine === machine,
      'the key lives in this wasm engine',
    )
    if (handle.#slot !== RELEASED) return handle.#slot
    throw new SealtrailError('KeyReleased', 'the key has been released')
  }

  get engine(): 'wasm' {
    return 'wasm'
  }

  release(): void {
    if (this.#slot === RELEASED) return
    this.#machine.lost.unregister(this)
    this.#machine.releaseSlot(this.#slot)
    this.#slot = RELEASED
  }

  toString(): string {
    return 'KeyHandle(wasm)'
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

export function importKey(machine: WasmMachine, bytes: Uint8Array): WasmKey {
  invariant(bytes.length === KEY_BYTES, 'a key has 32 bytes')
  const slot = machine.takeSlot()
  machine.bytes.set(bytes, machine.windowAt)
  machine.calls.takeKey(slot, machine.windowAt)
  return new WasmKey(machine, slot)
}

export function generateKey(machine: WasmMachine): WasmKey {
  const slot = machine.takeSlot()
  machine.calls.takeKey(slot, machine.drawRandom(KEY_BYTES))
  return new WasmKey(machine, slot)
}

export function exportKey(machine: WasmMachine, key: KeyHandle, target: Uint8Array): void {
  invariant(target.length === KEY_BYTES, 'a key has 32 bytes')
  target.set(machine.keyBytes(WasmKey.slotOf(machine, key)))
}

export function shareKey(machine: WasmMachine, key: KeyHandle): SharedKey {
  const bytes = secretBytes(KEY_BYTES)
  exportKey(machine, key, bytes)
  return { engine: 'wasm', bytes }
}

/** Once for each copy that arrives. */
export function adoptKey(machine: WasmMachine, shared: unknown): WasmKey {
  invariant(isShared(shared), 'a key is adopted from what the wasm engine of a thread shared')
  const { bytes } = shared
  invariant(bytes !== undefined, 'a shared key is adopted once')
  const key = importKey(machine, bytes)
  bytes.fill(0)
  delete shared.bytes
  return key
}

function isShared(shared: unknown): shared is SharedKey {
  return (
    typeof shared === 'object' && shared !== null && 'engine' in shared && shared.engine === 'wasm'
  )
}
