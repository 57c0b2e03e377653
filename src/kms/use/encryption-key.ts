/**
 * A key that encrypts or decrypts, by whichever algorithm: the way to it, and what it does.
 *
 * SYMMETRIC_DEFAULT wraps as use-key.ts and blob/ say, with a context. A ciphertext of RSA is as long as the modulus, names
 * no key and has no context. Messages are AWS's.
 *
 * @module
 */
import { missingMember } from '../../aws/constraints.js'
import type { Engine } from '../../engine/engine.js'
import type { RsaAlgorithm } from '../../engine/private-keys.js'
import type { Call } from '../../service/calls/call.js'
import { contextBytes, rewrap, unwrapText, wrapText } from '../blob/wrapping.js'
import type { Lease, PrivateLease } from '../keys/material.js'
import type { Parts } from '../parts.js'
import { invalid } from '../refusals.js'
import { type EncryptionAlgorithm, SYMMETRIC } from '../specs/key-specs.js'
import { checkPlainBytes } from '../specs/rsa.js'
import { type KeyUse, useKey, usePrivateKey } from './use-key.js'

/** Whoever asked gives the lease back. */
export type EncryptionKey = SymmetricKey | RsaKey

export interface SymmetricKey {
  readonly algorithm: typeof SYMMETRIC
  readonly lease: Lease
  readonly context: Uint8Array
}

export interface RsaKey {
  readonly algorithm: RsaAlgorithm
  readonly lease: PrivateLease
}

/** What a call says of a key, checked as far as that goes without one. */
export interface EncryptionKeyUse extends KeyUse {
  readonly algorithm: EncryptionAlgorithm
  readonly contextBytes: Uint8Array
}

/** In which member the call names the key; KeyId unless said. */
type Given = KeyUse & {
  readonly algorithm: EncryptionAlgorithm | undefined
  readonly keyMember?: string
}

/** @throws SealtrailError `ValidationException` for a context that is too long, or that the algorithm does not take. */
export function encryptionUse(given: Given): EncryptionKeyUse {
  const { algorithm = SYMMETRIC, keyMember = 'KeyId', context, keyId } = given
  if (algorithm !== SYMMETRIC && keyId === undefined) throw missingMember(keyMember)
  if (algorithm !== SYMMETRIC && context !== undefined && Object.keys(context).length > 0) {
    throw invalid(
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    )
  }
  return { ...given, algorithm, contextBytes: contextBytes(context) }
}

/** @throws SealtrailError as useKey and usePrivateKey do. */
export async function useEncryptionKey(
  parts: Parts,
  call: Call,
  use: EncryptionKeyUse,
): Promise<EncryptionKey> {
  const { algorithm, keyId, action, isOnSameKey, grantTokens } = use
  if (algorithm === SYMMETRIC) {
    return { algorithm, context: use.contextBytes, lease: await useKey(parts, call, use) }
  }
  const asked = { keyId: keyId!, algorithm, action, isOnSameKey, grantTokens }
  const lease = await usePrivateKey(parts, call, { ...asked, usage: 'ENCRYPT_DECRYPT' })
  // Of no key that we make is SM2PKE.
  return { algorithm: algorithm as RsaAlgorithm, lease }
}

export function isSymmetric(key: EncryptionKey): key is SymmetricKey {
  return key.algorithm === SYMMETRIC
}

/** `plain` stays the caller's. @throws SealtrailError `ValidationException` for more than the key takes. */
export function encryptText(engine: Engine, key: EncryptionKey, plain: Uint8Array): Uint8Array {
  if (isSymmetric(key)) return wrapText(engine, key.lease, plain, key.context)
  const { lease, algorithm } = key
  checkPlainBytes(lease.key.keySpec, algorithm, plain.length)
  return engine.privateKeys.encrypt(lease.handle, algorithm, plain)
}

/** The caller's to wipe; undefined when it does not open. */
export function decryptText(
  engine: Engine,
  key: EncryptionKey,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  if (isSymmetric(key)) return unwrapText(engine, key.lease, ciphertext, key.context)
  return engine.privateKeys.decrypt(key.lease.handle, key.algorithm, ciphertext)
}

/** Undefined when it does not open. @throws SealtrailError as {@link encryptText} does. */
export function reEncryptText(
  engine: Engine,
  from: EncryptionKey,
  to: EncryptionKey,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  if (isSymmetric(from) && isSymmetric(to)) return rewrap(engine, from, to, ciphertext)
  const plain = decryptText(engine, from, ciphertext)
  if (plain === undefined) return undefined
  try {
    return encryptText(engine, to, plain)
  } finally {
    plain.fill(0)
  }
}
