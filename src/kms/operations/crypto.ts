/**
 * Encrypt, Decrypt, ReEncrypt.
 *
 * A blob names its key, but nothing of that is proved before it opens. A caller who has no such key is denied,
 * in the same words wherever the key is; whatever else is wrong (form, version, context, a flipped bit) has
 * one answer, InvalidCiphertextException. The state of a key is told only to a caller whose key it is.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { readBlobHeader } from '../blob/ciphertext-blob.js'
import { contextBytes, rewrap, unwrapText, wrapText } from '../blob/wrapping.js'
import type { Call } from '../call.js'
import type { CachedKey, Lease } from '../keys/material.js'
import { deniedCiphertext } from '../keys/policy.js'
import type { InputOf } from '../model-types.js'
import { missingMember } from '../validate.js'
import {
  dryRun,
  findKey,
  invalidCiphertext,
  leaseFor,
  type Parts,
  refuseGrantTokens,
  refuseRecipient,
  SYMMETRIC,
} from './parts.js'

export interface EncryptOutput {
  readonly CiphertextBlob: Uint8Array
  readonly KeyId: string
  readonly EncryptionAlgorithm: 'SYMMETRIC_DEFAULT'
}

export interface DecryptOutput {
  readonly KeyId: string
  /** The caller's to wipe. */
  readonly Plaintext: Uint8Array
  readonly EncryptionAlgorithm: 'SYMMETRIC_DEFAULT'
  readonly KeyMaterialId: string
}

export interface ReEncryptOutput {
  readonly CiphertextBlob: Uint8Array
  readonly SourceKeyId: string
  readonly KeyId: string
  readonly SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT'
  readonly DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT'
  readonly SourceKeyMaterialId: string
  readonly DestinationKeyMaterialId: string
}

export async function encrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Encrypt'>,
): Promise<EncryptOutput> {
  const context = contextBytes(input.EncryptionContext)
  refuseGrantTokens(input.GrantTokens)
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const cached = await findKey(parts, call, input.KeyId)
  const lease = leaseFor(call, cached, input.EncryptionAlgorithm)
  let CiphertextBlob: Uint8Array
  try {
    CiphertextBlob = wrapText(parts.engines.small, lease, input.Plaintext, context)
  } finally {
    lease.release()
  }
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return { CiphertextBlob, KeyId: lease.key.arn, EncryptionAlgorithm: SYMMETRIC }
}

export async function decrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
): Promise<DecryptOutput> {
  const context = contextBytes(input.EncryptionContext)
  refuseGrantTokens(input.GrantTokens)
  refuseRecipient(input.Recipient)
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const { cached, version, blob } = await findSource(parts, call, input)
  const lease = leaseFor(call, cached, input.EncryptionAlgorithm, version)
  let Plaintext: Uint8Array | undefined
  try {
    Plaintext = blob && unwrapText(parts.engines.small, lease, blob, context)
    if (blob !== undefined && Plaintext === undefined) throw invalidCiphertext()
    if (Plaintext === undefined || input.DryRun) throw dryRun()
    await call.succeed()
    const { key, materialId } = lease
    return { KeyId: key.arn, Plaintext, EncryptionAlgorithm: SYMMETRIC, KeyMaterialId: materialId }
  } catch (error) {
    Plaintext?.fill(0)
    throw error
  } finally {
    lease.release()
  }
}

export async function reEncrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'ReEncrypt'>,
): Promise<ReEncryptOutput> {
  const sourceContext = contextBytes(input.SourceEncryptionContext)
  const targetContext = contextBytes(input.DestinationEncryptionContext)
  refuseGrantTokens(input.GrantTokens)
  call.showDefault('sourceEncryptionAlgorithm', SYMMETRIC)
  call.showDefault('destinationEncryptionAlgorithm', SYMMETRIC)
  const { cached, version, blob } = await findSource(
    parts,
    call,
    { ...input, KeyId: input.SourceKeyId },
    { action: 'ReEncryptFrom', keyMember: 'SourceKeyId' },
  )
  const target = await findKey(parts, call, input.DestinationKeyId, 'ReEncryptTo')
  const leases: Lease[] = []
  try {
    leases.push(leaseFor(call, cached, input.SourceEncryptionAlgorithm, version))
    leases.push(leaseFor(call, target, input.DestinationEncryptionAlgorithm))
    const [source, destination] = leases as [Lease, Lease]
    const CiphertextBlob =
      blob &&
      rewrap(
        parts.engines.small,
        { lease: source, context: sourceContext },
        { lease: destination, context: targetContext },
        blob,
      )
    if (blob !== undefined && CiphertextBlob === undefined) throw invalidCiphertext()
    if (CiphertextBlob === undefined || input.DryRun) throw dryRun()
    await call.succeed()
    return {
      CiphertextBlob,
      SourceKeyId: source.key.arn,
      KeyId: destination.key.arn,
      SourceEncryptionAlgorithm: SYMMETRIC,
      DestinationEncryptionAlgorithm: SYMMETRIC,
      SourceKeyMaterialId: source.materialId,
      DestinationKeyMaterialId: destination.materialId,
    }
  } finally {
    for (const lease of leases) lease.release()
  }
}

/** What is to be decrypted, and under which key; a dry run may leave the blob out. */
export interface Source {
  readonly cached: CachedKey
  readonly version: number | undefined
  readonly blob: Uint8Array | undefined
}

type SourceInput = Pick<
  InputOf<'Decrypt'>,
  'CiphertextBlob' | 'KeyId' | 'DryRun' | 'DryRunModifiers'
>

/**
 * The key that `input` names, or else the blob. Its state has not been looked at.
 * @throws SealtrailError `InvalidCiphertextException`, `IncorrectKeyException`, `AccessDeniedException`,
 * and as findKey.
 */
export async function findSource(
  parts: Parts,
  call: Call,
  { CiphertextBlob: blob, KeyId, DryRun, DryRunModifiers }: SourceInput,
  { action, keyMember } = { action: 'Decrypt', keyMember: 'KeyId' },
): Promise<Source> {
  const named = KeyId === undefined ? undefined : await findKey(parts, call, KeyId, action)
  if (DryRun && DryRunModifiers?.includes('IGNORE_CIPHERTEXT')) {
    if (named === undefined) throw missingMember(keyMember)
    return { cached: named, version: undefined, blob: undefined }
  }
  if (blob === undefined) throw missingMember('CiphertextBlob')
  const header = readBlobHeader(blob)
  if (header === undefined) throw invalidCiphertext()
  const { keyId, materialVersion: version } = header
  if (named !== undefined) {
    if (named.key.keyId === keyId) return { cached: named, version, blob }
    throw new SealtrailError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  }
  const { account, region } = call.caller
  const cached = await parts.keys.find({ account, region, keyId })
  if (cached === undefined) throw deniedCiphertext(call.caller, action)
  call.uses(cached.key.arn)
  return { cached, version, blob }
}
