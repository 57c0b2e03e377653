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
import type { KmsKey } from '../keys/key.js'
import { keyResource } from '../keys/key.js'
import {
  type CachedKey,
  type Lease,
  leaseOf,
  type PrivateLease,
  privateLeaseOf,
} from '../keys/material.js'
import type { Parts } from '../parts.js'
import { type Algorithm, algorithmsOf, type KeyUsage, SYMMETRIC } from '../specs/key-specs.js'
import { findKey } from './find-key.js'
import { checkState } from './key-state.js'
import { denialOfAbsent, mayUse, type Wanted } from './may-use.js'

export interface KeyUse extends Pick<Wanted, 'action' | 'context' | 'isOnSameKey' | 'attested'> {
  /** In any of the four forms; without it the blob names the key. */
  readonly keyId?: string | undefined
  /** Whose version of the material is wanted; the current one without it. */
  readonly blob?: Uint8Array | undefined
  /** Of the material, where no blob says it; the current one without it. */
  readonly version?: number | undefined
  readonly grantTokens?: readonly string[] | undefined
}

/** Of a key that is not symmetric: nothing but the call names it. */
export interface PrivateKeyUse extends Pick<Wanted, 'action' | 'isOnSameKey' | 'attested'> {
  readonly keyId: string
  readonly usage: KeyUsage
  readonly algorithm: Algorithm
  readonly grantTokens?: readonly string[] | undefined
}

/**
 * The right to use a symmetric key's material once. Whoever asked gives it back.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, `IncorrectKeyException`, `DisabledException`,
 * `KMSInvalidStateException`, `InvalidKeyUsageException`, `InvalidGrantTokenException`; and
 * `InvalidCiphertextException` for a blob that is none, or of a version that the key never had.
 */
export async function useKey(parts: Parts, call: Call, use: KeyUse): Promise<Lease> {
  checkGrantTokens(parts.root, use.grantTokens)
  const { keyId, blob, action, context, isOnSameKey, attested } = use
  const wanted = { action, context, isOnSameKey, attested, algorithm: SYMMETRIC }
  const named = keyId === undefined ? undefined : await findKey(parts, call, keyId, wanted)
  const header = blob === undefined ? undefined : readBlobHeader(blob)
  if (blob !== undefined && header === undefined) throw invalidCiphertext()
  if (named !== undefined && header !== undefined && named.key.keyId !== header.keyId) {
    const says =
      'The key ID in the request does not identify a CMK that can perform this operation.'
    throw new SealtrailError('IncorrectKeyException', says)
  }
  const cached = named ?? (await keyOfBlob(parts, call, header!.keyId, wanted))
  const { key } = cached
  checkUse(parts, call, key, 'ENCRYPT_DECRYPT', SYMMETRIC)
  // What a proxy is given must not open without it.
  if (header !== undefined && (header.isExternal === true) !== (key.external !== undefined)) {
    throw invalidCiphertext()
  }
  const version = header?.materialVersion ?? use.version ?? key.currentMaterial
  const lease = leaseOf(cached, version)
  if (lease === undefined) throw invalidCiphertext()
  return lease
}

/**
 * {@link useKey} of a key whose material is here, for as long as `work` takes.
 * @param refuse what is told of a key that is in a custom key store, by its ARN
 */
export async function useKeyHere<Answer>(
  parts: Parts,
  call: Call,
  use: KeyUse,
  refuse: (arn: string) => SealtrailError,
  work: (lease: Lease) => Promise<Answer>,
): Promise<Answer> {
  const lease = await useKey(parts, call, use)
  try {
    if (lease.key.external !== undefined) throw refuse(lease.key.arn)
    return await work(lease)
  } finally {
    lease.release()
  }
}

/**
 * The right to use a key that is not symmetric. Whoever asked gives it back.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, `DisabledException`, `KMSInvalidStateException`,
 * `InvalidKeyUsageException`, `InvalidGrantTokenException`
 */
export async function usePrivateKey(
  parts: Parts,
  call: Call,
  { keyId, usage, algorithm, grantTokens, ...asked }: PrivateKeyUse,
): Promise<PrivateLease> {
  checkGrantTokens(parts.root, grantTokens)
  const encrypts = usage === 'ENCRYPT_DECRYPT' ? { algorithm } : {}
  const cached = await findKey(parts, call, keyId, { ...asked, ...encrypts })
  checkUse(parts, call, cached.key, usage, algorithm)
  return privateLeaseOf(cached)
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

/** What it is used for fits the key, and so does the algorithm. */
function checkUse(
  parts: Parts,
  call: Call,
  key: KmsKey,
  usage: KeyUsage,
  algorithm: Algorithm,
): void {
  checkState(parts, call, key)
  if (key.keyUsage !== usage) {
    const says = `key usage is ${key.keyUsage} which is not valid for ${call.operation}.`
    throw new SealtrailError('InvalidKeyUsageException', `${key.arn} ${says}`)
  }
  if (!algorithmsOf(key).includes(algorithm)) {
    const says = `Algorithm ${algorithm} is incompatible with key spec ${key.keySpec}.`
    throw new SealtrailError('InvalidKeyUsageException', says)
  }
}
