/**
 * Elliptic curves: ECDSA and ECDH over node:crypto, ECDSA of a digest over @noble/curves, as node:crypto signs messages only.
 *
 * @module
 */

import { createECDH, diffieHellman, type KeyObject, sign, verify } from 'node:crypto'
import { secretCopy } from '../../bytes/secret.js'
import { curvePkcs8, scalarIn } from '../pkcs8.js'
import type { PrivateKeySpec } from '../private-keys.js'
import type { Family, Signing } from './family.js'
import { generatePair, type KeyPair, readPkcs8, readSpki } from './key-object.js'
import { nist, secp } from './noble.js'

interface Curve {
  /** OpenSSL's. */
  readonly name: string
  readonly digests: () => ReturnType<typeof nist>['p256']
}

const CURVES: Partial<Record<PrivateKeySpec, Curve>> = {
  ECC_NIST_P256: { name: 'prime256v1', digests: () => nist().p256 },
  ECC_NIST_P384: { name: 'secp384r1', digests: () => nist().p384 },
  ECC_NIST_P521: { name: 'secp521r1', digests: () => nist().p521 },
  ECC_SECG_P256K1: { name: 'secp256k1', digests: () => secp().secp256k1 },
}
/** As they are; noble would hash them, and take no s in the upper half of secp256k1. */
const OF_DIGESTS = { prehash: false, format: 'der', lowS: false } as const

export const ELLIPTIC: Family<KeyPair> = {
  generate: (spec) => generatePair('ec', { namedCurve: CURVES[spec]!.name }),
  read(spec, bytes) {
    const pair = readPkcs8(bytes)
    if (pair?.privateKey.asymmetricKeyType !== 'ec' || !hasPoint(pair)) return undefined
    const { namedCurve } = pair.privateKey.asymmetricKeyDetails!
    return namedCurve === CURVES[spec]!.name ? pair : undefined
  },
  sound(pair, spec) {
    const pkcs8 = pair.pkcs8
    try {
      return rewritten(spec, pair, scalarIn(pkcs8))
    } finally {
      pkcs8.fill(0)
    }
  },
  write: (pair) => pair.pkcs8,
  release() {},
  publicKey: (pair) => pair.spki,
  sign({ privateKey }, { algorithm, message, form }) {
    if (form === 'RAW') return sign(hashOf(algorithm), message, privateKey)
    const { d } = privateKey.export({ format: 'jwk' })
    const secret = Buffer.from(d!, 'base64url')
    try {
      return digestsOf(privateKey).sign(message, secret, OF_DIGESTS)
    } finally {
      secret.fill(0)
    }
  },
  verify({ publicKey }, { algorithm, message, form }, signature) {
    if (form === 'RAW') return verify(hashOf(algorithm), message, publicKey, signature)
    try {
      return digestsOf(publicKey).verify(signature, message, pointOf(publicKey), OF_DIGESTS)
    } catch {
      // What is no signature at all.
      return false
    }
  },
  agree({ privateKey }, given) {
    const publicKey = readSpki(given)
    const shared = publicKey && sharedBy(privateKey, publicKey)
    if (shared === undefined) return undefined
    const copy = secretCopy(shared)
    shared.fill(0)
    return copy
  },
}

/** With the point that belongs to `scalar`, in the form that is kept; undefined when that is not the pair's, or there is none. */
function rewritten(
  spec: PrivateKeySpec,
  { publicKey }: KeyPair,
  scalar: Uint8Array,
): KeyPair | undefined {
  const halves = createECDH(CURVES[spec]!.name)
  try {
    halves.setPrivateKey(scalar)
  } catch {
    // Zero, or no less than the order of the curve.
    return undefined
  }
  const point = halves.getPublicKey()
  if (!point.equals(pointOf(publicKey))) return undefined
  const bytes = curvePkcs8(spec, scalar, point)
  try {
    return readPkcs8(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** Whether there is one, and it is not that at infinity: asked for details of such a key, Node ends the process. */
function hasPoint({ privateKey, publicKey }: KeyPair): boolean {
  const shared = sharedBy(privateKey, publicKey)
  shared?.fill(0)
  return shared !== undefined
}

/** OpenSSL looks at curve and point; undefined when they do not fit. */
function sharedBy(privateKey: KeyObject, publicKey: KeyObject): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey })
  } catch {
    return undefined
  }
}

function digestsOf({ asymmetricKeyDetails }: KeyPair['publicKey']): ReturnType<Curve['digests']> {
  const { namedCurve } = asymmetricKeyDetails!
  return Object.values(CURVES)
    .find(({ name }) => name === namedCurve)!
    .digests()
}

/** Uncompressed: 04 ‖ x ‖ y. */
function pointOf(publicKey: KeyPair['publicKey']): Uint8Array {
  const { x, y } = publicKey.export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')])
}

function hashOf(algorithm: Signing['algorithm']): string {
  return `sha${algorithm.slice(-3)}`
}
