/**
 * AES-256 for a few blocks at a time, without tables in memory.
 *
 * The S-box is calculated in GF(2^8) built over GF(2^4): elements of GF(2^4) are looked up by i8x16.swizzle
 * in tables of 16 bytes, which are whole registers, so that no address and no branch depends on a secret.
 * The state stays in the basis of that tower ("inside"), and lies by rows, from the first round to the last;
 * so do the round keys:
 *
 *     schedule   | T(k0) | T(k1 ^ 63) | … | T(k13 ^ 63) | k14 ^ 63 |      15 × 16 bytes
 *
 * where T goes inside and to rows, and 63 is the constant of the S-box, which the tables leave out. Many
 * blocks are enciphered in aes-many.ts. Sources: FIPS 197; M. Hamburg, Accelerating AES with Vector Permute
 * Instructions, CHES 2009, whose tables these are.
 */
import { BLOCK_BYTES } from './memory'

export const SCHEDULE_BYTES: usize = 240
const LAST_ROUND_OFFSET: usize = 224

/**
 * Seven registers, read into locals before a loop: as constants in the code, compilers would put them together
 * from immediates again in every round, which costs a quarter of the time.
 *
 *     inverse       1/x in GF(2^4)           ratio           a/x
 *     once1, once2  T(S(x) ^ 63) is the sum  twice1, twice2  2 · T(S(x) ^ 63) is the sum
 *     nibble        selects the low ones
 */
const TABLES = memory.data<u64>(
  [
    0x0e05060f0d080180, 0x040703090a0b0c02, 0x01040a060f0b0780, 0x030d0e0c02050809,
    0xb19be18fcb503e00, 0xa5df7a6e142af544, 0x3618d415fae22300, 0x3bf7ccc10d2ed9ef,
    0xe27a93c60b712400, 0x5eb7e955bc982fcd, 0x69eb88400ae12900, 0xc2a163c8ab82234a,
    0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f,
  ],
  16,
)

/** T(63), in every byte. */
const INSIDE_63 = 0x5b5b5b5b5b5b5b5b

// @ts-ignore: decorator
@inline
function low(x: v128, nibble: v128): v128 {
  return v128.and(x, nibble)
}

// @ts-ignore: decorator
@inline
function high(x: v128, nibble: v128): v128 {
  return i16x8.shr_u(v128.andnot(x, nibble), 4)
}

/** T: from the standard basis to the tower. Linear. */
// @ts-ignore: decorator
@inline
export function inside(x: v128): v128 {
  const nibble = v128.load(TABLES, 96)
  return v128.xor(
    i8x16.swizzle(i64x2(0xc2b2e8985a2a7000, 0xcabae09052227808), low(x, nibble)),
    i8x16.swizzle(i64x2(0x4c01307d317c4d00, 0xcd80b1fcb0fdcc81), high(x, nibble)),
  )
}

/** Columns to rows, or back: inside, the bytes of a row stand together, so that rows move as words. */
// @ts-ignore: decorator
@inline
export function transposed(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x0d0905010c080400, 0x0f0b07030e0a0602))
}

/** The inverse of {@link inside}. */
// @ts-ignore: decorator
@inline
export function outside(x: v128): v128 {
  const nibble = v128.load(TABLES, 96)
  return v128.xor(
    i8x16.swizzle(i64x2(0xff9f4929d6b66000, 0xf7974121debe6808), low(x, nibble)),
    i8x16.swizzle(i64x2(0x01edbd5150bcec00, 0xe10d5db1b05c0ce0), high(x, nibble)),
  )
}

/** The first nibble of 1/x, for {@link TABLES}; an index above 15 stands for infinity, here and there. */
// @ts-ignore: decorator
@inline
function invert1(x: v128, inverse: v128, ratio: v128, nibble: v128): v128 {
  const sum = v128.xor(low(x, nibble), high(x, nibble))
  const part = lookUp(inverse, ratio, high(x, nibble), low(x, nibble))
  return v128.xor(i8x16.swizzle(inverse, part), sum)
}

/** The second. What both calculate is calculated once when they are compiled. */
// @ts-ignore: decorator
@inline
function invert2(x: v128, inverse: v128, ratio: v128, nibble: v128): v128 {
  const sum = v128.xor(low(x, nibble), high(x, nibble))
  const part = lookUp(inverse, ratio, sum, low(x, nibble))
  return v128.xor(i8x16.swizzle(inverse, part), high(x, nibble))
}

