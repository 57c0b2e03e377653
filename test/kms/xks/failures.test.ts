/**
 * Every row of the specification's table of failures, as AWS tells it: to whoever makes or changes a key store, makes a
 * key, uses one, or connects the store.
 *
 * The rows stand here once more, so that the table cannot drift unseen.
 */
import { createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import { Proxies } from '../../../src/kms/xks/proxies.js'
import { makeCertificate } from '../../support/certificate.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import { ENDPOINT, failure, HEALTHY, type Told } from './proxy.js'
import {
  connect,
  disconnect,
  newKey,
  openStoreHouse,
  STORE,
  type StoreHouse,
  until,
} from './store-house.js'

interface Row {
  /** An error's name, or what else is wrong with an answer. */
  readonly is: string
  readonly tells: Told
  readonly managing?: string
  readonly creating?: string
  readonly connecting?: string
  readonly says: RegExp
}

const INTERPRET = /^AWS KMS cannot interpret the response from the external key store proxy\./
const MALFORMED = {
  managing: 'XksProxyInvalidResponseException',
  creating: 'CustomKeyStoreInvalidStateException',
  connecting: 'XKS_PROXY_INVALID_RESPONSE',
  says: INTERPRET,
}
const UNREACHABLE = {
  managing: 'XksProxyUriUnreachableException',
  creating: 'CustomKeyStoreInvalidStateException',
  connecting: 'XKS_PROXY_NOT_REACHABLE',
}
const named = (status: number, is: string) => ({ is, tells: failure(status, is) })

const ROWS: readonly Row[] = [
  { ...named(400, 'ValidationException'), ...MALFORMED },
  {
    ...named(400, 'InvalidStateException'),
    creating: 'XksKeyInvalidConfigurationException',
    says: /the external key is not enabled in the external key manager\.$/,
  },
  {
    ...named(400, 'InvalidCiphertextException'),
    says: /the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid\.$/,
  },
  {
    ...named(400, 'InvalidKeyUsageException'),
    creating: 'XksKeyInvalidConfigurationException',
    says: /the external key does not support the requested operation\.$/,
  },
  {
    ...named(401, 'AuthenticationFailedException'),
    managing: 'XksProxyIncorrectAuthenticationCredentialException',
    creating: 'CustomKeyStoreInvalidStateException',
    connecting: 'INVALID_CREDENTIALS',
    says: /it could not authenticate AWS KMS\./,
  },
  {
    ...named(403, 'AccessDeniedException'),
    creating: 'KMSInvalidStateException',
    connecting: 'XKS_PROXY_ACCESS_DENIED',
    says: /^The external key store proxy denied access to the operation\./,
  },
  {
    ...named(404, 'KeyNotFoundException'),
    creating: 'XksKeyNotFoundException',
    says: /it could not find the external key\.$/,
  },
  {
    ...named(404, 'InvalidUriPathException'),
    managing: 'XksProxyInvalidConfigurationException',
    creating: 'CustomKeyStoreInvalidStateException',
    connecting: 'XKS_PROXY_INVALID_CONFIGURATION',
    says: /because of an invalid URI path\./,
  },
  {
    ...named(429, 'ThrottlingException'),
    ...UNREACHABLE,
    says: /due to a very high request rate\./,
  },
  {
    ...named(501, 'UnsupportedOperationException'),
    creating: 'CustomKeyStoreInvalidStateException',
    says: /it does not support the requested cryptographic operation\.$/,
  },
  {
    ...named(503, 'DependencyTimeoutException'),
    ...UNREACHABLE,
    connecting: 'XKS_PROXY_TIMED_OUT',
    says: /^The external key store proxy did not respond to the request in the time allotted\./,
  },
  {
    ...named(500, 'InternalException'),
    managing: 'XksProxyInvalidResponseException',
    creating: 'CustomKeyStoreInvalidStateException',
    connecting: 'XKS_PROXY_INVALID_RESPONSE',
    says: /it cannot communicate with the external key manager\./,
  },
  { is: 'an error that nobody has', tells: failure(418, 'TeapotException'), ...MALFORMED },
  { is: 'the name of one of ours', tells: failure(500, 'notConnected'), ...MALFORMED },
  { is: 'a name of every object', tells: failure(500, 'constructor'), ...MALFORMED },
  { is: 'an error without JSON', tells: { status: 502, body: '<html>' }, ...MALFORMED },
  { is: 'an error of null', tells: { status: 500, body: null }, ...MALFORMED },
  { is: 'an answer without JSON', tells: { status: 200, body: '' }, ...MALFORMED },
  { is: 'an answer of nothing', tells: { status: 200, body: {} }, ...MALFORMED },
  { is: 'an answer of a list', tells: { status: 200, body: [] }, ...MALFORMED },
  { is: 'an answer without end', tells: { status: 200, body: ' '.repeat(99_999) }, ...MALFORMED },
]

let stores: StoreHouse
let keyId: string
let blob: Uint8Array
beforeAll(async () => {
  stores = await openStoreHouse()
  keyId = (await newKey(stores.kms, stores.storeId)).KeyId
  const { CiphertextBlob } = await stores.kms.encrypt({ KeyId: keyId, Plaintext: Buffer.from('a') })
  blob = CiphertextBlob
})
afterAll(() => stores.remove())
beforeEach(() => {
  stores.proxy.tells = (_, right) => right()
})

const OTHER = { ...STORE, CustomKeyStoreName: 'other', XksProxyUriPath: '/tests/other/kms/xks/v1' }

type Purpose = 'managing' | 'creating' | 'connecting'
const rowsOf = (purpose: Purpose) => ROWS.filter((row) => row[purpose] !== undefined)

describe('a failure of the proxy', () => {
  const failed = (code: string, says: RegExp) => ({ code, message: expect.stringMatching(says) })

  it.each(ROWS)(
    'that is $is is KMSInvalidStateException for every use',
    async ({ tells, says }) => {
      const { kms, proxy } = stores
      proxy.tells = () => tells
      for (const use of [
        () => kms.decrypt({ CiphertextBlob: blob }),
        () => kms.encrypt({ KeyId: keyId, Plaintext: Buffer.from('a') }),
        () => kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256' }),
        () => kms.generateDataKeyWithoutPlaintext({ KeyId: keyId, KeySpec: 'AES_256' }),
        () => kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: keyId }),
      ]) {
        await expect(use()).rejects.toMatchObject(failed('KMSInvalidStateException', says))
      }
    },
  )

  it.each(rowsOf('creating'))('that is $is is $creating for CreateKey', async (row) => {
    stores.proxy.tells = () => row.tells
    const refused = failed(row.creating!, row.says)
    await expect(newKey(stores.kms, stores.storeId)).rejects.toMatchObject(refused)
  })

  it.each(rowsOf('managing'))('that is $is is $managing for UpdateCustomKeyStore', async (row) => {
    const { kms, storeId, proxy } = stores
    proxy.tells = () => row.tells
    const XksProxyAuthenticationCredential = STORE.XksProxyAuthenticationCredential
    await expect(
      kms.updateCustomKeyStore({ CustomKeyStoreId: storeId, XksProxyAuthenticationCredential }),
    ).rejects.toMatchObject(failed(row.managing!, row.says))
  })

  it.each(rowsOf('connecting'))('that is $is is $connecting for a connection', async (row) => {
    const { kms, storeId, proxy } = stores
    await disconnect(kms, storeId)
    proxy.tells = () => row.tells
    await kms.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    expect(await until(kms, storeId, /FAILED/)).toBe(`FAILED ${row.connecting}`)
    proxy.tells = (_, right) => right()
    await disconnect(kms, storeId)
    await connect(kms, storeId)
  })
})

