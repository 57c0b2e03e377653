/** Custom key stores: made, listed, changed, connected, disconnected, deleted; in which state what is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kms } from '../../../src/kms/kms.js'
import { Stores } from '../../../src/kms/stores/stores.js'
import { accountRoot } from '../../../src/service/caller.js'
import { Locks } from '../../../src/store/keep/locks.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'
import { allow, outcome, userWith } from '../bound.js'
import { PROXY_KEY, startProxy, type TestProxy, type Told, waysTo } from './proxy.js'
import { connect, disconnect, newKey, STORE, stateOf, until } from './store-house.js'

let proxy: TestProxy
let house: TestKms
let kms: Kms
beforeEach(async () => {
  proxy = await startProxy()
  house = await openTestKms({ proxies: () => waysTo(proxy.url) })
  kms = house.kms
})
afterEach(async () => {
  await house.remove()
  await proxy.stop()
})

let count = 0
const another = () => ({
  ...STORE,
  CustomKeyStoreName: `another ${count++}`,
  XksProxyUriPath: `/tests/a${count}/kms/xks/v1`,
})
const make = async (changes: object = {}) =>
  (await kms.createCustomKeyStore({ ...another(), ...changes })).CustomKeyStoreId

/** An answer that comes when it is let go. */
function held() {
  let letGo = () => {}
  const gone = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const tells = async (right: () => Told) => {
    await gone
    return right()
  }
  return { tells, letGo }
}

describe('a custom key store', () => {
  it('is described, but for its secret', async () => {
    const { CustomKeyStoreId } = await kms.createCustomKeyStore(STORE)
    expect(CustomKeyStoreId).toMatch(/^cks-[0-9a-f]{17}$/)
    const { CustomKeyStores } = await kms.describeCustomKeyStores({})
    expect(CustomKeyStores).toEqual([
      {
        ...{ CustomKeyStoreId, CustomKeyStoreName: 'outside', ConnectionState: 'DISCONNECTED' },
        ...{ CreationDate: expect.any(Date), CustomKeyStoreType: 'EXTERNAL_KEY_STORE' },
        XksProxyConfiguration: {
          ...{ Connectivity: 'PUBLIC_ENDPOINT', AccessKeyId: PROXY_KEY.AccessKeyId },
          ...{ UriEndpoint: STORE.XksProxyUriEndpoint, UriPath: STORE.XksProxyUriPath },
        },
      },
    ])
    expect(proxy.asked[0]).toMatchObject({
      operation: 'health',
      body: { requestMetadata: { kmsOperation: 'CreateCustomKeyStore' } },
    })
  })

  it('is found by id and by name, and page by page', async () => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push(await make())
    const one = await kms.describeCustomKeyStores({ CustomKeyStoreId: ids[2]! })
    const CustomKeyStoreName = one.CustomKeyStores[0]!.CustomKeyStoreName
    expect(await kms.describeCustomKeyStores({ CustomKeyStoreName })).toEqual(one)
    const found: string[] = []
    let Marker: string | undefined
    do {
      const page = await kms.describeCustomKeyStores({ Limit: 2, Marker })
      expect(page.CustomKeyStores.length).toBeLessThanOrEqual(2)
      found.push(...page.CustomKeyStores.map((store) => store.CustomKeyStoreId))
      Marker = page.NextMarker
      expect(page.Truncated).toBe(Marker !== undefined)
    } while (Marker !== undefined)
    expect(found).toEqual([...ids].sort())
    const refused = (input: object, code: string) =>
      expect(kms.describeCustomKeyStores(input)).rejects.toMatchObject({ code })
    await refused({ CustomKeyStoreId: 'cks-0' }, 'CustomKeyStoreNotFoundException')
    await refused({ CustomKeyStoreName: 'nobody' }, 'CustomKeyStoreNotFoundException')
    await refused({ CustomKeyStoreId: ids[0]!, CustomKeyStoreName }, 'ValidationException')
    await refused({ Marker: 'made up' }, 'InvalidMarkerException')
  })

  it('is of an account and a region', async () => {
    await make()
    for (const stranger of [
      accountRoot('999999999999', REGION),
      accountRoot(ACCOUNT, 'us-east-2'),
    ]) {
      const others = house.service.as(stranger)
      expect((await others.describeCustomKeyStores({})).CustomKeyStores).toEqual([])
    }
  })

  it('has a name and an address of its own', async () => {
    await kms.createCustomKeyStore(STORE)
    const refused = (changes: object, code: string) =>
      expect(make(changes)).rejects.toMatchObject({ code })
    await refused({ CustomKeyStoreName: 'outside' }, 'CustomKeyStoreNameInUseException')
    const { XksProxyUriEndpoint, XksProxyUriPath } = STORE
    await refused({ XksProxyUriEndpoint, XksProxyUriPath }, 'XksProxyUriInUseException')
    const stranger = house.service.as(accountRoot('999999999999', REGION))
    await expect(stranger.createCustomKeyStore(STORE)).rejects.toMatchObject({
      code: 'XksProxyUriInUseException',
    })
  })

  it('is one of ten', async () => {
    for (let i = 0; i < 10; i++) await make()
    await expect(make()).rejects.toMatchObject({ code: 'LimitExceededException' })
  })

  it.each([
    ['a cluster', { CustomKeyStoreType: 'AWS_CLOUDHSM' }, 'CloudHsmClusterNotFoundException'],
    ['nothing said', { CustomKeyStoreType: undefined }, 'CloudHsmClusterNotFoundException'],
    [
      'a VPC endpoint service',
      { XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' },
      'XksProxyVpcEndpointServiceNotFoundException',
    ],
    ['a password', { KeyStorePassword: 'password' }, 'ValidationException'],
    ['no credential', { XksProxyAuthenticationCredential: undefined }, 'ValidationException'],
    ['no connectivity', { XksProxyConnectivity: undefined }, 'ValidationException'],
    ['no path', { XksProxyUriPath: undefined }, 'ValidationException'],
    ['no endpoint', { XksProxyUriEndpoint: undefined }, 'ValidationException'],
    ['no https', { XksProxyUriEndpoint: 'http://proxy.test' }, 'ValidationException'],
    ['a port', { XksProxyUriEndpoint: 'https://proxy.test:4600' }, 'ValidationException'],
    ['another path', { XksProxyUriPath: '/tests/kms/xks' }, 'ValidationException'],
    [
      'an address',
      { XksProxyUriEndpoint: 'https://169.254.169.254' },
      'XksProxyInvalidConfigurationException',
    ],
    ['a NUL', { CustomKeyStoreName: 'a\0b' }, 'ValidationException'],
  ])('is refused with %s', async (_, changes, code) => {
    await expect(make(changes)).rejects.toMatchObject({ code })
    expect(proxy.asked).toEqual([])
  })
})

