/**
 * AES-256 in counter mode, eight blocks at a time, bitsliced.
 *
 * Eight blocks are turned into eight planes: bit j of byte p of plane b is bit b of byte p of block j, whose
 * bytes lie by rows as in aes.ts. On planes the S-box is 115 gates for all 128 bytes at once, and rows are moved by constant swizzles. Nothing
 * is looked up, nothing branches. Few blocks are enciphered in aes.ts, from whose schedule the round keys
 * come. Sources: J. Boyar, R. Peralta, A new combinational logic minimization technique with applications to
 * cryptology, eprint 2009/191 (the S-box); E. Käsper, P. Schwabe, Faster and timing-attack resistant AES-GCM,
 * CHES 2009 (the layout).
 */
import { outside, SCHEDULE_BYTES, transposed } from './aes'
import { BLOCK_BYTES, wipe } from './memory'

/** Round keys as planes: 15 × 8 × 16 bytes. */
export const PLANES_BYTES: usize = 1920
/** What one step enciphers. */
export const STEP_BYTES: usize = 128
const ROUND_BYTES: usize = 128

/** Eight blocks, or the planes of eight blocks. */
const slices = memory.data(128, 16)

/** Writes the planes of all round keys: every block has the same key, so a byte is 00 or ff. */
export function expandPlanes(planes: usize, schedule: usize): void {
  let at = planes
  for (let round: usize = 0; round < SCHEDULE_BYTES; round += BLOCK_BYTES) {
    let key = v128.load(schedule + round)
    // The S-box below leaves out its constant too, so T undoes all that aes.ts did to a round key.
    if (round < SCHEDULE_BYTES - BLOCK_BYTES) key = outside(key)
    for (let bit: i8 = 0; bit < 8; bit++) {
      const mask = i8x16.splat((1 as i8) << bit)
      v128.store(at, i8x16.eq(v128.and(key, mask), mask))
      at += BLOCK_BYTES
    }
  }
}

/** The block of counter `counter + step`; `counter` has its last word in little-endian order. */
// @ts-ignore: decorator
@inline
export function counterBlock(counter: v128, step: i32): v128 {
  const sum = i32x4.add(counter, i32x4(0, 0, 0, step))
  return i8x16.swizzle(sum, i64x2(0x0706050403020100, 0x0c0d0e0f0b0a0908))
}

/** Adds the key stream to `steps` × 128 bytes at `at`; `counter` is the first block's, and moves on. */
export function cryptMany(planes: usize, counter: usize, at: usize, steps: usize): void {
  let next = v128.load(counter)
  for (; steps > 0; steps--) {
    for (let block = 0; block < 8; block++) {
      v128.store(slices + <usize>block * BLOCK_BYTES, transposed(counterBlock(next, block)))
    }
    next = i32x4.add(next, i32x4(0, 0, 0, 8))
    transposeBits()
    encryptSlices(planes)
    transposeBits()
    for (let i: usize = 0; i < STEP_BYTES; i += BLOCK_BYTES) {
      v128.store(at + i, xor(v128.load(at + i), v128.load(slices + i)))
    }
    at += STEP_BYTES
  }
  v128.store(counter, next)
  wipe(slices, STEP_BYTES)
}

/** Blocks to planes, or back: the 8 × 8 bits of each byte, rows to columns. */
function transposeBits(): void {
  let mask = i64x2.splat(0x5555555555555555)
  exchange(0, 1, 1, mask)
  exchange(2, 3, 1, mask)
  exchange(4, 5, 1, mask)
  exchange(6, 7, 1, mask)
  mask = i64x2.splat(0x3333333333333333)
  exchange(0, 2, 2, mask)
  exchange(1, 3, 2, mask)
  exchange(4, 6, 2, mask)
  exchange(5, 7, 2, mask)
  mask = i64x2.splat(0x0f0f0f0f0f0f0f0f)
  exchange(0, 4, 4, mask)
  exchange(1, 5, 4, mask)
  exchange(2, 6, 4, mask)
  exchange(3, 7, 4, mask)
}

/** The bits of slice `i` above `mask` change places with those of slice `j` under it. */
// @ts-ignore: decorator
@inline
function exchange(i: usize, j: usize, shift: i32, mask: v128): void {
  const x = v128.load(slices + i * BLOCK_BYTES)
  const y = v128.load(slices + j * BLOCK_BYTES)
  const difference = and(xor(i64x2.shr_u(x, shift), y), mask)
  v128.store(slices + i * BLOCK_BYTES, xor(x, i64x2.shl(difference, shift)))
  v128.store(slices + j * BLOCK_BYTES, xor(y, difference))
}