describe('CreateCustomKeyStore', () => {
  it('tells the same of a proxy that fails', async () => {
    const { kms, proxy } = stores
    for (const { tells, managing, says } of ROWS) {
      if (managing === undefined) continue
      proxy.tells = () => tells
      const refused = { code: managing, message: expect.stringMatching(says) }
      await expect(kms.createCustomKeyStore(OTHER)).rejects.toMatchObject(refused)
    }
  })

  it('finds that no key manager behind a proxy works', async () => {
    const { kms, proxy, storeId } = stores
    const down = { id: 'one', model: 'test', healthStatus: 'UNAVAILABLE' }
    proxy.tells = () => ({ status: 200, body: { ...HEALTHY, ekmFleetDetails: [down, down] } })
    const XksProxyAuthenticationCredential = STORE.XksProxyAuthenticationCredential
    await expect(
      kms.updateCustomKeyStore({ CustomKeyStoreId: storeId, XksProxyAuthenticationCredential }),
    ).rejects.toMatchObject({
      code: 'XksProxyUriUnreachableException',
      message: expect.stringMatching(/^The external key store proxy is in an unhealthy state\./),
    })
    const some = [down, { ...down, healthStatus: 'DEGRADED' }]
    proxy.tells = () => ({ status: 200, body: { ...HEALTHY, ekmFleetDetails: some } })
    await kms.updateCustomKeyStore({ CustomKeyStoreId: storeId, XksProxyAuthenticationCredential })
  })
})