describe('a connection', () => {
  it('is begun, and made behind the call', async () => {
    const storeId = await make()
    const { tells, letGo } = held()
    proxy.tells = (_, right) => tells(right)
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    expect(await stateOf(kms, storeId)).toBe('CONNECTING')
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    const deleting = kms.deleteCustomKeyStore({ CustomKeyStoreId: storeId })
    await expect(deleting).rejects.toMatchObject({ code: 'CustomKeyStoreInvalidStateException' })
    letGo()
    await until(kms, storeId, /^CONNECTED$/)
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    expect(await stateOf(kms, storeId)).toBe('CONNECTED')
  })

  it('that is being made can be ended', async () => {
    const storeId = await make()
    const { tells, letGo } = held()
    proxy.tells = (_, right) => tells(right)
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    await disconnect(kms, storeId)
    letGo()
    await connect(kms, storeId)
  })

  it('waits at its end for whoever uses it, and takes nobody else', async () => {
    const storeId = await make()
    await connect(kms, storeId)
    const { KeyId } = await newKey(kms, storeId)
    const { tells, letGo } = held()
    let isAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve
    })
    proxy.tells = (_, right) => {
      isAsked()
      return tells(right)
    }
    const encrypting = kms.encrypt({ KeyId, Plaintext: Buffer.from('a') })
    await asked
    await kms.disconnectCustomKeyStore({ CustomKeyStoreId: storeId })
    expect(await stateOf(kms, storeId)).toBe('DISCONNECTING')
    const code = 'CustomKeyStoreInvalidStateException'
    const CustomKeyStoreId = storeId
    await expect(kms.connectCustomKeyStore({ CustomKeyStoreId })).rejects.toMatchObject({ code })
    await expect(kms.disconnectCustomKeyStore({ CustomKeyStoreId })).rejects.toMatchObject({ code })
    const late = kms.encrypt({ KeyId, Plaintext: Buffer.from('a') })
    await expect(late).rejects.toMatchObject({ code: 'KMSInvalidStateException' })
    letGo()
    await encrypting
    await until(kms, storeId, /^DISCONNECTED$/)
    await expect(kms.disconnectCustomKeyStore({ CustomKeyStoreId })).rejects.toMatchObject({ code })
  })

  it('that failed is ended before another is made', async () => {
    const storeId = await make()
    proxy.tells = () => ({ status: 500, body: '' })
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    await until(kms, storeId, /^FAILED XKS_PROXY_INVALID_RESPONSE$/)
    proxy.tells = (_, right) => right()
    const code = 'CustomKeyStoreInvalidStateException'
    const CustomKeyStoreId = storeId
    await expect(kms.connectCustomKeyStore({ CustomKeyStoreId })).rejects.toMatchObject({ code })
    await expect(
      kms.updateCustomKeyStore({ CustomKeyStoreId, NewCustomKeyStoreName: 'b' }),
    ).rejects.toMatchObject({ code })
    await disconnect(kms, storeId)
    await connect(kms, storeId)
  })

  it('is as it was after a restart', async () => {
    const storeId = await make()
    await connect(kms, storeId)
    const { KeyId } = await newKey(kms, storeId)
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('kept') })
    house = await house.reopen()
    kms = house.kms
    expect(await stateOf(kms, storeId)).toBe('CONNECTED')
    const { Plaintext } = await kms.decrypt({ CiphertextBlob })
    expect(Buffer.from(Plaintext).toString()).toBe('kept')
  })

  it('that was being made when a process ended is made by the next', async () => {
    const storeId = await make()
    const { tells, letGo } = held()
    proxy.tells = (_, right) => tells(right)
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    proxy.tells = (_, right) => right()
    // What another process would find in the database now.
    const { store, root } = house
    const proxies = waysTo(proxy.url)
    const next = await Stores.open({ store, root, locks: new Locks(), proxies })
    const place = { account: ACCOUNT, region: REGION, storeId }
    expect(next.find(place)?.state).toBe('CONNECTING')
    await next.close()
    expect(next.find(place)?.state).toBe('CONNECTED')
    await proxies.close()
    letGo()
  })
})

