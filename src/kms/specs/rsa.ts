/**
 * How much an RSA key encrypts at once.
 *
 * Source: RFC 8017 §7.1.1; the message of the refusal is AWS's.
 *
 * @module
 */
import type { RsaAlgorithm } from '../../engine/private-keys.js'
import { invalid } from '../refusals.js'
import type { KeySpec } from './key-specs.js'

const MODULUS_BYTES: Readonly<Partial<Record<KeySpec, number>>> = {
  RSA_2048: 256,
  RSA_3072: 384,
  RSA_4096: 512,
}
const DIGEST_BYTES: Readonly<Record<RsaAlgorithm, number>> = {
  RSAES_OAEP_SHA_1: 20,
  RSAES_OAEP_SHA_256: 32,
}

/** @throws SealtrailError `ValidationException` */
export function checkPlainBytes(keySpec: KeySpec, algorithm: RsaAlgorithm, bytes: number): void {
  const most = MODULUS_BYTES[keySpec]! - 2 * DIGEST_BYTES[algorithm] - 2
  if (bytes <= most) return
  const says = `cannot encrypt data larger than ${most} bytes.`
  throw invalid(`Algorithm ${algorithm} and key spec ${keySpec} ${says}`)
}
