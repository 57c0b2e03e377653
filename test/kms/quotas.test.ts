/** Request quotas: what counts towards which, who is told that he calls too often, and what is recorded of it. */
import { DescribeKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { KMS } from '../../src/aws/models/kms.gen.js'
import { Buckets } from '../../src/kms/quotas/buckets.js'
import { type Cost, costsOf } from '../../src/kms/quotas/costs.js'
import { publishedQuotas } from '../../src/kms/quotas/published.js'
import { accountRoot } from '../../src/service/caller.js'
import { ACCESS_KEY, REGION as SERVED_REGION, startTestServer } from '../support/http.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'

const OPERATIONS = [...Object.keys(KMS.operations), ...KMS.others]
const SYMMETRIC = 'Cryptographic operations (symmetric)'
const SAYS =
  'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
const THROTTLED = { code: 'ThrottlingException', message: SAYS }

const specOf = async (keyId: string) => keyId
const costs = (operation: string, input: Record<string, unknown> = {}) =>
  costsOf({ operation, region: 'here-1', input }, specOf)
const quotasOf = async (operation: string, input = {}) =>
  (await costs(operation, input)).map(({ quota }) => quota)

describe('the published quotas', () => {
  it.each(OPERATIONS)('have one that %s counts towards', async (operation) => {
    const input = { KeyPairSpec: 'RSA_2048', ReplicaRegion: 'there-1', PrimaryRegion: 'there-1' }
    const quotas = await quotasOf(operation, input)
    expect(quotas.length).toBeGreaterThan(0)
    for (const quota of quotas) expect(publishedQuotas('eu-west-3').has(quota)).toBe(true)
  })

  it.each([
    ['eu-west-3', 10_000],
    ['eu-central-1', 20_000],
    ['us-east-1', 100_000],
  ])('of %s let %i uses of symmetric keys pass', (region, rate) => {
    expect(publishedQuotas(region).get(SYMMETRIC)).toBe(rate)
    expect(publishedQuotas(region).get('GenerateDataKeyPair (RSA_4096)')).toBe(1)
  })

  it('of China let a pair of RSA_4096 be made every ten seconds', () => {
    expect(publishedQuotas('cn-north-1').get('GenerateDataKeyPair (RSA_4096)')).toBe(0.1)
  })

  it('are none of constructor, whatever region is named so', () => {
    expect(publishedQuotas('constructor')).toEqual(publishedQuotas('eu-west-3'))
  })
})

describe('a call', () => {
  it.each([
    ['Encrypt', { KeyId: 'SYMMETRIC_DEFAULT' }, SYMMETRIC],
    ['GenerateMac', { KeyId: 'HMAC_256' }, SYMMETRIC],
    ['Decrypt', { CiphertextBlob: new Uint8Array(1) }, SYMMETRIC],
    ['GenerateRandom', {}, SYMMETRIC],
    ['Decrypt', { KeyId: 'RSA_2048' }, 'Cryptographic operations (RSA)'],
    ['Sign', { KeyId: 'RSA_4096' }, 'Cryptographic operations (RSA)'],
    ['Verify', { KeyId: 'ECC_NIST_P521' }, 'Cryptographic operations (ECC and SM2)'],
    ['DeriveSharedSecret', { KeyId: 'ECC_NIST_P256' }, 'Cryptographic operations (ECC and SM2)'],
    ['Sign', { KeyId: 'ML_DSA_65' }, 'Cryptographic operations (ML-DSA)'],
    ['GenerateDataKeyPair', { KeyId: 'x', KeyPairSpec: 'SM2' }, 'GenerateDataKeyPair (SM2)'],
    ['DescribeKey', { KeyId: 'RSA_2048' }, 'DescribeKey'],
  ])('of %s on %o counts towards %s', async (operation, input, quota) => {
    expect(await costs(operation, input)).toEqual([{ quota, region: 'here-1', requests: 1 }])
  })

  it('of ReEncrypt counts once for each kind of key', async () => {
    const re = (input: object) => quotasOf('ReEncrypt', input)
    const rsa = 'Cryptographic operations (RSA)'
    expect(await re({ DestinationKeyId: 'HMAC_256' })).toEqual([SYMMETRIC])
    expect(await re({ DestinationKeyId: 'RSA_2048' })).toEqual([SYMMETRIC, rsa])
    expect(await re({ SourceKeyId: 'RSA_2048', DestinationKeyId: 'RSA_3072' })).toEqual([rsa])
  })

  it('that touches two regions counts in both', async () => {
    const replica: Cost[] = [
      { quota: 'ReplicateKey', region: 'here-1', requests: 1 },
      { quota: 'CreateKey', region: 'there-1', requests: 2 },
    ]
    expect(await costs('ReplicateKey', { ReplicaRegion: 'there-1' })).toEqual(replica)
    const moved = await costs('UpdatePrimaryRegion', { PrimaryRegion: 'there-1' })
    expect(moved.map(({ region }) => region)).toEqual(['here-1', 'there-1'])
    expect(await costs('UpdatePrimaryRegion', { PrimaryRegion: 'here-1' })).toHaveLength(1)
  })
})

describe('a bucket', () => {
  let now = 0
  const clock = { elapsed: () => now }
  const taking = (name: string, perSecond = 2, tokens = 1) => ({ name, perSecond, tokens })
  beforeEach(() => {
    now = 0
  })

  it('gives a second of tokens at once, and then as many as time brings', () => {
    const buckets = new Buckets(clock)
    const take = () => buckets.take([taking('a')]) === undefined
    expect([take(), take(), take()]).toEqual([true, true, false])
    now += 499
    expect(take()).toBe(false)
    now += 1
    expect([take(), take()]).toEqual([true, false])
    now += 60_000
    expect([take(), take(), take()]).toEqual([true, true, false])
  })

  it('of less than one a second gives one, and the next when it is whole', () => {
    const buckets = new Buckets(clock)
    const take = () => buckets.take([taking('a', 0.1)]) === undefined
    expect([take(), take()]).toEqual([true, false])
    now += 9999
    expect(take()).toBe(false)
    now += 1
    expect(take()).toBe(true)
  })

  it('gives nothing when another of the same call has too little', () => {
    const buckets = new Buckets(clock)
    buckets.take([taking('b', 2, 2)])
    expect(buckets.take([taking('a'), taking('b')])).toMatchObject({ name: 'b' })
    expect(buckets.take([taking('a', 2, 2)])).toBeUndefined()
  })

  it('that is full again makes room for others, of which there are so many', () => {
    const buckets = new Buckets(clock, 3)
    for (const name of ['a', 'b', 'c']) buckets.take([taking(name)])
    expect(buckets.take([taking('d')])).toMatchObject({ name: 'd' })
    expect(buckets.size).toBe(3)
    now += 500
    expect(buckets.take([taking('d')])).toBeUndefined()
    expect(buckets.size).toBe(1)
  })

  it('is not dropped by the call that takes from it', () => {
    const buckets = new Buckets(clock, 2)
    buckets.take([taking('a')])
    now += 500
    expect(buckets.take([taking('b', 1), taking('c', 1)])).toBeUndefined()
    expect(buckets.take([taking('b', 1)])).toMatchObject({ name: 'b' })
  })
})

describe('an account with quotas', () => {
  let house: TestKms
  let key: string
  beforeAll(async () => {
    house = await openTestKms({ quotasOf: 'eu-west-3' })
    key = (await house.kms.createKey({})).KeyMetadata.KeyId
  })
  // The next test finds every bucket full.
  afterEach(() => house.clock.addDays(1))
  afterAll(() => house.remove())

  const outcomes = async (calls: ReadonlyArray<Promise<unknown>>) =>
    (await Promise.allSettled(calls)).map(({ status }) => status === 'fulfilled')
  const times = (count: number, call: () => Promise<unknown>) => Array.from({ length: count }, call)
  const [five, none] = [Array(5).fill(true), [false]]

  it('is told by AWS’s words that it calls too often, and it is recorded', async () => {
    const enable = () => house.kms.enableKey({ KeyId: key })
    expect(await outcomes(times(6, enable))).toEqual([...five, ...none])
    await expect(enable()).rejects.toMatchObject(THROTTLED)
    const record = (await house.records({ eventName: 'EnableKey' })).at(-1)
    expect(record).toMatchObject({
      errorCode: 'ThrottlingException',
      errorMessage: SAYS,
      requestParameters: null,
      responseElements: null,
      resources: [],
    })
    house.clock.time += 200
    expect(await outcomes(times(2, enable))).toEqual([true, false])
  })

  it('has one for each operation, each account and each region', async () => {
    const enable = () => house.kms.enableKey({ KeyId: key })
    await outcomes(times(9, enable))
    await house.kms.disableKey({ KeyId: key })
    for (const [account, region] of [
      ['444455556666', REGION],
      [ACCOUNT, 'ap-south-1'],
    ] as const) {
      const other = house.service.as(accountRoot(account, region))
      await expect(other.enableKey({ KeyId: key })).rejects.toMatchObject({
        code: 'NotFoundException',
      })
    }
    await expect(enable()).rejects.toMatchObject(THROTTLED)
    house.clock.addDays(1)
    await enable()
  })

  it('shares one for all uses of symmetric keys, whether many at once or dry', async () => {
    const { kms } = house
    const many = (NumberOfKeys: number) =>
      kms.generateDataKeys({ KeyId: key, KeySpec: 'AES_256', NumberOfKeys })
    const made = await many(4096)
    await many(4096)
    // 1,808 are left.
    await expect(many(1809)).rejects.toMatchObject(THROTTLED)
    // The first of those was counted before it was known how many there are.
    await many(1800)
    const decrypts = made.slice(0, 8).map(({ CiphertextBlob }) => ({ CiphertextBlob }))
    const opened = await kms.decryptMany(decrypts)
    const statuses = opened.map((outcome) =>
      outcome.status === 'fulfilled' ? 'opened' : outcome.reason.code,
    )
    expect(statuses).toEqual([...Array(7).fill('opened'), 'ThrottlingException'])
    await expect(kms.generateRandom({ NumberOfBytes: 1 })).rejects.toMatchObject(THROTTLED)
    const dry = { KeyId: key, Plaintext: new Uint8Array(1), DryRun: true }
    await expect(kms.encrypt(dry)).rejects.toMatchObject(THROTTLED)
    await kms.describeKey({ KeyId: key })
    house.clock.time += 1
    const after = await outcomes(times(11, () => kms.generateRandom({ NumberOfBytes: 1 })))
    expect(after).toEqual([...Array(10).fill(true), false])
  })

  it('does not count what is no sound input', async () => {
    const enable = () => house.kms.enableKey({ KeyId: key })
    await outcomes(times(9, () => house.kms.enableKey({ KeyId: '' })))
    expect(await outcomes(times(6, enable))).toEqual([...five, ...none])
  })

  it('makes replicas at the cost of keys where they are', async () => {
    const { kms } = house
    const { KeyId } = (await kms.createKey({ MultiRegion: true })).KeyMetadata
    const there = house.service.as(accountRoot(ACCOUNT, 'eu-west-2'))
    await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-2' })
    expect(await outcomes(times(4, () => there.createKey({})))).toEqual([true, true, true, false])
  })

  it('is told by its client as AWS tells it, with 400', async () => {
    const server = await startTestServer(house.service)
    const client = new KMSClient({
      ...{ endpoint: server.url, region: SERVED_REGION, credentials: ACCESS_KEY, maxAttempts: 1 },
    })
    try {
      const enable = () => client.send(new EnableKeyCommand({ KeyId: 'x' }))
      await outcomes(times(5, enable))
      await expect(enable()).rejects.toMatchObject({
        ...{ name: 'ThrottlingException', message: SAYS },
        $metadata: { httpStatusCode: 400 },
      })
      const describeKey = client.send(new DescribeKeyCommand({ KeyId: 'alias/none' }))
      await expect(describeKey).rejects.toMatchObject({ name: 'NotFoundException' })
    } finally {
      client.destroy()
      await server.close()
    }
  })
})
