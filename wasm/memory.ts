/**
 * Where everything lies in linear memory.
 *
 *     | constants | scratch | nonce | random | window …72 KiB | keys … |
 *
 * Scratch and window are zero between calls: who writes there wipes before returning, on every path. Keys stand
 * in slots (keys.ts) from `keys` to the end, and the host grows the memory when they run out. Nothing here is
 * allocated, nothing collected.
 */

export const BLOCK_BYTES: usize = 16
export const KEY_BYTES: usize = 32

/** Where the host writes the nonce of the next call: 12 or 24 bytes. */
export const NONCE: usize = memory.data(32, 16)
/** Random bytes, fetched by the host ahead of need; each is wiped as it is used. */
export const RANDOM: usize = memory.data(4096, 16)
export const RANDOM_BYTES: usize = 4096
/** Input and output of the next call. */
export const WINDOW: usize = memory.data(73728, 16)
export const WINDOW_BYTES: usize = 73728
/** Behind all static memory. */
export const KEYS: usize = (__heap_base + 15) & ~15

/** `bytes` rounded up to whole blocks. */
// @ts-ignore: decorator
@inline
export function padded(bytes: usize): usize {
  return (bytes + 15) & ~15
}

/** Zeroes `bytes` bytes, rounded up to whole blocks, from a block's beginning. */
export function wipe(at: usize, bytes: usize): void {
  const end = at + padded(bytes)
  const zero = i64x2.splat(0)
  for (; at < end; at += 16) v128.store(at, zero)
}

/** Zeroes what is left of the last block of `bytes` bytes that begin at a block's beginning. */
export function wipePadding(at: usize, bytes: usize): void {
  const end = at + padded(bytes)
  for (let i = at + bytes; i < end; i++) store<u8>(i, 0)
}

/** Copies whole blocks, `bytes` rounded up; `to` is not behind `from` in the same region. */
export function copy(to: usize, from: usize, bytes: usize): void {
  const end = to + padded(bytes)
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from))
}

/** Whether `bytes` bytes are the same on both sides, in a time that depends on `bytes` only. Whole blocks. */
export function isEqual(left: usize, right: usize, bytes: usize): bool {
  let difference = i64x2.splat(0)
  for (let i: usize = 0; i < bytes; i += 16) {
    difference = v128.or(difference, v128.xor(v128.load(left + i), v128.load(right + i)))
  }
  return !v128.any_true(difference)
}
