/**
 * ML-DSA over @noble/post-quantum: a seed of 32 bytes, and what is worked out of it.
 *
 *     PKCS #8    30 34 | 02 01 00 | 30 0b 06 09 (OID) | 04 22 | 80 20 (seed)                  54 bytes
 *     SPKI       30 82 … | 30 0b 06 09 (OID) | 03 82 … 00 | public key
 *
 * Source: FIPS 204; RFC 9881, which has two more forms of a private key, with the expanded one; they are not read.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto'
import { constantTimeEqual } from '../../bytes/compare.js'
import { BIT_STRING, element, SEQUENCE } from '../../bytes/der.js'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import type { PrivateKeySpec } from '../private-keys.js'
import type { Family } from './family.js'
import { mlDsa } from './noble.js'

interface Parameters {
  readonly signer: () => ReturnType<typeof mlDsa>['ml_dsa44']
  /** The last byte of the OID 2.16.840.1.101.3.4.3.n. */
  readonly arc: number
}

interface MlDsaKey {
  readonly parameters: Parameters
  /** Secret bytes, all of them wiped on release. */
  readonly seed: Uint8Array
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
}

const PARAMETERS: Partial<Record<PrivateKeySpec, Parameters>> = {
  ML_DSA_44: { signer: () => mlDsa().ml_dsa44, arc: 17 },
  ML_DSA_65: { signer: () => mlDsa().ml_dsa65, arc: 18 },
  ML_DSA_87: { signer: () => mlDsa().ml_dsa87, arc: 19 },
}
const SEED_BYTES = 32
const PKCS8_START = Buffer.from('3034020100300b06096086480165030403', 'hex')
const SEED_START = Buffer.from('04228020', 'hex')
const OF_MU = { externalMu: true }

export const ML_DSA: Family<MlDsaKey> = {
  async generate(spec) {
    return keyOf(PARAMETERS[spec]!, randomFillSync(secretBytes(SEED_BYTES)))
  },
  read(spec, bytes) {
    const parameters = PARAMETERS[spec]!
    const start = startOf(parameters)
    const isOfSpec =
      bytes.length === start.length + SEED_BYTES &&
      constantTimeEqual(bytes.subarray(0, start.length), start)
    return isOfSpec ? keyOf(parameters, secretCopy(bytes.subarray(start.length))) : undefined
  },
  sound: (key) => key,
  write({ parameters, seed }) {
    const start = startOf(parameters)
    const bytes = secretBytes(start.length + SEED_BYTES)
    bytes.set(start)
    bytes.set(seed, start.length)
    return bytes
  },
  release({ seed, secret }) {
    seed.fill(0)
    secret.fill(0)
  },
  publicKey({ parameters, publicKey }) {
    const algorithm = Buffer.concat([PKCS8_START.subarray(5), Buffer.of(parameters.arc)])
    return element(SEQUENCE, algorithm, element(BIT_STRING, Buffer.of(0), publicKey))
  },
  sign({ parameters, secret }, { message, form }) {
    const signer = parameters.signer()
    const isMu = form === 'EXTERNAL_MU'
    return isMu ? signer.internal.sign(message, secret, OF_MU) : signer.sign(message, secret)
  },
  verify({ parameters, publicKey }, { message, form }, signature) {
    const signer = parameters.signer()
    if (signature.length !== signer.lengths.signature) return false
    const isMu = form === 'EXTERNAL_MU'
    return isMu
      ? signer.internal.verify(signature, message, publicKey, OF_MU)
      : signer.verify(signature, message, publicKey)
  },
}

/** Takes over the seed. */
function keyOf(parameters: Parameters, seed: Uint8Array): MlDsaKey {
  const { secretKey, publicKey } = parameters.signer().keygen(seed)
  return { parameters, seed, secret: secretKey, publicKey }
}

function startOf({ arc }: Parameters): Uint8Array {
  return Buffer.concat([PKCS8_START, Buffer.of(arc), SEED_START])
}
