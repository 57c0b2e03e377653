/**
 * RSA over node:crypto: OAEP, PSS and PKCS #1 v1.5.
 *
 * node:crypto signs messages. A digest is encoded here, and the private key's raw operation does the rest; so is what a
 * signature holds looked at. Source: RFC 8017.
 *
 * @module
 */
import {
  constants,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto'
import { constantTimeEqual } from '../../bytes/compare.js'
import { secretCopy } from '../../bytes/secret.js'
import type { RsaAlgorithm } from '../private-keys.js'
import type { Family, Signing } from './family.js'
import { generatePair, type KeyPair, readPkcs8 } from './key-object.js'
import { encodePss, isPss } from './pss.js'

const EXPONENT = 65_537n
const SOUND: Signing = {
  algorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  message: Buffer.from('sealtrail'),
  form: 'RAW',
}
/** What stands before a digest in PKCS #1 v1.5: DigestInfo up to it. Source: RFC 8017 §9.2, note 1. */
const DIGEST_INFO: Readonly<Record<string, Uint8Array>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
}

export const RSA: Family<KeyPair> = {
  generate: (spec) => generatePair('rsa', { modulusLength: bitsOf(spec) }),
  read(spec, bytes) {
    const pair = readPkcs8(bytes)
    // Asked first: Node ends the process when it is asked for details of some keys of curves.
    if (pair?.privateKey.asymmetricKeyType !== 'rsa') return undefined
    const { modulusLength, publicExponent } = pair.privateKey.asymmetricKeyDetails!
    return modulusLength === bitsOf(spec) && publicExponent === EXPONENT ? pair : undefined
  },
  sound(pair) {
    try {
      return isWhole(pair) && rsaVerify(pair, SOUND, rsaSign(pair, SOUND)) ? pair : undefined
    } catch {
      return undefined
    }
  },
  write: (pair) => pair.pkcs8,
  release() {},
  publicKey: (pair) => pair.spki,
  sign: rsaSign,
  verify: rsaVerify,
  encrypt: ({ publicKey }, algorithm, plain) =>
    publicEncrypt({ key: publicKey, ...oaep(algorithm) }, plain),
  decrypt({ privateKey }, algorithm, ciphertext) {
    if (ciphertext.length !== modulusBytesOf(privateKey)) return undefined
    try {
      const plain = privateDecrypt({ key: privateKey, ...oaep(algorithm) }, ciphertext)
      const copy = secretCopy(plain)
      plain.fill(0)
      return copy
    } catch {
      return undefined
    }
  },
}

/**
 * Whether all parts belong to each other. OpenSSL works around those that do not, and other engines take no such key.
 * The numbers pass through V8's heap, as there is no other way to them.
 */
function isWhole({ privateKey }: KeyPair): boolean {
  const jwk = privateKey.export({ format: 'jwk' })
  const [n, d, p, q, dp, dq, qi] = (['n', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const).map((name) =>
    BigInt(`0x${Buffer.from(jwk[name]!, 'base64url').toString('hex')}`),
  ) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint]
  const isOf = (prime: bigint, exponent: bigint) =>
    prime > 1n && (d * EXPONENT) % (prime - 1n) === 1n && d % (prime - 1n) === exponent
  return p * q === n && d < n && isOf(p, dp) && isOf(q, dq) && qi < p && (qi * q) % p === 1n
}

function rsaSign({ privateKey }: KeyPair, { algorithm, message, form }: Signing): Uint8Array {
  const { hash, isPss: isOfPss } = schemeOf(algorithm)
  if (form === 'RAW') return sign(hash, message, { key: privateKey, ...paddingOf(isOfPss) })
  if (!isOfPss) {
    const padding = constants.RSA_PKCS1_PADDING
    return privateEncrypt({ key: privateKey, padding }, digestInfo(hash, message))
  }
  const padding = constants.RSA_NO_PADDING
  const block = encodePss(hash, message, modulusBytesOf(privateKey))
  return privateEncrypt({ key: privateKey, padding }, block)
}

function rsaVerify(
  { publicKey }: KeyPair,
  { algorithm, message, form }: Signing,
  signature: Uint8Array,
): boolean {
  // OpenSSL takes one without the zeros that it begins with.
  if (signature.length !== modulusBytesOf(publicKey)) return false
  const { hash, isPss: isOfPss } = schemeOf(algorithm)
  if (form === 'RAW') {
    return verify(hash, message, { key: publicKey, ...paddingOf(isOfPss) }, signature)
  }
  const padding = isOfPss ? constants.RSA_NO_PADDING : constants.RSA_PKCS1_PADDING
  let block: Uint8Array
  try {
    block = publicDecrypt({ key: publicKey, padding }, signature)
  } catch {
    return false
  }
  if (isOfPss) return isPss(hash, message, block)
  const expected = digestInfo(hash, message)
  return block.length === expected.length && constantTimeEqual(block, expected)
}

function schemeOf(algorithm: string): { readonly hash: string; readonly isPss: boolean } {
  return { hash: `sha${algorithm.slice(-3)}`, isPss: algorithm.startsWith('RSASSA_PSS') }
}

function paddingOf(isOfPss: boolean) {
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants
  if (!isOfPss) return { padding: RSA_PKCS1_PADDING }
  return { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST }
}

function oaep(algorithm: RsaAlgorithm) {
  const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256'
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
}

function digestInfo(hash: string, digest: Uint8Array): Uint8Array {
  return Buffer.concat([DIGEST_INFO[hash]!, digest])
}

function modulusBytesOf({ asymmetricKeyDetails }: KeyPair['publicKey']): number {
  return asymmetricKeyDetails!.modulusLength! / 8
}

function bitsOf(spec: string): number {
  return Number(spec.slice('RSA_'.length))
}
