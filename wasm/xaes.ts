/**
 * XAES-256-GCM's key for one nonce, and the commitment to the wrapping key.
 *
 *     key          E(M1 ^ K1) ‖ E(M2 ^ K1)       M1 = 0001 5800 ‖ nonce[0:12], M2 = 0002 5800 ‖ nonce[0:12]
 *     commitment   CMAC(X ‖ 1), CMAC(X ‖ 2)      X = "XCMT" ‖ nonce, 1 = 0001 0001, 2 = 0001 0002
 *
 * The text is then AES-256-GCM (gcm.ts) under that key and nonce[12:24]. Both CMACs begin with the same block,
 * which is enciphered beside M1 and M2. Sources: c2sp.org/XAES-256-GCM; eprint 2025/758; NIST SP 800-38B.
 */
import { encrypt2, encrypt4, expandKey, SCHEDULE_BYTES } from './aes'
import { k1Of, scheduleOf } from './keys'
import { BLOCK_BYTES, wipe } from './memory'

const HALF_NONCE_BYTES: usize = 12
/** Four blocks, and the schedule of the key for one nonce. */
const blocks = memory.data(64, 16)
export const derivedSchedule = memory.data(240, 16)

/** Calculates {@link derivedSchedule}, and writes the 32 bytes of the commitment. */
export function deriveAndCommit(slot: usize, nonce: usize, commitment: usize): void {
  const k1 = k1Of(slot)
  v128.store(blocks, v128.xor(k1, firstHalf(nonce, 0x00580100)))
  v128.store(blocks, v128.xor(k1, firstHalf(nonce, 0x00580200)), 16)
  v128.store(blocks, firstHalf(nonce, 0x544d4358), 32)
  encrypt4(scheduleOf(slot), blocks)
  commit(slot, nonce, commitment, v128.load(blocks, 32))
  expandKey(derivedSchedule, blocks)
  wipe(blocks, 4 * BLOCK_BYTES)
}

/** The commitment alone. */
export function commitTo(slot: usize, nonce: usize, commitment: usize): void {
  v128.store(blocks, firstHalf(nonce, 0x544d4358))
  encrypt2(scheduleOf(slot), blocks)
  commit(slot, nonce, commitment, v128.load(blocks))
  wipe(blocks, 4 * BLOCK_BYTES)
}

/** After the text is done. */
export function wipeDerived(): void {
  wipe(derivedSchedule, SCHEDULE_BYTES)
}

// @ts-ignore: decorator
@inline
function commit(slot: usize, nonce: usize, commitment: usize, chained: v128): void {
  const half = v128.load(nonce + HALF_NONCE_BYTES)
  const chain = v128.xor(chained, k1Of(slot))
  v128.store(commitment, v128.xor(chain, i32x4.replace_lane(half, 3, 0x01000100)))
  v128.store(commitment, v128.xor(chain, i32x4.replace_lane(half, 3, 0x02000100)), 16)
  encrypt2(scheduleOf(slot), commitment)
}

/** A word, then nonce[0:12]. */
// @ts-ignore: decorator
@inline
function firstHalf(nonce: usize, word: i32): v128 {
  const moved = i8x16.swizzle(v128.load(nonce), i64x2(0x0302010080808080, 0x0b0a090807060504))
  return i32x4.replace_lane(moved, 0, word)
}
