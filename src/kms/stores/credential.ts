/**
 * The secret with which we sign for a proxy, at rest: wrapped by the root key, unwrapped for a request.
 *
 * The context names store and access key, so that rows cannot be swapped. As a text it is a string, as signing needs it in
 * that form. Source: docs/FORMAT.md §4.4.
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root } from '../../root/root.js'
import { unwrapAscii, wrapAscii } from '../../root/wrapped-ascii.js'
import type { ProxyAccess } from '../xks/proxies.js'
import type { KeyStore, StorePlace } from './store.js'

type SecretPlace = StorePlace & { readonly accessKeyId: string }

/** `secret` is ASCII, as AWS bounds it. */
export function wrapCredential(root: Root, secret: string, place: SecretPlace): Uint8Array {
  return wrapAscii(root, secret, contextOf(place))
}

/** @throws SealtrailError `RootKeyUnusable` */
export function proxyAccess(root: Root, store: KeyStore): ProxyAccess {
  const { region, uriEndpoint, uriPath, accessKeyId } = store
  const secretAccessKey = unwrapAscii(root, store.secret, contextOf(store))
  return { region, uriEndpoint, uriPath, accessKeyId, secretAccessKey }
}

function contextOf({ account, region, storeId, accessKeyId }: SecretPlace): EncryptionContext {
  return {
    'sealtrail:account': account,
    'sealtrail:custom-key-store': storeId,
    'sealtrail:proxy-access-key': accessKeyId,
    'sealtrail:region': region,
  }
}
