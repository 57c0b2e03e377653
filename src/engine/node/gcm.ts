/**
 * AES-256-GCM in the caller's memory, over node:crypto.
 *
 * OpenSSL writes every result to a Buffer of its own, so "in place" is a copy here. What was copied out of
 * is wiped when it held plaintext, which may be a key. Source: NIST SP 800-38D.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

/** Bounds the Buffers that OpenSSL answers with. */
const STEP_BYTES = 1024 * 1024

export interface GcmCall {
  readonly secret: KeyObject
  readonly nonce: Uint8Array
  readonly aad: Uint8Array
  /** The AAD's second part, so that nobody has to join the two. */
  readonly moreAad?: Uint8Array
}

/** Encrypts `source` into `target` of equal length, which may be `source`; 16 bytes go to `tag`. */
export function gcmSeal(
  call: GcmCall,
  source: Uint8Array,
  target: Uint8Array,
  tag: Uint8Array,
): void {
  const cipher = createCipheriv('aes-256-gcm', call.secret, call.nonce)
  cipher.setAAD(call.aad)
  if (call.moreAad !== undefined) cipher.setAAD(call.moreAad)
  for (let at = 0; at < source.length; at += STEP_BYTES) {
    target.set(cipher.update(source.subarray(at, at + STEP_BYTES)), at)
  }
  cipher.final()
  tag.set(cipher.getAuthTag())
}

/** The inverse. When false, `target` is all zero. */
export function gcmOpen(
  call: GcmCall,
  source: Uint8Array,
  target: Uint8Array,
  tag: Uint8Array,
): boolean {
  const decipher = createDecipheriv('aes-256-gcm', call.secret, call.nonce)
  decipher.setAuthTag(tag)
  decipher.setAAD(call.aad)
  if (call.moreAad !== undefined) decipher.setAAD(call.moreAad)
  for (let at = 0; at < source.length; at += STEP_BYTES) {
    const plain = decipher.update(source.subarray(at, at + STEP_BYTES))
    target.set(plain, at)
    plain.fill(0)
  }
  try {
    decipher.final()
    return true
  } catch {
    target.fill(0)
    return false
  }
}
