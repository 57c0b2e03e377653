/**
 * What every operation works with, and the questions that every operation asks.
 *
 * The order is always the same: key lookup, authorisation, key state, usage and algorithm. Who may not use a
 * key learns nothing of its state. An operation is `(parts, call, input) => output`; its input has passed
 * validate.ts, and it leaves the record of its success itself, with its effect.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { Engines } from '../../engine/choose.js'
import { SealtrailError } from '../../errors.js'
import type { Pool } from '../../pool/pool.js'
import type { Root } from '../../root/root.js'
import type { Changed } from '../../store/keep/kept.js'
import type { Store } from '../../store/store.js'
import type { Call } from '../call.js'
import type { Aliases } from '../keys/aliases.js'
import type { KmsKey } from '../keys/key.js'
import type { Keys } from '../keys/keys.js'
import { type CachedKey, type Lease, leaseOf } from '../keys/material.js'
import { authorise } from '../keys/policy.js'
import { noSuchKey, parseKeyOnlyRef, parseKeyRef } from '../keys/ref.js'
import { checkKeyState } from '../keys/states.js'
import type { ShapeValue } from '../model-types.js'

export interface Parts {
  readonly store: Store
  readonly root: Root
  readonly engines: Engines
  readonly pool: Pool
  readonly clock: Clock
  readonly keys: Keys
  readonly aliases: Aliases
}

export const SYMMETRIC = 'SYMMETRIC_DEFAULT'
export type EncryptionAlgorithm = ShapeValue<'EncryptionAlgorithmSpec'>

/**
 * The key that `given` names in any of the four forms, which the caller may use for `action`.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`.
 */
export async function findKey(
  parts: Parts,
  call: Call,
  given: string,
  action: string = call.operation,
): Promise<CachedKey> {
  const ref = parseKeyRef(given, call.caller)
  authorise(call.caller, action, ref.account)
  let { keyId } = ref
  if (keyId === undefined) {
    const { account, region } = ref
    keyId = (await parts.aliases.find({ account, region, name: ref.alias! }))?.targetKeyId
    if (keyId === undefined) throw noSuchKey(ref)
  }
  const cached = await parts.keys.find({ account: ref.account, region: ref.region, keyId })
  if (cached === undefined) throw noSuchKey(ref)
  call.uses(cached.key.arn)
  return cached
}

/**
 * The key that `given` names, by id or ARN, as it is now: for operations that show something of it.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function lookAtKey(parts: Parts, call: Call, given: string): Promise<KmsKey> {
  parseKeyOnlyRef(given, call.caller)
  const { key } = await findKey(parts, call, given)
  checkKeyState(call.operation, key)
  return key
}

/**
 * Runs `work` on the key that `given` names, by id or ARN, while nobody else changes it. `work` commits, and says
 * what the key is from then on.
 * @param names what else must not change meanwhile.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function changeKey<Answer>(
  parts: Parts,
  call: Call,
  given: string,
  work: (key: KmsKey) => Promise<Changed<KmsKey, Answer>>,
  names: readonly string[] = [],
): Promise<Answer> {
  const ref = parseKeyOnlyRef(given, call.caller)
  authorise(call.caller, call.operation, ref.account)
  return await parts.keys.change(
    ref,
    async (cached) => {
      if (cached === undefined) throw noSuchKey(ref)
      call.uses(cached.key.arn)
      checkKeyState(call.operation, cached.key)
      return await work(cached.key)
    },
    names,
  )
}

/**
 * The material of a key that may encrypt or decrypt now: the current version, or the one named.
 * @throws SealtrailError `DisabledException`, `KMSInvalidStateException`, `InvalidKeyUsageException`; and
 * `InvalidCiphertextException` when the key never had this version.
 */
export function leaseFor(
  call: Call,
  cached: CachedKey,
  algorithm: EncryptionAlgorithm = SYMMETRIC,
  version?: number,
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

/** There are no grants, so there is no token that we gave out. */
export function refuseGrantTokens(tokens: readonly string[] | undefined): void {
  if (tokens === undefined || tokens.length === 0) return
  throw new SealtrailError('InvalidGrantTokenException', 'The grant token is not valid.')
}

/** An attestation is verified or refused, never ignored. */
export function refuseRecipient(recipient: object | undefined): void {
  if (recipient === undefined) return
  throw unsupported(
    'The Recipient parameter is not supported: attestation cannot be verified here.',
  )
}

/** Thrown after every check, in place of the answer. */
export function dryRun(): SealtrailError {
  const says = 'The request would have succeeded, but the DryRun option is set.'
  return new SealtrailError('DryRunOperationException', says)
}

/** The one error for everything that does not decrypt. */
export function invalidCiphertext(): SealtrailError {
  return new SealtrailError('InvalidCiphertextException', '')
}

export function unsupported(message: string): SealtrailError {
  return new SealtrailError('UnsupportedOperationException', message)
}

export function invalid(message: string): SealtrailError {
  return new SealtrailError('ValidationException', message)
}
