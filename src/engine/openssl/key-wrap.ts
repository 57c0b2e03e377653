/**
 * AES key wrap with padding: what others wrapped with a 256-bit key is opened.
 *
 * Source: RFC 5649; NIST SP 800-38F, KWP-AD.
 *
 * @module
 */
import { createDecipheriv } from 'node:crypto'
import { secretCopy } from '../../bytes/secret.js'

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
