/**
 * Wrapped keys through the Wasm module: the blob drawn in engine.ts, one call each.
 *
 *     window   | blob | padding | context |
 *
 * The window holds the largest of both. What the header means is in kms/. Source: docs/FORMAT.md §3.
 *
 * @module
 */
import { BLOB_TEXT_OFFSET, COMMITMENT_BYTES, TAG_BYTES, XAES_NONCE_BYTES } from '../engine.js'
import { padded, type WasmMachine } from './machine.js'

/** In place of a slot: the text stands in the blob. */
const NO_SLOT = 0

/** `inner`: the slot of the key to wrap; without it the blob holds the text. */
export function wrap(
  machine: WasmMachine,
  slot: number,
  blob: Uint8Array,
  context: Uint8Array,
  inner = NO_SLOT,
): void {
  const used = bringIn(machine, blob, context)
  const random = machine.drawRandom(XAES_NONCE_BYTES)
  machine.calls.wrap(slot, inner, random, blob.length, context.length)
  blob.set(machine.window(blob.length))
  machine.calls.wipeWindow(used)
}

/** `inner`: the slot that receives the key, the blob then keeps its bytes; without it the blob receives the text. */
export function unwrap(
  machine: WasmMachine,
  slot: number,
  blob: Uint8Array,
  context: Uint8Array,
  inner = NO_SLOT,
): boolean {
  const used = bringIn(machine, blob, context)
  const isGenuine = machine.calls.unwrap(slot, inner, blob.length, context.length) === 1
  if (inner === NO_SLOT) {
    if (isGenuine) blob.set(machine.window(blob.length - TAG_BYTES))
    else blob.fill(0, BLOB_TEXT_OFFSET)
  }
  machine.calls.wipeWindow(used)
  return isGenuine
}

/** The slot of the key; none is left behind when there is no key. */
export function unwrapKey(
  machine: WasmMachine,
  slot: number,
  blob: Uint8Array,
  context: Uint8Array,
): number | undefined {
  const inner = machine.takeSlot()
  if (unwrap(machine, slot, blob, context, inner)) return inner
  machine.releaseSlot(inner)
  return undefined
}

export function commitment(machine: WasmMachine, slot: number, nonce: Uint8Array): Uint8Array {
  machine.bytes.set(nonce, machine.nonceAt)
  machine.calls.commitment(slot)
  const bytes = machine.window(COMMITMENT_BYTES).slice()
  machine.calls.wipeWindow(COMMITMENT_BYTES)
  return bytes
}

/** Copies blob and context to their places: how much of the window they use. */
function bringIn(machine: WasmMachine, blob: Uint8Array, context: Uint8Array): number {
  const contextOffset = padded(blob.length)
  machine.bytes.set(blob, machine.windowAt)
  machine.bytes.set(context, machine.windowAt + contextOffset)
  return contextOffset + padded(context.length)
}
