/**
 * DeriveSharedSecret.
 *
 * ECDH: the x coordinate as it is; a key is derived of it by whoever asked. Source: SP 800-56A Rev. 3 §5.7.1.2.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { InputOf, ShapeValue } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { dryRun, invalid, refuseRecipient } from '../../refusals.js'
import type { KeyAgreementAlgorithm } from '../../specs/key-specs.js'
import { usePrivateKey } from '../../use/use-key.js'

export interface SharedSecretOutput {
  /** The key's ARN. */
  readonly KeyId: string
  /** The caller's to wipe. */
  readonly SharedSecret: Uint8Array
  readonly KeyAgreementAlgorithm: KeyAgreementAlgorithm
  readonly KeyOrigin: ShapeValue<'OriginType'>
}

export async function deriveSharedSecret(
  parts: Parts,
  call: Call,
  input: InputOf<'DeriveSharedSecret'>,
): Promise<SharedSecretOutput> {
  refuseRecipient(input.Recipient)
  const { KeyId: keyId, GrantTokens: grantTokens, KeyAgreementAlgorithm: algorithm } = input
  const use = { keyId, usage: 'KEY_AGREEMENT', algorithm, grantTokens } as const
  const lease = await usePrivateKey(parts, call, use)
  let SharedSecret: Uint8Array | undefined
  try {
    const { arn, keySpec, origin } = lease.key
    SharedSecret = parts.engines.small.privateKeys.agree(lease.handle, input.PublicKey)
    if (SharedSecret === undefined) {
      throw invalid(`PublicKey is not a DER-encoded public key of key spec ${keySpec}.`)
    }
    if (input.DryRun) throw dryRun()
    await call.succeed()
    return { KeyId: arn, SharedSecret, KeyAgreementAlgorithm: algorithm, KeyOrigin: origin }
  } catch (error) {
    SharedSecret?.fill(0)
    throw error
  } finally {
    lease.release()
  }
}
