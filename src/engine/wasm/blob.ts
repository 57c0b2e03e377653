/**
 * Wrapped keys through the Wasm module: the blob drawn in engine.ts, one call each.
 *
 *     window   | blob | padding | context |
 *
 * What does not fit the window goes the long way, over the calls that the module's own wrap is made of. What the
 * header means is in kms/. Source: docs/FORMAT.md §3.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { invariant } from '../../invariant.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  COMMITMENT_BYTES,
  KEY_BYTES,
  TAG_BYTES,
  XAES_NONCE_BYTES,
} from '../engine.js'
import { openText, sealText } from './gcm.js'
import { padded, type WasmMachine } from './machine.js'

const COMMITMENT_OFFSET = BLOB_HEADER_BYTES + XAES_NONCE_BYTES
const KEY_BLOB_BYTES = BLOB_OVERHEAD_BYTES + KEY_BYTES
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
  checkSize(blob, inner)
  const used = bringIn(machine, blob, context)
  if (used === undefined) {
    wrapLong(machine, slot, blob, context, inner)
    return
  }
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
  checkSize(blob, inner)
  const used = bringIn(machine, blob, context)
  if (used === undefined) return unwrapLong(machine, slot, blob, context, inner)
  const isGenuine = machine.calls.unwrap(slot, inner, blob.length, context.length) === 1
  if (inner === NO_SLOT) {
    if (isGenuine) blob.set(machine.window(blob.length - TAG_BYTES))
    else blob.fill(0, BLOB_TEXT_OFFSET)
  }
  machine.calls.wipeWindow(used)
  return isGenuine
}

/** Takes a slot for the key; leaves none behind when there is no key. */
export function unwrapKey(
  machine: WasmMachine,
  slot: number,
  blob: Uint8Array,
  context: Uint8Array,
): number | undefined {
  invariant(blob.length === KEY_BLOB_BYTES, 'a wrapped key has 128 bytes')
  const inner = machine.takeSlot()
  if (unwrap(machine, slot, blob, context, inner)) return inner
  machine.releaseSlot(inner)
  return undefined
}

export function generateDataKeys(
  machine: WasmMachine,
  slot: number,
  blobs: Uint8Array,
  blobBytes: number,
  context: Uint8Array,
  plain: Uint8Array | undefined,
): void {
  const keyBytes = blobBytes - BLOB_OVERHEAD_BYTES
  invariant(keyBytes >= 1, 'a data key has at least one byte')
  invariant(blobs.length % blobBytes === 0, 'blobs lie side by side')
  const count = blobs.length / blobBytes
  invariant(plain === undefined || plain.length === count * keyBytes, 'every data key has room')
  for (let i = 0; i < count; i++) {
    const blob = blobs.subarray(i * blobBytes, (i + 1) * blobBytes)
    const text = blob.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES)
    machine.randomFill(text)
    plain?.set(text, i * keyBytes)
    wrap(machine, slot, blob, context)
  }
}

export function unwrapMany(
  machine: WasmMachine,
  slot: number,
  blobs: Uint8Array,
  blobEnds: Uint32Array,
  contexts: Uint8Array,
  contextEnds: Uint32Array,
  opened: Uint8Array,
): void {
  const count = blobEnds.length
  invariant(contextEnds.length === count && opened.length === count, 'one context, one answer each')
  checkEnds(blobEnds, blobs.length, BLOB_OVERHEAD_BYTES)
  checkEnds(contextEnds, contexts.length, 0)
  for (let i = 0; i < count; i++) {
    const blob = blobs.subarray(blobEnds[i - 1] ?? 0, blobEnds[i])
    const context = contexts.subarray(contextEnds[i - 1] ?? 0, contextEnds[i])
    opened[i] = unwrap(machine, slot, blob, context) ? 1 : 0
  }
}

export function commitment(machine: WasmMachine, slot: number, nonce: Uint8Array): Uint8Array {
  invariant(nonce.length === XAES_NONCE_BYTES, 'an XAES nonce has 24 bytes')
  machine.bytes.set(nonce, machine.nonceAt)
  machine.calls.commitment(slot)
  const bytes = machine.window(COMMITMENT_BYTES).slice()
  machine.calls.wipeWindow(COMMITMENT_BYTES)
  return bytes
}

function checkSize(blob: Uint8Array, inner: number): void {
  invariant(blob.length >= BLOB_OVERHEAD_BYTES, 'a blob has room for what wrapping adds')
  invariant(inner === NO_SLOT || blob.length === KEY_BLOB_BYTES, 'a wrapped key has 128 bytes')
}

/** Copies blob and context to their places, if they fit: how much of the window they use. */
function bringIn(machine: WasmMachine, blob: Uint8Array, context: Uint8Array): number | undefined {
  const contextOffset = padded(blob.length)
  const used = contextOffset + padded(context.length)
  if (used > machine.windowBytes) return undefined
  machine.bytes.set(blob, machine.windowAt)
  machine.bytes.set(context, machine.windowAt + contextOffset)
  return used
}

function wrapLong(
  machine: WasmMachine,
  slot: number,
  blob: Uint8Array,
  context: Uint8Array,
  inner: number,
): void {
  const { nonce, text, tag, aad } = partsOf(blob)
  machine.randomFill(nonce)
  blob.set(commitment(machine, slot, nonce), COMMITMENT_OFFSET)
  const source = inner === NO_SLOT ? text : machine.keyBytes(inner)
  sealText(machine, { slot, nonce, aad, moreAad: context }, source, text, tag)
}

function unwrapLong(
  machine: WasmMachine,
  slot: number,
  blob: Uint8Array,
  context: Uint8Array,
  inner: number,
): boolean {
  const { nonce, stated, text, tag, aad } = partsOf(blob)
  const target = inner === NO_SLOT ? text : machine.keyBytes(inner)
  const isGenuine =
    constantTimeEqual(commitment(machine, slot, nonce), stated) &&
    openText(machine, { slot, nonce, aad, moreAad: context }, text, target, tag)
  if (!isGenuine && inner === NO_SLOT) blob.fill(0, BLOB_TEXT_OFFSET)
  return isGenuine
}

function partsOf(blob: Uint8Array) {
  return {
    aad: blob.subarray(0, BLOB_TEXT_OFFSET),
    nonce: blob.subarray(BLOB_HEADER_BYTES, COMMITMENT_OFFSET),
    stated: blob.subarray(COMMITMENT_OFFSET, BLOB_TEXT_OFFSET),
    text: blob.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES),
    tag: blob.subarray(-TAG_BYTES),
  }
}

function checkEnds(ends: Uint32Array, total: number, least: number): void {
  let start = 0
  for (const end of ends) {
    invariant(end - start >= least, 'ends rise, and each leaves room')
    start = end
  }
  invariant(start === total, 'the last end is the end of the bytes')
}
