/**
 * The secret of an access key at rest: wrapped by the root key, and unwrapped when signatures are to be verified.
 *
 * The context names the key and its user, so that rows cannot be swapped. As a text it is a string, as signing needs
 * it in that form (sigv4/credential.ts). Source: docs/FORMAT.md §4.4.
 *
 * @module
 */
import { secretBytes } from '../../bytes/secret.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root } from '../../root/root.js'
import type { AccessKey } from './things.js'

type KeyPlace = Pick<AccessKey, 'accessKeyId' | 'account' | 'userId'>

/** `secret` is ASCII. */
export function wrapSecret(root: Root, secret: string, place: KeyPlace): Uint8Array {
  const bytes = secretBytes(secret.length)
  Buffer.from(bytes.buffer).write(secret, 'latin1')
  try {
    return root.wrapSecret(bytes, contextOf(place))
  } finally {
    bytes.fill(0)
  }
}

/** @throws SealtrailError `RootKeyUnusable` */
export function unwrapSecret(root: Root, key: AccessKey): string {
  const bytes = root.unwrapSecret(key.wrapped, contextOf(key))
  try {
    return Buffer.from(bytes.buffer).toString('latin1')
  } finally {
    bytes.fill(0)
  }
}

function contextOf({ accessKeyId, account, userId }: KeyPlace): EncryptionContext {
  return {
    'sealtrail:access-key': accessKeyId,
    'sealtrail:account': account,
    'sealtrail:user-id': userId,
  }
}
