/**
 * GHASH: multiplication in GF(2^128) without an address or a branch that depends on a secret.
 *
 * A block is 32 nibbles, and a table holds what each of the 16 nibbles gives times a power of H, reduced. It is
 * laid out by bytes, so that row i, one register, answers for byte i of the product: i8x16.swizzle looks up all
 * bytes of the block at once. What byte j looks up in row i belongs i + j bytes from the start:
 *
 *     table    row i   | byte i of 0·H | byte i of 1·H | … | byte i of 15·H |      16 rows
 *     product  sum of row[i](high nibbles) · x^8i, and of row[i](low nibbles) · x^(8i + 4)
 *
 * Two or four blocks are looked up in tables of falling powers of H, summed, and reduced together.
 * Sources: NIST SP 800-38D §6.3 (bit 0 of a block is the highest bit of its first byte); the swizzle in place
 * of Shoup's tables in memory is Hamburg's idea for AES (aes.ts).
 */
import { BLOCK_BYTES } from './memory'

const TABLE_BYTES: usize = 256
const POWERS_MAX: usize = 4
/** The tables of H to H^4, and room to prepare them. */
export const TABLES_BYTES: usize = 4 * 256 + 64

/** How many powers of H pay for their tables over `blocks` blocks: 1, 2 or 4. */
export function powersFor(blocks: usize): usize {
  return blocks < 8 ? 1 : blocks < 64 ? 2 : 4
}

/** Writes the tables of H, …, H^count; H is the block at `h`. */
export function prepareTables(tables: usize, h: usize, count: usize): void {
  const basis = tables + POWERS_MAX * TABLE_BYTES
  let power = v128.load(h)
  prepareTable(tables, basis, power)
  for (let i: usize = 1; i < count; i++) {
    power = times(power, tables)
    prepareTable(tables + i * TABLE_BYTES, basis, power)
  }
}

/** Absorbs `blocks` blocks at `at` into the sum at `sum`, with `count` tables. */
export function absorb(sum: usize, at: usize, blocks: usize, tables: usize, count: usize): void {
  let y = v128.load(sum)
  if (count == 4) {
    for (; blocks >= 4; blocks -= 4, at += 4 * BLOCK_BYTES) y = absorb4(y, at, tables)
  }
  if (count >= 2) {
    for (; blocks >= 2; blocks -= 2, at += 2 * BLOCK_BYTES) y = absorb2(y, at, tables)
  }
  for (; blocks > 0; blocks--, at += BLOCK_BYTES) y = times(v128.xor(y, v128.load(at)), tables)
  v128.store(sum, y)
}

/** Four blocks, the first with `y`. */
function absorb4(y: v128, at: usize, tables: usize): v128 {
  const x0 = v128.xor(y, v128.load(at))
  const high0 = highNibbles(x0)
  const low0 = lowNibbles(x0)
  const x1 = v128.load(at, 16)
  const high1 = highNibbles(x1)
  const low1 = lowNibbles(x1)
  const x2 = v128.load(at, 32)
  const high2 = highNibbles(x2)
  const low2 = lowNibbles(x2)
  const x3 = v128.load(at, 48)
  const high3 = highNibbles(x3)
  const low3 = lowNibbles(x3)
  let h = i64x2.splat(0)
  let hOver = i64x2.splat(0)
  let l = i64x2.splat(0)
  let lOver = i64x2.splat(0)
  for (let row = tables + TABLE_BYTES - 16; row >= tables; row -= 16) {
    hOver = intoNext(h, hOver)
    h = upOneByte(h)
    lOver = intoNext(l, lOver)
    l = upOneByte(l)
    const row0 = v128.load(row, 768)
    h = v128.xor(h, i8x16.swizzle(row0, high0))
    l = v128.xor(l, i8x16.swizzle(row0, low0))
    const row1 = v128.load(row, 512)
    h = v128.xor(h, i8x16.swizzle(row1, high1))
    l = v128.xor(l, i8x16.swizzle(row1, low1))
    const row2 = v128.load(row, 256)
    h = v128.xor(h, i8x16.swizzle(row2, high2))
    l = v128.xor(l, i8x16.swizzle(row2, low2))
    const row3 = v128.load(row)
    h = v128.xor(h, i8x16.swizzle(row3, high3))
    l = v128.xor(l, i8x16.swizzle(row3, low3))
  }
  return reduce(h, hOver, l, lOver)
}

/** Two blocks, the first with `y`. */
function absorb2(y: v128, at: usize, tables: usize): v128 {
  const x0 = v128.xor(y, v128.load(at))
  const high0 = highNibbles(x0)
  const low0 = lowNibbles(x0)
  const x1 = v128.load(at, 16)
  const high1 = highNibbles(x1)
  const low1 = lowNibbles(x1)
  let h = i64x2.splat(0)
  let hOver = i64x2.splat(0)
  let l = i64x2.splat(0)
  let lOver = i64x2.splat(0)
  for (let row = tables + TABLE_BYTES - 16; row >= tables; row -= 16) {
    hOver = intoNext(h, hOver)
    h = upOneByte(h)
    lOver = intoNext(l, lOver)
    l = upOneByte(l)
    const row0 = v128.load(row, 256)
    h = v128.xor(h, i8x16.swizzle(row0, high0))
    l = v128.xor(l, i8x16.swizzle(row0, low0))
    const row1 = v128.load(row)
    h = v128.xor(h, i8x16.swizzle(row1, high1))
    l = v128.xor(l, i8x16.swizzle(row1, low1))
  }
  return reduce(h, hOver, l, lOver)
}

