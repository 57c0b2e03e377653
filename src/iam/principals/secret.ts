/**
 * The secret of an access key at rest: wrapped by the root key, and unwrapped when signatures are to be verified.
 *
 * The context names the key and its user, so that rows cannot be swapped. As a text it is a string, as signing needs
 * it in that form (sigv4/credential.ts). Source: docs/FORMAT.md §4.4.
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root } from '../../root/root.js'
import { unwrapAscii, wrapAscii } from '../../root/wrapped-ascii.js'
import type { AccessKey } from './things.js'

type KeyPlace = Pick<AccessKey, 'accessKeyId' | 'account' | 'userId'>

/** `secret` is ASCII. */
export function wrapSecret(root: Root, secret: string, place: KeyPlace): Uint8Array {
  return wrapAscii(root, secret, contextOf(place))
}

/** @throws SealtrailError `RootKeyUnusable` */
export function unwrapSecret(root: Root, key: AccessKey): string {
  return unwrapAscii(root, key.wrapped, contextOf(key))
}

function contextOf({ accessKeyId, account, userId }: KeyPlace): EncryptionContext {
  return {
    'sealtrail:access-key': accessKeyId,
    'sealtrail:account': account,
    'sealtrail:user-id': userId,
  }
}
