/**
 * Private keys as they come from outside, held against the one structure that each kind has: PKCS #8, in DER.
 *
 *     | version 0, 1 | algorithm | OCTET STRING: the key | [0] attributes | [1] public key, of version 1 |
 *
 *     RSA        rsaEncryption, NULL          | 0 | n | e | d | p | q | dp | dq | qi |
 *     curves     ecPublicKey, named curve     | 1 | scalar | [0] the same curve | [1] point |
 *     Ed25519    id-Ed25519                   | OCTET STRING: 32 bytes |
 *
 * Readers of engines take more than that, each something else: curves by explicit parameters, versions that there are not,
 * bytes behind the key. So this is asked first, whichever engine it is for, and no engine sees attributes or the outer
 * public key; the latter must be the pair's own. The primes of RSA are as long as each other: one that is shorter is found
 * sooner. Whether numbers fit each other is the engine's to see. ML-DSA has one form only, and the key of a MAC none. Source:
 * RFC 5958, RFC 8017 A.1.2, RFC 5915, RFC 5480, RFC 8410; FIPS 186-5 A.1.1; AWS KMS developer guide, "Requirements for
 * imported key material".
 *
 * @module
 */
import {
  BIT_STRING,
  type Element,
  element,
  elementHead,
  elementsOf,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
} from '../bytes/der.js'
import { secretBytes } from '../bytes/secret.js'
import type { PrivateKeyHandle, PrivateKeySpec, PrivateKeys } from './private-keys.js'

type Take = (bytes: Uint8Array) => PrivateKeyHandle | undefined

const ATTRIBUTES = 0xa0
const PUBLIC_KEY = 0x81
const CURVE = 0xa0
const POINT = 0xa1
/** Version, modulus, two exponents, and five numbers of the two primes. */
const RSA_NUMBERS = 9
const SEED_BYTES = 32
/** Of the bits of a BIT STRING. */
const NO_UNUSED = Buffer.of(0)
const ZERO = element(INTEGER, Buffer.of(0))

const RSA = Buffer.from('06092a864886f70d0101010500', 'hex')
const ED25519 = Buffer.from('06032b6570', 'hex')
/** ecPublicKey, and the curve by its name. */
const CURVES: Partial<Record<PrivateKeySpec, Uint8Array>> = {
  ECC_NIST_P256: Buffer.from('06072a8648ce3d020106082a8648ce3d030107', 'hex'),
  ECC_NIST_P384: Buffer.from('06072a8648ce3d020106052b81040022', 'hex'),
  ECC_NIST_P521: Buffer.from('06072a8648ce3d020106052b81040023', 'hex'),
  ECC_SECG_P256K1: Buffer.from('06072a8648ce3d020106052b8104000a', 'hex'),
}
const CURVE_OFFSET = 9

/**
 * What `take` makes of the key that `bytes` are, in the plain form; undefined when they are none of the spec.
 * @param publicKey of what `take` made
 */
export function takePrivateKey(
  spec: PrivateKeySpec,
  bytes: Uint8Array,
  take: Take,
  publicKey: PrivateKeys['publicKey'],
): PrivateKeyHandle | undefined {
  if (spec.startsWith('HMAC_') || spec.startsWith('ML_DSA_')) return take(bytes)
  const parts = unlessBroken(() => partsOf(spec, bytes))
  if (parts === undefined) return undefined
  const plain = plainOf(parts)
  try {
    const handle = take(plain)
    if (handle === undefined || parts.publicKey === undefined) return handle
    const [, bits] = elementsOf(elementsOf(publicKey(handle))[0]!.content)
    if (Buffer.compare(bits!.content, parts.publicKey) === 0) return handle
    handle.release()
    return undefined
  } finally {
    plain.fill(0)
  }
}

/** Views. */
interface Parts {
  /** The content of the AlgorithmIdentifier. */
  readonly algorithm: Uint8Array
  readonly key: Uint8Array
  /** The content of a BIT STRING. */
  readonly publicKey: Uint8Array | undefined
}

/** Undefined for what is no such key. @throws Error for what is not DER */
function partsOf(spec: PrivateKeySpec, bytes: Uint8Array): Parts | undefined {
  const algorithm = algorithmOf(spec)
  const [version, given, key, ...more] = contentOf(only(bytes), SEQUENCE)
  const isOfSpec = given?.tag === SEQUENCE && Buffer.compare(given.content, algorithm) === 0
  if (!isOfSpec || key?.tag !== OCTET_STRING || !isKey(spec, key.content)) return undefined
  if (more[0]?.tag === ATTRIBUTES) {
    const attributes = elementsOf(more.shift()!.content)
    if (attributes.some(({ tag }) => tag !== SEQUENCE)) return undefined
  }
  const [publicKey, ...others] = more
  const isVersion = isNumber(version, publicKey === undefined ? [0, 1] : [1])
  if (!isVersion || others.length > 0) return undefined
  if (publicKey !== undefined && publicKey.tag !== PUBLIC_KEY) return undefined
  return { algorithm, key: key.content, publicKey: publicKey?.content }
}

