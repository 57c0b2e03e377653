/**
 * The envelope of an attestation document: COSE_Sign1, signed with ES384 and nothing else.
 *
 *     18([ protected {1: -35}, unprotected {}, payload, signature ])        the tag may be left out
 *
 * Whose key signed is for the payload to say (attestation.ts). Source: RFC 9052 §4.2 and §4.4, RFC 9053 §2.1; AWS's
 * attestation process, §3.1.
 *
 * @module
 */
import { type KeyObject, verify } from 'node:crypto'
import { encode } from 'cborg'
import { CborReader } from './cbor-reader.js'
import { invalidDocument } from './invalid-document.js'

const TAG = 18
/** {1: -35}: an algorithm, which is ES384. */
const ES384 = Buffer.from('a1013822', 'hex')
const CURVE = 'secp384r1'
const SIGNATURE_BYTES = 96
const PAYLOAD_BYTES_MAX = 16_384
/** Around the payload: tag, heads, header and signature. */
const ENVELOPE_BYTES_MAX = 128

export interface CoseSign1 {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** @throws SealtrailError `ValidationException` */
export function readCoseSign1(bytes: Uint8Array): CoseSign1 {
  if (bytes.length > PAYLOAD_BYTES_MAX + ENVELOPE_BYTES_MAX) throw invalidDocument('it is too long')
  try {
    const cbor = new CborReader(bytes)
    cbor.tuple(TAG, 4)
    const header = cbor.bytes({ least: 0, most: ENVELOPE_BYTES_MAX })
    if (!ES384.equals(header)) throw invalidDocument('it is not signed with ES384')
    if (cbor.each('map', noMember) > 0) throw new Error('an unprotected header')
    const payload = cbor.bytes({ least: 1, most: PAYLOAD_BYTES_MAX })
    const signature = cbor.bytes({ least: SIGNATURE_BYTES, most: SIGNATURE_BYTES })
    cbor.end()
    return { payload, signature }
  } catch (cause) {
    throw invalidDocument('it is not a COSE_Sign1 structure', cause)
  }
}

function noMember(): never {
  throw new Error('an unprotected header')
}

export function isSignedBy({ payload, signature }: CoseSign1, key: KeyObject): boolean {
  if (key.asymmetricKeyDetails?.namedCurve !== CURVE) return false
  const signed = encode(['Signature1', ES384, new Uint8Array(0), payload])
  return verify('sha384', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
