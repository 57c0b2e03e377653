/**
 * XAES-256-GCM's one-time key and its commitment, over node:crypto.
 *
 *     one-time key   CMAC_K(00 01 'X' 00 ‖ nonce[0:12]) ‖ CMAC_K(00 02 'X' 00 ‖ nonce[0:12])
 *     commitment     CMAC_K("XCMT" ‖ nonce ‖ 00010001) ‖ CMAC_K("XCMT" ‖ nonce ‖ 00010002)
 *
 * All messages are whole blocks, so CMAC is CBC-MAC with K1 on the last one; three blocks that do not wait
 * for each other go through AES in one call, the two that do in a second. The text is then sealed by
 * gcm.ts under nonce[12:24]. Source: c2sp.org/XAES-256-GCM; SP 800-38B; eprint 2025/758.
 *
 * @module
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { secretBytes } from '../../bytes/secret.js'
import { KEY_BYTES } from '../engine.js'
import type { NodeKey } from './key.js'

const BLOCK_BYTES = 16
const HALF_NONCE_BYTES = 12
/** The two blocks of the one-time key and the commitment's first, without their nonce. */
const FIRST_BLOCKS = Buffer.from(
  ['00015800', '00025800', '58434d54'].map((prefix) => prefix + '00'.repeat(12)).join(''),
  'hex',
)
/** The commitment's two last blocks, without their nonce. */
const LAST_BLOCKS = Buffer.from(
  ['00010001', '00010002'].map((suffix) => '00'.repeat(12) + suffix).join(''),
  'hex',
)

/** Wiped after each use: what stands here tells the subkey. */
const first = secretBytes(3 * BLOCK_BYTES)
const last = secretBytes(2 * BLOCK_BYTES)

export interface XaesKeys {
  /** For AES-256-GCM under nonce[12:24]. */
  readonly textKey: KeyObject
  /** 32 bytes. */
  readonly commitment: Uint8Array
}

export function xaesKeys(key: NodeKey, nonce: Uint8Array): XaesKeys {
  const { k1 } = key
  first.set(FIRST_BLOCKS)
  for (let block = 0; block < 3; block++) {
    first.set(nonce.subarray(0, HALF_NONCE_BYTES), block * BLOCK_BYTES + 4)
  }
  xorInto(first, 0, k1)
  xorInto(first, BLOCK_BYTES, k1)
  const answer = key.encrypt(first)
  const textKey = createSecretKey(answer.subarray(0, KEY_BYTES))

  last.set(LAST_BLOCKS)
  const chained = answer.subarray(KEY_BYTES)
  for (let block = 0; block < 2; block++) {
    last.set(nonce.subarray(HALF_NONCE_BYTES), block * BLOCK_BYTES)
    xorInto(last, block * BLOCK_BYTES, k1)
    xorInto(last, block * BLOCK_BYTES, chained)
  }
  const commitment = key.encrypt(last)

  answer.fill(0)
  first.fill(0)
  last.fill(0)
  return { textKey, commitment }
}

/** The part of an XAES nonce that AES-GCM sees. */
export function gcmNonce(nonce: Uint8Array): Uint8Array {
  return nonce.subarray(HALF_NONCE_BYTES)
}

function xorInto(target: Uint8Array, at: number, block: Uint8Array): void {
  for (let i = 0; i < BLOCK_BYTES; i++) target[at + i]! ^= block[i]!
}
