/**
 * Wrapped keys over node:crypto: the blob drawn in engine.ts, in the caller's memory.
 *
 * Nonces come from a small pool, because asking the system for 24 bytes costs as much as sealing them.
 * What the header means is in kms/. Source: docs/FORMAT.md §3.
 *
 * @module
 */
import { createSecretKey, type KeyObject, randomFillSync } from 'node:crypto'
import { constantTimeEqual } from '../../bytes/compare.js'
import { secretBytes } from '../../bytes/secret.js'
import { invariant } from '../../invariant.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  KEY_BYTES,
  type KeyHandle,
  TAG_BYTES,
  XAES_NONCE_BYTES,
} from '../engine.js'
import { gcmOpen, gcmSeal } from './gcm.js'
import { NodeKey } from './key.js'
import { gcmNonce, xaesKeys } from './xaes.js'

const COMMITMENT_OFFSET = BLOB_HEADER_BYTES + XAES_NONCE_BYTES
const KEY_BLOB_BYTES = BLOB_OVERHEAD_BYTES + KEY_BYTES

/** Each byte is used once and then zero. */
const noncePool = Buffer.alloc(64 * XAES_NONCE_BYTES)
let nonceAt = noncePool.length

export function wrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): void {
  invariant(blob.length >= BLOB_OVERHEAD_BYTES, 'a blob has room for what wrapping adds')
  const nonce = blob.subarray(BLOB_HEADER_BYTES, COMMITMENT_OFFSET)
  drawNonce(nonce)
  const { textKey, commitment } = xaesKeys(wrappingKey, nonce)
  blob.set(commitment, COMMITMENT_OFFSET)
  const text = blob.subarray(BLOB_TEXT_OFFSET, blob.length - TAG_BYTES)
  gcmSeal(blobCall(textKey, blob, context), text, text, blob.subarray(blob.length - TAG_BYTES))
}

export function wrapKey(
  wrappingKey: KeyHandle,
  key: KeyHandle,
  blob: Uint8Array,
  context: Uint8Array,
): void {
  invariant(blob.length === KEY_BLOB_BYTES, 'a wrapped 32-byte key has 128 bytes')
  NodeKey.secretOf(wrappingKey)
  exportKey(key, blob.subarray(BLOB_TEXT_OFFSET, BLOB_TEXT_OFFSET + KEY_BYTES))
  wrap(wrappingKey, blob, context)
}

export function unwrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): boolean {
  const isGenuine = openBlob(wrappingKey, blob, context, textOf(blob))
  if (isGenuine) return true
  blob.fill(0, BLOB_TEXT_OFFSET)
  return false
}

export function unwrapKey(
  wrappingKey: KeyHandle,
  blob: Uint8Array,
  context: Uint8Array,
): KeyHandle | undefined {
  invariant(blob.length === KEY_BLOB_BYTES, 'a wrapped 32-byte key has 128 bytes')
  const bytes = secretBytes(KEY_BYTES)
  if (!openBlob(wrappingKey, blob, context, bytes)) return undefined
  const key = new NodeKey(createSecretKey(bytes))
  bytes.fill(0)
  return key
}

export function generateDataKeys(
  wrappingKey: KeyHandle,
  blobs: Uint8Array,
  blobBytes: number,
  context: Uint8Array,
  plain: Uint8Array | undefined,
): void {
  const keyBytes = blobBytes - BLOB_OVERHEAD_BYTES
  invariant(keyBytes >= 1, 'a data key has at least one byte')
  invariant(blobs.length % blobBytes === 0, 'blobs lie side by side')
  const count = blobs.length / blobBytes
  invariant(plain === undefined || plain.length === count * keyBytes, 'every data key has room')
  NodeKey.secretOf(wrappingKey)
  const keys = randomFillSync(plain ?? secretBytes(count * keyBytes))
  for (let i = 0; i < count; i++) {
    const blob = blobs.subarray(i * blobBytes, (i + 1) * blobBytes)
    textOf(blob).set(keys.subarray(i * keyBytes, (i + 1) * keyBytes))
    wrap(wrappingKey, blob, context)
  }
  if (plain === undefined) keys.fill(0)
}

export function unwrapMany(
  wrappingKey: KeyHandle,
  blobs: Uint8Array,
  blobEnds: Uint32Array,
  contexts: Uint8Array,
  contextEnds: Uint32Array,
  opened: Uint8Array,
): void {
  const count = blobEnds.length
  invariant(contextEnds.length === count && opened.length === count, 'one context, one answer each')
  checkEnds(blobEnds, blobs.length, BLOB_OVERHEAD_BYTES)
  checkEnds(contextEnds, contexts.length, 0)
  NodeKey.secretOf(wrappingKey)
  for (let i = 0; i < count; i++) {
    const blob = blobs.subarray(blobEnds[i - 1] ?? 0, blobEnds[i])
    const context = contexts.subarray(contextEnds[i - 1] ?? 0, contextEnds[i])
    opened[i] = unwrap(wrappingKey, blob, context) ? 1 : 0
  }
}

/** Writes the 32 bytes of `key` to `target`. */
export function exportKey(key: KeyHandle, target: Uint8Array): void {
  invariant(target.length === KEY_BYTES, 'a key has 32 bytes')
  const bytes = NodeKey.secretOf(key).export()
  target.set(bytes)
  bytes.fill(0)
}

function openBlob(
  wrappingKey: KeyHandle,
  blob: Uint8Array,
  context: Uint8Array,
  target: Uint8Array,
): boolean {
  invariant(blob.length >= BLOB_OVERHEAD_BYTES, 'a blob holds what wrapping adds')
  const nonce = blob.subarray(BLOB_HEADER_BYTES, COMMITMENT_OFFSET)
  const { textKey, commitment } = xaesKeys(wrappingKey, nonce)
  if (!constantTimeEqual(commitment, blob.subarray(COMMITMENT_OFFSET, BLOB_TEXT_OFFSET))) {
    return false
  }
  const tag = blob.subarray(blob.length - TAG_BYTES)
  return gcmOpen(blobCall(textKey, blob, context), textOf(blob), target, tag)
}

function blobCall(textKey: KeyObject, blob: Uint8Array, context: Uint8Array) {
  return {
    secret: textKey,
    nonce: gcmNonce(blob.subarray(BLOB_HEADER_BYTES, COMMITMENT_OFFSET)),
    aad: blob.subarray(0, BLOB_TEXT_OFFSET),
    moreAad: context,
  }
}

function textOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(BLOB_TEXT_OFFSET, blob.length - TAG_BYTES)
}

function drawNonce(target: Uint8Array): void {
  if (nonceAt === noncePool.length) {
    randomFillSync(noncePool)
    nonceAt = 0
  }
  const end = nonceAt + XAES_NONCE_BYTES
  target.set(noncePool.subarray(nonceAt, end))
  noncePool.fill(0, nonceAt, end)
  nonceAt = end
}

function checkEnds(ends: Uint32Array, total: number, least: number): void {
  let start = 0
  for (const end of ends) {
    invariant(end - start >= least, 'ends rise, and each leaves room')
    start = end
  }
  invariant(start === total, 'the last end is the end of the bytes')
}
