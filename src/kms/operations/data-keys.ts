/**
 * GenerateDataKey, GenerateDataKeyWithoutPlaintext.
 *
 * @module
 */
import { secretBytes } from '../../bytes/secret.js'
import type { Call } from '../../service/calls/call.js'
import { contextBytes, wrapDataKey } from '../blob/wrapping.js'
import type { Lease } from '../keys/material.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { dryRun, invalid, refuseRecipient } from '../refusals.js'
import { wrapOutside } from '../use/outside.js'
import { tellRepeatable } from '../use/repeat.js'
import { showMaterial, shownMaterial } from '../use/shown.js'
import { useKey } from '../use/use-key.js'

export interface WrappedDataKeyOutput {
  readonly CiphertextBlob: Uint8Array
  readonly KeyId: string
  readonly KeyMaterialId?: string
}

export interface DataKeyOutput extends WrappedDataKeyOutput {
  /** The caller's to wipe. */
  readonly Plaintext: Uint8Array
}

const SPEC_BYTES = { AES_128: 16, AES_256: 32 } as const

export async function generateDataKey(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKey'>,
): Promise<DataKeyOutput> {
  refuseRecipient(input.Recipient)
  const keyBytes = dataKeyBytes(input)
  const Plaintext = secretBytes(keyBytes)
  try {
    const output = await generate(parts, call, input, keyBytes, Plaintext)
    return { ...output, Plaintext }
  } catch (error) {
    Plaintext.fill(0)
    throw error
  }
}

export async function generateDataKeyWithoutPlaintext(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKeyWithoutPlaintext'>,
): Promise<WrappedDataKeyOutput> {
  return await generate(parts, call, input, dataKeyBytes(input), undefined)
}

/** @throws SealtrailError `ValidationException` unless exactly one of the two says how long. */
export function dataKeyBytes({
  KeySpec,
  NumberOfBytes,
}: Pick<InputOf<'GenerateDataKey'>, 'KeySpec' | 'NumberOfBytes'>): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw invalid('Please specify either number of bytes or key spec.')
  }
  return NumberOfBytes ?? SPEC_BYTES[KeySpec!]
}

export function dataKeyOutput(lease: Lease, CiphertextBlob: Uint8Array): WrappedDataKeyOutput {
  const { keyMaterialId: KeyMaterialId } = shownMaterial(lease)
  const output = { CiphertextBlob, KeyId: lease.key.arn }
  return KeyMaterialId === undefined ? output : { ...output, KeyMaterialId }
}

async function generate(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKeyWithoutPlaintext'>,
  keyBytes: number,
  plain: Uint8Array | undefined,
): Promise<WrappedDataKeyOutput> {
  const context = contextBytes(input.EncryptionContext)
  const { KeyId: keyId, GrantTokens: grantTokens } = input
  const use = { keyId, context: input.EncryptionContext, grantTokens }
  const lease = await useKey(parts, call, use)
  try {
    const inner = wrapDataKey(parts.engines.small, lease, keyBytes, context, plain)
    const CiphertextBlob = await wrapOutside(parts, call, lease, inner, context)
    showMaterial(call, lease)
    if (input.DryRun) throw dryRun()
    await call.succeed()
    const output = dataKeyOutput(lease, CiphertextBlob)
    if (plain !== undefined) {
      tellRepeatable(call, input, { lease, blob: CiphertextBlob, keyBytes, output })
    }
    return output
  } finally {
    lease.release()
  }
}
