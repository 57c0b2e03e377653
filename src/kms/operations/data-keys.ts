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
import { type ForRecipient, handOver, type Recipient, recipientOf } from '../recipient/recipient.js'
import { dryRun, invalid } from '../refusals.js'
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
): Promise<DataKeyOutput | ForRecipient<DataKeyOutput, 'Plaintext'>> {
  const recipient = recipientOf(parts, call, input.Recipient)
  const keyBytes = dataKeyBytes(input)
  const Plaintext = secretBytes(keyBytes)
  try {
    const handed = () => handOver(parts, call, recipient, 'Plaintext', Plaintext)
    return await generate(parts, call, input, { keyBytes, plain: Plaintext, recipient, handed })
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
  return await generate(parts, call, input, { keyBytes: dataKeyBytes(input), handed: () => ({}) })
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

interface Wanted<Handed> {
  readonly keyBytes: number
  /** Where the data key is put as it is. */
  readonly plain?: Uint8Array
  readonly recipient?: Recipient | undefined
  /** What of `plain` is answered. */
  readonly handed: () => Handed
}

async function generate<Handed extends object>(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKeyWithoutPlaintext'>,
  { keyBytes, plain, recipient, handed }: Wanted<Handed>,
): Promise<WrappedDataKeyOutput & Handed> {
  const context = contextBytes(input.EncryptionContext)
  const { KeyId: keyId, GrantTokens: grantTokens } = input
  const attested = recipient?.attested
  const use = { keyId, context: input.EncryptionContext, grantTokens, attested }
  const lease = await useKey(parts, call, use)
  try {
    const inner = wrapDataKey(parts.engines.small, lease, keyBytes, context, plain)
    const CiphertextBlob = await wrapOutside(parts, call, lease, inner, context)
    showMaterial(call, lease)
    const output = { ...dataKeyOutput(lease, CiphertextBlob), ...handed() }
    if (input.DryRun) throw dryRun()
    await call.succeed()
    if (plain !== undefined) {
      tellRepeatable(call, input, { lease, blob: CiphertextBlob, keyBytes, output })
    }
    return output
  } finally {
    lease.release()
  }
}
