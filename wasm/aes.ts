/**
 * AES-256 for a few blocks at a time, without tables in memory.
 *
 * The S-box is calculated in GF(2^8) built over GF(2^4): elements of GF(2^4) are looked up by i8x16.swizzle
 * in tables of 16 bytes, which are whole registers, so that no address and no branch depends on a secret.
 * The state stays in the basis of that tower ("inside") from the first round to the last, and so do the
 * round keys:
 *
 *     schedule   | T(k0) | T(k1 ^ 63) | … | T(k13 ^ 63) | k14 ^ 63 |      15 × 16 bytes
 *
 * where T goes inside and 63 is the constant of the S-box, which the tables leave out. Many blocks are
 * enciphered in aes-many.ts. Source: FIPS 197; M. Hamburg, Accelerating AES with Vector Permute
 * Instructions, CHES 2009, whose tables these are.
 */
import { BLOCK_BYTES } from './memory'

export const SCHEDULE_BYTES: usize = 240
const LAST_ROUND_OFFSET: usize = 224

/** Read into locals at the start of each loop: engines rebuild constants from immediates, again and again. */
const TABLES = memory.data<u64>([
  0x0e05060f0d080180, 0x040703090a0b0c02, // 1/x, with infinity
  0x01040a060f0b0780, 0x030d0e0c02050809, // a/x
  0xb19be18fcb503e00, 0xa5df7a6e142af544, // S-box, first nibble
  0x3618d415fae22300, 0x3bf7ccc10d2ed9ef, // S-box, second nibble
  0xe27a93c60b712400, 0x5eb7e955bc982fcd, // twice the S-box, first nibble
  0x69eb88400ae12900, 0xc2a163c8ab82234a, // twice the S-box, second nibble
], 16)

/** T(63), in every byte. */
const INSIDE_63 = 0x5b5b5b5b5b5b5b5b

// @ts-ignore: decorator
@inline
function lowNibbles(): v128 {
  return i64x2.splat(0x0f0f0f0f0f0f0f0f)
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return v128.and(x, lowNibbles())
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return i16x8.shr_u(v128.andnot(x, lowNibbles()), 4)
}

/** T: from the standard basis to the tower. Linear. */
// @ts-ignore: decorator
@inline
export function inside(x: v128): v128 {
  return v128.xor(
    i8x16.swizzle(i64x2(0xc2b2e8985a2a7000, 0xcabae09052227808), low(x)),
    i8x16.swizzle(i64x2(0x4c01307d317c4d00, 0xcd80b1fcb0fdcc81), high(x)),
  )
}

/** The inverse of {@link inside}. */
// @ts-ignore: decorator
@inline
export function outside(x: v128): v128 {
  return v128.xor(
    i8x16.swizzle(i64x2(0xff9f4929d6b66000, 0xf7974121debe6808), low(x)),
    i8x16.swizzle(i64x2(0x01edbd5150bcec00, 0xe10d5db1b05c0ce0), high(x)),
  )
}

// The inversion's two results, each with one nibble in a byte, from the input's nibbles. An index of 80 and
// above stands for infinity: swizzle answers 0 there, and that is 1/infinity.

/** T(S(x) ^ 63) of an x that is inside. */
// @ts-ignore: decorator
@inline
function substitute(x: v128, inv: v128, rat: v128, su: v128, st: v128): v128 {
  const k = low(x)
  const i = high(x)
  const ak = i8x16.swizzle(rat, k)
  const j = v128.xor(k, i)
  const io = v128.xor(i8x16.swizzle(inv, v128.xor(i8x16.swizzle(inv, i), ak)), j)
  const jo = v128.xor(i8x16.swizzle(inv, v128.xor(i8x16.swizzle(inv, j), ak)), i)
  return v128.xor(
    i8x16.swizzle(su, io),
    i8x16.swizzle(st, jo),
  )
}

// @ts-ignore: decorator
@inline
function shiftRows(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x030e09040f0a0500, 0x0b06010c07020d08))
}

/** SubBytes, ShiftRows, MixColumns, AddRoundKey. */
// @ts-ignore: decorator
@inline
function round(state: v128, key: v128, inv: v128, rat: v128, su: v128, st: v128, tu: v128, tt: v128): v128 {
  const x = shiftRows(state)
  const k = low(x)
  const i = high(x)
  const ak = i8x16.swizzle(rat, k)
  const j = v128.xor(k, i)
  const io = v128.xor(i8x16.swizzle(inv, v128.xor(i8x16.swizzle(inv, i), ak)), j)
  const jo = v128.xor(i8x16.swizzle(inv, v128.xor(i8x16.swizzle(inv, j), ak)), i)
  const one = v128.xor(
    i8x16.swizzle(su, io),
    i8x16.swizzle(st, jo),
  )
  const two = v128.xor(
    i8x16.swizzle(tu, io),
    i8x16.swizzle(tt, jo),
  )
  // 2a + 3b + c + d, where b, c and d are the bytes below a: 2a + b, the same one row down, and d.
  const down = i64x2(0x0407060500030201, 0x0c0f0e0d080b0a09)
  const up = i64x2(0x0605040702010003, 0x0e0d0c0f0a09080b)
  const sum = v128.xor(i8x16.swizzle(one, down), two)
  const rest = v128.xor(v128.xor(i8x16.swizzle(one, up), key), sum)
  return v128.xor(i8x16.swizzle(sum, down), rest)
}

