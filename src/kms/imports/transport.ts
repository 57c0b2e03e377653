/**
 * What an importer sends: material under the public key of an import token, opened.
 *
 *     RSAES_OAEP_SHA_*          | RSA-OAEP of the material |
 *     RSA_AES_KEY_WRAP_SHA_*    | RSA-OAEP of a 256-bit AES key | AES key wrap with padding, of the material |
 *
 * Whatever of it does not open has one answer. The material passes in secret memory only. Source: RFC 8017 §7.1, RFC 5649;
 * AWS KMS developer guide, "Select a wrapping algorithm".
 *
 * @module
 */
import { KEY_BYTES } from '../../engine/engine.js'
import { KEY_WRAP_BYTES_MIN, openKeyWrap } from '../../engine/openssl/key-wrap.js'
import type { PrivateKeys, RsaAlgorithm } from '../../engine/private-keys.js'
import { invalidCiphertext } from '../../message/keyring.js'
import type { ShapeValue } from '../model/kms.js'
import { invalid, unsupported } from '../refusals.js'
import {
  type OpenToken,
  WRAPPING_ALGORITHMS,
  WRAPPING_KEY_SPECS,
  type Wrapping,
  type WrappingAlgorithm,
  type WrappingKeySpec,
} from './token.js'

type KeySpec = ShapeValue<'KeySpec'>

/**
 * How material of `keySpec` may come.
 * @throws SealtrailError `UnsupportedOperationException`, `ValidationException`
 */
export function checkWrapping(
  keySpec: KeySpec,
  algorithm: ShapeValue<'AlgorithmSpec'>,
  spec: ShapeValue<'WrappingKeySpec'>,
): Wrapping {
  if (!isOneOf(WRAPPING_ALGORITHMS, algorithm)) {
    throw unsupported(`WrappingAlgorithm ${algorithm} is not supported.`)
  }
  if (!isOneOf(WRAPPING_KEY_SPECS, spec)) {
    throw unsupported(`WrappingKeySpec ${spec} is not supported.`)
  }
  const isTooLong =
    keySpec.startsWith('RSA_') || (keySpec === 'ECC_NIST_P521' && spec === 'RSA_2048')
  if (isTooLong && !isKeyWrap(algorithm)) {
    const says = `Key material of KeySpec ${keySpec} cannot be wrapped with ${algorithm} and a key of ${spec}.`
    throw invalid(says)
  }
  return { algorithm, spec }
}

/**
 * Secret bytes, the caller's to wipe.
 * @throws SealtrailError `InvalidCiphertextException`, `ValidationException` for what has no size of such
 */
export function openTransport(
  privateKeys: PrivateKeys,
  { algorithm, spec, privateKey }: OpenToken,
  sent: Uint8Array,
): Uint8Array {
  const rsaBytes = Number(spec.slice('RSA_'.length)) / 8
  const rest = sent.subarray(rsaBytes)
  const hasItsSize = isKeyWrap(algorithm)
    ? rest.length >= KEY_WRAP_BYTES_MIN
    : sent.length === rsaBytes
  if (!hasItsSize) throw invalid('Invalid encrypted key size.')
  const first = privateKeys.decrypt(privateKey, oaepOf(algorithm), sent.subarray(0, rsaBytes))
  if (!isKeyWrap(algorithm)) {
    if (first === undefined) throw invalidCiphertext()
    return first
  }
  try {
    const material = first?.length === KEY_BYTES ? openKeyWrap(first, rest) : undefined
    if (material === undefined) throw invalidCiphertext()
    return material
  } finally {
    first?.fill(0)
  }
}

function isKeyWrap(algorithm: WrappingAlgorithm): boolean {
  return algorithm.startsWith('RSA_AES_KEY_WRAP_')
}

function oaepOf(algorithm: WrappingAlgorithm): RsaAlgorithm {
  return algorithm.endsWith('_SHA_1') ? 'RSAES_OAEP_SHA_1' : 'RSAES_OAEP_SHA_256'
}

function isOneOf<Known extends WrappingAlgorithm | WrappingKeySpec>(
  known: readonly Known[],
  given: string,
): given is Known {
  return (known as readonly string[]).includes(given)
}
