/**
 * AES-256-GCM over a text that comes in one piece or many: begin, hash the AAD, seal or open, end.
 *
 * One text at a time. Every piece but the last holds whole blocks, of AAD and of text alike, and begins at a
 * block's place; what follows its end up to the next block is overwritten with zeros. Long texts are enciphered
 * eight blocks at a time (aes-many.ts), short ones by four. Nonces are the caller's business. Source: NIST SP
 * 800-38D §7, 96-bit nonces.
 */
import { encrypt2, encrypt4 } from './aes'
import { counterBlock, cryptMany, expandPlanes, PLANES_BYTES, STEP_BYTES } from './aes-many'
import { absorb, powersFor, prepareTables, TABLES_BYTES } from './ghash'
import { BLOCK_BYTES, padded, wipe, wipePadding } from './memory'

/** From this length of text on, eight blocks at a time are worth their planes (bench/engine/wasm-lengths). */
const MANY_BYTES: usize = 384
export const TAG_BYTES: usize = 16

/** Key stream: at first E(0), E(J0) and the text's first two blocks. */
const stream = memory.data(64, 16)
/** The sum of GHASH, E(J0), and the next counter block with its last word little-endian. */
const sum = memory.data(48, 16)
const mask = sum + 16
const counter = sum + 32
const tables = memory.data(1088, 16)
const planes = memory.data(1920, 16)

let powers: usize = 0
let hasPlanes: bool = false
/** The first two blocks of key stream are still to be used. */
let hasStream: bool = false
let aadBytes: u64 = 0
let textBytes: u64 = 0
let schedule: usize = 0

/** The sizes, roughly, of what is to come: tables and planes are made to fit them. */
export function begin(keySchedule: usize, nonce: usize, aadSize: usize, size: usize): void {
  schedule = keySchedule
  aadBytes = 0
  textBytes = 0
  const first = v128.load(nonce)
  v128.store(stream, i64x2.splat(0))
  v128.store(stream, i32x4.replace_lane(first, 3, 0x01000000), 16)
  v128.store(stream, i32x4.replace_lane(first, 3, 0x02000000), 32)
  v128.store(stream, i32x4.replace_lane(first, 3, 0x03000000), 48)
  encrypt4(schedule, stream)
  powers = powersFor((aadSize + size) / BLOCK_BYTES + 2)
  prepareTables(tables, stream, powers)
  v128.store(sum, i64x2.splat(0))
  v128.store(mask, v128.load(stream, 16))
  hasPlanes = size >= MANY_BYTES
  hasStream = !hasPlanes
  v128.store(counter, i32x4.replace_lane(first, 3, hasPlanes ? 2 : 4))
  if (hasPlanes) expandPlanes(planes, schedule)
}

export function hashAad(at: usize, bytes: usize): void {
  aadBytes += bytes
  hash(at, bytes)
}

/** Enciphers `bytes` of text in place. */
export function sealPiece(at: usize, bytes: usize): void {
  textBytes += bytes
  crypt(at, bytes)
  hash(at, bytes)
}

/** Deciphers `bytes` of text in place; nobody has said yet that they are genuine. */
export function openPiece(at: usize, bytes: usize): void {
  textBytes += bytes
  hash(at, bytes)
  crypt(at, bytes)
}

/** Writes the tag to `tag`. */
export function end(tag: usize): void {
  v128.store(stream, i64x2(bswap(aadBytes << 3), bswap(textBytes << 3)))
  absorb(sum, stream, 1, tables, powers)
  v128.store(tag, v128.xor(v128.load(sum), v128.load(mask)))
  wipe(stream, 4 * BLOCK_BYTES)
  wipe(sum, 3 * BLOCK_BYTES)
  wipe(tables, TABLES_BYTES)
  if (hasPlanes) wipe(planes, PLANES_BYTES)
}

/** Enciphers a text in place, with all its AAD in one piece; the tag goes behind it. */
export function seal(
  keySchedule: usize,
  nonce: usize,
  aad: usize,
  aadSize: usize,
  text: usize,
  size: usize,
): void {
  begin(keySchedule, nonce, aadSize, size)
  hashAad(aad, aadSize)
  sealPiece(text, size)
  end(text + size)
}

/** Deciphers a text in place when the tag behind it is right; otherwise text and tag become zero. */
export function open(
  keySchedule: usize,
  nonce: usize,
  aad: usize,
  aadSize: usize,
  text: usize,
  size: usize,
): bool {
  const stated = v128.load(text + size)
  begin(keySchedule, nonce, aadSize, size)
  hashAad(aad, aadSize)
  openPiece(text, size)
  end(text + size)
  const isGenuine = !v128.any_true(v128.xor(stated, v128.load(text + size)))
  wipe(text + size, TAG_BYTES)
  if (!isGenuine) wipe(text, size)
  return isGenuine
}

// @ts-ignore: decorator
@inline
function hash(at: usize, bytes: usize): void {
  wipePadding(at, bytes)
  absorb(sum, at, padded(bytes) / BLOCK_BYTES, tables, powers)
}

function crypt(at: usize, bytes: usize): void {
  const end = at + bytes
  if (hasPlanes) {
    const steps = bytes / STEP_BYTES
    cryptMany(planes, counter, at, steps)
    at += steps * STEP_BYTES
  }
  while (at < end) {
    const blocks: i32 = !hasStream && end - at > 2 * BLOCK_BYTES ? 4 : 2
    const streamEnd = stream + 4 * BLOCK_BYTES
    let from = streamEnd - <usize>blocks * BLOCK_BYTES
    if (!hasStream) fillStream(from, blocks)
    hasStream = false
    for (; from < streamEnd && at < end; from += BLOCK_BYTES, at += BLOCK_BYTES) {
      v128.store(at, v128.xor(v128.load(at), v128.load(from)))
    }
  }
}

/** The next two or four blocks of key stream. */
function fillStream(at: usize, blocks: i32): void {
  const next = v128.load(counter)
  v128.store(at, counterBlock(next, 0))
  v128.store(at, counterBlock(next, 1), 16)
  if (blocks == 4) {
    v128.store(at, counterBlock(next, 2), 32)
    v128.store(at, counterBlock(next, 3), 48)
    encrypt4(schedule, at)
  } else {
    encrypt2(schedule, at)
  }
  v128.store(counter, i32x4.add(next, i32x4(0, 0, 0, blocks)))
}
