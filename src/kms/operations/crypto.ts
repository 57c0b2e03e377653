/**
 * Encrypt, Decrypt, ReEncrypt.
 *
 * Which key, and whether the caller may, is asked in use/use-key.ts. What does not open has one answer,
 * InvalidCiphertextException. Decrypt in two parts, so that a batch opens many blobs in between (batch.ts).
 *
 * @module
 */
import { missingMember } from '../../aws/constraints.js'
import { invalidCiphertext } from '../../message/keyring.js'
import type { Call } from '../../service/calls/call.js'
import { contextBytes, rewrap, unwrapText, wrapText } from '../blob/wrapping.js'
import type { Lease } from '../keys/material.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { dryRun, refuseRecipient } from '../refusals.js'
import { SYMMETRIC } from '../specs/key-specs.js'
import { tellRepeatable } from '../use/repeat.js'
import { isSameKey } from '../use/same-key.js'
import { showMaterial } from '../use/shown.js'
import { useKey } from '../use/use-key.js'

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
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const lease = await useKey(parts, call, {
    keyId: input.KeyId,
    context: input.EncryptionContext,
    grantTokens: input.GrantTokens,
  })
  let CiphertextBlob: Uint8Array
  try {
    CiphertextBlob = wrapText(parts.engines.small, lease, input.Plaintext, context)
    showMaterial(call, lease)
  } finally {
    lease.release()
  }
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return { CiphertextBlob, KeyId: lease.key.arn, EncryptionAlgorithm: SYMMETRIC }
}

/** A blob that may be opened: by `lease`, which whoever asked gives back. */
export interface Decryption {
  readonly lease: Lease
  /** Undefined when only the asking was wanted. */
  readonly blob: Uint8Array | undefined
  readonly context: Uint8Array
}

/** All of Decrypt before the blob is opened. */
export async function beginDecrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
): Promise<Decryption> {
  const context = contextBytes(input.EncryptionContext)
  refuseRecipient(input.Recipient)
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const blob = blobOf(input, 'KeyId', input.KeyId)
  const lease = await useKey(parts, call, {
    keyId: input.KeyId,
    blob,
    context: input.EncryptionContext,
    grantTokens: input.GrantTokens,
  })
  return { lease, blob, context }
}

/** `Plaintext` is handed over as it is. */
export function decrypted({ key, materialId }: Lease, Plaintext: Uint8Array): DecryptOutput {
  return { KeyId: key.arn, Plaintext, EncryptionAlgorithm: SYMMETRIC, KeyMaterialId: materialId }
}

export async function decrypt(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
): Promise<DecryptOutput> {
  const { lease, blob, context } = await beginDecrypt(parts, call, input)
  let plain: Uint8Array | undefined
  try {
    plain = blob && unwrapText(parts.engines.small, lease, blob, context)
    if (blob !== undefined && plain === undefined) throw invalidCiphertext()
    showMaterial(call, lease)
    if (plain === undefined || input.DryRun) throw dryRun()
    await call.succeed()
    const output = decrypted(lease, plain)
    tellRepeatable(call, input, { lease, blob: blob!, keyBytes: 0, output })
    return output
  } catch (error) {
    plain?.fill(0)
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
  const { GrantTokens: grantTokens, SourceKeyId, DestinationKeyId } = input
  call.showDefault('sourceEncryptionAlgorithm', SYMMETRIC)
  call.showDefault('destinationEncryptionAlgorithm', SYMMETRIC)
  const blob = blobOf(input, 'SourceKeyId', SourceKeyId)
  const isOnSameKey = await isSameKey(parts, call, { keyId: SourceKeyId, blob }, DestinationKeyId)
  const source = await useKey(parts, call, {
    ...{ action: 'ReEncryptFrom', keyId: SourceKeyId, blob, grantTokens, isOnSameKey },
    context: input.SourceEncryptionContext,
  })
  let target: Lease | undefined
  try {
    target = await useKey(parts, call, {
      ...{ action: 'ReEncryptTo', keyId: DestinationKeyId, grantTokens, isOnSameKey },
      context: input.DestinationEncryptionContext,
    })
    const [from, to] = [
      { lease: source, context: sourceContext },
      { lease: target, context: targetContext },
    ]
    const CiphertextBlob = blob && rewrap(parts.engines.small, from, to, blob)
    if (blob !== undefined && CiphertextBlob === undefined) throw invalidCiphertext()
    call.showBeside({
      sourceKeyMaterialId: source.materialId,
      destinationKeyMaterialId: target.materialId,
    })
    if (CiphertextBlob === undefined || input.DryRun) throw dryRun()
    await call.succeed()
    return {
      CiphertextBlob,
      SourceKeyId: source.key.arn,
      KeyId: target.key.arn,
      SourceEncryptionAlgorithm: SYMMETRIC,
      DestinationEncryptionAlgorithm: SYMMETRIC,
      SourceKeyMaterialId: source.materialId,
      DestinationKeyMaterialId: target.materialId,
    }
  } finally {
    source.release()
    target?.release()
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
