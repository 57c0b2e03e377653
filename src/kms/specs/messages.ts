/**
 * What is signed by each algorithm: in which forms a message may come, and how long what is no whole message is.
 *
 * Messages of refusals are AWS's. Source: AWS KMS API reference, "Sign", MessageType; FIPS 204 §6.2 (μ has 64 bytes).
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { MessageForm, SigningAlgorithm } from '../../engine/private-keys.js'
import { invalid } from '../refusals.js'
import { algorithmsOf, type SpecAndUsage } from './key-specs.js'

interface FormRow {
  readonly RAW?: true
  /** Bytes. */
  readonly DIGEST?: number
  readonly EXTERNAL_MU?: number
}

const SHA_256: FormRow = { RAW: true, DIGEST: 32 }
const SHA_384: FormRow = { RAW: true, DIGEST: 48 }
const SHA_512: FormRow = { RAW: true, DIGEST: 64 }

const FORMS: Readonly<Record<SigningAlgorithm, FormRow>> = {
  RSASSA_PSS_SHA_256: SHA_256,
  RSASSA_PSS_SHA_384: SHA_384,
  RSASSA_PSS_SHA_512: SHA_512,
  RSASSA_PKCS1_V1_5_SHA_256: SHA_256,
  RSASSA_PKCS1_V1_5_SHA_384: SHA_384,
  RSASSA_PKCS1_V1_5_SHA_512: SHA_512,
  ECDSA_SHA_256: SHA_256,
  ECDSA_SHA_384: SHA_384,
  ECDSA_SHA_512: SHA_512,
  ED25519_SHA_512: { RAW: true },
  ED25519_PH_SHA_512: { DIGEST: 64 },
  ML_DSA_SHAKE_256: { RAW: true, EXTERNAL_MU: 64 },
}

/** @throws SealtrailError `ValidationException` for a form that the algorithm does not take, or a length that it has not. */
export function checkMessage(
  key: SpecAndUsage,
  algorithm: SigningAlgorithm,
  form: MessageForm,
  bytes: number,
): void {
  const length = FORMS[algorithm][form]
  if (length === undefined) {
    const isOfKey = algorithmsOf(key).some((one) => FORMS[one as SigningAlgorithm][form])
    const other = isOfKey ? `algorithm ${algorithm}` : `key spec ${key.keySpec}`
    throw invalid(`Message type ${form} is incompatible with ${other}.`)
  }
  if (length === true || length === bytes) return
  const what = form === 'DIGEST' ? 'Digest' : 'External Mu'
  throw invalid(`${what} is invalid length for algorithm ${algorithm}.`)
}

/**
 * What the engine is given to sign. AWS hashes the digest that is given for Ed25519ph once more, so that a signature is
 * that of a message which is the digest.
 */
export function signedBytes(algorithm: SigningAlgorithm, message: Uint8Array): Uint8Array {
  if (algorithm !== 'ED25519_PH_SHA_512') return message
  return createHash('sha512').update(message).digest()
}