describe('an answer that is not as the specification has it', () => {
  const malformed = { code: 'KMSInvalidStateException', message: expect.stringMatching(INTERPRET) }
  const changed = (change: object) => {
    stores.proxy.tells = (_, right) => {
      const { status, body } = right()
      return { status, body: { ...(body as object), ...change } }
    }
  }
  const bytes = (size: number) => Buffer.alloc(size, 1).toString('base64')

  it.each([
    ['a text that is no base64', { ciphertext: '*' }],
    ['a shorter ciphertext', { ciphertext: bytes(10) }],
    ['21 bytes of metadata', { ciphertextMetadata: bytes(21) }],
    ['an IV of 13 bytes', { initializationVector: bytes(13) }],
    ['a tag of 15 bytes', { authenticationTag: bytes(15) }],
    ['another integrity value', { ciphertextDataIntegrityValue: bytes(32) }],
    ['no integrity value', { ciphertextDataIntegrityValue: undefined }],
  ])('of Encrypt, with %s, is malformed', async (_, change) => {
    changed(change)
    const failing = stores.kms.encrypt({ KeyId: keyId, Plaintext: Buffer.from('a') })
    await expect(failing).rejects.toMatchObject(malformed)
  })

  it('of Decrypt, of another length, is malformed', async () => {
    changed({ plaintext: bytes(3) })
    await expect(stores.kms.decrypt({ CiphertextBlob: blob })).rejects.toMatchObject(malformed)
  })

  it.each([
    ['no fleet', { xksProxyFleetSize: 0 }],
    ['no vendor', { ekmVendor: undefined }],
    ['no managers', { ekmFleetDetails: [] }],
    ['eleven managers', { ekmFleetDetails: Array(11).fill(HEALTHY.ekmFleetDetails[0]) }],
    [
      'a state that nobody has',
      { ekmFleetDetails: [{ id: 'a', model: 'b', healthStatus: 'FINE' }] },
    ],
  ])('of GetHealthStatus, with %s, is malformed', async (_, change) => {
    changed(change)
    const XksProxyAuthenticationCredential = STORE.XksProxyAuthenticationCredential
    const CustomKeyStoreId = stores.storeId
    await expect(
      stores.kms.updateCustomKeyStore({ CustomKeyStoreId, XksProxyAuthenticationCredential }),
    ).rejects.toMatchObject({ code: 'XksProxyInvalidResponseException' })
  })
})

describe('a proxy that is not there', () => {
  let house: TestKms
  let server: Server
  let url: string
  let onConnection: (end: () => void) => void = () => undefined
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      onConnection(() => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `127.0.0.1:${(server.address() as { port: number }).port}`
  })
  afterAll(() => {
    server.close()
  })

  async function refusal(target: string, timeoutMs = 20_000) {
    const endpoints = new Map([[ENDPOINT, target]])
    house = await openTestKms({
      proxies: () => new Proxies({ clock: systemClock, endpoints, timeoutMs }),
    })
    try {
      return await house.kms.createCustomKeyStore(STORE).then(
        () => undefined,
        (error: Error & { code: string }) => `${error.code}: ${error.message}`,
      )
    } finally {
      await house.remove()
    }
  }

  it('cannot be communicated with', async () => {
    expect(await refusal('http://127.0.0.1:1')).toMatch(
      /^XksProxyUriUnreachableException: AWS KMS cannot communicate with the external key store proxy\./,
    )
  })

  it('breaks off, which is the same', async () => {
    onConnection = (end) => end()
    expect(await refusal(`http://${url}`)).toMatch(
      /^XksProxyUriUnreachableException: AWS KMS cannot communicate with the external key store proxy\./,
    )
  })

  it('says nothing, and is not waited for', async () => {
    onConnection = () => undefined
    expect(await refusal(`http://${url}`, 50)).toMatch(
      /^XksProxyUriUnreachableException: AWS KMS rejected the request because the external key store proxy did not respond in time\./,
    )
  })

  it('speaks no TLS that we believe', async () => {
    const { cert, key } = makeCertificate()
    const tls = createTlsServer({ cert, key }, (socket) => socket.on('error', () => undefined))
    tls.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    const { port } = tls.address() as { port: number }
    expect(await refusal(`https://127.0.0.1:${port}`)).toMatch(
      /^XksProxyUriUnreachableException: AWS KMS cannot establish a TLS connection/,
    )
    tls.close()
  })
})
