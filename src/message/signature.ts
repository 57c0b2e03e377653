/**
 * The signature at the end of a message of suite 0x0578: ECDSA P-384 with SHA-384, read only.
 *
 *     footer   | u16 bytes | DER signature of everything before the footer |
 *
 * The public key stands in the encryption context as a compressed point in base64; the header's tag vouches
 * for it. We never sign. Source: docs/FORMAT.md §2 (AWS Encryption SDK message format, "Footer structure").
 *
 * @module
 */
import { createPublicKey, createVerify, ECDH, type KeyObject } from 'node:crypto'
import { SealtrailError } from '../errors.js'
import { type MessageHeader, PUBLIC_KEY_NAME } from './header.js'

const CURVE = 'secp384r1'
const POINT_BYTES = 49
const COORDINATE_BYTES = 48
const LENGTH_BYTES = 2

/**
 * Checks that what follows the `bodyBytes` of the body is the footer, all of it, and true.
 * @throws SealtrailError `ObjectDamaged`
 */
export function checkSignature(header: MessageHeader, body: Uint8Array, bodyBytes: number): void {
  const footer = body.subarray(bodyBytes)
  const stated = footer.length < LENGTH_BYTES ? -1 : (footer[0]! << 8) | footer[1]!
  if (stated !== footer.length - LENGTH_BYTES) throw damaged('the footer has another length')
  const isTrue = createVerify('sha384')
    .update(header.bytes)
    .update(body.subarray(0, bodyBytes))
    .verify(publicKey(header), footer.subarray(LENGTH_BYTES))
  if (!isTrue) throw damaged('the signature does not hold')
}

function publicKey(header: MessageHeader): KeyObject {
  const text = header.encryptionContext[PUBLIC_KEY_NAME] ?? ''
  const point = Buffer.from(text, 'base64')
  if (point.length !== POINT_BYTES || point.toString('base64') !== text) {
    throw damaged('the public key is not a point')
  }
  try {
    const whole = ECDH.convertKey(point, CURVE, undefined, undefined, 'uncompressed') as Buffer
    const coordinate = (index: number) => {
      const start = 1 + index * COORDINATE_BYTES
      return whole.toString('base64url', start, start + COORDINATE_BYTES)
    }
    const key = { kty: 'EC', crv: 'P-384', x: coordinate(0), y: coordinate(1) }
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    throw damaged('the public key is not a point of its curve')
  }
}

function damaged(message: string): SealtrailError {
  return new SealtrailError('ObjectDamaged', message)
}
