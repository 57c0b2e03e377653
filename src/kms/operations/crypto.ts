/**
 * Encrypt, Decrypt, ReEncrypt.
 *
 * Which key, by which algorithm, and whether the caller may, is asked in use/encryption-key.ts. What does not open has one
 * answer, InvalidCiphertextException. Decrypt in two parts, so that a batch opens many blobs in between (batch.ts).
 *
 * @module
 */
import { missingMember } from '../../aws/constraints.js'
import { invalidCiphertext } from '../../message/keyring.js'
import type { Call } from '../../service/calls/call.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { dryRun, refuseRecipient } from '../refusals.js'
import { type EncryptionAlgorithm, SYMMETRIC } from '../specs/key-specs.js'
import {
  decryptText,
  type EncryptionKey,
  encryptionUse,
  encryptText,
  isSymmetric,
  reEncryptText,
  useEncryptionKey,
} from '../use/encryption-key.js'
import { tellRepeatable } from '../use/repeat.js'
import { isSameKey } from '../use/same-key.js'
import { showMaterial, showMaterials } from '../use/shown.js'

export interface EncryptOutput {
  readonly CiphertextBlob: Uint8Array
  readonly KeyId: string
  readonly EncryptionAlgorithm: EncryptionAlgorithm
}

export interface DecryptOutput {
  readonly KeyId: string
  /** The caller's to wipe. */
  readonly Plaintext: Uint8Array
  readonly EncryptionAlgorithm: EncryptionAlgorithm
  /** Of a symmetric key. */
  readonly KeyMaterialId?: string
}

export interface ReEncryptOutput {
  readonly CiphertextBlob: Uint8Array
  readonly SourceKeyId: string
  readonly KeyId: string
  readonly SourceEncryptionAlgorithm: EncryptionAlgorithm
  readonly DestinationEncryptionAlgorithm: EncryptionAlgorithm
  /** Of symmetric keys. */
  readonly SourceKeyMaterialId?: string
  readonly DestinationKeyMaterialId?: string
}

export async function encrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Encrypt'>,
): Promise<EncryptOutput> {
  const use = encryptionUse({
    keyId: input.KeyId,
    algorithm: input.EncryptionAlgorithm,
    context: input.EncryptionContext,
    grantTokens: input.GrantTokens,
  })
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const key = await useEncryptionKey(parts, call, use)
  let CiphertextBlob: Uint8Array
  try {
    CiphertextBlob = encryptText(parts.engines.small, key, input.Plaintext)
    if (isSymmetric(key)) showMaterial(call, key.lease)
  } finally {
    key.lease.release()
  }
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return { CiphertextBlob, KeyId: key.lease.key.arn, EncryptionAlgorithm: key.algorithm }
}

/** A blob that may be opened, by a key whose lease whoever asked gives back. */
export interface Decryption {
  readonly key: EncryptionKey
  /** Undefined when only the asking was wanted. */
  readonly blob: Uint8Array | undefined
}

/** All of Decrypt before the blob is opened. */
export async function beginDecrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
): Promise<Decryption> {
  const blob = blobOf(input, 'KeyId', input.KeyId)
  const use = encryptionUse({
    keyId: input.KeyId,
    blob,
    algorithm: input.EncryptionAlgorithm,
    context: input.EncryptionContext,
    grantTokens: input.GrantTokens,
  })
  refuseRecipient(input.Recipient)
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  return { key: await useEncryptionKey(parts, call, use), blob }
}

/** `Plaintext` is handed over as it is. */
export function decrypted(key: EncryptionKey, Plaintext: Uint8Array): DecryptOutput {
  const output = { KeyId: key.lease.key.arn, Plaintext, EncryptionAlgorithm: key.algorithm }
  return isSymmetric(key) ? { ...output, KeyMaterialId: key.lease.materialId } : output
}

export async function decrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
): Promise<DecryptOutput> {
  const { key, blob } = await beginDecrypt(parts, call, input)
  let plain: Uint8Array | undefined
  try {
    plain = blob && decryptText(parts.engines.small, key, blob)
    if (blob !== undefined && plain === undefined) throw invalidCiphertext()
    if (isSymmetric(key)) showMaterial(call, key.lease)
    if (plain === undefined || input.DryRun) throw dryRun()
    await call.succeed()
    const output = decrypted(key, plain)
    if (isSymmetric(key)) {
      tellRepeatable(call, input, { lease: key.lease, blob: blob!, keyBytes: 0, output })
    }
    return output
  } catch (error) {
    plain?.fill(0)
    throw error
  } finally {
    key.lease.release()
  }
}

export async function reEncrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'ReEncrypt'>,
): Promise<ReEncryptOutput> {
  const { GrantTokens: grantTokens, SourceKeyId, DestinationKeyId } = input
  const blob = blobOf(input, 'SourceKeyId', SourceKeyId)
  const from = encryptionUse({
    ...{ action: 'ReEncryptFrom', keyId: SourceKeyId, keyMember: 'SourceKeyId', blob, grantTokens },
    algorithm: input.SourceEncryptionAlgorithm,
    context: input.SourceEncryptionContext,
  })
  const to = encryptionUse({
    ...{ action: 'ReEncryptTo', keyId: DestinationKeyId, grantTokens },
    algorithm: input.DestinationEncryptionAlgorithm,
    context: input.DestinationEncryptionContext,
  })
  call.showDefault('sourceEncryptionAlgorithm', SYMMETRIC)
  call.showDefault('destinationEncryptionAlgorithm', SYMMETRIC)
  const isOnSameKey = await isSameKey(parts, call, from, DestinationKeyId)
  const source = await useEncryptionKey(parts, call, { ...from, isOnSameKey })
  let target: EncryptionKey | undefined
  try {
    target = await useEncryptionKey(parts, call, { ...to, isOnSameKey })
    const CiphertextBlob = blob && reEncryptText(parts.engines.small, source, target, blob)
    if (blob !== undefined && CiphertextBlob === undefined) throw invalidCiphertext()
    const shown = {
      ...(isSymmetric(source) && { SourceKeyMaterialId: source.lease.materialId }),
      ...(isSymmetric(target) && { DestinationKeyMaterialId: target.lease.materialId }),
    }
    showMaterials(call, shown)
    if (CiphertextBlob === undefined || input.DryRun) throw dryRun()
    await call.succeed()
    return {
      CiphertextBlob,
      SourceKeyId: source.lease.key.arn,
      KeyId: target.lease.key.arn,
      SourceEncryptionAlgorithm: source.algorithm,
      DestinationEncryptionAlgorithm: target.algorithm,
      ...shown,
    }
  } finally {
    source.lease.release()
    target?.lease.release()
  }
}

type BlobInput = Pick<InputOf<'Decrypt'>, 'CiphertextBlob' | 'DryRun' | 'DryRunModifiers'>

/** What is to be opened; a dry run may leave it out, when it names the key instead. */
function blobOf(
  { CiphertextBlob, DryRun, DryRunModifiers }: BlobInput,
  keyMember: string,
  keyId: string | undefined,
): Uint8Array | undefined {
  if (DryRun && DryRunModifiers?.includes('IGNORE_CIPHERTEXT')) {
    if (keyId === undefined) throw missingMember(keyMember)
    return undefined
  }
  if (CiphertextBlob === undefined) throw missingMember('CiphertextBlob')
  return CiphertextBlob
}
