/**
 * Secrets that are texts of ASCII, such as secret access keys, at rest: wrapped by the root key.
 *
 * Unwrapped they are strings, as signing needs them in that form.
 *
 * @module
 */
import { secretBytes } from '../bytes/secret.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { Root } from './root.js'

/** `context` must be given again to unwrap. */
export function wrapAscii(
  root: Pick<Root, 'wrapSecret'>,
  secret: string,
  context: EncryptionContext,
): Uint8Array {
  const bytes = secretBytes(secret.length)
  Buffer.from(bytes.buffer).write(secret, 'latin1')
  try {
    return root.wrapSecret(bytes, context)
  } finally {
    bytes.fill(0)
  }
}

/** @throws SealtrailError `RootKeyUnusable` */
export function unwrapAscii(
  root: Pick<Root, 'unwrapSecret'>,
  wrapped: Uint8Array,
  context: EncryptionContext,
): string {
  const bytes = root.unwrapSecret(wrapped, context)
  try {
    return Buffer.from(bytes.buffer).toString('latin1')
  } finally {
    bytes.fill(0)
  }
}