/** SubBytes, ShiftRows, AddRoundKey, and out of the tower. */
// @ts-ignore: decorator
@inline
function lastRound(state: v128, key: v128, inv: v128, rat: v128): v128 {
  const x = shiftRows(state)
  const k = low(x)
  const i = high(x)
  const ak = i8x16.swizzle(rat, k)
  const j = v128.xor(k, i)
  const io = v128.xor(i8x16.swizzle(inv, v128.xor(i8x16.swizzle(inv, i), ak)), j)
  const jo = v128.xor(i8x16.swizzle(inv, v128.xor(i8x16.swizzle(inv, j), ak)), i)
  return v128.xor(
    key,
    v128.xor(
      i8x16.swizzle(i64x2(0xd0d26d176fbdc700, 0x15aabf7ac502a878), io),
      i8x16.swizzle(i64x2(0xcfe474a55fbb6a00, 0x8e1e90d1412b35fa), jo),
    ),
  )
}

/** Enciphers the two blocks at `at`, in place. */
export function encrypt2(schedule: usize, at: usize): void {
  const inv = v128.load(TABLES)
  const rat = v128.load(TABLES, 16)
  const su = v128.load(TABLES, 32)
  const st = v128.load(TABLES, 48)
  const tu = v128.load(TABLES, 64)
  const tt = v128.load(TABLES, 80)
  let a = v128.xor(inside(v128.load(at)), v128.load(schedule))
  let b = v128.xor(inside(v128.load(at, 16)), v128.load(schedule))
  const last = schedule + LAST_ROUND_OFFSET
  for (let key = schedule + BLOCK_BYTES; key < last; key += BLOCK_BYTES) {
    a = round(a, v128.load(key), inv, rat, su, st, tu, tt)
    b = round(b, v128.load(key), inv, rat, su, st, tu, tt)
  }
  v128.store(at, lastRound(a, v128.load(last), inv, rat))
  v128.store(at, lastRound(b, v128.load(last), inv, rat), 16)
}

/** Enciphers the four blocks at `at`, in place. */
export function encrypt4(schedule: usize, at: usize): void {
  const inv = v128.load(TABLES)
  const rat = v128.load(TABLES, 16)
  const su = v128.load(TABLES, 32)
  const st = v128.load(TABLES, 48)
  const tu = v128.load(TABLES, 64)
  const tt = v128.load(TABLES, 80)
  let a = v128.xor(inside(v128.load(at)), v128.load(schedule))
  let b = v128.xor(inside(v128.load(at, 16)), v128.load(schedule))
  let c = v128.xor(inside(v128.load(at, 32)), v128.load(schedule))
  let d = v128.xor(inside(v128.load(at, 48)), v128.load(schedule))
  const last = schedule + LAST_ROUND_OFFSET
  for (let key = schedule + BLOCK_BYTES; key < last; key += BLOCK_BYTES) {
    a = round(a, v128.load(key), inv, rat, su, st, tu, tt)
    b = round(b, v128.load(key), inv, rat, su, st, tu, tt)
    c = round(c, v128.load(key), inv, rat, su, st, tu, tt)
    d = round(d, v128.load(key), inv, rat, su, st, tu, tt)
  }
  v128.store(at, lastRound(a, v128.load(last), inv, rat))
  v128.store(at, lastRound(b, v128.load(last), inv, rat), 16)
  v128.store(at, lastRound(c, v128.load(last), inv, rat), 32)
  v128.store(at, lastRound(d, v128.load(last), inv, rat), 48)
}

/** Writes the schedule of the 32-byte key at `key`. The expansion is linear but for the S-box: all inside. */
export function expandKey(schedule: usize, key: usize): void {
  const inv = v128.load(TABLES)
  const rat = v128.load(TABLES, 16)
  const su = v128.load(TABLES, 32)
  const st = v128.load(TABLES, 48)
  const constant = i64x2.splat(INSIDE_63)
  let before = inside(v128.load(key))
  let latest = inside(v128.load(key, 16))
  v128.store(schedule, before)
  v128.store(schedule, v128.xor(latest, constant), 16)
  let power = i32x4.splat(1)
  let at = schedule + 2 * BLOCK_BYTES
  for (let step = 0; step < 6; step++) {
    const even = evenKey(before, latest, inside(power), inv, rat, su, st)
    const odd = oddKey(latest, even, inv, rat, su, st)
    v128.store(at, v128.xor(even, constant))
    v128.store(at, v128.xor(odd, constant), 16)
    before = even
    latest = odd
    power = i32x4.shl(power, 1)
    at += 2 * BLOCK_BYTES
  }
  const even = evenKey(before, latest, inside(power), inv, rat, su, st)
  v128.store(at, outside(v128.xor(even, constant)))
}

/** Each word and the words before it, summed. */
// @ts-ignore: decorator
@inline
function runningSum(x: v128): v128 {
  const one = v128.xor(x, i8x16.swizzle(x, i64x2(0x0302010080808080, 0x0b0a090807060504)))
  return v128.xor(one, i8x16.swizzle(one, i64x2(0x8080808080808080, 0x0706050403020100)))
}

// @ts-ignore: decorator
@inline
function evenKey(before: v128, latest: v128, power: v128, inv: v128, rat: v128, su: v128, st: v128): v128 {
  const known = v128.xor(v128.xor(runningSum(before), i64x2.splat(INSIDE_63)), power)
  const word = i8x16.swizzle(substitute(latest, inv, rat, su, st), i64x2.splat(0x0c0f0e0d0c0f0e0d))
  return v128.xor(known, word)
}

// @ts-ignore: decorator
@inline
function oddKey(before: v128, latest: v128, inv: v128, rat: v128, su: v128, st: v128): v128 {
  const known = v128.xor(runningSum(before), i64x2.splat(INSIDE_63))
  const word = i8x16.swizzle(substitute(latest, inv, rat, su, st), i64x2.splat(0x0f0e0d0c0f0e0d0c))
  return v128.xor(known, word)
}
