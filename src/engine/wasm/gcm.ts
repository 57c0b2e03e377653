/**
 * One text through the Wasm module: at once when it fits the window, in pieces when it does not.
 *
 *     window   | AAD | padding | text | tag |      what fits
 *     window   | piece of AAD or text |            what does not, one piece after the other
 *
 * The window is zero again afterwards. A text that is opened in pieces is written to its target before its tag is
 * known, and zeroed when the tag is wrong; the call does not return in between.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { TAG_BYTES } from '../engine.js'
import { padded, type WasmMachine } from './machine.js'

/** Key, nonce and AAD of one text. */
export interface WasmText {
  readonly slot: number
  readonly nonce: Uint8Array
  readonly aad: Uint8Array
}

/** `source` and `target` have the same size and may be the same memory. `tag`: 16 bytes, written. */
export function sealText(
  machine: WasmMachine,
  text: WasmText,
  source: Uint8Array,
  target: Uint8Array,
  tag: Uint8Array,
): void {
  const { calls, bytes } = machine
  const textAt = bringIn(machine, text, source)
  if (textAt === undefined) {
    sealPieces(machine, text, source, target, tag)
    return
  }
  calls.seal(text.slot, text.aad.length, source.length)
  const tagAt = textAt + source.length
  target.set(bytes.subarray(textAt, tagAt))
  tag.set(bytes.subarray(tagAt, tagAt + TAG_BYTES))
  calls.wipeWindow(tagAt + TAG_BYTES - machine.windowAt)
}

/** As {@link sealText}. When false, `target` is zero. */
export function openText(
  machine: WasmMachine,
  text: WasmText,
  source: Uint8Array,
  target: Uint8Array,
  tag: Uint8Array,
): boolean {
  const { calls, bytes } = machine
  const textAt = bringIn(machine, text, source)
  if (textAt === undefined) return openPieces(machine, text, source, target, tag)
  const tagAt = textAt + source.length
  bytes.set(tag, tagAt)
  const isGenuine = calls.open(text.slot, text.aad.length, source.length) === 1
  target.set(bytes.subarray(textAt, tagAt))
  calls.wipeWindow(tagAt + TAG_BYTES - machine.windowAt)
  return isGenuine
}

/** Copies nonce, AAD and text to their places, if they fit: where the text begins. */
function bringIn(machine: WasmMachine, text: WasmText, source: Uint8Array): number | undefined {
  const { nonce, aad } = text
  const offset = padded(aad.length)
  if (offset + padded(source.length) + TAG_BYTES > machine.windowBytes) return undefined
  const textAt = machine.windowAt + offset
  machine.bytes.set(nonce, machine.nonceAt)
  machine.bytes.set(aad, machine.windowAt)
  machine.bytes.set(source, textAt)
  return textAt
}

function sealPieces(
  machine: WasmMachine,
  text: WasmText,
  source: Uint8Array,
  target: Uint8Array,
  tag: Uint8Array,
): void {
  begin(machine, text, source.length)
  eachPiece(machine, source, (at, piece) => {
    machine.calls.sealPiece(piece.length)
    target.set(piece, at)
  })
  end(machine, tag)
}

function openPieces(
  machine: WasmMachine,
  text: WasmText,
  source: Uint8Array,
  target: Uint8Array,
  tag: Uint8Array,
): boolean {
  begin(machine, text, source.length)
  eachPiece(machine, source, (at, piece) => {
    machine.calls.openPiece(piece.length)
    target.set(piece, at)
  })
  const expected = new Uint8Array(TAG_BYTES)
  end(machine, expected)
  const isGenuine = constantTimeEqual(expected, tag)
  expected.fill(0)
  if (!isGenuine) target.fill(0)
  return isGenuine
}

function begin(machine: WasmMachine, { slot, nonce, aad }: WasmText, textBytes: number): void {
  const { calls } = machine
  machine.bytes.set(nonce, machine.nonceAt)
  calls.begin(slot, aad.length, textBytes)
  eachPiece(machine, aad, (_at, piece) => calls.hashAad(piece.length))
}

function end(machine: WasmMachine, tag: Uint8Array): void {
  machine.calls.end()
  tag.set(machine.window(TAG_BYTES))
  machine.calls.wipeWindow(machine.windowBytes)
}

/** Brings `source` into the window, piece by piece; `piece` is the window's part that holds it. */
function eachPiece(
  machine: WasmMachine,
  source: Uint8Array,
  visit: (at: number, piece: Uint8Array) => void,
): void {
  for (let at = 0; at < source.length; at += machine.windowBytes) {
    const from = source.subarray(at, at + machine.windowBytes)
    const piece = machine.window(from.length)
    piece.set(from)
    visit(at, piece)
  }
}