describe('an update', () => {
  it('of name, credential and path is for stores that are connected, too', async () => {
    const storeId = await make()
    await connect(kms, storeId)
    await kms.updateCustomKeyStore({
      CustomKeyStoreId: storeId,
      NewCustomKeyStoreName: 'renamed',
      XksProxyUriPath: '/tests/moved/kms/xks/v1',
      XksProxyAuthenticationCredential: PROXY_KEY,
    })
    const { CustomKeyStores } = await kms.describeCustomKeyStores({ CustomKeyStoreName: 'renamed' })
    expect(CustomKeyStores[0]).toMatchObject({
      ConnectionState: 'CONNECTED',
      XksProxyConfiguration: { UriPath: '/tests/moved/kms/xks/v1' },
    })
    await newKey(kms, storeId)
  })

  it('of the endpoint is for those that are disconnected', async () => {
    const storeId = await make()
    const update = { CustomKeyStoreId: storeId, XksProxyUriEndpoint: 'https://PROXY.test' }
    await connect(kms, storeId)
    await expect(kms.updateCustomKeyStore(update)).rejects.toMatchObject({
      code: 'CustomKeyStoreInvalidStateException',
    })
    await disconnect(kms, storeId)
    await kms.updateCustomKeyStore(update)
  })

  it('to a credential that the proxy does not know changes nothing', async () => {
    const storeId = await make()
    await connect(kms, storeId)
    const RawSecretAccessKey = `${PROXY_KEY.RawSecretAccessKey}x`
    await expect(
      kms.updateCustomKeyStore({
        CustomKeyStoreId: storeId,
        XksProxyAuthenticationCredential: { ...PROXY_KEY, RawSecretAccessKey },
      }),
    ).rejects.toMatchObject({ code: 'XksProxyIncorrectAuthenticationCredentialException' })
    await newKey(kms, storeId)
  })

  it('of nothing, of another kind, or to what another store has is refused', async () => {
    const [first, second] = [another(), another()]
    await kms.createCustomKeyStore(first)
    const { CustomKeyStoreId } = await kms.createCustomKeyStore(second)
    const refused = (changes: object, code: string) =>
      expect(kms.updateCustomKeyStore({ CustomKeyStoreId, ...changes })).rejects.toMatchObject({
        code,
      })
    await refused({}, 'ValidationException')
    await refused({ KeyStorePassword: 'password' }, 'ValidationException')
    const NewCustomKeyStoreName = first.CustomKeyStoreName
    await refused({ NewCustomKeyStoreName }, 'CustomKeyStoreNameInUseException')
    await refused({ XksProxyUriPath: first.XksProxyUriPath }, 'XksProxyUriInUseException')
    await refused(
      { CustomKeyStoreId: 'cks-1', NewCustomKeyStoreName },
      'CustomKeyStoreNotFoundException',
    )
  })
})

