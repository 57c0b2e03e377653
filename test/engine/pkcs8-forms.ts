/** Forms of PKCS #8 of one private key, right ones and wrong ones, put together from their parts. */
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  type ECDH,
  generateKeyPairSync,
} from 'node:crypto'
import {
  BIT_STRING,
  element,
  elementsOf,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
} from '../../src/bytes/der.js'
import type { PrivateKeySpec } from '../../src/engine/private-keys.js'

/** What it is; whether it is the key, in whatever writing. */
export type Form = readonly [name: string, bytes: Uint8Array, isKey: boolean]

const hex = (text: string) => Buffer.from(text, 'hex')
const NONE = Buffer.of()
const integer = (...bytes: number[]) => element(INTEGER, Buffer.from(bytes))
const sequence = (...parts: Uint8Array[]) => element(SEQUENCE, ...parts)
const octets = (...parts: Uint8Array[]) => element(OCTET_STRING, ...parts)
const bits = (point: Uint8Array, unused = 0) => element(BIT_STRING, Buffer.of(unused), point)
const NULL = hex('0500')
/** A friendly name, as some tools add. */
const ATTRIBUTES = element(0xa0, hex('301306092a864886f70d01091431061e0400610062'))

/** What is around a key of any kind. */
interface Around {
  readonly version?: number
  readonly algorithm?: Uint8Array
  readonly attributes?: Uint8Array
  readonly publicKey?: Uint8Array
  readonly publicUnused?: number
  readonly behindKey?: Uint8Array
  readonly behind?: Uint8Array
}

/** How much is around the key, and what it makes of one that is right. */
function aroundForms(
  plain: (around: Around) => Uint8Array,
  algorithm: readonly Uint8Array[],
  publicKey: Uint8Array,
): Form[] {
  const other = Buffer.from(publicKey)
  other[other.length - 1]! ^= 1
  const whole = plain({})
  const { content } = elementsOf(whole)[0]!
  const long = Buffer.of(SEQUENCE, 0x83, 0, content.length >> 8, content.length & 0xff)
  return [
    ['as it is', whole, true],
    ['of version 1', plain({ version: 1 }), true],
    ['of version 2', plain({ version: 2 }), false],
    ['of version -1', plain({ version: 0xff }), false],
    ['of a version of two bytes', sequence(integer(0, 0), content.subarray(3)), false],
    ['with attributes', plain({ attributes: ATTRIBUTES }), true],
    ['with attributes that are none', plain({ attributes: element(0xa0, hex('0101')) }), false],
    [
      'with attributes twice',
      plain({ attributes: Buffer.concat([ATTRIBUTES, ATTRIBUTES]) }),
      false,
    ],
    ['with its public key', plain({ version: 1, publicKey }), true],
    [
      'with attributes and public key',
      plain({ version: 1, attributes: ATTRIBUTES, publicKey }),
      true,
    ],
    ['of version 0 with its public key', plain({ publicKey }), false],
    ['with the public key of another', plain({ version: 1, publicKey: other }), false],
    [
      'with a part of its public key',
      plain({ version: 1, publicKey: publicKey.subarray(1) }),
      false,
    ],
    ['with a public key of unused bits', plain({ version: 1, publicKey, publicUnused: 1 }), false],
    ['with more behind the algorithm', plain({ algorithm: sequence(...algorithm, NULL) }), false],
    ['with less of an algorithm', plain({ algorithm: sequence(...algorithm.slice(0, -1)) }), false],
    ['with more behind the key', plain({ behindKey: NULL }), false],
    ['with a zero behind the key', plain({ behindKey: Buffer.of(0) }), false],
    ['with more behind all', plain({ behind: NULL }), false],
    ['and a zero', Buffer.concat([whole, Buffer.of(0)]), false],
    ['of a length that is too long', Buffer.concat([long, content]), false],
    ['of no length', Buffer.concat([Buffer.of(SEQUENCE, 0x80), content, Buffer.of(0, 0)]), false],
    ['without what is around it', elementsOf(content)[2]!.content, false],
  ]
}

function written(algorithm: readonly Uint8Array[], key: Uint8Array, around: Around): Uint8Array {
  const { publicKey, publicUnused = 0, attributes = NONE, behind = NONE } = around
  return sequence(
    integer(around.version ?? 0),
    around.algorithm ?? sequence(...algorithm),
    octets(key, around.behindKey ?? NONE),
    attributes,
    publicKey === undefined ? NONE : element(0x81, Buffer.of(publicUnused), publicKey),
    behind,
  )
}

interface Curve {
  /** OpenSSL's. */
  readonly name: string
  readonly id: Uint8Array
  readonly bytes: number
  readonly order: bigint
  /** SEC 2's p, a, b and G, compressed; only of those that tests write out. */
  readonly parameters?: readonly [p: string, a: string, b: string, g: string]
}

