/**
 * The two keys of a message through the Wasm module: HKDF-SHA512, one call; the message key does not leave it.
 *
 *     window   | message id 32 | info of the message key ‖ 01 | info of the commit key ‖ 01 |
 *
 * Source: RFC 5869; docs/FORMAT.md §2 (the info strings).
 *
 * @module
 */
import { KEY_BYTES, MESSAGE_ID_BYTES } from '../engine.js'
import type { WasmMachine } from './machine.js'

const KEY_INFO = Buffer.from('..DERIVEKEY\x01')
const COMMIT_INFO = Buffer.from('COMMITKEY\x01')
const INFO_END = MESSAGE_ID_BYTES + KEY_INFO.length

/** `key` is the slot that holds the message key. */
export function deriveMessageKey(
  machine: WasmMachine,
  dataKey: number,
  suite: Uint8Array,
  messageId: Uint8Array,
): { key: number; commitKey: Uint8Array } {
  const key = machine.takeSlot()
  const { bytes, calls, windowAt } = machine
  bytes.set(messageId, windowAt)
  bytes.set(KEY_INFO, windowAt + MESSAGE_ID_BYTES)
  bytes.set(suite, windowAt + MESSAGE_ID_BYTES)
  bytes.set(COMMIT_INFO, windowAt + INFO_END)
  calls.deriveMessageKey(dataKey, key, KEY_INFO.length, COMMIT_INFO.length)
  const commitKey = machine.window(KEY_BYTES).slice()
  calls.wipeWindow(INFO_END + COMMIT_INFO.length)
  return { key, commitKey }
}
