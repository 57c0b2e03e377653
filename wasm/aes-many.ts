/**
 * AES-256 in counter mode, eight blocks at a time, bitsliced.
 *
 * Eight blocks are turned into eight planes: bit j of byte p of plane b is bit b of byte p of block j. On
 * planes the S-box is 113 gates for all 128 bytes at once, and rows are moved by constant swizzles. Nothing
 * is looked up, nothing branches. Setting up costs about as much as enciphering eight blocks; few blocks are
 * enciphered in aes.ts, from whose schedule the round keys come. Sources: J. Boyar, R. Peralta, A small
 * depth-16 circuit for the AES S-box (the naming of its wires); E. Käsper, P. Schwabe, Faster and
 * timing-attack resistant AES-GCM, CHES 2009 (the layout).
 */
import { outside, SCHEDULE_BYTES } from './aes'
import { BLOCK_BYTES } from './memory'

/** Round keys as planes: 15 × 8 × 16 bytes. */
export const PLANES_BYTES: usize = 1920
/** What one step enciphers. */
export const STEP_BYTES: usize = 128
const ROUND_BYTES: usize = 128

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

/** What the bits of `x` above `mask`, and those of `y` under it, must change by to change places. */
// @ts-ignore: decorator
@inline
function difference(x: v128, y: v128, shift: i32, mask: v128): v128 {
  return v128.and(v128.xor(i64x2.shr_u(x, shift), y), mask)
}

/** ShiftRows. */
// @ts-ignore: decorator
@inline
function own(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x030e09040f0a0500, 0x0b06010c07020d08))
}

/** ShiftRows, then each byte's neighbour one row down. */
// @ts-ignore: decorator
@inline
function below(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x04030e09000f0a05, 0x0c0b06010807020d))
}

/** Each byte's neighbour two rows down. */
// @ts-ignore: decorator
@inline
function across(x: v128): v128 {
  return i8x16.swizzle(x, i64x2(0x0504070601000302, 0x0d0c0f0e09080b0a))
}

/** The block of counter `counter + step`; `counter` has its last word in little-endian order. */
// @ts-ignore: decorator
@inline
export function counterBlock(counter: v128, step: i32): v128 {
  const sum = i32x4.add(counter, i32x4(0, 0, 0, step))
  return i8x16.swizzle(sum, i64x2(0x0706050403020100, 0x0c0d0e0f0b0a0908))
}

