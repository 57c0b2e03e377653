/**
 * Wrapped keys: the blob of src/engine/engine.ts, in the window.
 *
 *     | header 24 | nonce 24 | commitment 32 | text | tag 16 |    AAD: the first 80 bytes, then the context
 *
 * The blob stands at the beginning of the window, the context behind it from the next block on.
 */
import * as gcm from './gcm'
import { takeKey } from './keys'
import { copy, isEqual, KEY_BYTES, padded, WINDOW, wipe } from './memory'
import { derivedSchedule, deriveAndCommit, wipeDerived } from './xaes'

const NONCE_OFFSET: usize = 24
const NONCE_BYTES: usize = 24
const GCM_NONCE_OFFSET: usize = 36
const COMMITMENT_OFFSET: usize = 48
const COMMITMENT_BYTES: usize = 32
const TEXT_OFFSET: usize = 80
const OVERHEAD_BYTES: usize = 96

/** The commitment that a blob should hold. */
const expected = memory.data(32, 16)

/**
 * Wraps in place under the nonce at `random`, which is wiped. The text is the key in the slot `inner`, or, when
 * that is 0, what stands in its place.
 */
export function wrap(
  slot: usize,
  inner: usize,
  random: usize,
  blobBytes: usize,
  contextBytes: usize,
): void {
  const blob = WINDOW
  for (let i: usize = 0; i < NONCE_BYTES; i += 8) {
    store<u64>(blob + NONCE_OFFSET + i, load<u64>(random + i))
    store<u64>(random + i, 0)
  }
  if (inner != 0) copy(blob + TEXT_OFFSET, inner, KEY_BYTES)
  deriveAndCommit(slot, blob + NONCE_OFFSET, blob + COMMITMENT_OFFSET)
  const textBytes = blobBytes - OVERHEAD_BYTES
  gcm.begin(derivedSchedule, blob + GCM_NONCE_OFFSET, TEXT_OFFSET + contextBytes, textBytes)
  gcm.hashAad(blob, TEXT_OFFSET)
  gcm.hashAad(blob + padded(blobBytes), contextBytes)
  gcm.sealPiece(blob + TEXT_OFFSET, textBytes)
  gcm.end(blob + TEXT_OFFSET + textBytes)
  wipeDerived()
}

/** Unwraps in place, or into the key slot `inner` when that is not 0. When false, the window is zero. */
export function unwrap(slot: usize, inner: usize, blobBytes: usize, contextBytes: usize): bool {
  const blob = WINDOW
  const textBytes = blobBytes - OVERHEAD_BYTES
  const tag = blob + TEXT_OFFSET + textBytes
  const stated = v128.load(tag)
  deriveAndCommit(slot, blob + NONCE_OFFSET, expected)
  let isGenuine = isEqual(expected, blob + COMMITMENT_OFFSET, COMMITMENT_BYTES)
  wipe(expected, COMMITMENT_BYTES)
  if (isGenuine) {
    gcm.begin(derivedSchedule, blob + GCM_NONCE_OFFSET, TEXT_OFFSET + contextBytes, textBytes)
    gcm.hashAad(blob, TEXT_OFFSET)
    gcm.hashAad(blob + padded(blobBytes), contextBytes)
    gcm.openPiece(blob + TEXT_OFFSET, textBytes)
    gcm.end(tag)
    isGenuine = !v128.any_true(v128.xor(stated, v128.load(tag)))
  }
  wipeDerived()
  if (!isGenuine) wipe(blob, padded(blobBytes) + contextBytes)
  else if (inner != 0) takeKey(inner, blob + TEXT_OFFSET)
  return isGenuine
}
