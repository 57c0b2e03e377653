/** A key service with an external key store before a proxy, and what tests do with both again and again. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Kms } from '../../../src/kms/kms.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import { ENDPOINT, PATH, PROXY_KEY, startProxy, type TestProxy, waysTo } from './proxy.js'

export const STORE = {
  CustomKeyStoreName: 'outside',
  CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
  XksProxyConnectivity: 'PUBLIC_ENDPOINT',
  XksProxyUriEndpoint: ENDPOINT,
  XksProxyUriPath: PATH,
  XksProxyAuthenticationCredential: PROXY_KEY,
} as const

export interface StoreHouse {
  readonly house: TestKms
  readonly proxy: TestProxy
  readonly kms: Kms
  readonly storeId: string
  remove(): Promise<void>
}

/** Connected. */
export async function openStoreHouse(timeoutMs?: number): Promise<StoreHouse> {
  const proxy = await startProxy()
  const house = await openTestKms({ proxies: () => waysTo(proxy.url, timeoutMs) })
  const { kms } = house
  const { CustomKeyStoreId: storeId } = await kms.createCustomKeyStore(STORE)
  await connect(kms, storeId)
  return {
    ...{ house, proxy, kms, storeId },
    async remove() {
      await house.remove()
      await proxy.stop()
    },
  }
}

export async function stateOf(kms: Kms, CustomKeyStoreId: string): Promise<string> {
  const { CustomKeyStores } = await kms.describeCustomKeyStores({ CustomKeyStoreId })
  const { ConnectionState, ConnectionErrorCode } = CustomKeyStores[0]!
  return ConnectionErrorCode === undefined
    ? ConnectionState
    : `${ConnectionState} ${ConnectionErrorCode}`
}

/** Waits as long as the test may take. */
export async function until(kms: Kms, storeId: string, state: RegExp): Promise<string> {
  for (;;) {
    const now = await stateOf(kms, storeId)
    if (state.test(now)) return now
    await wait(5)
  }
}

export async function connect(kms: Kms, CustomKeyStoreId: string): Promise<void> {
  await kms.connectCustomKeyStore({ CustomKeyStoreId })
  await until(kms, CustomKeyStoreId, /^CONNECTED$/)
}

export async function disconnect(kms: Kms, CustomKeyStoreId: string): Promise<void> {
  await kms.disconnectCustomKeyStore({ CustomKeyStoreId })
  await until(kms, CustomKeyStoreId, /^DISCONNECTED$/)
}

let count = 0

/** A key whose external key nobody else has. */
export async function newKey(kms: Kms, CustomKeyStoreId: string, XksKeyId = `key-${count++}`) {
  const Origin = 'EXTERNAL_KEY_STORE'
  return (await kms.createKey({ Origin, CustomKeyStoreId, XksKeyId })).KeyMetadata
}