/** Adds the key stream to `steps` × 128 bytes at `at`; `counter` is the first block, last word little-endian. */
export function cryptMany(planes: usize, counter: usize, at: usize, steps: i32): void {
  let next = v128.load(counter)
  const lastKey = planes + PLANES_BYTES - ROUND_BYTES
  for (; steps > 0; steps--) {
    let x0 = counterBlock(next, 0)
    let x1 = counterBlock(next, 1)
    let x2 = counterBlock(next, 2)
    let x3 = counterBlock(next, 3)
    let x4 = counterBlock(next, 4)
    let x5 = counterBlock(next, 5)
    let x6 = counterBlock(next, 6)
    let x7 = counterBlock(next, 7)
    next = i32x4.add(next, i32x4(0, 0, 0, 8))
    let mask: v128
    let t: v128
    mask = i64x2.splat(0x5555555555555555)
    t = difference(x0, x1, 1, mask)
    x1 = v128.xor(x1, t)
    x0 = v128.xor(x0, i64x2.shl(t, 1))
    t = difference(x2, x3, 1, mask)
    x3 = v128.xor(x3, t)
    x2 = v128.xor(x2, i64x2.shl(t, 1))
    t = difference(x4, x5, 1, mask)
    x5 = v128.xor(x5, t)
    x4 = v128.xor(x4, i64x2.shl(t, 1))
    t = difference(x6, x7, 1, mask)
    x7 = v128.xor(x7, t)
    x6 = v128.xor(x6, i64x2.shl(t, 1))
    mask = i64x2.splat(0x3333333333333333)
    t = difference(x0, x2, 2, mask)
    x2 = v128.xor(x2, t)
    x0 = v128.xor(x0, i64x2.shl(t, 2))
    t = difference(x1, x3, 2, mask)
    x3 = v128.xor(x3, t)
    x1 = v128.xor(x1, i64x2.shl(t, 2))
    t = difference(x4, x6, 2, mask)
    x6 = v128.xor(x6, t)
    x4 = v128.xor(x4, i64x2.shl(t, 2))
    t = difference(x5, x7, 2, mask)
    x7 = v128.xor(x7, t)
    x5 = v128.xor(x5, i64x2.shl(t, 2))
    mask = i64x2.splat(0x0f0f0f0f0f0f0f0f)
    t = difference(x0, x4, 4, mask)
    x4 = v128.xor(x4, t)
    x0 = v128.xor(x0, i64x2.shl(t, 4))
    t = difference(x1, x5, 4, mask)
    x5 = v128.xor(x5, t)
    x1 = v128.xor(x1, i64x2.shl(t, 4))
    t = difference(x2, x6, 4, mask)
    x6 = v128.xor(x6, t)
    x2 = v128.xor(x2, i64x2.shl(t, 4))
    t = difference(x3, x7, 4, mask)
    x7 = v128.xor(x7, t)
    x3 = v128.xor(x3, i64x2.shl(t, 4))
    x0 = v128.xor(x0, v128.load(planes, 0))
    x1 = v128.xor(x1, v128.load(planes, 16))
    x2 = v128.xor(x2, v128.load(planes, 32))
    x3 = v128.xor(x3, v128.load(planes, 48))
    x4 = v128.xor(x4, v128.load(planes, 64))
    x5 = v128.xor(x5, v128.load(planes, 80))
    x6 = v128.xor(x6, v128.load(planes, 96))
    x7 = v128.xor(x7, v128.load(planes, 112))
    let key = planes + ROUND_BYTES
    while (true) {
      const y14 = v128.xor(x4, x2)
      const y13 = v128.xor(x7, x1)
      const y9 = v128.xor(x7, x4)
      const y8 = v128.xor(x7, x2)
      const t0 = v128.xor(x6, x5)
      const y1 = v128.xor(t0, x0)
      const y4 = v128.xor(y1, x4)
      const y12 = v128.xor(y13, y14)
      const y2 = v128.xor(y1, x7)
      const y5 = v128.xor(y1, x1)
      const y3 = v128.xor(y5, y8)
      const t1 = v128.xor(x3, y12)
      const y15 = v128.xor(t1, x2)
      const y20 = v128.xor(t1, x6)
      const y6 = v128.xor(y15, x0)
      const y10 = v128.xor(y15, t0)
      const y11 = v128.xor(y20, y9)
      const y7 = v128.xor(x0, y11)
      const y17 = v128.xor(y10, y11)
      const y19 = v128.xor(y10, y8)
      const y16 = v128.xor(t0, y11)
      const y21 = v128.xor(y13, y16)
      const y18 = v128.xor(x7, y16)
      const t2 = v128.and(y12, y15)
      const t3 = v128.and(y3, y6)
      const t4 = v128.xor(t3, t2)
      const t5 = v128.and(y4, x0)
      const t6 = v128.xor(t5, t2)
      const t7 = v128.and(y13, y16)
      const t8 = v128.and(y5, y1)
      const t9 = v128.xor(t8, t7)
      const t10 = v128.and(y2, y7)
      const t11 = v128.xor(t10, t7)
      const t12 = v128.and(y9, y11)
      const t13 = v128.and(y14, y17)
      const t14 = v128.xor(t13, t12)
      const t15 = v128.and(y8, y10)
      const t16 = v128.xor(t15, t12)
      const t17 = v128.xor(t4, t14)
      const t18 = v128.xor(t6, t16)
      const t19 = v128.xor(t9, t14)
      const t20 = v128.xor(t11, t16)
      const t21 = v128.xor(t17, y20)
      const t22 = v128.xor(t18, y19)
      const t23 = v128.xor(t19, y21)
      const t24 = v128.xor(t20, y18)
      const t25 = v128.xor(t21, t22)
      const t26 = v128.and(t21, t23)
      const t27 = v128.xor(t24, t26)
      const t28 = v128.and(t25, t27)
      const t29 = v128.xor(t28, t22)
      const t30 = v128.xor(t23, t24)
      const t31 = v128.xor(t22, t26)
      const t32 = v128.and(t31, t30)
      const t33 = v128.xor(t32, t24)
      const t34 = v128.xor(t23, t33)
      const t35 = v128.xor(t27, t33)
      const t36 = v128.and(t24, t35)
      const t37 = v128.xor(t36, t34)
      const t38 = v128.xor(t27, t36)
      const t39 = v128.and(t29, t38)
      const t40 = v128.xor(t25, t39)
      const t41 = v128.xor(t40, t37)
      const t42 = v128.xor(t29, t33)
      const t43 = v128.xor(t29, t40)
      const t44 = v128.xor(t33, t37)
      const t45 = v128.xor(t42, t41)
      const z0 = v128.and(t44, y15)
      const z1 = v128.and(t37, y6)
      const z2 = v128.and(t33, x0)
      const z3 = v128.and(t43, y16)
      const z4 = v128.and(t40, y1)
      const z5 = v128.and(t29, y7)
      const z6 = v128.and(t42, y11)
      const z7 = v128.and(t45, y17)
      const z8 = v128.and(t41, y10)
      const z9 = v128.and(t44, y12)
      const z10 = v128.and(t37, y3)
      const z11 = v128.and(t33, y4)
      const z12 = v128.and(t43, y13)
      const z13 = v128.and(t40, y5)
      const z14 = v128.and(t29, y2)
      const z15 = v128.and(t42, y9)
      const z16 = v128.and(t45, y14)
      const z17 = v128.and(t41, y8)
      const t46 = v128.xor(z15, z16)
      const t47 = v128.xor(z10, z11)
      const t48 = v128.xor(z5, z13)
      const t49 = v128.xor(z9, z10)
      const t50 = v128.xor(z2, z12)
      const t51 = v128.xor(z2, z5)
      const t52 = v128.xor(z7, z8)
      const t53 = v128.xor(z0, z3)
      const t54 = v128.xor(z6, z7)
      const t55 = v128.xor(z16, z17)
      const t56 = v128.xor(z12, t48)
      const t57 = v128.xor(t50, t53)
      const t58 = v128.xor(z4, t46)
      const t59 = v128.xor(z3, t54)
      const t60 = v128.xor(t46, t57)
      const t61 = v128.xor(z14, t57)
      const t62 = v128.xor(t52, t58)
      const t63 = v128.xor(t49, t58)
      const t64 = v128.xor(z4, t59)
      const t65 = v128.xor(t61, t62)
      const t66 = v128.xor(z1, t63)
      x7 = v128.xor(t59, t63)
      x1 = v128.xor(t56, t62)
      x0 = v128.xor(t48, t60)
      const t67 = v128.xor(t64, t65)
      x4 = v128.xor(t53, t66)
      x3 = v128.xor(t51, t66)
      x2 = v128.xor(t47, t65)
      x6 = v128.xor(t64, x4)
      x5 = v128.xor(t55, t67)
      if (key == lastKey) break
      const b0 = below(x0)
      const d0 = v128.xor(own(x0), b0)
      const b1 = below(x1)
      const d1 = v128.xor(own(x1), b1)
      const b2 = below(x2)
      const d2 = v128.xor(own(x2), b2)
      const b3 = below(x3)
      const d3 = v128.xor(own(x3), b3)
      const b4 = below(x4)
      const d4 = v128.xor(own(x4), b4)
      const b5 = below(x5)
      const d5 = v128.xor(own(x5), b5)
      const b6 = below(x6)
      const d6 = v128.xor(own(x6), b6)
      const b7 = below(x7)
      const d7 = v128.xor(own(x7), b7)
      x0 = v128.xor(v128.xor(v128.xor(across(d0), b0), v128.load(key, 0)), d7)
      x1 = v128.xor(v128.xor(v128.xor(v128.xor(across(d1), b1), v128.load(key, 16)), d0), d7)
      x2 = v128.xor(v128.xor(v128.xor(across(d2), b2), v128.load(key, 32)), d1)
      x3 = v128.xor(v128.xor(v128.xor(v128.xor(across(d3), b3), v128.load(key, 48)), d2), d7)
      x4 = v128.xor(v128.xor(v128.xor(v128.xor(across(d4), b4), v128.load(key, 64)), d3), d7)
      x5 = v128.xor(v128.xor(v128.xor(across(d5), b5), v128.load(key, 80)), d4)
      x6 = v128.xor(v128.xor(v128.xor(across(d6), b6), v128.load(key, 96)), d5)
      x7 = v128.xor(v128.xor(v128.xor(across(d7), b7), v128.load(key, 112)), d6)
      key += ROUND_BYTES
    }
    x0 = v128.xor(own(x0), v128.load(key, 0))
    x1 = v128.xor(own(x1), v128.load(key, 16))
    x2 = v128.xor(own(x2), v128.load(key, 32))
    x3 = v128.xor(own(x3), v128.load(key, 48))
    x4 = v128.xor(own(x4), v128.load(key, 64))
    x5 = v128.xor(own(x5), v128.load(key, 80))
    x6 = v128.xor(own(x6), v128.load(key, 96))
    x7 = v128.xor(own(x7), v128.load(key, 112))
    mask = i64x2.splat(0x5555555555555555)
    t = difference(x0, x1, 1, mask)
    x1 = v128.xor(x1, t)
    x0 = v128.xor(x0, i64x2.shl(t, 1))
    t = difference(x2, x3, 1, mask)
    x3 = v128.xor(x3, t)
    x2 = v128.xor(x2, i64x2.shl(t, 1))
    t = difference(x4, x5, 1, mask)
    x5 = v128.xor(x5, t)
    x4 = v128.xor(x4, i64x2.shl(t, 1))
    t = difference(x6, x7, 1, mask)
    x7 = v128.xor(x7, t)
    x6 = v128.xor(x6, i64x2.shl(t, 1))
    mask = i64x2.splat(0x3333333333333333)
    t = difference(x0, x2, 2, mask)
    x2 = v128.xor(x2, t)
    x0 = v128.xor(x0, i64x2.shl(t, 2))
    t = difference(x1, x3, 2, mask)
    x3 = v128.xor(x3, t)
    x1 = v128.xor(x1, i64x2.shl(t, 2))
    t = difference(x4, x6, 2, mask)
    x6 = v128.xor(x6, t)
    x4 = v128.xor(x4, i64x2.shl(t, 2))
    t = difference(x5, x7, 2, mask)
    x7 = v128.xor(x7, t)
    x5 = v128.xor(x5, i64x2.shl(t, 2))
    mask = i64x2.splat(0x0f0f0f0f0f0f0f0f)
    t = difference(x0, x4, 4, mask)
    x4 = v128.xor(x4, t)
    x0 = v128.xor(x0, i64x2.shl(t, 4))
    t = difference(x1, x5, 4, mask)
    x5 = v128.xor(x5, t)
    x1 = v128.xor(x1, i64x2.shl(t, 4))
    t = difference(x2, x6, 4, mask)
    x6 = v128.xor(x6, t)
    x2 = v128.xor(x2, i64x2.shl(t, 4))
    t = difference(x3, x7, 4, mask)
    x7 = v128.xor(x7, t)
    x3 = v128.xor(x3, i64x2.shl(t, 4))
    v128.store(at, v128.xor(v128.load(at, 0), x0), 0)
    v128.store(at, v128.xor(v128.load(at, 16), x1), 16)
    v128.store(at, v128.xor(v128.load(at, 32), x2), 32)
    v128.store(at, v128.xor(v128.load(at, 48), x3), 48)
    v128.store(at, v128.xor(v128.load(at, 64), x4), 64)
    v128.store(at, v128.xor(v128.load(at, 80), x5), 80)
    v128.store(at, v128.xor(v128.load(at, 96), x6), 96)
    v128.store(at, v128.xor(v128.load(at, 112), x7), 112)
    at += STEP_BYTES
  }
  v128.store(counter, next)
}
