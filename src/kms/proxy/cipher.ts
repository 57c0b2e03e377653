/**
 * AES-256-GCM for a KMS elsewhere, under a key of ours: what an external key store proxy's Encrypt and Decrypt do.
 *
 *     ciphertextMetadata   | 01 | u32 material version | salt 12 |
 *     key                  the commitment of the material for the nonce "sealtrail xk" ‖ salt (docs/FORMAT.md §3)
 *     AAD                  | u16 n | additionalAuthenticatedData n | u8 17 | ciphertextMetadata |
 *
 * A key of its own for every message, so that no number of messages is too many for IVs of 96 random bits, and none that
 * wraps anything else: a blob's nonce begins with those twelve letters once in 2^96 times. Source: docs/FORMAT.md §3.2;
 * External Key Store Proxy API Specification, "Encrypt".
 *
 * @module
 */
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import {
  type Engine,
  type KeyHandle,
  NONCE_BYTES,
  TAG_BYTES,
  XAES_NONCE_BYTES,
} from '../../engine/engine.js'
import type { OuterWrap } from '../xks/requests.js'

const VERSION = 1
const SALT_BYTES = 12
const SALT_OFFSET = 5
const METADATA_BYTES = SALT_OFFSET + SALT_BYTES
const NONCE_START = Buffer.from('sealtrail xk', 'latin1')

/** The version of the material that `metadata` asks for; undefined when it is none of ours. */
export function versionIn(metadata: Uint8Array | undefined): number | undefined {
  if (metadata?.length !== METADATA_BYTES || metadata[0] !== VERSION) return undefined
  return new DataView(metadata.buffer, metadata.byteOffset).getUint32(1)
}

/** `plaintext` is copied, and stays the caller's. */
export function seal(
  engine: Engine,
  material: KeyHandle,
  version: number,
  plaintext: Uint8Array,
  aad: Uint8Array,
): OuterWrap {
  const ciphertextMetadata = secretBytes(METADATA_BYTES)
  ciphertextMetadata[0] = VERSION
  new DataView(ciphertextMetadata.buffer).setUint32(1, version)
  engine.randomFill(ciphertextMetadata.subarray(SALT_OFFSET))
  const initializationVector = secretBytes(NONCE_BYTES)
  engine.randomFill(initializationVector)
  const [ciphertext, authenticationTag] = [secretCopy(plaintext), secretBytes(TAG_BYTES)]
  const key = keyFor(engine, material, ciphertextMetadata)
  try {
    const bound = boundAad(aad, ciphertextMetadata)
    engine.seal(key, initializationVector, bound, ciphertext, authenticationTag)
  } finally {
    key.release()
  }
  return { ciphertext, ciphertextMetadata, initializationVector, authenticationTag }
}

/** The plaintext in room of its own, or undefined when `wrap` is not genuine. */
export function open(
  engine: Engine,
  material: KeyHandle,
  wrap: OuterWrap,
  aad: Uint8Array,
): Uint8Array | undefined {
  const { ciphertextMetadata, initializationVector, authenticationTag } = wrap
  if (initializationVector.length !== NONCE_BYTES || authenticationTag.length !== TAG_BYTES) {
    return undefined
  }
  const plaintext = secretCopy(wrap.ciphertext)
  const key = keyFor(engine, material, ciphertextMetadata)
  try {
    const bound = boundAad(aad, ciphertextMetadata)
    const isGenuine = engine.open(key, initializationVector, bound, plaintext, authenticationTag)
    return isGenuine ? plaintext : undefined
  } finally {
    key.release()
  }
}

/** Whoever asked releases it. */
function keyFor(engine: Engine, material: KeyHandle, metadata: Uint8Array): KeyHandle {
  const nonce = secretBytes(XAES_NONCE_BYTES)
  nonce.set(NONCE_START)
  nonce.set(metadata.subarray(SALT_OFFSET), NONCE_START.length)
  const bytes = engine.xaesCommitment(material, nonce)
  try {
    return engine.importKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** Lengths are told with both, so that neither can pass for a part of the other. */
function boundAad(aad: Uint8Array, metadata: Uint8Array): Uint8Array {
  const bound = secretBytes(2 + aad.length + 1 + metadata.length)
  new DataView(bound.buffer).setUint16(0, aad.length)
  bound.set(aad, 2)
  bound[2 + aad.length] = metadata.length
  bound.set(metadata, 2 + aad.length + 1)
  return bound
}
