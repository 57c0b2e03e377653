/**
 * HKDF-SHA512 through the Wasm module.
 *
 * The two keys of a message are one call, and the message key does not leave the module. HKDF in general is put
 * together here from the module's hash and MAC, its inputs in pieces through the window:
 *
 *     window   | T(i) 64 | i | pieces … |
 *
 * Source: RFC 5869; docs/FORMAT.md §2 (the info strings).
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import { KEY_BYTES, MESSAGE_ID_BYTES } from '../engine.js'
import { WasmKey } from './key.js'
import type { WasmMachine } from './machine.js'

const DIGEST_BYTES = 64
const CHUNK_BYTES = 128
const KEY_LABEL = Buffer.from('DERIVEKEY')
const COMMIT_LABEL = Buffer.from('COMMITKEY')
/** Where pieces begin, from the window's beginning on. */
const PIECE_OFFSET = CHUNK_BYTES

export function deriveMessageKey(
  machine: WasmMachine,
  dataKey: number,
  suite: number,
  messageId: Uint8Array,
): { key: WasmKey; commitKey: Uint8Array } {
  invariant(messageId.length === MESSAGE_ID_BYTES, 'a message id has 32 bytes')
  invariant(Number.isInteger(suite) && suite >= 0 && suite <= 0xffff, 'a suite id is a u16')
  const slot = machine.takeSlot()
  const keyInfo = [suite >> 8, suite & 0xff, ...KEY_LABEL, 1]
  const commitInfo = [...COMMIT_LABEL, 1]
  const { bytes, calls, windowAt } = machine
  bytes.set(messageId, windowAt)
  bytes.set(keyInfo, windowAt + MESSAGE_ID_BYTES)
  bytes.set(commitInfo, windowAt + MESSAGE_ID_BYTES + keyInfo.length)
  calls.deriveMessageKey(dataKey, slot, keyInfo.length, commitInfo.length)
  const commitKey = machine.window(KEY_BYTES).slice()
  calls.wipeWindow(MESSAGE_ID_BYTES + keyInfo.length + commitInfo.length)
  return { key: new WasmKey(machine, slot), commitKey }
}

export function hkdfSha512(
  machine: WasmMachine,
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  target: Uint8Array,
): void {
  invariant(target.length <= 255 * DIGEST_BYTES, 'HKDF gives at most 255 blocks')
  const { bytes, calls, windowAt } = machine
  const counterAt = windowAt + DIGEST_BYTES
  setMacKey(machine, salt)
  calls.beginMac()
  update(machine, ikm)
  calls.endMac(windowAt)
  calls.setMacKey(windowAt, DIGEST_BYTES)
  for (let at = 0, count = 1; at < target.length; at += DIGEST_BYTES, count++) {
    calls.beginMac()
    if (count > 1) calls.updateHash(windowAt, DIGEST_BYTES)
    update(machine, info)
    bytes[counterAt] = count
    calls.updateHash(counterAt, 1)
    calls.endMac(windowAt)
    target.set(bytes.subarray(windowAt, windowAt + Math.min(DIGEST_BYTES, target.length - at)), at)
  }
  calls.wipeHash()
  calls.wipeWindow(machine.windowBytes)
}

/** A key longer than a chunk is its digest (RFC 2104). */
function setMacKey(machine: WasmMachine, key: Uint8Array): void {
  const { bytes, calls, windowAt } = machine
  if (key.length <= CHUNK_BYTES) {
    bytes.set(key, windowAt)
    calls.setMacKey(windowAt, key.length)
  } else {
    calls.beginHash()
    update(machine, key)
    calls.endHash(windowAt)
    calls.setMacKey(windowAt, DIGEST_BYTES)
  }
}

function update(machine: WasmMachine, source: Uint8Array): void {
  const pieceAt = machine.windowAt + PIECE_OFFSET
  const size = machine.windowBytes - PIECE_OFFSET
  for (let at = 0; at < source.length; at += size) {
    const piece = source.subarray(at, at + size)
    machine.bytes.set(piece, pieceAt)
    machine.calls.updateHash(pieceAt, piece.length)
  }
}
