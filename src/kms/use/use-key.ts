/**
 * The one way to key material: for operations, keyrings and batches alike.
 *
 *     find → may → state → usage → algorithm → lease
 *
 * A blob names its key, but nothing of that is proved before it opens: whatever is wrong with it (form, version,
 * context, a flipped bit) has one answer, InvalidCiphertextException. It names no account: without a KeyId the key is the
 * caller's own, or that of another account which granted it. A key that is not here and one that the caller may not use
 * have one answer, too.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invalidCiphertext } from '../../message/keyring.js'
import type { Call } from '../../service/calls/call.js'
import { readBlobHeader } from '../blob/ciphertext-blob.js'
import { checkGrantTokens } from '../grants/tokens.js'
import { keyResource } from '../keys/key.js'
import { type CachedKey, type Lease, leaseOf } from '../keys/material.js'
import { checkKeyState } from '../keys/states.js'
import type { ShapeValue } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { findKey } from './find-key.js'
import { denialOfAbsent, mayUse, type Wanted } from './may-use.js'

export const SYMMETRIC = 'SYMMETRIC_DEFAULT'
export type EncryptionAlgorithm = ShapeValue<'EncryptionAlgorithmSpec'>

export interface KeyUse extends Pick<Wanted, 'action' | 'context' | 'isOnSameKey' | 'attested'> {
  /** In any of the four forms; without it the blob names the key. */
  readonly keyId?: string | undefined
  /** Whose version of the material is wanted; the current one without it. */
  readonly blob?: Uint8Array | undefined
  readonly algorithm?: EncryptionAlgorithm | undefined
  readonly grantTokens?: readonly string[] | undefined
}

/**
 * The right to use a key's material once. Whoever asked gives it back.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, `IncorrectKeyException`, `DisabledException`,
 * `KMSInvalidStateException`, `InvalidKeyUsageException`, `InvalidGrantTokenException`; and
 * `InvalidCiphertextException` for a blob that is none, or of a version that the key never had.
 */
export async function useKey(parts: Parts, call: Call, use: KeyUse): Promise<Lease> {
  checkGrantTokens(parts.root, use.grantTokens)
  const { keyId, blob, action, context, isOnSameKey, attested, algorithm = SYMMETRIC } = use
  const wanted = { action, context, isOnSameKey, attested, algorithm }
  const named = keyId === undefined ? undefined : await findKey(parts, call, keyId, wanted)
  const header = blob === undefined ? undefined : readBlobHeader(blob)
  if (blob !== undefined && header === undefined) throw invalidCiphertext()
  if (named !== undefined && header !== undefined && named.key.keyId !== header.keyId) {
    const says =
      'The key ID in the request does not identify a CMK that can perform this operation.'
    throw new SealtrailError('IncorrectKeyException', says)
  }
  const cached = named ?? (await keyOfBlob(parts, call, header!.keyId, wanted))
  return leaseFor(call, cached, algorithm, header?.materialVersion)
}

async function keyOfBlob(
  parts: Parts,
  call: Call,
  keyId: string,
  wanted: Wanted,
): Promise<CachedKey> {
  const { account, region } = call.caller
  const place = { account, region, keyId }
  const meant = { ref: place, isOfBlob: true } as const
  const cached = await parts.keys.findAnywhere(place)
  if (cached === undefined) throw denialOfAbsent(call, meant, wanted)!
  await mayUse(parts, call, meant, cached, wanted)
  call.uses(keyResource(cached.key))
  return cached
}

function leaseFor(
  call: Call,
  cached: CachedKey,
  algorithm: EncryptionAlgorithm,
  version: number | undefined,
): Lease {
  const { key } = cached
  checkKeyState(call.operation, key)
  if (key.keyUsage !== 'ENCRYPT_DECRYPT') {
    const says = `key usage is ${key.keyUsage} which is not valid for ${call.operation}.`
    throw new SealtrailError('InvalidKeyUsageException', `${key.arn} ${says}`)
  }
  if (algorithm !== key.keySpec) {
    const says = `Algorithm ${algorithm} is incompatible with key spec ${key.keySpec}.`
    throw new SealtrailError('InvalidKeyUsageException', says)
  }
  const lease = leaseOf(cached, version ?? key.currentMaterial)
  if (lease === undefined) throw invalidCiphertext()
  return lease
}
