/**
 * A key that wraps other keys, and secret texts, for rest.
 *
 *     | kind 4 | version 1 | suite 1 | 0 0 | id of the wrapping key 16 | nonce 24 | commitment 32 |
 *     | ciphertext 32 | tag 16 |                                                       128 bytes; of a secret n + 96
 *
 * The context names the place of what is wrapped, so that rows cannot be swapped. The root key wraps shred keys, a
 * shred key wraps the material of one KMS key; the root key wraps the secrets of access keys too. Data keys of objects
 * are wrapped by the object key, by a customer's, or by one that a KMS key gave. Source: docs/FORMAT.md §4.2.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import { secretBytes, secretCopy } from '../bytes/secret.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  KEY_BYTES,
  type KeyHandle,
  TAG_BYTES,
} from '../engine/engine.js'
import type { PrivateKeyHandle, PrivateKeySpec } from '../engine/private-keys.js'
import { SealtrailError } from '../errors.js'
import { type EncryptionContext, encodeContext } from '../message/encryption-context.js'

export const WRAPPING_ID_BYTES = 16
export const WRAPPED_KEY_BYTES = BLOB_OVERHEAD_BYTES + KEY_BYTES

/** Tells wrapped keys from a CiphertextBlob, whose first byte is 1, and each other. Version, suite, no flags. */
const HEADER_STARTS = {
  root: Buffer.from('root\x01\x01\x00\x00', 'latin1'),
  shred: Buffer.from('shrd\x01\x01\x00\x00', 'latin1'),
  object: Buffer.from('objk\x01\x01\x00\x00', 'latin1'),
  customer: Buffer.from('cust\x01\x01\x00\x00', 'latin1'),
  kms: Buffer.from('kmsk\x01\x01\x00\x00', 'latin1'),
}

export class WrappingKey {
  readonly #engine: Engine
  readonly #key: KeyHandle
  readonly #id: Uint8Array
  readonly #start: Uint8Array

  /** Takes over the handle. `id` has 16 bytes. */
  constructor(engine: Engine, key: KeyHandle, kind: keyof typeof HEADER_STARTS, id: Uint8Array) {
    this.#engine = engine
    this.#key = key
    this.#id = id
    this.#start = HEADER_STARTS[kind]
  }

  /** 128 bytes. `context` must be given again to unwrap. */
  wrapKey(key: KeyHandle, context: EncryptionContext): Uint8Array {
    const wrapped = this.#blob(WRAPPED_KEY_BYTES)
    this.#engine.wrapKey(this.#key, key, wrapped, encodeContext(context))
    return wrapped
  }

  /** 96 bytes more than `secret`, which keeps its bytes. */
  wrapSecret(secret: Uint8Array, context: EncryptionContext): Uint8Array {
    const wrapped = this.#blob(BLOB_OVERHEAD_BYTES + secret.length)
    wrapped.set(secret, BLOB_TEXT_OFFSET)
    this.#engine.wrap(this.#key, wrapped, encodeContext(context))
    return wrapped
  }

  /** As {@link unwrapKey}, of {@link wrapSecret}. Wiping the secret is the caller's duty. */
  unwrapSecret(wrapped: Uint8Array, context: EncryptionContext): Uint8Array {
    this.#checkHeader(wrapped, wrapped.length > BLOB_OVERHEAD_BYTES)
    const blob = secretCopy(wrapped)
    if (!this.#engine.unwrap(this.#key, blob, encodeContext(context))) throw misplaced()
    const secret = secretCopy(blob.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES))
    blob.fill(0)
    return secret
  }

  /**
   * The caller releases the handle. `wrapped` keeps its bytes.
   * @throws SealtrailError `RootKeyUnusable` when it is not what this key wrapped for this context.
   */
  unwrapKey(wrapped: Uint8Array, context: EncryptionContext): KeyHandle {
    this.#checkHeader(wrapped, wrapped.length === WRAPPED_KEY_BYTES)
    const key = this.#engine.unwrapKey(this.#key, wrapped, encodeContext(context))
    if (key === undefined) throw misplaced()
    return key
  }

  /** As {@link wrapKey}, of a key of another kind: 96 bytes more than its form at rest. */
  wrapPrivateKey(key: PrivateKeyHandle, context: EncryptionContext): Uint8Array {
    const header = this.#blob(BLOB_HEADER_BYTES)
    return this.#engine.privateKeys.wrap(this.#key, key, header, encodeContext(context))
  }

  /** As {@link unwrapKey}, of {@link wrapPrivateKey}. */
  unwrapPrivateKey(
    spec: PrivateKeySpec,
    wrapped: Uint8Array,
    context: EncryptionContext,
  ): PrivateKeyHandle {
    this.#checkHeader(wrapped, wrapped.length > BLOB_OVERHEAD_BYTES)
    const { privateKeys } = this.#engine
    const key = privateKeys.unwrap(this.#key, spec, wrapped, encodeContext(context))
    if (key === undefined) throw misplaced()
    return key
  }

  release(): void {
    this.#key.release()
  }

  #blob(bytes: number): Uint8Array {
    const blob = secretBytes(bytes)
    blob.set(this.#start)
    blob.set(this.#id, this.#start.length)
    return blob
  }

  #checkHeader(wrapped: Uint8Array, hasItsLength: boolean): void {
    const start = wrapped.subarray(0, this.#start.length)
    if (!hasItsLength || !constantTimeEqual(start, this.#start)) {
      throw unwrapFailed('they are no wrapped key')
    }
    const wrapper = wrapped.subarray(this.#start.length, BLOB_HEADER_BYTES)
    if (!constantTimeEqual(wrapper, this.#id)) {
      throw unwrapFailed(`another key wrapped them (${hex(wrapper)})`)
    }
  }
}

/** Of an id, for messages. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

function misplaced(): SealtrailError {
  return unwrapFailed('they are damaged or stand in the wrong place')
}

function unwrapFailed(reason: string): SealtrailError {
  return new SealtrailError('RootKeyUnusable', `stored key bytes cannot be unwrapped: ${reason}`)
}
