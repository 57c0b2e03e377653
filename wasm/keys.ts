/**
 * A key's place in memory.
 *
 *     | key 32 | K1 16 | schedule 240 | prepared 16 |      304 bytes
 *
 * Schedule and K1 are calculated at first use: many keys are only wrapped, or only derived from. Which places
 * are taken is the host's knowledge (src/engine/wasm/key.ts). Source of K1: NIST SP 800-38B §6.1.
 */
import { encrypt2, expandKey, SCHEDULE_BYTES } from './aes'
import { BLOCK_BYTES, copy, KEY_BYTES, wipe } from './memory'

const K1_OFFSET: usize = 32
const SCHEDULE_OFFSET: usize = 48
const PREPARED_OFFSET: usize = 288
export const SLOT_BYTES: usize = 304

/** Two blocks, zero between calls. */
const scratch = memory.data(32, 16)

/** The AES schedule of the key in `slot` (aes.ts). */
export function scheduleOf(slot: usize): usize {
  prepare(slot)
  return slot + SCHEDULE_OFFSET
}

/** The first subkey of CMAC under the key in `slot`. */
export function k1Of(slot: usize): v128 {
  prepare(slot)
  return v128.load(slot, K1_OFFSET)
}

/** Takes the 32 bytes at `from`, which become zero, for the key in `slot`. */
export function takeKey(slot: usize, from: usize): void {
  copy(slot, from, KEY_BYTES)
  wipe(from, KEY_BYTES)
  store<u32>(slot, 0, PREPARED_OFFSET)
}

export function wipeKey(slot: usize): void {
  wipe(slot, SLOT_BYTES)
}

function prepare(slot: usize): void {
  if (load<u32>(slot, PREPARED_OFFSET) != 0) return
  expandKey(slot + SCHEDULE_OFFSET, slot)
  encrypt2(slot + SCHEDULE_OFFSET, scratch)
  const high = bswap(load<u64>(scratch))
  const low = bswap(load<u64>(scratch, 8))
  store<u64>(slot, bswap((high << 1) | (low >>> 63)), K1_OFFSET)
  store<u64>(slot, bswap((low << 1) ^ (0x87 & -(high >>> 63))), K1_OFFSET + 8)
  wipe(scratch, 2 * BLOCK_BYTES)
  store<u32>(slot, 1, PREPARED_OFFSET)
}
