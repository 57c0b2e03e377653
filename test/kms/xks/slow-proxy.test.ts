/** Proxies that hang: calls that wait for one are so many at most, and others are served meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kms } from '../../../src/kms/kms.js'
import { accountRoot } from '../../../src/service/caller.js'
import { ACCOUNT, callSigned, REGION, startTestServer } from '../../support/http.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import { outcome } from '../bound.js'
import { PROXY_KEY, startProxy, type TestProxy, waysTo } from './proxy.js'
import { connect, newKey, STORE, until } from './store-house.js'

/** Of one store: half of them. */
const USES_MAX = 4
const Plaintext = Buffer.from('text')
const THROTTLED = {
  code: 'ThrottlingException',
  message:
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
}

let proxy: TestProxy
let house: TestKms
let kms: Kms
let letGo = () => {}
let inside: string
beforeEach(async () => {
  proxy = await startProxy()
  house = await openTestKms({ proxies: () => waysTo(proxy.url), proxyUsesMax: USES_MAX })
  kms = house.service.as(accountRoot(ACCOUNT, REGION))
  inside = (await kms.createKey({})).KeyMetadata.KeyId
})
afterEach(async () => {
  letGo()
  await house.remove()
  await proxy.stop()
})

/** A key in a store of its own. */
async function keyOutside(name: string) {
  const XksProxyUriPath = `/tests/${name}/kms/xks/v1`
  const store = { ...STORE, CustomKeyStoreName: name, XksProxyUriPath }
  const { CustomKeyStoreId } = await kms.createCustomKeyStore(store)
  await connect(kms, CustomKeyStoreId)
  return { CustomKeyStoreId, ...(await newKey(kms, CustomKeyStoreId)) }
}

/** From now on, for those below `paths`; resolves when so many have come. */
function hang(paths: RegExp) {
  const gone = new Promise<void>((resolve) => (letGo = resolve))
  let came = 0
  let told = () => {}
  proxy.tells = async ({ path }, right) => {
    if (paths.test(path)) {
      came++
      told()
      await gone
    }
    return right()
  }
  return (count: number) =>
    new Promise<void>((resolve) => {
      told = () => {
        if (came >= count) resolve()
      }
      told()
    })
}

describe('a proxy that hangs', () => {
  it('holds so many calls of its store, and none of others', async () => {
    const [slow, well] = [await keyOutside('slow'), await keyOutside('well')]
    const asked = hang(/slow/)
    const waiting = [1, 2].map(() => outcome(kms.encrypt({ KeyId: slow.KeyId, Plaintext })))
    await asked(2)
    const beyond = [
      kms.encrypt({ KeyId: slow.KeyId, Plaintext }),
      kms.generateDataKey({ KeyId: slow.KeyId, KeySpec: 'AES_256' }),
      newKey(kms, slow.CustomKeyStoreId),
    ]
    for (const one of beyond) await expect(one).rejects.toMatchObject(THROTTLED)
    await kms.encrypt({ KeyId: well.KeyId, Plaintext })
    await kms.encrypt({ KeyId: inside, Plaintext })
    letGo()
    expect(await Promise.all(waiting)).toEqual(['done', 'done'])
    await kms.encrypt({ KeyId: slow.KeyId, Plaintext })
    const [record] = (await house.records({ eventName: 'GenerateDataKey' })).slice(-1)
    expect(record?.errorCode).toBe('ThrottlingException')
  })

  it('leaves places to others, however many stores there are', async () => {
    const keys = [await keyOutside('a'), await keyOutside('b'), await keyOutside('c')]
    const asked = hang(/./)
    const [a, b, c] = keys.map(({ KeyId }) => KeyId)
    const waiting = [a, a, b, b].map((KeyId) => outcome(kms.encrypt({ KeyId: KeyId!, Plaintext })))
    await asked(USES_MAX)
    await expect(kms.encrypt({ KeyId: c!, Plaintext })).rejects.toMatchObject(THROTTLED)
    await kms.encrypt({ KeyId: inside, Plaintext })
    letGo()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']))
  })

  it('holds so many calls on a store itself', async () => {
    const { CustomKeyStoreId, KeyId } = await keyOutside('slow')
    const XksProxyAuthenticationCredential = PROXY_KEY
    const asked = hang(/slow/)
    const waiting = [1, 2].map(() =>
      outcome(kms.updateCustomKeyStore({ CustomKeyStoreId, XksProxyAuthenticationCredential })),
    )
    await asked(2)
    const third = kms.updateCustomKeyStore({ CustomKeyStoreId, XksProxyAuthenticationCredential })
    await expect(third).rejects.toMatchObject(THROTTLED)
    await expect(kms.encrypt({ KeyId, Plaintext })).rejects.toMatchObject(THROTTLED)
    await kms.encrypt({ KeyId: inside, Plaintext })
    letGo()
    expect(await Promise.all(waiting)).toEqual(['done', 'done'])
  })

  it('holds so many calls that would make a store, of an account', async () => {
    const { KeyId } = await keyOutside('well')
    const make = (name: string, as = kms) =>
      as.createCustomKeyStore({
        ...{ ...STORE, CustomKeyStoreName: name },
        XksProxyUriPath: `/tests/slow${name}/kms/xks/v1`,
      })
    const asked = hang(/slow/)
    const waiting = ['a', 'b'].map((name) => outcome(make(name)))
    await asked(2)
    await expect(make('c')).rejects.toMatchObject(THROTTLED)
    await kms.encrypt({ KeyId, Plaintext })
    const other = outcome(make('d', house.service.as(accountRoot('444455556666', REGION))))
    await asked(3)
    letGo()
    expect(await Promise.all([...waiting, other])).toEqual(['done', 'done', 'done'])
    expect(await outcome(make('c'))).toBe('done')
  })

  it('can be left meanwhile', async () => {
    const { KeyId, CustomKeyStoreId } = await keyOutside('slow')
    const asked = hang(/slow/)
    const waiting = [1, 2].map(() => outcome(kms.encrypt({ KeyId, Plaintext })))
    await asked(2)
    await kms.disconnectCustomKeyStore({ CustomKeyStoreId })
    letGo()
    await until(kms, CustomKeyStoreId, /^DISCONNECTED$/)
    await Promise.all(waiting)
  })

  it('keeps nobody away from a port whose places it could fill', async () => {
    const { KeyId } = await keyOutside('slow')
    const server = await startTestServer(house.service, { inflightMax: USES_MAX, queueMax: 0 })
    const encrypt = (key: string) =>
      callSigned(server.url, {
        operation: 'Encrypt',
        body: JSON.stringify({ KeyId: key, Plaintext: Plaintext.toString('base64') }),
      })
    const asked = hang(/slow/)
    const waiting: Promise<number>[] = []
    const refused: number[] = []
    for (let i = 0; i < USES_MAX; i++) {
      const answer = encrypt(KeyId).then(({ status }) => status)
      if (i < USES_MAX / 2) waiting.push(answer)
      else refused.push(await answer)
      if (i === USES_MAX / 2 - 1) await asked(USES_MAX / 2)
    }
    expect(refused).toEqual([400, 400])
    expect((await encrypt(inside)).status).toBe(200)
    letGo()
    expect(await Promise.all(waiting)).toEqual([200, 200])
    await server.close()
  })
})
