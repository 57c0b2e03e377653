/**
 * Sign, Verify.
 *
 * A signature that does not verify has one answer, whatever is wrong with it.
 *
 * @module
 */
import type { MessageForm, SigningAlgorithm } from '../../../engine/private-keys.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { PrivateLease } from '../../keys/material.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { dryRun } from '../../refusals.js'
import { checkMessage, signedBytes } from '../../specs/messages.js'
import { usePrivateKey } from '../../use/use-key.js'

interface SigningOutput {
  /** The key's ARN. */
  readonly KeyId: string
  readonly SigningAlgorithm: SigningAlgorithm
}

export interface SignOutput extends SigningOutput {
  /** ECDSA: DER. RSA: as long as the modulus. */
  readonly Signature: Uint8Array
}

export interface VerifyOutput extends SigningOutput {
  readonly SignatureValid: true
}

/** What both operations say. */
type Input = Omit<InputOf<'Sign'>, 'DryRun'>

interface Signing {
  readonly lease: PrivateLease
  readonly algorithm: SigningAlgorithm
  readonly message: Uint8Array
  readonly form: MessageForm
}

export async function sign(parts: Parts, call: Call, input: InputOf<'Sign'>): Promise<SignOutput> {
  const { privateKeys } = parts.engines.small
  const made = await withSigningKey(parts, call, input, ({ lease, algorithm, message, form }) => {
    const Signature = privateKeys.sign(lease.handle, algorithm, message, form)
    return { KeyId: lease.key.arn, Signature, SigningAlgorithm: algorithm }
  })
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return made
}

export async function verify(
  parts: Parts,
  call: Call,
  input: InputOf<'Verify'>,
): Promise<VerifyOutput> {
  const { privateKeys } = parts.engines.small
  const made = await withSigningKey(parts, call, input, ({ lease, algorithm, message, form }) => {
    const { handle, key } = lease
    if (!privateKeys.verify(handle, algorithm, message, form, input.Signature)) {
      // AWS says no more than this.
      throw new SealtrailError('KMSInvalidSignatureException', '')
    }
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: algorithm } as const
  })
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return made
}

async function withSigningKey<Made>(
  parts: Parts,
  call: Call,
  { KeyId: keyId, GrantTokens: grantTokens, SigningAlgorithm, Message, MessageType }: Input,
  work: (signing: Signing) => Made,
): Promise<Made> {
  const form = MessageType ?? 'RAW'
  call.showDefault('messageType', form)
  const use = { keyId, usage: 'SIGN_VERIFY', algorithm: SigningAlgorithm, grantTokens } as const
  const lease = await usePrivateKey(parts, call, use)
  try {
    // Of no key that we make is SM2DSA.
    const algorithm = SigningAlgorithm as SigningAlgorithm
    checkMessage(lease.key, algorithm, form, Message.length)
    return work({ lease, algorithm, message: signedBytes(algorithm, Message), form })
  } finally {
    lease.release()
  }
}
