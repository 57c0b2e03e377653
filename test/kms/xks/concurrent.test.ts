/**
 * A custom key store that others change while a proxy is asked: what was found out of one proxy is never taken for another's.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import type { Kms } from '../../../src/kms/kms.js'
import { Proxies } from '../../../src/kms/xks/proxies.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import { outcome } from '../bound.js'
import { type Asked, ENDPOINT, failure, startProxy, type TestProxy } from './proxy.js'
import { connect, newKey, STORE, until } from './store-house.js'

const OTHER = 'https://other.test'
const MOVED = '/tests/moved/kms/xks/v1'

let proxy: TestProxy
let house: TestKms
let kms: Kms
let CustomKeyStoreId: string
beforeEach(async () => {
  proxy = await startProxy()
  const endpoints = new Map([ENDPOINT, OTHER].map((endpoint) => [endpoint, proxy.url]))
  const proxies = () => new Proxies({ clock: systemClock, endpoints, timeoutMs: 20_000 })
  house = await openTestKms({ proxies })
  kms = house.kms
  CustomKeyStoreId = (await kms.createCustomKeyStore(STORE)).CustomKeyStoreId
})
afterEach(async () => {
  await house.remove()
  await proxy.stop()
})

/** Answers of the proxy wait, so many of them, until the test lets them go; later ones do not. */
function holding(count: number) {
  let [letGo, allCame] = [() => {}, () => {}]
  const gone = new Promise<void>((resolve) => (letGo = resolve))
  const came = new Promise<void>((resolve) => (allCame = resolve))
  let left = count
  const { tells } = proxy
  proxy.tells = async (asked, right) => {
    left--
    if (left === 0) allCame()
    if (left >= 0) await gone
    return tells(asked, right)
  }
  return { came, letGo }
}

const placeOf = ({ host, path }: Pick<Asked, 'host' | 'path'>) => `${host}${path}`
const update = (changes: object) => kms.updateCustomKeyStore({ CustomKeyStoreId, ...changes })

async function proxyOfStore() {
  const { CustomKeyStores } = await kms.describeCustomKeyStores({ CustomKeyStoreId })
  const { UriEndpoint, UriPath } = CustomKeyStores[0]!.XksProxyConfiguration
  return placeOf({ host: UriEndpoint.slice('https://'.length), path: UriPath })
}

describe('two updates at once', () => {
  it('leave an address that the proxy was asked at', async () => {
    const { came, letGo } = holding(2)
    const updates = [
      update({ XksProxyUriEndpoint: OTHER }),
      update({ XksProxyUriPath: MOVED, NewCustomKeyStoreName: 'moved' }),
    ]
    await came
    letGo()
    await Promise.all(updates)
    expect(await proxyOfStore()).toBe(`other.test${MOVED}`)
    expect(proxy.asked.map(placeOf)).toContain(`other.test${MOVED}/health`)
    const records = await house.records({ eventName: 'UpdateCustomKeyStore' })
    expect(records.map(({ errorCode }) => errorCode)).toEqual([undefined, undefined])
  })

  it('are refused where they do not fit together', async () => {
    const { tells } = proxy
    proxy.tells = (asked, right) =>
      asked.host === 'other.test' && asked.path.startsWith(MOVED)
        ? failure(404, 'InvalidUriPathException')
        : tells(asked, right)
    const { came, letGo } = holding(2)
    const updates = [update({ XksProxyUriEndpoint: OTHER }), update({ XksProxyUriPath: MOVED })]
    await came
    letGo()
    const outcomes = await Promise.all(updates.map(outcome))
    expect(outcomes.sort()).toEqual(['XksProxyInvalidConfigurationException', 'done'])
    expect(proxy.asked.map(placeOf)).toContain(`${await proxyOfStore()}/health`)
    expect(await proxyOfStore()).not.toBe(`other.test${MOVED}`)
  })

  it('of which one moves nothing ask no proxy twice', async () => {
    const { came, letGo } = holding(1)
    const moving = update({ XksProxyUriPath: MOVED })
    await came
    await update({ NewCustomKeyStoreName: 'renamed' })
    const before = proxy.asked.length
    letGo()
    await moving
    expect(proxy.asked).toHaveLength(before)
    const { CustomKeyStores } = await kms.describeCustomKeyStores({ CustomKeyStoreId })
    expect(CustomKeyStores[0]?.CustomKeyStoreName).toBe('renamed')
  })
})

describe('an update', () => {
  const heldUpdate = async (changes: object) => {
    const { came, letGo } = holding(1)
    const updating = outcome(update(changes))
    await came
    return async () => {
      letGo()
      return await updating
    }
  }

  it('of the endpoint is refused when the store is connected meanwhile', async () => {
    const ended = await heldUpdate({ XksProxyUriEndpoint: OTHER })
    await connect(kms, CustomKeyStoreId)
    expect(await ended()).toBe('CustomKeyStoreInvalidStateException')
    expect(await proxyOfStore()).toBe(`proxy.test${STORE.XksProxyUriPath}`)
  })

  it('is refused when the store is deleted meanwhile', async () => {
    const ended = await heldUpdate({ XksProxyUriPath: MOVED })
    await kms.deleteCustomKeyStore({ CustomKeyStoreId })
    expect(await ended()).toBe('CustomKeyStoreNotFoundException')
    expect((await kms.describeCustomKeyStores({})).CustomKeyStores).toEqual([])
  })

  it('is refused when another store takes the address meanwhile', async () => {
    const ended = await heldUpdate({ XksProxyUriPath: MOVED })
    await kms.createCustomKeyStore({
      ...{ ...STORE, CustomKeyStoreName: 'another', XksProxyUriPath: MOVED },
    })
    expect(await ended()).toBe('XksProxyUriInUseException')
  })
})

describe('a key whose store gets another proxy while its external key is looked at', () => {
  beforeEach(() => connect(kms, CustomKeyStoreId))

  it('is looked at there, too', async () => {
    const { came, letGo } = holding(1)
    const making = newKey(kms, CustomKeyStoreId, 'one')
    await came
    await update({ XksProxyUriPath: MOVED })
    letGo()
    await making
    const looks = proxy.asked.filter(({ operation }) => operation === 'metadata')
    expect(looks.map(({ path }) => path)).toEqual([
      `${STORE.XksProxyUriPath}/keys/one/metadata`,
      `${MOVED}/keys/one/metadata`,
    ])
  })

  it('is not made when that one does not know it', async () => {
    const { tells } = proxy
    proxy.tells = (asked, right) =>
      asked.operation === 'metadata' && asked.path.startsWith(MOVED)
        ? failure(404, 'KeyNotFoundException')
        : tells(asked, right)
    const { came, letGo } = holding(1)
    const making = outcome(newKey(kms, CustomKeyStoreId, 'one'))
    await came
    await update({ XksProxyUriPath: MOVED })
    letGo()
    expect(await making).toBe('XksKeyNotFoundException')
    expect((await kms.listKeys({})).Keys).toEqual([])
  })

  it('is not made when the store is disconnected meanwhile', async () => {
    const { came, letGo } = holding(1)
    const making = outcome(newKey(kms, CustomKeyStoreId, 'one'))
    await came
    await kms.disconnectCustomKeyStore({ CustomKeyStoreId })
    letGo()
    expect(await making).toBe('CustomKeyStoreInvalidStateException')
    await until(kms, CustomKeyStoreId, /^DISCONNECTED$/)
  })
})
