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
import {
  BLOB_HEADER_BYTES,
  BLOB_TEXT_OFFSET,
  KEY_BYTES,
  TAG_BYTES,
  XAES_NONCE_BYTES,
} from '../engine.js'
import { gcmOpen, gcmSeal } from './gcm.js'
import { NodeKey } from './key.js'
import { gcmNonce, xaesKeys } from './xaes.js'

const COMMITMENT_OFFSET = BLOB_HEADER_BYTES + XAES_NONCE_BYTES

/** Each byte is used once and then zero. */
const noncePool = Buffer.alloc(64 * XAES_NONCE_BYTES)
let nonceAt = noncePool.length

export function wrap(wrappingKey: NodeKey, blob: Uint8Array, context: Uint8Array): void {
  const nonce = blob.subarray(BLOB_HEADER_BYTES, COMMITMENT_OFFSET)
  drawNonce(nonce)
  const { textKey, commitment } = xaesKeys(wrappingKey, nonce)
  blob.set(commitment, COMMITMENT_OFFSET)
  const text = textOf(blob)
  gcmSeal(blobCall(textKey, blob, context), text, text, blob.subarray(-TAG_BYTES))
}

export function wrapKey(
  wrappingKey: NodeKey,
  key: NodeKey,
  blob: Uint8Array,
  context: Uint8Array,
): void {
  const bytes = key.secret.export()
  blob.set(bytes, BLOB_TEXT_OFFSET)
  bytes.fill(0)
  wrap(wrappingKey, blob, context)
}

export function unwrap(wrappingKey: NodeKey, blob: Uint8Array, context: Uint8Array): boolean {
  if (openBlob(wrappingKey, blob, context, textOf(blob))) return true
  blob.fill(0, BLOB_TEXT_OFFSET)
  return false
}

export function unwrapKey(
  wrappingKey: NodeKey,
  blob: Uint8Array,
  context: Uint8Array,
): NodeKey | undefined {
  const bytes = secretBytes(KEY_BYTES)
  if (!openBlob(wrappingKey, blob, context, bytes)) return undefined
  const key = new NodeKey(createSecretKey(bytes))
  bytes.fill(0)
  return key
}

function openBlob(
  wrappingKey: NodeKey,
  blob: Uint8Array,
  context: Uint8Array,
  target: Uint8Array,
): boolean {
  const nonce = blob.subarray(BLOB_HEADER_BYTES, COMMITMENT_OFFSET)
  const { textKey, commitment } = xaesKeys(wrappingKey, nonce)
  if (!constantTimeEqual(commitment, blob.subarray(COMMITMENT_OFFSET, BLOB_TEXT_OFFSET))) {
    return false
  }
  const tag = blob.subarray(-TAG_BYTES)
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
  return blob.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES)
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
