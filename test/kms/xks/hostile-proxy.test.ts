/** What proxies that are against us can do, alone or with a caller: answer what they like, be many, and be slow. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import type { Kms } from '../../../src/kms/kms.js'
import { Proxies } from '../../../src/kms/xks/proxies.js'
import { checkHealth } from '../../../src/kms/xks/requests.js'
import { REGION } from '../../support/kms.js'
import { PATH, PROXY_KEY, type TestProxy } from './proxy.js'
import { newKey, openStoreHouse, type StoreHouse } from './store-house.js'

let stores: StoreHouse
let kms: Kms
let proxy: TestProxy
let KeyId: string
beforeAll(async () => {
  stores = await openStoreHouse()
  ;({ kms, proxy } = stores)
  KeyId = (await newKey(kms, stores.storeId)).KeyId
})
beforeEach(() => {
  proxy.tells = (_, right) => right()
})
afterAll(() => stores.remove())

const HEAD_BYTES = 48

/** One of the key around so many bytes of zeros. */
async function forged(ciphertextBytes: number, lengths = { iv: 16, metadata: 20 }) {
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('x') })
  return Buffer.concat([
    ...[CiphertextBlob.subarray(0, HEAD_BYTES), Buffer.of(lengths.iv), Buffer.alloc(lengths.iv)],
    ...[Buffer.of(lengths.metadata), Buffer.alloc(lengths.metadata), Buffer.alloc(16)],
    Buffer.alloc(ciphertextBytes),
  ])
}

/** Opens whatever is asked for. */
function echoing(): void {
  proxy.tells = ({ body }) => ({ status: 200, body: { plaintext: body.ciphertext } })
}

describe('a blob around what we never wrap', () => {
  it.each([
    ['too little', 48, { iv: 16, metadata: 20 }],
    ['too much', 4145, { iv: 12, metadata: 0 }],
  ])('which is %s, opens nothing, and is not asked for', async (_, bytes, lengths) => {
    const CiphertextBlob = await forged(bytes, lengths)
    echoing()
    const before = proxy.asked.length
    const refused = { code: 'InvalidCiphertextException' }
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toMatchObject(refused)
    const moving = kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId })
    await expect(moving).rejects.toMatchObject(refused)
    expect(proxy.asked).toHaveLength(before)
  })

  it('fails alone among many', async () => {
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('good') })
    const short = await forged(48)
    proxy.tells = ({ body }, right) => {
      const isForged = Buffer.from(body.ciphertext as string, 'base64').every((byte) => byte === 0)
      return isForged ? { status: 200, body: { plaintext: body.ciphertext } } : right()
    }
    const answers = await kms.decryptMany([{ CiphertextBlob: short }, { CiphertextBlob }])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })
})

describe('a proxy that answers with what it was given for another blob', () => {
  it.each([
    ['of the same key and context', { department: 'research' }],
    ['of another context', {}],
  ])('%s, is found out', async (_, context) => {
    const EncryptionContext = { department: 'research' }
    await kms.encrypt({ KeyId, Plaintext: Buffer.from('yes'), EncryptionContext: context })
    const { plaintext } = proxy.asked.at(-1)!.body
    const Plaintext = Buffer.from('no!')
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext })
    proxy.tells = () => ({ status: 200, body: { plaintext } })
    const refused = {
      code: 'KMSInvalidStateException',
      message: expect.stringMatching(/^The ciphertext that the external key store proxy submitted/),
    }
    const decrypting = kms.decrypt({ CiphertextBlob, EncryptionContext })
    await expect(decrypting).rejects.toMatchObject(refused)
    const SourceEncryptionContext = EncryptionContext
    const moving = { CiphertextBlob, SourceEncryptionContext, DestinationKeyId: KeyId }
    await expect(kms.reEncrypt(moving)).rejects.toMatchObject(refused)
  })
})

describe('stores before many proxies', () => {
  it('end no use of another, though each has a connection of its own', async () => {
    const access = (name: string) => ({
      ...{ region: REGION, uriEndpoint: `https://${name}.test`, uriPath: PATH },
      ...{ accessKeyId: PROXY_KEY.AccessKeyId, secretAccessKey: PROXY_KEY.RawSecretAccessKey },
    })
    const names = Array.from({ length: 300 }, (_, i) => `proxy-${i}`)
    const endpoints = new Map(names.map((name) => [`https://${name}.test`, proxy.url]))
    const proxies = new Proxies({ clock: systemClock, endpoints, timeoutMs: 20_000 })
    const { slow, isAsked, letGo } = slowFirst()
    proxy.tells = slow
    const metadata = { kmsOperation: 'ConnectCustomKeyStore', kmsRequestId: 'r' }
    const [first, ...others] = names.map((name) => access(name))
    const asking = checkHealth(proxies, first!, metadata)
    await isAsked
    await Promise.all(others.map((other) => checkHealth(proxies, other, metadata)))
    letGo()
    await asking
    await proxies.close()
  })
})

/** Its first answer comes when it is let go. */
function slowFirst() {
  let letGo = () => {}
  const gone = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let tellAsked = () => {}
  const isAsked = new Promise<void>((resolve) => {
    tellAsked = resolve
  })
  let count = 0
  const slow: TestProxy['tells'] = async (_, right) => {
    if (count++ === 0) {
      tellAsked()
      await gone
    }
    return right()
  }
  return { slow, isAsked, letGo }
}