// @ts-ignore: decorator
@inline
function lookUp(table1: v128, table2: v128, nibble1: v128, nibble2: v128): v128 {
  return v128.xor(i8x16.swizzle(table1, nibble1), i8x16.swizzle(table2, nibble2))
}

/** SubBytes, ShiftRows, MixColumns, AddRoundKey. */
// @ts-ignore: decorator
@inline
function round(
  state: v128,
  key: v128,
  inverse: v128,
  ratio: v128,
  nibble: v128,
  once1: v128,
  once2: v128,
  twice1: v128,
  twice2: v128,
): v128 {
  const x = i8x16.swizzle(state, i64x2(0x0407060503020100, 0x0e0d0c0f09080b0a))
  const nibble1 = invert1(x, inverse, ratio, nibble)
  const nibble2 = invert2(x, inverse, ratio, nibble)
  const once = lookUp(once1, once2, nibble1, nibble2)
  const twice = lookUp(twice1, twice2, nibble1, nibble2)
  // 2a + 3b + c + d, where b, c and d stand below a: 2a + b, then 2b + c from one row down, then d.
  const sum = v128.xor(fromBelow(once), twice)
  const rest = v128.xor(v128.xor(fromAbove(once), key), sum)
  return v128.xor(fromBelow(sum), rest)
}

/** Each row's lower neighbour. */
// @ts-ignore: decorator
@inline
function fromBelow(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 1, 2, 3, 0)
}

// @ts-ignore: decorator
@inline
function fromAbove(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 3, 0, 1, 2)
}

/** SubBytes, ShiftRows, AddRoundKey, and out: to columns, by the way, and to the standard basis. */
// @ts-ignore: decorator
@inline
function lastRound(state: v128, key: v128, inverse: v128, ratio: v128, nibble: v128): v128 {
  const x = i8x16.swizzle(state, i64x2(0x0c0b06010f0a0500, 0x0e0904030d080702))
  const nibble1 = invert1(x, inverse, ratio, nibble)
  const nibble2 = invert2(x, inverse, ratio, nibble)
  const out1 = i64x2(0xd0d26d176fbdc700, 0x15aabf7ac502a878)
  const out2 = i64x2(0xcfe474a55fbb6a00, 0x8e1e90d1412b35fa)
  return v128.xor(key, lookUp(out1, out2, nibble1, nibble2))
}

/** Enciphers the two blocks at `at`, in place. */
export function encrypt2(schedule: usize, at: usize): void {
  const inverse = v128.load(TABLES)
  const ratio = v128.load(TABLES, 16)
  const nibble = v128.load(TABLES, 96)
  const once1 = v128.load(TABLES, 32)
  const once2 = v128.load(TABLES, 48)
  const twice1 = v128.load(TABLES, 64)
  const twice2 = v128.load(TABLES, 80)
  let a = v128.xor(transposed(inside(v128.load(at))), v128.load(schedule))
  let b = v128.xor(transposed(inside(v128.load(at, 16))), v128.load(schedule))
  const last = schedule + LAST_ROUND_OFFSET
  for (let key = schedule + BLOCK_BYTES; key < last; key += BLOCK_BYTES) {
    const k = v128.load(key)
    a = round(a, k, inverse, ratio, nibble, once1, once2, twice1, twice2)
    b = round(b, k, inverse, ratio, nibble, once1, once2, twice1, twice2)
  }
  v128.store(at, lastRound(a, v128.load(last), inverse, ratio, nibble))
  v128.store(at, lastRound(b, v128.load(last), inverse, ratio, nibble), 16)
}

