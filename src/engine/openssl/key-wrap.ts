/**
 * AES key wrap with padding, with 256-bit keys: as it comes from others, and for an import of one's own.
 *
 * Source: RFC 5649; NIST SP 800-38F, KWP.
 *
 * @module
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  publicEncrypt,
  randomFillSync,
} from 'node:crypto'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { KEY_BYTES } from '../engine.js'

/** RFC 5649 §3: the first half of what is authenticated; the second is the length. */
const ALTERNATIVE_IV = Buffer.from('a65959a6', 'hex')
/** Of a key of up to 8 bytes. */
export const KEY_WRAP_BYTES_MIN = 16

/** Secret bytes, the caller's to wipe; undefined when they do not open. `key` has 32 bytes. */
export function openKeyWrap(key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  if (wrapped.length < KEY_WRAP_BYTES_MIN || wrapped.length % 8 !== 0) return undefined
  let opened: Buffer | undefined
  try {
    const decipher = createDecipheriv('id-aes256-wrap-pad', key, ALTERNATIVE_IV)
    opened = decipher.update(wrapped)
    decipher.final()
    return secretCopy(opened)
  } catch {
    return undefined
  } finally {
    opened?.fill(0)
  }
}

/** Under a fresh key, and that under RSA-OAEP with SHA-256: `publicKey` is SubjectPublicKeyInfo, DER. */
export function wrapForImport(publicKey: Uint8Array, material: Uint8Array): Uint8Array {
  const rsaKey = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const aesKey = randomFillSync(secretBytes(KEY_BYTES))
  try {
    const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, ALTERNATIVE_IV)
    const wrappedKey = publicEncrypt({ key: rsaKey, padding, oaepHash: 'sha256' }, aesKey)
    return Buffer.concat([wrappedKey, cipher.update(material), cipher.final()])
  } finally {
    aesKey.fill(0)
  }
}
