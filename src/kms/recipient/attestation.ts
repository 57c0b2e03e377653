/**
 * An attestation document that is believed: signed by whom a trusted root vouches for, a moment ago.
 *
 *     envelope → members → age → chain of certificates → signature
 *
 * A document counts for five minutes before and behind the house's clock: long enough for clocks that differ, as with
 * signed requests. AWS names no age; its certificates last for three hours. It is not kept, so that it may come twice: what
 * is answered to it is for its key alone. What it proves can be asked by policies (attestedFact) and shown by records
 * (shownAttestation). Source: AWS's attestation process (aws-nitro-enclaves-nsm-api); AWS KMS developer guide,
 * "Condition keys for attested platforms", "Monitoring attested requests".
 *
 * @module
 */
import { type AttestationDocument, type Platform, readDocument } from './attestation-document.js'
import { isSignedBy, readCoseSign1 } from './cose-sign1.js'
import { invalidDocument } from './invalid-document.js'
import type { TrustedChains } from './trusted-chains.js'

const AGE_MS_MAX = 5 * 60 * 1000

const FACT = /^(?:(imagesha384)|(nitrotpm)?pcr(0|[1-9]\d?))$/
/** Registers that records show. */
const SHOWN: Readonly<Record<Platform, readonly number[]>> = {
  NitroEnclave: [0, 1, 2, 3, 4, 8],
  NitroTPM: [4, 7, 8, 9, 16, 23],
}

export type Attested = Pick<AttestationDocument, 'moduleId' | 'platform' | 'pcrs' | 'publicKey'>

/** @throws SealtrailError `ValidationException` */
export function verifyAttestation(bytes: Uint8Array, chains: TrustedChains, now: number): Attested {
  const envelope = readCoseSign1(bytes)
  const document = readDocument(envelope.payload)
  if (Math.abs(now - document.timestamp) > AGE_MS_MAX) {
    throw invalidDocument('it was not made within the last five minutes')
  }
  if (!isSignedBy(envelope, chains.keyOf(document, now))) {
    throw invalidDocument('its signature does not match')
  }
  return document
}

/** What a policy asks of it, by the end of the condition key, in lower case: a register, in hex; undefined for none. */
export function attestedFact(
  attested: Attested | undefined,
  name: string,
): readonly string[] | undefined {
  const [, image, instance, index] = FACT.exec(name) ?? []
  if (attested === undefined || (image ?? index) === undefined) return undefined
  const platform = instance === undefined ? 'NitroEnclave' : 'NitroTPM'
  if (attested.platform !== platform) return undefined
  const value = attested.pcrs.get(Number(index ?? 0))
  return value && [Buffer.from(value).toString('hex')]
}

/** As CloudTrail shows it: registers in base64, the first of an enclave as the digest of its image. */
export function shownAttestation({ moduleId, platform, pcrs }: Attested): Record<string, string> {
  const shown: Record<string, string> = { attestationDocumentModuleId: moduleId }
  for (const index of SHOWN[platform]) {
    const value = pcrs.get(index)
    if (value !== undefined) {
      shown[`attestationDocument${shownName(platform, index)}`] =
        Buffer.from(value).toString('base64')
    }
  }
  return shown
}

function shownName(platform: Platform, index: number): string {
  if (platform === 'NitroTPM') return `NitroTPMPCR${index}`
  return index === 0 ? 'EnclaveImageDigest' : `EnclavePCR${index}`
}
