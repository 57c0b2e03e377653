/** The proxy of an external key store: what a KMS elsewhere sends, right and wrong, and what it is answered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { xksDoor } from '../../src/http/doors/xks.js'
import type { Kms } from '../../src/kms/kms.js'
import { accountRoot } from '../../src/service/caller.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { ACCESS_KEY, ACCOUNT, REGION, startTestServer, type TestServer } from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'

const BASE = '/any/prefix-1/kms/xks/v1'
const requestMetadata = {
  awsPrincipalArn: 'arn:aws:iam::123456789012:user/Alice',
  kmsKeyArn: 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  kmsOperation: 'Encrypt',
  kmsRequestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
}
const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('base64')
const plaintext = base64('Hello World!')
const encryptionAlgorithm = 'AES_GCM'
const text = 'Hello World!'

let house: TestKms
let kms: Kms
let server: TestServer
let keyId: string
beforeAll(async () => {
  house = await openTestKms()
  kms = house.service.as(accountRoot(ACCOUNT, REGION))
  server = await startTestServer(house.service, { doors: [xksDoor(house.service.keyManager)] })
  keyId = (await kms.createKey({})).KeyMetadata.KeyId
})
afterAll(async () => {
  await server.close()
  await house.remove()
})

interface Sent {
  readonly method?: string
  readonly body?: unknown
  readonly secretAccessKey?: string
  readonly service?: string
  readonly now?: number
}

/** Its status, and its body as JSON. */
async function send(path: string, sent: Sent = {}): Promise<[number, Record<string, string>]> {
  const { method = 'POST', service = 'kms-xks-proxy', now = Date.now() } = sent
  const given = sent.body ?? { requestMetadata }
  const body = typeof given === 'string' ? given : JSON.stringify(given)
  const signer = { ...ACCESS_KEY, region: REGION, service, now }
  const headers = signRequest(
    { method, path, headers: { host: new URL(server.url).host }, body: Buffer.from(body) },
    sent.secretAccessKey === undefined
      ? signer
      : { ...signer, secretAccessKey: sent.secretAccessKey },
  )
  const { host: _, ...rest } = headers
  const response = await fetch(`${server.url}${path}`, { method, headers: rest, body })
  return [response.status, (await response.json()) as Record<string, string>]
}

const keyPath = (operation: string, id = keyId) => `${BASE}/keys/${id}/${operation}`
const encrypt = (body: object = {}, id?: string) =>
  send(keyPath('encrypt', id), {
    body: { requestMetadata, plaintext, encryptionAlgorithm, ...body },
  })
const decrypt = (body: object, id?: string) =>
  send(keyPath('decrypt', id), { body: { requestMetadata, encryptionAlgorithm, ...body } })