/** Fourteen rounds on planes. Within the S-box the names are those of its source. */
function encryptSlices(planes: usize): void {
  let x0 = xor(v128.load(slices), v128.load(planes))
  let x1 = xor(v128.load(slices, 16), v128.load(planes, 16))
  let x2 = xor(v128.load(slices, 32), v128.load(planes, 32))
  let x3 = xor(v128.load(slices, 48), v128.load(planes, 48))
  let x4 = xor(v128.load(slices, 64), v128.load(planes, 64))
  let x5 = xor(v128.load(slices, 80), v128.load(planes, 80))
  let x6 = xor(v128.load(slices, 96), v128.load(planes, 96))
  let x7 = xor(v128.load(slices, 112), v128.load(planes, 112))
  const lastKey = planes + PLANES_BYTES - ROUND_BYTES
  let key = planes + ROUND_BYTES
  while (true) {
    const y14 = xor(x4, x2)
    const y13 = xor(x7, x1)
    const y9 = xor(x7, x4)
    const y8 = xor(x7, x2)
    const t0 = xor(x6, x5)
    const y1 = xor(t0, x0)
    const y4 = xor(y1, x4)
    const y12 = xor(y13, y14)
    const y2 = xor(y1, x7)
    const y5 = xor(y1, x1)
    const y3 = xor(y5, y8)
    const t1 = xor(x3, y12)
    const y15 = xor(t1, x2)
    const y20 = xor(t1, x6)
    const y6 = xor(y15, x0)
    const y10 = xor(y15, t0)
    const y11 = xor(y20, y9)
    const y7 = xor(x0, y11)
    const y17 = xor(y10, y11)
    const y19 = xor(y10, y8)
    const y16 = xor(t0, y11)
    const y21 = xor(y13, y16)
    const y18 = xor(x7, y16)
    const t2 = and(y12, y15)
    const t3 = and(y3, y6)
    const t4 = xor(t3, t2)
    const t5 = and(y4, x0)
    const t6 = xor(t5, t2)
    const t7 = and(y13, y16)
    const t8 = and(y5, y1)
    const t9 = xor(t8, t7)
    const t10 = and(y2, y7)
    const t11 = xor(t10, t7)
    const t12 = and(y9, y11)
    const t13 = and(y14, y17)
    const t14 = xor(t13, t12)
    const t15 = and(y8, y10)
    const t16 = xor(t15, t12)
    const t17 = xor(t4, t14)
    const t18 = xor(t6, t16)
    const t19 = xor(t9, t14)
    const t20 = xor(t11, t16)
    const t21 = xor(t17, y20)
    const t22 = xor(t18, y19)
    const t23 = xor(t19, y21)
    const t24 = xor(t20, y18)
    const t25 = xor(t21, t22)
    const t26 = and(t21, t23)
    const t27 = xor(t24, t26)
    const t28 = and(t25, t27)
    const t29 = xor(t28, t22)
    const t30 = xor(t23, t24)
    const t31 = xor(t22, t26)
    const t32 = and(t31, t30)
    const t33 = xor(t32, t24)
    const t34 = xor(t23, t33)
    const t35 = xor(t27, t33)
    const t36 = and(t24, t35)
    const t37 = xor(t36, t34)
    const t38 = xor(t27, t36)
    const t39 = and(t29, t38)
    const t40 = xor(t25, t39)
    const t41 = xor(t40, t37)
    const t42 = xor(t29, t33)
    const t43 = xor(t29, t40)
    const t44 = xor(t33, t37)
    const t45 = xor(t42, t41)
    const z0 = and(t44, y15)
    const z1 = and(t37, y6)
    const z2 = and(t33, x0)
    const z3 = and(t43, y16)
    const z4 = and(t40, y1)
    const z5 = and(t29, y7)
    const z6 = and(t42, y11)
    const z7 = and(t45, y17)
    const z8 = and(t41, y10)
    const z9 = and(t44, y12)
    const z10 = and(t37, y3)
    const z11 = and(t33, y4)
    const z12 = and(t43, y13)
    const z13 = and(t40, y5)
    const z14 = and(t29, y2)
    const z15 = and(t42, y9)
    const z16 = and(t45, y14)
    const z17 = and(t41, y8)
    const t46 = xor(z15, z16)
    const t47 = xor(z10, z11)
    const t48 = xor(z5, z13)
    const t49 = xor(z9, z10)
    const t50 = xor(z2, z12)
    const t51 = xor(z2, z5)
    const t52 = xor(z7, z8)
    const t53 = xor(z0, z3)
    const t54 = xor(z6, z7)
    const t55 = xor(z16, z17)
    const t56 = xor(z12, t48)
    const t57 = xor(t50, t53)
    const t58 = xor(z4, t46)
    const t59 = xor(z3, t54)
    const t60 = xor(t46, t57)
    const t61 = xor(z14, t57)
    const t62 = xor(t52, t58)
    const t63 = xor(t49, t58)
    const t64 = xor(z4, t59)
    const t65 = xor(t61, t62)
    const t66 = xor(z1, t63)
    x7 = xor(t59, t63)
    x1 = xor(t56, t62)
    x0 = xor(t48, t60)
    const t67 = xor(t64, t65)
    x4 = xor(t53, t66)
    x3 = xor(t51, t66)
    x2 = xor(t47, t65)
    x6 = xor(t64, x4)
    x5 = xor(t55, t67)

    if (key == lastKey) break
    const a0 = rowsShifted(x0)
    const b0 = below(a0)
    const d0 = xor(a0, b0)
    const a1 = rowsShifted(x1)
    const b1 = below(a1)
    const d1 = xor(a1, b1)
    const a2 = rowsShifted(x2)
    const b2 = below(a2)
    const d2 = xor(a2, b2)
    const a3 = rowsShifted(x3)
    const b3 = below(a3)
    const d3 = xor(a3, b3)
    const a4 = rowsShifted(x4)
    const b4 = below(a4)
    const d4 = xor(a4, b4)
    const a5 = rowsShifted(x5)
    const b5 = below(a5)
    const d5 = xor(a5, b5)
    const a6 = rowsShifted(x6)
    const b6 = below(a6)
    const d6 = xor(a6, b6)
    const a7 = rowsShifted(x7)
    const b7 = below(a7)
    const d7 = xor(a7, b7)
    x0 = xor(xor(xor(across(d0), b0), v128.load(key)), d7)
    x1 = xor(xor(xor(xor(across(d1), b1), v128.load(key, 16)), d0), d7)
    x2 = xor(xor(xor(across(d2), b2), v128.load(key, 32)), d1)
    x3 = xor(xor(xor(xor(across(d3), b3), v128.load(key, 48)), d2), d7)
    x4 = xor(xor(xor(xor(across(d4), b4), v128.load(key, 64)), d3), d7)
    x5 = xor(xor(xor(across(d5), b5), v128.load(key, 80)), d4)
    x6 = xor(xor(xor(across(d6), b6), v128.load(key, 96)), d5)
    x7 = xor(xor(xor(across(d7), b7), v128.load(key, 112)), d6)
    key += ROUND_BYTES
  }
  v128.store(slices, xor(columnsShifted(x0), v128.load(key)))
  v128.store(slices, xor(columnsShifted(x1), v128.load(key, 16)), 16)
  v128.store(slices, xor(columnsShifted(x2), v128.load(key, 32)), 32)
  v128.store(slices, xor(columnsShifted(x3), v128.load(key, 48)), 48)
  v128.store(slices, xor(columnsShifted(x4), v128.load(key, 64)), 64)
  v128.store(slices, xor(columnsShifted(x5), v128.load(key, 80)), 80)
  v128.store(slices, xor(columnsShifted(x6), v128.load(key, 96)), 96)
  v128.store(slices, xor(columnsShifted(x7), v128.load(key, 112)), 112)
}

/** ShiftRows. */
// @ts-ignore: decorator
@inline
function rowsShifted(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x0407060503020100, 0x0e0d0c0f09080b0a))
}

/** ShiftRows, and from rows to columns. */
// @ts-ignore: decorator
@inline
function columnsShifted(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x0c0b06010f0a0500, 0x0e0904030d080702))
}

/** Each row's lower neighbour. */
// @ts-ignore: decorator
@inline
function below(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 1, 2, 3, 0)
}

// @ts-ignore: decorator
@inline
function across(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 2, 3, 0, 1)
}

// @ts-ignore: decorator
@inline
function xor(x: v128, y: v128): v128 {
  return v128.xor(x, y)
}

// @ts-ignore: decorator
@inline
function and(x: v128, y: v128): v128 {
  return v128.and(x, y)
}
