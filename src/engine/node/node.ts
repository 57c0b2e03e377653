/**
 * The engine that is always there: node:crypto, that is OpenSSL.
 *
 * Shapes are checked and handles resolved here; the work is in gcm, xaes, frames and
 * blob. Keys are KeyObjects: they stay out of V8's heap, and Node 24 is ten times slower with raw ones.
 *
 * @module
 */
import { createHmac, createSecretKey, hkdfSync, KeyObject, randomFillSync } from 'node:crypto'
import { secretBytes } from '../../bytes/secret.js'
import { invariant } from '../../invariant.js'
import {
  type Engine,
  type FrameRun,
  KEY_BYTES,
  type KeyHandle,
  MESSAGE_ID_BYTES,
  TAG_BYTES,
} from '../engine.js'
import { withWholeMessages } from '../whole-message.js'
import {
  exportKey,
  generateDataKeys,
  unwrap,
  unwrapKey,
  unwrapMany,
  wrap,
  wrapKey,
} from './blob.js'
import { openSslFeatures } from './features.js'
import { openFrames, sealFrames } from './frames.js'
import { gcmOpen, gcmSeal } from './gcm.js'
import { NodeKey } from './key.js'
import { gcmNonce, xaesKeys } from './xaes.js'

const SHA512_BYTES = 64
const DERIVE_KEY_LABEL = 'DERIVEKEY'
const COMMIT_KEY_LABEL = 'COMMITKEY'

/** Never fails: node:crypto comes with Node. */
export function openNodeEngine(): Engine {
  let features: readonly string[] | undefined
  return withWholeMessages({
    name: 'node',
    get features() {
      features ??= openSslFeatures()
      return features
    },
    importKey,
    generateKey,
    exportKey,
    shareKey: (key) => NodeKey.secretOf(key),
    adoptKey,
    randomFill: (target) => void randomFillSync(target),
    seal,
    open,
    sealFrames: (key, run: FrameRun, plain, sealed) =>
      sealFrames(NodeKey.secretOf(key), run, plain, sealed),
    openFrames: (key, run: FrameRun, sealed, plain) =>
      openFrames(NodeKey.secretOf(key), run, sealed, plain),
    deriveMessageKey,
    hkdfSha512,
    xaesSeal,
    xaesOpen,
    xaesCommitment: (key, nonce) => xaesKeys(key, nonce).commitment,
    wrap,
    wrapKey,
    unwrap,
    unwrapKey,
    generateDataKeys,
    unwrapMany,
  })
}

function importKey(bytes: Uint8Array): KeyHandle {
  invariant(bytes.length === KEY_BYTES, 'a key has 32 bytes')
  return new NodeKey(createSecretKey(bytes))
}

function generateKey(): KeyHandle {
  const bytes = randomFillSync(secretBytes(KEY_BYTES))
  const key = importKey(bytes)
  bytes.fill(0)
  return key
}

function adoptKey(shared: unknown): KeyHandle {
  invariant(shared instanceof KeyObject, 'the node engine shares KeyObjects')
  return new NodeKey(shared)
}

function seal(
  key: KeyHandle,
  nonce: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
  tag?: Uint8Array,
): void {
  const parts = split(text, tag)
  gcmSeal({ secret: NodeKey.secretOf(key), nonce, aad }, parts.text, parts.text, parts.tag)
}

function open(
  key: KeyHandle,
  nonce: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
  tag?: Uint8Array,
): boolean {
  const parts = split(text, tag)
  const call = { secret: NodeKey.secretOf(key), nonce, aad }
  if (gcmOpen(call, parts.text, parts.text, parts.tag)) return true
  text.fill(0)
  return false
}

function xaesSeal(key: KeyHandle, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array): void {
  const parts = split(text, undefined)
  const secret = xaesKeys(key, nonce).textKey
  gcmSeal({ secret, nonce: gcmNonce(nonce), aad }, parts.text, parts.text, parts.tag)
}

function xaesOpen(key: KeyHandle, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array): boolean {
  const parts = split(text, undefined)
  const call = { secret: xaesKeys(key, nonce).textKey, nonce: gcmNonce(nonce), aad }
  if (gcmOpen(call, parts.text, parts.text, parts.tag)) return true
  text.fill(0)
  return false
}

/** A tag of its own, or the last 16 bytes of the text. */
function split(text: Uint8Array, tag: Uint8Array | undefined) {
  if (tag !== undefined) return { text, tag }
  invariant(text.length >= TAG_BYTES, 'text without a tag of its own has room for one')
  const end = text.length - TAG_BYTES
  return { text: text.subarray(0, end), tag: text.subarray(end) }
}

function deriveMessageKey(dataKey: KeyHandle, suite: number, messageId: Uint8Array) {
  invariant(messageId.length === MESSAGE_ID_BYTES, 'a message id has 32 bytes')
  invariant(Number.isInteger(suite) && suite >= 0 && suite <= 0xffff, 'a suite id is a u16')
  const secret = NodeKey.secretOf(dataKey)
  const info = Buffer.from([suite >> 8, suite & 0xff, ...Buffer.from(DERIVE_KEY_LABEL)])
  const keyBytes = new Uint8Array(hkdfSync('sha512', secret, messageId, info, KEY_BYTES))
  const key = importKey(keyBytes)
  keyBytes.fill(0)
  const commitKey = new Uint8Array(
    hkdfSync('sha512', secret, messageId, COMMIT_KEY_LABEL, KEY_BYTES),
  )
  return { key, commitKey }
}

/** By HMAC: hkdfSync would refuse an `info` of more than 1,024 bytes. */
function hkdfSha512(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, target: Uint8Array): void {
  invariant(target.length <= 255 * SHA512_BYTES, 'HKDF gives at most 255 blocks')
  const prkBytes = createHmac('sha512', createSecretKey(salt)).update(ikm).digest()
  const prk = createSecretKey(prkBytes)
  prkBytes.fill(0)
  let block = Buffer.alloc(0)
  for (let at = 0, count = 1; at < target.length; at += SHA512_BYTES, count++) {
    const hmac = createHmac('sha512', prk).update(block).update(info)
    block.fill(0)
    block = hmac.update(Uint8Array.of(count)).digest()
    target.set(block.subarray(0, target.length - at), at)
  }
  block.fill(0)
}