describe('the proxy face', () => {
  it('says that it is well', async () => {
    const before = (await house.records()).length
    const [status, answer] = await send(`${BASE}/health`)
    expect([status, answer]).toEqual([
      200,
      {
        ...{ xksProxyFleetSize: 1, xksProxyVendor: 'sealtrail', xksProxyModel: 'sealtrail' },
        ekmVendor: 'sealtrail',
        ekmFleetDetails: [{ id: 'sealtrail', model: 'sealtrail', healthStatus: 'ACTIVE' }],
      },
    ])
    expect(await house.records()).toHaveLength(before)
  })

  it('says what a key is', async () => {
    const answer = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' }
    expect(await send(keyPath('metadata'))).toEqual([200, answer])
    const { kmsKeyArn: _, ...forNone } = requestMetadata
    const body = { requestMetadata: forNone }
    expect(await send(keyPath('metadata'), { body })).toEqual([200, answer])
    expect(await send(`/kms/xks/v1/keys/${keyId}/metadata`)).toEqual([200, answer])
  })

  it('encrypts, and decrypts what it encrypted', async () => {
    const additionalAuthenticatedData = base64('project=nile,department=marketing')
    const [status, wrap] = await encrypt({
      additionalAuthenticatedData,
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    })
    expect(status).toBe(200)
    expect(Object.keys(wrap).sort()).toEqual([
      ...['authenticationTag', 'ciphertext', 'ciphertextDataIntegrityValue'],
      ...['ciphertextMetadata', 'initializationVector'],
    ])
    const { ciphertextDataIntegrityValue: _, ...given } = wrap
    expect(await decrypt({ ...given, additionalAuthenticatedData })).toEqual([200, { plaintext }])
    const refused = { errorName: 'InvalidCiphertextException' }
    expect(await decrypt(given)).toEqual([400, refused])
    for (const name of Object.keys(given)) {
      const bytes = Buffer.from(given[name]!, 'base64')
      bytes[0]! ^= 1
      const changed = { ...given, additionalAuthenticatedData, [name]: base64(bytes) }
      expect(await decrypt(changed), name).toEqual([400, refused])
    }
    const { ciphertextMetadata: __, ...without } = given
    expect(await decrypt({ ...without, additionalAuthenticatedData })).toEqual([400, refused])
  })

  it('takes as much as the specification has, and what it does not know', async () => {
    const large = {
      plaintext: base64(Buffer.alloc(4300, 1)),
      additionalAuthenticatedData: base64(Buffer.alloc(8192, 2)),
      requestMetadata: { ...requestMetadata, kmsOperation: 'BulkEncrypt', sourceIdentity: 'new' },
    }
    const [status, wrap] = await encrypt(large)
    expect(status).toBe(200)
    const { additionalAuthenticatedData } = large
    expect(await decrypt({ ...wrap, additionalAuthenticatedData })).toEqual([
      200,
      { plaintext: large.plaintext },
    ])
    const [tooMuch, { errorName }] = await encrypt({ plaintext: base64(Buffer.alloc(8193)) })
    expect([tooMuch, errorName]).toEqual([501, 'UnsupportedOperationException'])
    const body = ' '.repeat(80_000)
    expect((await send(keyPath('encrypt'), { body }))[0]).toBe(501)
  })

  it('opens what the key encrypted before its material was rotated', async () => {
    const { KeyId } = (await kms.createKey({})).KeyMetadata
    const [, wrap] = await encrypt({}, KeyId)
    await kms.rotateKeyOnDemand({ KeyId })
    expect(await decrypt(wrap, KeyId)).toEqual([200, { plaintext }])
    const [, next] = await encrypt({}, KeyId)
    expect(Buffer.from(next.ciphertextMetadata!, 'base64').readUInt32BE(1)).toBe(2)
    expect(await decrypt(next, KeyId)).toEqual([200, { plaintext }])
  })

  it('leaves a record that tells of the call elsewhere, and nothing of the text', async () => {
    const { KeyId, Arn } = (await kms.createKey({})).KeyMetadata
    const [, wrap] = await encrypt({}, KeyId)
    await decrypt(wrap, KeyId)
    await send(keyPath('metadata', KeyId))
    const records = (await house.records()).slice(-3)
    expect(records.map(({ eventName }) => eventName)).toEqual(['Encrypt', 'Decrypt', 'DescribeKey'])
    for (const record of records) {
      expect(record).toMatchObject({
        ...{ readOnly: true, eventSource: 'kms.amazonaws.com', resources: [{ ARN: Arn }] },
        requestParameters: { keyId: KeyId },
        additionalEventData: { xksRequestMetadata: requestMetadata },
      })
    }
    expect(records[0]!.requestParameters).toEqual({ keyId: KeyId, encryptionAlgorithm: 'AES_GCM' })
    expect(records[0]!.additionalEventData!.keyMaterialId).toMatch(/^[0-9a-f]{64}$/)
    const all = JSON.stringify(records)
    for (const secret of [text, plaintext, wrap.ciphertext!]) expect(all).not.toContain(secret)
  })
})

