/**
 * HMAC with SHA-512 over memory.
 *
 * One at a time: key, begin, update as often as needed, end. HMAC keeps the states after its two pads, so that a
 * key's pads are hashed once. Additions, rotations and logic only: no time depends on a secret. Sources: FIPS
 * 180-4 §6.4; RFC 2104. HKDF is in hkdf.ts.
 */
import { copy, wipe } from './memory'

export const DIGEST_BYTES: usize = 64
const CHUNK_BYTES: usize = 128
const STATE_BYTES: usize = 64
/** The message's length in bits, of which the upper half is zero here. */
const LENGTH_BYTES: usize = 16

const K = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
], 16)
const INITIAL = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
], 16)

const state = memory.data(64, 16)
const chunk = memory.data(128, 16)
/** The message schedule. */
const words = memory.data(640, 16)
const WORDS_BYTES: usize = 640
/** States behind HMAC's inner and outer pad. */
const inner = memory.data(64, 16)
const outer = memory.data(64, 16)

let taken: u64 = 0

function beginHash(): void {
  copy(state, INITIAL, STATE_BYTES)
  taken = 0
}

export function updateHash(at: usize, bytes: usize): void {
  let filled = <usize>(taken % CHUNK_BYTES)
  taken += bytes
  while (bytes > 0) {
    const part = min(CHUNK_BYTES - filled, bytes)
    memory.copy(chunk + filled, at, part)
    at += part
    bytes -= part
    filled += part
    if (filled == CHUNK_BYTES) {
      compress()
      filled = 0
    }
  }
}

/** Writes the 64 bytes of the digest. */
function endHash(digest: usize): void {
  const bits = taken << 3
  let filled = <usize>(taken % CHUNK_BYTES)
  store<u8>(chunk + filled++, 0x80)
  memory.fill(chunk + filled, 0, CHUNK_BYTES - filled)
  if (filled > CHUNK_BYTES - LENGTH_BYTES) {
    compress()
    wipe(chunk, CHUNK_BYTES)
  }
  store<u64>(chunk + CHUNK_BYTES - 8, bswap(bits))
  compress()
  for (let i: usize = 0; i < DIGEST_BYTES; i += 8) {
    store<u64>(digest + i, bswap(load<u64>(state + i)))
  }
}

/** Takes a key of up to 128 bytes for {@link beginMac}. */
export function setMacKey(key: usize, bytes: usize): void {
  hashPad(key, bytes, 0x36)
  copy(inner, state, STATE_BYTES)
  hashPad(key, bytes, 0x5c)
  copy(outer, state, STATE_BYTES)
}

/** {@link updateHash} follows. */
export function beginMac(): void {
  copy(state, inner, STATE_BYTES)
  taken = CHUNK_BYTES
}

/** Writes the 64 bytes of the MAC. */
export function endMac(mac: usize): void {
  endHash(mac)
  copy(state, outer, STATE_BYTES)
  taken = CHUNK_BYTES
  updateHash(mac, DIGEST_BYTES)
  endHash(mac)
}

export function wipeHash(): void {
  wipe(state, STATE_BYTES)
  wipe(chunk, CHUNK_BYTES)
  wipe(words, WORDS_BYTES)
  wipe(inner, STATE_BYTES)
  wipe(outer, STATE_BYTES)
}

function hashPad(key: usize, bytes: usize, pad: u8): void {
  beginHash()
  memory.fill(chunk, pad, CHUNK_BYTES)
  for (let i: usize = 0; i < bytes; i++) store<u8>(chunk + i, pad ^ load<u8>(key + i))
  compress()
}

/** Hashes `chunk` into `state`. Rounds by eight: after them every variable has its first role again. */
function compress(): void {
  expandWords()
  let a = load<u64>(state)
  let b = load<u64>(state, 8)
  let c = load<u64>(state, 16)
  let d = load<u64>(state, 24)
  let e = load<u64>(state, 32)
  let f = load<u64>(state, 40)
  let g = load<u64>(state, 48)
  let h = load<u64>(state, 56)
  let t: u64
  for (let i: usize = 0; i < WORDS_BYTES; i += 64) {
    t = step(e, f, g, h, i)
    d += t
    h = t + spread(a, b, c)
    t = step(d, e, f, g, i + 8)
    c += t
    g = t + spread(h, a, b)
    t = step(c, d, e, f, i + 16)
    b += t
    f = t + spread(g, h, a)
    t = step(b, c, d, e, i + 24)
    a += t
    e = t + spread(f, g, h)
    t = step(a, b, c, d, i + 32)
    h += t
    d = t + spread(e, f, g)
    t = step(h, a, b, c, i + 40)
    g += t
    c = t + spread(d, e, f)
    t = step(g, h, a, b, i + 48)
    f += t
    b = t + spread(c, d, e)
    t = step(f, g, h, a, i + 56)
    e += t
    a = t + spread(b, c, d)
  }
  store<u64>(state, load<u64>(state) + a)
  store<u64>(state, load<u64>(state, 8) + b, 8)
  store<u64>(state, load<u64>(state, 16) + c, 16)
  store<u64>(state, load<u64>(state, 24) + d, 24)
  store<u64>(state, load<u64>(state, 32) + e, 32)
  store<u64>(state, load<u64>(state, 40) + f, 40)
  store<u64>(state, load<u64>(state, 48) + g, 48)
  store<u64>(state, load<u64>(state, 56) + h, 56)
}

function expandWords(): void {
  for (let i: usize = 0; i < CHUNK_BYTES; i += 8) {
    store<u64>(words + i, bswap(load<u64>(chunk + i)))
  }
  const end = words + WORDS_BYTES - CHUNK_BYTES
  for (let at = words; at < end; at += 8) {
    const early = load<u64>(at, 8)
    const late = load<u64>(at, 112)
    const earlySpread = rotr(early, 1) ^ rotr(early, 8) ^ (early >>> 7)
    const lateSpread = rotr(late, 19) ^ rotr(late, 61) ^ (late >>> 6)
    store<u64>(at, load<u64>(at) + earlySpread + load<u64>(at, 72) + lateSpread, 128)
  }
}

// @ts-ignore: decorator
@inline
function step(e: u64, f: u64, g: u64, h: u64, at: usize): u64 {
  const choice = g ^ (e & (f ^ g))
  const sum = rotr(e, 14) ^ rotr(e, 18) ^ rotr(e, 41)
  return h + sum + choice + load<u64>(K + at) + load<u64>(words + at)
}

// @ts-ignore: decorator
@inline
function spread(a: u64, b: u64, c: u64): u64 {
  const majority = (a & b) | (c & (a | b))
  return (rotr(a, 28) ^ rotr(a, 34) ^ rotr(a, 39)) + majority
}