const P256 = hex('06082a8648ce3d030107')
const K256 = hex('06052b8104000a')
const FF = (count: number) => 'f'.repeat(count)

export const CURVE_PARTS: Partial<Record<PrivateKeySpec, Curve>> = {
  ECC_NIST_P256: {
    ...{ name: 'prime256v1', id: P256, bytes: 32 },
    order: BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
    parameters: [
      'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
      'ffffffff00000001000000000000000000000000fffffffffffffffffffffffc',
      '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b',
      '036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
    ],
  },
  ECC_NIST_P384: {
    ...{ name: 'secp384r1', id: hex('06052b81040022'), bytes: 48 },
    order: BigInt(`0x${FF(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
  },
  ECC_NIST_P521: {
    ...{ name: 'secp521r1', id: hex('06052b81040023'), bytes: 66 },
    order: BigInt(`0x1${FF(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
  },
  ECC_SECG_P256K1: {
    ...{ name: 'secp256k1', id: K256, bytes: 32 },
    order: BigInt(`0x${FF(31)}ebaaedce6af48a03bbfd25e8cd0364141`),
    parameters: [
      `${FF(55)}efffffc2f`,
      '00'.repeat(32),
      `${'00'.repeat(31)}07`,
      '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
    ],
  },
}

interface CurveKey extends Around {
  readonly ofKey?: number
  readonly scalar?: Uint8Array
  readonly curve?: Uint8Array
  /** Null: none. */
  readonly point?: Uint8Array | null
  readonly unused?: number
  readonly more?: Uint8Array
}

export function curveForms(spec: PrivateKeySpec): Form[] {
  const curve = CURVE_PARTS[spec]!
  const { id, bytes, order } = curve
  const halves = createECDH(curve.name)
  halves.generateKeys()
  const scalar = padded(halves.getPrivateKey(), bytes)
  const point = halves.getPublicKey()
  const [compressed, hybrid] = (['compressed', 'hybrid'] as const).map((form) =>
    halves.getPublicKey(null, form),
  ) as [Buffer, Buffer]
  const algorithm = [hex('06072a8648ce3d0201'), id]
  const plain = (given: CurveKey) => {
    const { ofKey = 1, unused = 0, more = NONE } = given
    const ownPoint = given.point === undefined ? point : given.point
    const key = sequence(
      integer(ofKey),
      octets(given.scalar ?? scalar),
      given.curve === undefined ? NONE : element(0xa0, given.curve),
      ownPoint === null ? NONE : element(0xa1, bits(ownPoint, unused)),
      more,
    )
    return written(algorithm, key, given)
  }
  const stranger = createECDH(curve.name)
  stranger.generateKeys()
  const number = (value: bigint) => Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex')
  const other = id === P256 ? K256 : P256
  return [
    ...aroundForms(plain, algorithm, point),
    ['without its point', plain({ point: null }), true],
    ['with its point compressed', plain({ point: compressed }), true],
    ['with its point hybrid', plain({ point: hybrid }), true],
    ['with the other point compressed', plain({ point: flippedSign(compressed) }), false],
    ['with its point hybrid and wrong', plain({ point: flippedSign(hybrid) }), false],
    ['with the curve named twice', plain({ curve: id }), true],
    ['with two curves', plain({ curve: other }), false],
    ['with no curve inside', plain({ curve: NULL }), false],
    ['of another curve', plain({ algorithm: sequence(algorithm[0]!, other) }), false],
    [
      'with the curve inside alone',
      plain({ curve: id, algorithm: sequence(algorithm[0]!) }),
      false,
    ],
    ['of ECDH', plain({ algorithm: sequence(hex('06052b8104010c'), id) }), false],
    ['of version 0 inside', plain({ ofKey: 0 }), false],
    ['of version 2 inside', plain({ ofKey: 2 }), false],
    ['with more inside', plain({ more: NULL }), false],
    ['with unused bits in its point', plain({ unused: 1 }), false],
    ['with the point of another', plain({ point: stranger.getPublicKey() }), false],
    [
      'with a point beside the curve',
      plain({ point: flippedSign(point, point.length - 1) }),
      false,
    ],
    [
      'with a point that is too long',
      plain({ point: Buffer.concat([point, Buffer.of(0)]) }),
      false,
    ],
    ['with the point at infinity', plain({ point: Buffer.of(0) }), false],
    [
      'with zeros before its scalar',
      plain({ scalar: Buffer.concat([Buffer.of(0, 0), scalar]) }),
      true,
    ],
    ['with no scalar', plain({ scalar: NONE, point: null }), false],
    ...[0n, order, order + 1n].map((value): Form => {
      const name = `of the scalar ${value === 0n ? 0 : `order + ${value - order}`}`
      return [name, plain({ scalar: number(value), point: null }), false]
    }),
    ['of a scalar beyond the order, with its point', plain(beyond(curve, number)), false],
    ...explicitForms(curve, plain),
  ]
}

/** The curve written out, as OpenSSL does on demand: AWS takes named ones only. */
function explicitForms(curve: Curve, plain: (given: CurveKey) => Uint8Array): Form[] {
  if (curve.parameters === undefined) return []
  const [p, a, b, g] = curve.parameters.map(hex) as [Buffer, Buffer, Buffer, Buffer]
  const field = sequence(hex('06072a8648ce3d0101'), element(INTEGER, Buffer.of(0), p))
  const order = element(INTEGER, hex(`00${curve.order.toString(16)}`))
  return [NONE, integer(1)].flatMap((cofactor): Form[] => {
    const parameters = [
      integer(1),
      field,
      sequence(octets(a), octets(b)),
      octets(g),
      order,
      cofactor,
    ]
    const written = sequence(...parameters)
    const said = cofactor.length === 0 ? 'without a cofactor' : 'with its cofactor'
    const algorithm = sequence(hex('06072a8648ce3d0201'), written)
    return [
      [`of a curve written out, ${said}`, plain({ algorithm }), false],
      [`of a curve written out inside, ${said}`, plain({ curve: written }), false],
    ]
  })
}

/** What OpenSSL reads as the scalar 1. */
function beyond({ name, order }: Curve, number: (value: bigint) => Buffer): CurveKey {
  const one: ECDH = createECDH(name)
  one.setPrivateKey(number(1n))
  return { scalar: number(order + 1n), point: one.getPublicKey() }
}

function padded(scalar: Uint8Array, bytes: number): Buffer {
  return Buffer.concat([Buffer.alloc(bytes - scalar.length), scalar])
}

function flippedSign(point: Uint8Array, at = 0): Buffer {
  const flipped = Buffer.from(point)
  flipped[at]! ^= 1
  return flipped
}

export function edwardsForms(): Form[] {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' })
  const [seed, publicKey] = [d, x].map((text) => Buffer.from(text, 'base64url')) as [Buffer, Buffer]
  const algorithm = [hex('06032b6570')]
  const plain = (around: Around, key = octets(seed)) => written(algorithm, key, around)
  return [
    ...aroundForms(plain, algorithm, publicKey),
    ['of a seed too short', plain({}, octets(seed.subarray(1))), false],
    ['of a seed too long', plain({}, octets(seed, Buffer.of(0))), false],
    ['of a seed and its public key', plain({}, octets(seed, publicKey)), false],
    ['of a bare seed', plain({}, seed), false],
    ['of X25519', plain({ algorithm: sequence(hex('06032b656e')) }), false],
  ]
}

/** @param pkcs8 of RSA_2048, plain */
export function rsaForms(pkcs8: Uint8Array): Form[] {
  const key = elementsOf(elementsOf(pkcs8)[0]!.content)[2]!.content
  const numbers = elementsOf(elementsOf(key)[0]!.content).map(({ content }) => content)
  const id = hex('06092a864886f70d010101')
  const algorithm = [id, NULL]
  const plain = (around: Around, given = numbers, more: Uint8Array = NONE) => {
    const inside = sequence(...given.map((content) => element(INTEGER, content)), more)
    return written(algorithm, inside, around)
  }
  const privateKey = { key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' } as const
  const publicKey = createPublicKey(createPrivateKey(privateKey) as never)
  const of = publicKey.export({ format: 'der', type: 'pkcs1' })
  const replaced = (place: number, ...bytes: Uint8Array[]) =>
    plain({}, numbers.with(place, Buffer.concat(bytes)))
  const primes = sequence(sequence(integer(3), integer(1), integer(1)))
  return [
    ...aroundForms(plain, algorithm, of),
    ...numbers.slice(1).flatMap((content, i): Form[] => [
      [`with a zero before number ${i + 1}`, replaced(i + 1, Buffer.of(0), content), false],
      [`with number ${i + 1} negative`, replaced(i + 1, negative(content)), false],
      [`with nothing as number ${i + 1}`, replaced(i + 1), false],
    ]),
    ['of version 1 inside', replaced(0, Buffer.of(1)), false],
    ['of version 2 inside', replaced(0, Buffer.of(2)), false],
    ['of three primes', plain({}, numbers.with(0, Buffer.of(1)), primes), false],
    ['of version 0 with three primes', plain({}, numbers, primes), false],
    ['with more inside', plain({}, numbers, NULL), false],
    ['with other parameters', plain({ algorithm: sequence(id, integer(1)) }), false],
    ...(['07', '08', '0a'] as const).map((end): Form => {
      const other = hex(`06092a864886f70d0101${end}`)
      return [`of the algorithm …${end}`, plain({ algorithm: sequence(other, NULL) }), false]
    }),
    [
      'of the algorithm of X.509',
      plain({ algorithm: sequence(hex('0604550801 01'.replace(' ', '')), NULL) }),
      false,
    ],
  ]
}

function negative(content: Uint8Array): Buffer {
  const bits = Buffer.from(content)
  bits[0]! |= 0x80
  return bits
}