describe('a deletion', () => {
  it('is of a store that is disconnected, and has no keys any more', async () => {
    const CustomKeyStoreId = await make()
    await connect(kms, CustomKeyStoreId)
    const deleting = () => kms.deleteCustomKeyStore({ CustomKeyStoreId })
    await expect(deleting()).rejects.toMatchObject({ code: 'CustomKeyStoreInvalidStateException' })
    const { KeyId } = await newKey(kms, CustomKeyStoreId)
    await disconnect(kms, CustomKeyStoreId)
    await expect(deleting()).rejects.toMatchObject({ code: 'CustomKeyStoreHasCMKsException' })
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await expect(deleting()).rejects.toMatchObject({ code: 'CustomKeyStoreHasCMKsException' })
    house.clock.addDays(8)
    await house.service.confirmClock()
    await deleting()
    await expect(deleting()).rejects.toMatchObject({ code: 'CustomKeyStoreNotFoundException' })
    expect((await kms.describeCustomKeyStores({})).CustomKeyStores).toEqual([])
  })
})

describe('the records of custom key stores', () => {
  it('have every call, and no secret of any', async () => {
    const storeId = await make({ CustomKeyStoreName: 'recorded' })
    await connect(kms, storeId)
    const CustomKeyStoreId = storeId
    await kms.updateCustomKeyStore({
      CustomKeyStoreId,
      XksProxyAuthenticationCredential: PROXY_KEY,
    })
    await disconnect(kms, storeId)
    await kms.deleteCustomKeyStore({ CustomKeyStoreId })
    const records = (await house.records()).filter(({ readOnly }) => !readOnly)
    expect(records.map(({ eventName }) => eventName)).toEqual([
      ...['CreateCustomKeyStore', 'ConnectCustomKeyStore', 'UpdateCustomKeyStore'],
      ...['DisconnectCustomKeyStore', 'DeleteCustomKeyStore'],
    ])
    expect(records[0]).toMatchObject({
      requestParameters: {
        ...{ customKeyStoreName: 'recorded', customKeyStoreType: 'EXTERNAL_KEY_STORE' },
        ...{ xksProxyUriEndpoint: STORE.XksProxyUriEndpoint },
      },
      responseElements: { customKeyStoreId: storeId },
    })
    expect(records[4]).toMatchObject({
      requestParameters: { customKeyStoreId: storeId },
      additionalEventData: { customKeyStoreName: 'recorded' },
    })
    const all = JSON.stringify(await house.records())
    expect(all).not.toContain(PROXY_KEY.RawSecretAccessKey)
    expect(all).not.toContain(PROXY_KEY.AccessKeyId)
  })
})

describe('the row of a custom key store', () => {
  it('has the secret wrapped, and is refused when somebody changes it', async () => {
    const storeId = await make()
    const [row] = await house.store.read(
      house.store.query.selectFrom('kms_store').selectAll().compile(),
    )
    const secret = Buffer.from(row!.secret)
    expect(secret.includes(PROXY_KEY.RawSecretAccessKey)).toBe(false)
    expect(secret).toHaveLength(PROXY_KEY.RawSecretAccessKey.length + 96)
    const changed = { ...row!, uri_endpoint: 'https://elsewhere.test' }
    await house.store.commit({ changes: [{ put: 'kms_store', row: changed }] })
    const { store, root } = house
    const proxies = waysTo(proxy.url)
    await expect(Stores.open({ store, root, locks: new Locks(), proxies })).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining(storeId),
    })
  })
})

describe('the operations on custom key stores', () => {
  const names = [
    ...(['createCustomKeyStore', 'describeCustomKeyStores', 'updateCustomKeyStore'] as const),
    ...(['connectCustomKeyStore', 'disconnectCustomKeyStore', 'deleteCustomKeyStore'] as const),
  ]

  it.each(names)('are for whom policies allow them: %s', async (name) => {
    const storeId = await make()
    const action = `kms:${name.replace(/^c|^d|^u/, (letter) => letter.toUpperCase())}`
    const input = (CustomKeyStoreId: string) =>
      ({ ...another(), CustomKeyStoreId, NewCustomKeyStoreName: 'b' }) as never
    const before = proxy.asked.length
    const nobody = house.service.as(userWith({ identity: [allow('kms:ListKeys')] }))
    const denied = { code: 'AccessDeniedException', message: expect.stringContaining(action) }
    for (const id of [storeId, 'cks-00000000000000000']) {
      await expect(nobody[name](input(id))).rejects.toMatchObject(denied)
    }
    expect(proxy.asked).toHaveLength(before)
    const [record] = (await house.records()).slice(-1)
    expect(record).toMatchObject({ eventName: action.slice(4), errorCode: 'AccessDenied' })
    const somebody = house.service.as(userWith({ identity: [allow(action)] }))
    const code = await outcome(somebody[name](input(storeId)))
    expect(code).not.toBe('AccessDeniedException')
  })
})
