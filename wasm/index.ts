/**
 * The door from JavaScript: fixed places in memory, and calls on what the host wrote there.
 *
 * No shapes are checked here and no policy is kept: src/engine/ does that; src/engine/wasm/machine.ts must match this file. A
 * `slot` is the address of a key (keys.ts). What a call leaves in the window is the host's to read and then to
 * wipe; nothing else stays behind.
 */
import * as gcm from './gcm'
import { scheduleOf, takeKey } from './keys'
import { NONCE as nonce, padded, WINDOW as window, wipe } from './memory'
import { commitTo } from './xaes'

export { KEYS, NONCE, RANDOM, RANDOM_BYTES, WINDOW, WINDOW_BYTES } from './memory'
export { SLOT_BYTES, takeKey, wipeKey } from './keys'
export { unwrap, wrap } from './blob'
export { deriveMessageKey } from './hkdf'

/** Zeroes the first `bytes` bytes of the window and the nonce. */
export function wipeWindow(bytes: usize): void {
  wipe(window, bytes)
  wipe(nonce, 32)
}

/** The AAD at the window's beginning, the text at the next block, the tag or room for it behind the text. */
export function seal(slot: usize, aadBytes: usize, textBytes: usize): void {
  gcm.seal(scheduleOf(slot), nonce, window, aadBytes, window + padded(aadBytes), textBytes)
}

/** The inverse of {@link seal}. When false, text and tag are zero. */
export function open(slot: usize, aadBytes: usize, textBytes: usize): bool {
  return gcm.open(scheduleOf(slot), nonce, window, aadBytes, window + padded(aadBytes), textBytes)
}

/** Writes the 32 bytes of XAES's key commitment to the window. */
export function commitment(slot: usize): void {
  commitTo(slot, nonce, window)
}

// A text that does not fit: begin, pieces from the window's beginning on, end. See gcm.ts.

export function begin(slot: usize, aadBytes: usize, textBytes: usize): void {
  gcm.begin(scheduleOf(slot), nonce, aadBytes, textBytes)
}

export function hashAad(bytes: usize): void {
  gcm.hashAad(window, bytes)
}

export function sealPiece(bytes: usize): void {
  gcm.sealPiece(window, bytes)
}

export function openPiece(bytes: usize): void {
  gcm.openPiece(window, bytes)
}

/** Writes the tag to the window's beginning. */
export function end(): void {
  gcm.end(window)
}