describe('what is refused', () => {
  it.each(['/health', '/keys/a/metadata', '/keys/a/encrypt', '/keys/a/decrypt'])(
    'is a GET of %s, signed or not',
    async (path) => {
      const response = await fetch(`${server.url}${BASE}${path}`)
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
      await response.arrayBuffer()
    },
  )

  it('is whoever cannot be believed', async () => {
    const refused = { errorName: 'AuthenticationFailedException' }
    const path = `${BASE}/health`
    const minutes = 60_000
    for (const sent of [
      { secretAccessKey: 'another' },
      { now: Date.now() - 6 * minutes },
      { now: Date.now() + 16 * minutes },
    ]) {
      const [status, answer] = await send(path, sent)
      expect([status, answer.errorName]).toEqual([401, refused.errorName])
    }
    const response = await fetch(`${server.url}${path}`, { method: 'POST', body: '{}' })
    expect([response.status, await response.json()]).toEqual([
      401,
      expect.objectContaining(refused),
    ])
  })

  it('is a path that is none', async () => {
    for (const path of [
      '/',
      '/kms/xks/v2/health',
      `${BASE}/keys/a/sign`,
      `${BASE}/keys//encrypt`,
    ]) {
      const [status, answer] = await send(path)
      expect([status, answer.errorName], path).toEqual([404, 'InvalidUriPathException'])
    }
  })

  it('is a request for another service, which is not ours to answer', async () => {
    const [status, answer] = await send(`${BASE}/health`, { service: 's3' })
    expect([status, answer.errorName]).toEqual([404, undefined])
  })

  it('is a key that is not there', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    for (const operation of ['metadata', 'encrypt']) {
      const body = { requestMetadata, plaintext, encryptionAlgorithm }
      const [status, answer] = await send(keyPath(operation, id), { body })
      expect([status, answer.errorName]).toEqual([404, 'KeyNotFoundException'])
    }
  })

  it('is a key that is disabled or to be deleted', async () => {
    const { KeyId } = (await kms.createKey({})).KeyMetadata
    const [, wrap] = await encrypt({}, KeyId)
    const invalid = async () => {
      for (const [status, answer] of [await encrypt({}, KeyId), await decrypt(wrap, KeyId)]) {
        expect([status, answer.errorName]).toEqual([400, 'InvalidStateException'])
      }
      const [, facts] = await send(keyPath('metadata', KeyId))
      expect(facts.keyStatus).toBe('DISABLED')
    }
    await kms.disableKey({ KeyId })
    await invalid()
    await kms.scheduleKeyDeletion({ KeyId })
    await invalid()
  })

  it('is a key whose policy allows nobody here', async () => {
    const { KeyId } = (await kms.createKey({})).KeyMetadata
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::999999999999:root' } },
        ...{ Action: 'kms:*', Resource: '*' },
      },
    })
    await kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
    for (const [status, answer] of [
      await encrypt({}, KeyId),
      await send(keyPath('metadata', KeyId)),
    ]) {
      expect([status, answer.errorName]).toEqual([403, 'AccessDeniedException'])
      expect(answer.errorMessage!.length).toBeLessThan(512)
    }
  })

  it.each([
    ['no metadata', { requestMetadata: undefined }],
    ['no principal', { requestMetadata: { ...requestMetadata, awsPrincipalArn: undefined } }],
    ['no request id', { requestMetadata: { ...requestMetadata, kmsRequestId: undefined } }],
    ['no plaintext', { plaintext: undefined }],
    ['no algorithm', { encryptionAlgorithm: undefined }],
    ['another algorithm', { encryptionAlgorithm: 'AES_CBC' }],
    ['another integrity', { ciphertextDataIntegrityValueAlgorithm: 'MD5' }],
    ['text for bytes', { plaintext: '*' }],
    ['a number for bytes', { plaintext: 1 }],
    ['a long ARN', { requestMetadata: { ...requestMetadata, awsPrincipalArn: 'a'.repeat(2049) } }],
  ])('is a request with %s', async (_, change) => {
    const [status, answer] = await encrypt(change)
    expect([status, answer.errorName]).toEqual([400, 'ValidationException'])
    expect(answer.errorMessage).toMatch(/^[ -~]{1,511}$/)
  })

  it('is what is no JSON', async () => {
    for (const body of ['{', '[]', 'null', '{"requestMetadata":{},"requestMetadata":{}}']) {
      const [status, answer] = await send(keyPath('encrypt'), { body })
      expect([status, answer.errorName]).toEqual([400, 'ValidationException'])
    }
  })
})
