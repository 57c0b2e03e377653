/**
 * GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext.
 *
 * The private key, as PKCS #8, is the text of a CiphertextBlob, which Decrypt opens as any other. An RSA pair takes
 * seconds: whoever may not is told before, a dry run makes none, and the key is looked at anew behind it, so that none that was
 * disabled meanwhile wraps it.
 *
 * @module
 */
import { secretBytes } from '../../../bytes/secret.js'
import type { PrivateKeyHandle } from '../../../engine/private-keys.js'
import type { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { contextBytes, wrapPrivateKey } from '../../blob/wrapping.js'
import type { Lease } from '../../keys/material.js'
import type { InputOf, ShapeValue } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import {
  type ForRecipient,
  handOver,
  type Recipient,
  recipientOf,
} from '../../recipient/recipient.js'
import { dryRun, unsupported } from '../../refusals.js'
import { showMaterial } from '../../use/shown.js'
import { useKeyHere } from '../../use/use-key.js'

export interface WrappedDataKeyPairOutput {
  readonly PrivateKeyCiphertextBlob: Uint8Array
  /** SubjectPublicKeyInfo, DER. */
  readonly PublicKey: Uint8Array
  /** The ARN of the key that wraps. */
  readonly KeyId: string
  readonly KeyPairSpec: ShapeValue<'DataKeyPairSpec'>
  readonly KeyMaterialId: string
}

export interface DataKeyPairOutput extends WrappedDataKeyPairOutput {
  /** PKCS #8, DER; the caller's to wipe. */
  readonly PrivateKeyPlaintext: Uint8Array
}

type Input = InputOf<'GenerateDataKeyPairWithoutPlaintext'>

export async function generateDataKeyPair(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKeyPair'>,
): Promise<DataKeyPairOutput | ForRecipient<DataKeyPairOutput, 'PrivateKeyPlaintext'>> {
  const recipient = recipientOf(parts, call, input.Recipient)
  return await withPair(parts, call, input, recipient, async (pair, output) => {
    const plain = parts.engines.small.privateKeys.exportKey(pair)
    try {
      const handed = handOver(parts, call, recipient, 'PrivateKeyPlaintext', plain)
      await call.succeed()
      return { ...output, ...handed }
    } catch (error) {
      plain.fill(0)
      throw error
    }
  })
}

export async function generateDataKeyPairWithoutPlaintext(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<WrappedDataKeyPairOutput> {
  return await withPair(parts, call, input, undefined, async (_, output) => {
    await call.succeed()
    return output
  })
}

/** A fresh pair, wrapped, for as long as `work` takes. */
async function withPair<Answer>(
  parts: Parts,
  call: Call,
  input: Input,
  recipient: Recipient | undefined,
  work: (pair: PrivateKeyHandle, output: WrappedDataKeyPairOutput) => Promise<Answer>,
): Promise<Answer> {
  const context = contextBytes(input.EncryptionContext)
  const { KeyId: keyId, GrantTokens: grantTokens, KeyPairSpec } = input
  if (KeyPairSpec === 'SM2') throw unsupported('KeyPairSpec SM2 is not supported.')
  const attested = recipient?.attested
  const use = { keyId, context: input.EncryptionContext, grantTokens, attested }
  await useKeyHere(parts, call, use, wrapsNoPairs, async (lease) => {
    if (!input.DryRun) return
    showMaterial(call, lease)
    // The record shows whom it would have been for.
    handOver(parts, call, recipient, 'PrivateKeyPlaintext', secretBytes(0))
    throw dryRun()
  })
  const pair = await parts.freshKeys.make(KeyPairSpec, call.caller.account)
  try {
    await parts.schedule.catchUp()
    call.looksAnew()
    return await useKeyHere(parts, call, use, wrapsNoPairs, async (lease) => {
      const output = { ...wrapped(parts, lease, pair, context), KeyPairSpec }
      showMaterial(call, lease)
      return await work(pair, output)
    })
  } finally {
    pair.release()
  }
}

function wrapsNoPairs(arn: string): SealtrailError {
  return unsupported(`${arn} is in a custom key store: it wraps no key pairs.`)
}

function wrapped(
  { engines }: Parts,
  lease: Lease,
  pair: PrivateKeyHandle,
  context: Uint8Array,
): Omit<WrappedDataKeyPairOutput, 'KeyPairSpec'> {
  return {
    PrivateKeyCiphertextBlob: wrapPrivateKey(engines.small, lease, pair, context),
    PublicKey: engines.small.privateKeys.publicKey(pair),
    ...{ KeyId: lease.key.arn, KeyMaterialId: lease.materialId },
  }
}
