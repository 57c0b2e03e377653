/**
 * A custom key store as facts: an external key store, where its proxy is, and how it is connected.
 *
 *     DISCONNECTED -> CONNECTING -> CONNECTED      ConnectCustomKeyStore, and what the proxy says of its health
 *          ^               `------> FAILED
 *          `---- DISCONNECTING <- any of the three  DisconnectCustomKeyStore, until nobody uses it any more
 *
 * Never changed in place. Rows are in rows.ts, the way from state to state in stores.ts. Source: AWS KMS API reference,
 * CustomKeyStoresListEntry.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { randomText } from '../../bytes/random.js'
import { SealtrailError } from '../../errors.js'
import type { ShapeValue } from '../model/kms.js'
import type { ConnectionErrorCode } from '../xks/failures.js'

export type ConnectionState = ShapeValue<'ConnectionStateType'>
export type StorePlace = Place & { readonly storeId: string }

export interface KeyStore extends StorePlace {
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly uriEndpoint: string
  readonly uriPath: string
  readonly accessKeyId: string
  /** Its secret, wrapped by the root (credential.ts). */
  readonly secret: Uint8Array
  readonly state: ConnectionState
  /** Only of one that has failed. */
  readonly errorCode: ConnectionErrorCode | undefined
}

/** What DescribeCustomKeyStores says of one. */
export interface CustomKeyStoresListEntry {
  readonly CustomKeyStoreId: string
  readonly CustomKeyStoreName: string
  readonly ConnectionState: ConnectionState
  readonly ConnectionErrorCode?: ConnectionErrorCode
  readonly CreationDate: Date
  readonly CustomKeyStoreType: 'EXTERNAL_KEY_STORE'
  readonly XksProxyConfiguration: {
    readonly Connectivity: 'PUBLIC_ENDPOINT'
    readonly AccessKeyId: string
    readonly UriEndpoint: string
    readonly UriPath: string
  }
}

export function newStoreId(): string {
  return `cks-${randomText('0123456789abcdef', 17)}`
}

export function storeName({ account, region, storeId }: StorePlace): string {
  return `${account}/${region}/store/${storeId}`
}

/** Under which all stores of a region are locked: two of them never share the address of a proxy. */
export function storesName({ region }: Pick<Place, 'region'>): string {
  return `${region}/stores`
}

/** Whether both have one proxy, known by one credential: what was found out there of one holds for the other. */
export function isSameProxy(store: KeyStore, other: KeyStore): boolean {
  const { uriEndpoint, uriPath, secret } = other
  return uriEndpoint === store.uriEndpoint && uriPath === store.uriPath && secret === store.secret
}

export function listEntry(store: KeyStore): CustomKeyStoresListEntry {
  const { errorCode } = store
  return {
    CustomKeyStoreId: store.storeId,
    CustomKeyStoreName: store.name,
    ConnectionState: store.state,
    ...(errorCode !== undefined && { ConnectionErrorCode: errorCode }),
    CreationDate: new Date(store.createdAt),
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConfiguration: {
      Connectivity: 'PUBLIC_ENDPOINT',
      AccessKeyId: store.accessKeyId,
      UriEndpoint: store.uriEndpoint,
      UriPath: store.uriPath,
    },
  }
}

export function noSuchStore(named: string): SealtrailError {
  const says = `There is no custom key store ${named} in this account and Region.`
  return new SealtrailError('CustomKeyStoreNotFoundException', says)
}

/** For what cannot be done with a store in its state. */
export function wrongState({ storeId, state }: KeyStore, cannot: string): SealtrailError {
  const says = `Custom key store ${storeId} is ${state}, and cannot be ${cannot}.`
  return new SealtrailError('CustomKeyStoreInvalidStateException', says)
}
