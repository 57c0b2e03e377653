/**
 * Whom an answer is for: nobody but an enclave or an instance that proved what it is.
 *
 *     recipientOf   the Recipient of a call, verified before anybody is asked whether the caller may
 *     handOver      what the call answers: its secret as it is, or sealed to the recipient
 *
 * A document that does not verify is refused, never ignored. What is proved goes to policies with the question
 * (use/facts.ts), and into the record once the call has been allowed. Grants ask nothing of it, as with AWS: who must not
 * use a key unattested is denied so by its policy.
 *
 * @module
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { missingMember } from '../../aws/constraints.js'
import type { Clock } from '../../clock.js'
import type { Engines } from '../../engine/choose.js'
import type { Call } from '../../service/calls/call.js'
import type { ShapeValue } from '../model/kms.js'
import { type Attested, shownAttestation, verifyAttestation } from './attestation.js'
import { invalidDocument } from './invalid-document.js'
import { type Holder, sealTo } from './seal.js'
import type { TrustedChains } from './trusted-chains.js'

/** Whom documents must lead back to, and when. */
interface Trust {
  readonly attestationChains: TrustedChains
  readonly clock: Clock
}

export interface Recipient {
  readonly attested: Attested
  readonly holder: Holder
}

/** An answer whose secret only its recipient reads. */
export type ForRecipient<Output, Secret extends keyof Output> = Omit<Output, Secret> & {
  readonly CiphertextForRecipient: Uint8Array
}

const MODULUS_BITS = { least: 2048, most: 4096 }

/** @throws SealtrailError `ValidationException` */
export function recipientOf(
  { attestationChains, clock }: Trust,
  call: Call,
  given: ShapeValue<'RecipientInfo'> | undefined,
): Recipient | undefined {
  if (given === undefined) return undefined
  // Not what was asked, as with AWS: what was proved is shown with the answer.
  call.hide('recipient')
  const { AttestationDocument, KeyEncryptionAlgorithm } = given
  if (AttestationDocument === undefined) throw missingMember('recipient.attestationDocument')
  if (KeyEncryptionAlgorithm === undefined) throw missingMember('recipient.keyEncryptionAlgorithm')
  const attested = verifyAttestation(AttestationDocument, attestationChains, clock.now())
  return { attested, holder: holderOf(attested) }
}

/** `plain`, named `secret` in the answer; or sealed to the recipient, and wiped. Before the call succeeds. @throws as {@link sealTo} */
export function handOver<Secret extends string>(
  { engines }: { readonly engines: Engines },
  call: Call,
  recipient: Recipient | undefined,
  secret: Secret,
  plain: Uint8Array,
): { readonly [Name in Secret]: Uint8Array } | { readonly CiphertextForRecipient: Uint8Array } {
  if (recipient === undefined) return { [secret]: plain } as { [Name in Secret]: Uint8Array }
  call.showBeside({ recipient: shownAttestation(recipient.attested) })
  try {
    return { CiphertextForRecipient: sealTo(recipient.holder, plain, engines.small) }
  } finally {
    plain.fill(0)
  }
}

function holderOf({ publicKey: der }: Attested): Holder {
  if (der === undefined) throw invalidDocument('it has no public key')
  const publicKey = rsaKeyOf(der)
  if (publicKey === undefined) throw invalidDocument('its public key is not an RSA key in DER')
  const { modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {}
  const { least, most } = MODULUS_BITS
  if (modulusLength < least || modulusLength > most) {
    throw invalidDocument(`its public key does not have ${least} to ${most} bits`)
  }
  return { publicKey, keyId: createHash('sha256').update(der).digest() }
}

function rsaKeyOf(der: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({
      key: Buffer.from(der.buffer, der.byteOffset, der.length),
      format: 'der',
      type: 'spki',
    })
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    return undefined
  }
}
