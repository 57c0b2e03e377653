/**
 * Ed25519 over node:crypto, and Ed25519ph of a digest over @noble/curves, as node:crypto has no such signatures.
 *
 * Source: RFC 8032.
 *
 * @module
 */
import { createHash, sign, verify } from 'node:crypto'
import type { Family } from './family.js'
import { generatePair, type KeyPair, readPkcs8 } from './key-object.js'
import { ed, edwards } from './noble.js'

/** dom2 of RFC 8032 §2 with phflag 1 and no context. */
const DOM2_PH = Buffer.from('SigEd25519 no Ed25519 collisions\x01\x00', 'latin1')

let phOfDigests: ReturnType<typeof makePhOfDigests> | undefined

export const EDWARDS: Family<KeyPair> = {
  generate: () => generatePair('ed25519', {}),
  read(_spec, bytes) {
    const pair = readPkcs8(bytes)
    return pair?.privateKey.asymmetricKeyType === 'ed25519' ? pair : undefined
  },
  sound: (pair) => pair,
  write: (pair) => pair.pkcs8,
  release() {},
  publicKey: (pair) => pair.spki,
  sign({ privateKey }, { algorithm, message }) {
    if (algorithm === 'ED25519_SHA_512') return sign(null, message, privateKey)
    const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url')
    try {
      return phSigner().sign(message, seed)
    } finally {
      seed.fill(0)
    }
  },
  verify({ publicKey }, { algorithm, message }, signature) {
    if (algorithm === 'ED25519_SHA_512') return verify(null, message, publicKey, signature)
    const point = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
    try {
      return phSigner().verify(signature, message, point)
    } catch {
      // What is no signature at all.
      return false
    }
  },
}

/** Of a digest that is there already. */
function phSigner() {
  phOfDigests ??= makePhOfDigests()
  return phOfDigests
}

function makePhOfDigests() {
  return edwards().eddsa(ed().ed25519.Point, sha512, {
    adjustScalarBytes(bytes: Uint8Array) {
      bytes[0]! &= 0xf8
      bytes[31] = (bytes[31]! & 0x7f) | 0x40
      return bytes
    },
    domain: (data: Uint8Array) => new Uint8Array(Buffer.concat([DOM2_PH, data])),
    prehash: (digest: Uint8Array) => digest as Uint8Array<ArrayBuffer>,
    zip215: false,
  })
}

function sha512(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha512').update(bytes).digest())
}
sha512.outputLen = 64