/** x · H. */
function times(x: v128, tables: usize): v128 {
  const high = highNibbles(x)
  const low = lowNibbles(x)
  let h = i64x2.splat(0)
  let hOver = i64x2.splat(0)
  let l = i64x2.splat(0)
  let lOver = i64x2.splat(0)
  for (let row = tables + TABLE_BYTES - 16; row >= tables; row -= 16) {
    hOver = intoNext(h, hOver)
    h = upOneByte(h)
    lOver = intoNext(l, lOver)
    l = upOneByte(l)
    const bytes = v128.load(row)
    h = v128.xor(h, i8x16.swizzle(bytes, high))
    l = v128.xor(l, i8x16.swizzle(bytes, low))
  }
  return reduce(h, hOver, l, lOver)
}

/** The upper nibble of each byte. */
// @ts-ignore: decorator
@inline
function highNibbles(x: v128): v128 {
  return i16x8.shr_u(v128.andnot(x, i64x2.splat(0x0f0f0f0f0f0f0f0f)), 4)
}

// @ts-ignore: decorator
@inline
function lowNibbles(x: v128): v128 {
  return v128.and(x, i64x2.splat(0x0f0f0f0f0f0f0f0f))
}

/** All bytes one place on; the last falls off, unless {@link intoNext} takes it. */
// @ts-ignore: decorator
@inline
function upOneByte(x: v128): v128 {
  return intoNext(i64x2.splat(0), x)
}

// @ts-ignore: decorator
@inline
function intoNext(x: v128, next: v128): v128 {
  return v128.shuffle<u8>(x, next, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
}

/**
 * h + hOver · x^128 + (l + lOver · x^128) · x^4, modulo x^128 + x^7 + x^2 + x + 1. The sum has 252 bits. Bytes
 * are turned round, so that a shift to the right by k, with what crosses the middle, is multiplication by x^k.
 */
function reduce(h: v128, hOver: v128, l: v128, lOver: v128): v128 {
  l = turned(l)
  lOver = turned(lOver)
  const sum = v128.xor(turned(h), shifted(l, upperHalf(l), 4))
  let over = v128.xor(turned(hOver), shifted(lOver, v128.shuffle<u64>(lOver, l, 1, 2), 4))
  // What over · x^7 loses at its end has 3 bits. They come in at the front, and one fold is enough.
  over = v128.xor(over, i64x2.shl(v128.shuffle<u64>(i64x2.splat(0), over, 0, 2), 57))
  const half = upperHalf(over)
  const fold = v128.xor(shifted(over, half, 1), shifted(over, half, 2))
  return turned(v128.xor(v128.xor(sum, over), v128.xor(fold, shifted(over, half, 7))))
}

// @ts-ignore: decorator
@inline
function shifted(x: v128, above: v128, bits: i32): v128 {
  return v128.xor(i64x2.shr_u(x, bits), i64x2.shl(above, 64 - bits))
}

// @ts-ignore: decorator
@inline
function upperHalf(x: v128): v128 {
  return v128.shuffle<u64>(x, i64x2.splat(0), 1, 2)
}

// @ts-ignore: decorator
@inline
function turned(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x08090a0b0c0d0e0f, 0x0001020304050607))
}

/** `basis`: 64 bytes of scratch. Row i is linear in the nibble, so four bytes say all 16 of it. */
function prepareTable(table: usize, basis: usize, h: v128): void {
  v128.store(basis, h)
  v128.store(basis, timesX(v128.load(basis)), 16)
  v128.store(basis, timesX(v128.load(basis, 16)), 32)
  v128.store(basis, timesX(v128.load(basis, 32)), 48)
  const end = table + TABLE_BYTES
  for (; table < end; table += 4 * BLOCK_BYTES, basis += 4) {
    v128.store(table, row(basis))
    v128.store(table, row(basis + 1), 16)
    v128.store(table, row(basis + 2), 32)
    v128.store(table, row(basis + 3), 48)
  }
}

/** What each nibble gives: the bytes at `basis` for those with bit 3, and 16, 32, 48 on for the other bits. */
// @ts-ignore: decorator
@inline
function row(basis: usize): v128 {
  const bit3 = v128.and(v128.load8_splat(basis), i64x2(0, -1))
  const bit2 = v128.and(v128.load8_splat(basis, 16), i64x2.splat(0xffffffff00000000))
  const bit1 = v128.and(v128.load8_splat(basis, 32), i64x2.splat(0xffff0000ffff0000))
  const bit0 = v128.and(v128.load8_splat(basis, 48), i64x2.splat(0xff00ff00ff00ff00))
  return v128.xor(v128.xor(bit3, bit2), v128.xor(bit1, bit0))
}

/** One place to the right in GHASH's order of bits; what falls off the end comes in as x^7 + x^2 + x + 1. */
// @ts-ignore: decorator
@inline
function timesX(block: v128): v128 {
  const x = turned(block)
  const carry = i64x2.neg(v128.and(x, i64x2(1, 0)))
  const fold = v128.and(i8x16.swizzle(carry, i64x2(-1, 0)), i64x2(0, 0xe100000000000000))
  return turned(v128.xor(shifted(x, upperHalf(x), 1), fold))
}