function algorithmOf(spec: PrivateKeySpec): Uint8Array {
  if (spec.startsWith('RSA_')) return RSA
  return CURVES[spec] ?? ED25519
}

function isKey(spec: PrivateKeySpec, key: Uint8Array): boolean {
  const curve = CURVES[spec]?.subarray(CURVE_OFFSET)
  if (curve !== undefined) return isCurveKey(curve, key)
  if (!spec.startsWith('RSA_')) {
    const seed = only(key)
    return seed?.tag === OCTET_STRING && seed.content.length === SEED_BYTES
  }
  const numbers = contentOf(only(key), SEQUENCE)
  if (numbers.length !== RSA_NUMBERS || !numbers.every(isNatural)) return false
  const [version, , , , p, q] = numbers
  // With the zero before its upmost bit, which is set.
  const primeBytes = Number(spec.slice('RSA_'.length)) / 16 + 1
  return isNumber(version, [0]) && [p, q].every((prime) => prime!.content.length === primeBytes)
}

function isCurveKey(curve: Uint8Array, key: Uint8Array): boolean {
  const [version, scalar, ...more] = contentOf(only(key), SEQUENCE)
  if (!isNumber(version, [1]) || scalar?.tag !== OCTET_STRING) return false
  if (more[0]?.tag === CURVE && Buffer.compare(more.shift()!.content, curve) !== 0) return false
  if (more[0]?.tag === POINT) {
    const point = only(more.shift()!.content)
    if (point?.tag !== BIT_STRING || point.content[0] !== NO_UNUSED[0]) return false
  }
  return more.length === 0
}

/** Not negative, and as short as it can be. */
function isNatural({ tag, content }: Element): boolean {
  const [first, second] = content
  if (tag !== INTEGER || first === undefined || first >= 0x80) return false
  return first !== 0 || second === undefined || second >= 0x80
}

function isNumber(given: Element | undefined, among: readonly number[]): boolean {
  if (given?.tag !== INTEGER || given.content.length !== 1) return false
  return among.includes(given.content[0]!)
}

/** The one element that `bytes` are. */
function only(bytes: Uint8Array): Element | undefined {
  const [first, ...others] = elementsOf(bytes)
  return others.length === 0 ? first : undefined
}

function contentOf(given: Element | undefined, tag: number): Element[] {
  return given?.tag === tag ? elementsOf(given.content) : []
}

/** Version 0, and nothing beside the key. Secret bytes. */
function plainOf({ algorithm, key }: Pick<Parts, 'algorithm' | 'key'>): Uint8Array {
  const octets = [elementHead(OCTET_STRING, key.length), key]
  return secretElement(SEQUENCE, ZERO, element(SEQUENCE, algorithm), ...octets)
}

/** Of a curve's key that is plain: the number that its point follows from. A view. */
export function scalarIn(plain: Uint8Array): Uint8Array {
  const [, , key] = contentOf(only(plain), SEQUENCE)
  return contentOf(only(key!.content), SEQUENCE)[1]!.content
}

/** A curve's key in the one form that is kept; `scalar` is as long as a coordinate, `point` uncompressed. Secret bytes. */
export function curvePkcs8(
  spec: PrivateKeySpec,
  scalar: Uint8Array,
  point: Uint8Array,
): Uint8Array {
  const bits = element(POINT, element(BIT_STRING, NO_UNUSED, point))
  const octets = [elementHead(OCTET_STRING, scalar.length), scalar]
  const key = secretElement(SEQUENCE, element(INTEGER, Buffer.of(1)), ...octets, bits)
  const plain = plainOf({ algorithm: algorithmOf(spec), key })
  key.fill(0)
  return plain
}

/** As element, in secret bytes. */
function secretElement(tag: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  const head = elementHead(
    tag,
    pieces.reduce((sum, { length }) => sum + length, 0),
  )
  const all = [head, ...pieces]
  const bytes = secretBytes(all.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const piece of all) {
    bytes.set(piece, end)
    end += piece.length
  }
  return bytes
}

function unlessBroken<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