/** Enciphers the four blocks at `at`, in place. */
export function encrypt4(schedule: usize, at: usize): void {
  const inverse = v128.load(TABLES)
  const ratio = v128.load(TABLES, 16)
  const nibble = v128.load(TABLES, 96)
  const once1 = v128.load(TABLES, 32)
  const once2 = v128.load(TABLES, 48)
  const twice1 = v128.load(TABLES, 64)
  const twice2 = v128.load(TABLES, 80)
  let a = v128.xor(transposed(inside(v128.load(at))), v128.load(schedule))
  let b = v128.xor(transposed(inside(v128.load(at, 16))), v128.load(schedule))
  let c = v128.xor(transposed(inside(v128.load(at, 32))), v128.load(schedule))
  let d = v128.xor(transposed(inside(v128.load(at, 48))), v128.load(schedule))
  const last = schedule + LAST_ROUND_OFFSET
  for (let key = schedule + BLOCK_BYTES; key < last; key += BLOCK_BYTES) {
    const k = v128.load(key)
    a = round(a, k, inverse, ratio, nibble, once1, once2, twice1, twice2)
    b = round(b, k, inverse, ratio, nibble, once1, once2, twice1, twice2)
    c = round(c, k, inverse, ratio, nibble, once1, once2, twice1, twice2)
    d = round(d, k, inverse, ratio, nibble, once1, once2, twice1, twice2)
  }
  v128.store(at, lastRound(a, v128.load(last), inverse, ratio, nibble))
  v128.store(at, lastRound(b, v128.load(last), inverse, ratio, nibble), 16)
  v128.store(at, lastRound(c, v128.load(last), inverse, ratio, nibble), 32)
  v128.store(at, lastRound(d, v128.load(last), inverse, ratio, nibble), 48)
}

/** Writes the schedule of the 32-byte key at `key`. All but the S-box is linear, so it is done inside. */
export function expandKey(schedule: usize, key: usize): void {
  const inverse = v128.load(TABLES)
  const ratio = v128.load(TABLES, 16)
  const nibble = v128.load(TABLES, 96)
  const once1 = v128.load(TABLES, 32)
  const once2 = v128.load(TABLES, 48)
  const constant = i64x2.splat(INSIDE_63)
  let even = inside(v128.load(key))
  let odd = inside(v128.load(key, 16))
  v128.store(schedule, transposed(even))
  v128.store(schedule, transposed(v128.xor(odd, constant)), 16)
  let power = i32x4.splat(1)
  const last = schedule + LAST_ROUND_OFFSET
  for (let at = schedule + 2 * BLOCK_BYTES; at < last; at += 2 * BLOCK_BYTES) {
    even = evenKey(even, odd, power, inverse, ratio, nibble, once1, once2)
    odd = oddKey(odd, even, inverse, ratio, nibble, once1, once2)
    power = i32x4.shl(power, 1)
    v128.store(at, transposed(v128.xor(even, constant)))
    v128.store(at, transposed(v128.xor(odd, constant)), 16)
  }
  even = evenKey(even, odd, power, inverse, ratio, nibble, once1, once2)
  v128.store(last, outside(v128.xor(even, constant)))
}

/** The key two before, summed up by words, and the last word of `latest`, substituted and turned by a byte. */
// @ts-ignore: decorator
@inline
function evenKey(
  before: v128,
  latest: v128,
  power: v128,
  inverse: v128,
  ratio: v128,
  nibble: v128,
  once1: v128,
  once2: v128,
): v128 {
  const known = v128.xor(summed(before), v128.xor(inside(power), i64x2.splat(INSIDE_63)))
  const nibble1 = invert1(latest, inverse, ratio, nibble)
  const nibble2 = invert2(latest, inverse, ratio, nibble)
  const substituted = lookUp(once1, once2, nibble1, nibble2)
  return v128.xor(known, i8x16.swizzle(substituted, i64x2.splat(0x0c0f0e0d0c0f0e0d)))
}

/** The same without turning and without a power of x. */
// @ts-ignore: decorator
@inline
function oddKey(
  before: v128,
  latest: v128,
  inverse: v128,
  ratio: v128,
  nibble: v128,
  once1: v128,
  once2: v128,
): v128 {
  const known = v128.xor(summed(before), i64x2.splat(INSIDE_63))
  const nibble1 = invert1(latest, inverse, ratio, nibble)
  const nibble2 = invert2(latest, inverse, ratio, nibble)
  const substituted = lookUp(once1, once2, nibble1, nibble2)
  return v128.xor(known, i8x16.swizzle(substituted, i64x2.splat(0x0f0e0d0c0f0e0d0c)))
}

/** Each word and the words before it. */
// @ts-ignore: decorator
@inline
function summed(x: v128): v128 {
  const pairs = v128.xor(x, i8x16.swizzle(x, i64x2(0x0302010080808080, 0x0b0a090807060504)))
  const halves = i8x16.swizzle(pairs, i64x2(0x8080808080808080, 0x0706050403020100))
  return v128.xor(pairs, halves)
}
