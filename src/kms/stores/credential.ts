/**
 * The secret with which we sign for a proxy, at rest: wrapped by the root key, unwrapped for a request.
 *
 * The context names store and access key, so that rows cannot be swapped. As a text it is a string, as signing needs it in
 * that form. Source: docs/FORMAT.md §4.4.
 *
 * @module
 */
import { secretBytes } from '../../bytes/secret.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root } from '../../root/root.js'
import type { ProxyAccess } from '../xks/proxies.js'
import type { KeyStore, StorePlace } from './store.js'

type SecretPlace = StorePlace & { readonly accessKeyId: string }

/** `secret` is ASCII, as AWS bounds it. */
export function wrapCredential(root: Root, secret: string, place: SecretPlace): Uint8Array {
  const bytes = secretBytes(secret.length)
  Buffer.from(bytes.buffer).write(secret, 'latin1')
  try {
    return root.wrapSecret(bytes, contextOf(place))
  } finally {
    bytes.fill(0)
  }
}

/** @throws SealtrailError `RootKeyUnusable` */
export function proxyAccess(root: Root, store: KeyStore): ProxyAccess {
  const { region, uriEndpoint, uriPath, accessKeyId } = store
  const bytes = root.unwrapSecret(store.secret, contextOf(store))
  try {
    const secretAccessKey = Buffer.from(bytes.buffer).toString('latin1')
    return { region, uriEndpoint, uriPath, accessKeyId, secretAccessKey }
  } finally {
    bytes.fill(0)
  }
}

function contextOf({ account, region, storeId, accessKeyId }: SecretPlace): EncryptionContext {
  return {
    'sealtrail:account': account,
    'sealtrail:custom-key-store': storeId,
    'sealtrail:proxy-access-key': accessKeyId,
    'sealtrail:region': region,
  }
}
