/** The records that calls leave: one for each, with what was done and nothing secret. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shownDate } from '../../src/aws/shown.js'
import { accountRoot } from '../../src/service/caller.js'
import type { CallContext } from '../../src/service/calls/call-context.js'
import { valuesOf } from '../../src/service/service.js'
import {
  ACCOUNT,
  ARN,
  type AuditRecord,
  caller,
  openTestKms,
  REGION,
  type TestKms,
} from '../support/kms.js'

let house: TestKms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  key = (await house.kms.createKey({ Description: 'audited' })).KeyMetadata.KeyId
  await house.kms.createAlias({ AliasName: 'alias/audited', TargetKeyId: key })
})
afterAll(() => house.remove())

const keyArn = () => `${ARN}:key/${key}`

/** The records that `work` leaves. */
async function recordsOf(work: () => Promise<unknown>): Promise<AuditRecord[]> {
  const before = (await house.records()).length
  await work()
  return (await house.records()).slice(before)
}

describe('a call', () => {
  it('is recorded as AWS records it', async () => {
    const context: CallContext = {
      caller,
      requestId: '3d9e66cc-1a5b-4d3c-9a52-ba1b2a5a0001',
      sourceIpAddress: '192.0.2.7',
      userAgent: 'aws-cli/2',
      tls: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
    }
    const input = { KeyId: 'alias/audited', KeySpec: 'AES_256', EncryptionContext: { a: 'b' } }
    const [record] = await recordsOf(() =>
      house.service.call('GenerateDataKey', valuesOf(input), context),
    )
    expect(record).toEqual({
      eventVersion: '1.11',
      userIdentity: caller.identity,
      eventTime: '2026-01-02T03:00:00Z',
      eventSource: 'kms.amazonaws.com',
      eventName: 'GenerateDataKey',
      awsRegion: REGION,
      sourceIPAddress: '192.0.2.7',
      userAgent: 'aws-cli/2',
      requestParameters: {
        keyId: 'alias/audited',
        keySpec: 'AES_256',
        encryptionContext: { a: 'b' },
      },
      responseElements: null,
      additionalEventData: { keyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) },
      requestID: context.requestId,
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      readOnly: true,
      resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: keyArn() }],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: ACCOUNT,
      eventCategory: 'Management',
      tlsDetails: context.tls,
    })
  })

  it('that decrypts shows no key id unless one was given', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: Buffer.from('x') })
    const [one, other] = await recordsOf(async () => {
      await house.kms.decrypt({ CiphertextBlob })
      await house.kms.decrypt({ CiphertextBlob, KeyId: key })
    })
    expect(one!.requestParameters).toEqual({ encryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    expect(one!.resources).toMatchObject([{ ARN: keyArn() }])
    expect(other!.requestParameters).toEqual({
      keyId: key,
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
  })

  it('that re-encrypts names both keys', async () => {
    const to = (await house.kms.createKey({})).KeyMetadata
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: Buffer.from('x') })
    const [record] = await recordsOf(() =>
      house.kms.reEncrypt({
        ...{ CiphertextBlob, DestinationKeyId: to.KeyId },
        DestinationEncryptionContext: { Level: '3A' },
      }),
    )
    expect(record).toMatchObject({
      eventName: 'ReEncrypt',
      readOnly: true,
      responseElements: null,
      resources: [{ ARN: keyArn() }, { ARN: to.Arn }],
    })
    expect(record!.requestParameters).toEqual({
      destinationKeyId: to.KeyId,
      destinationEncryptionContext: { Level: '3A' },
      sourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
  })

  it('that changes something shows what came of it', async () => {
    const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
    const [scheduled, disabled, created] = await recordsOf(async () => {
      await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 20 })
      await house.kms.disableKey({ KeyId: key })
      await house.kms.enableKey({ KeyId: key })
    })
    expect(scheduled).toMatchObject({
      readOnly: false,
      requestParameters: { keyId: KeyId, pendingWindowInDays: 20 },
      responseElements: {
        keyId: Arn,
        keyState: 'PendingDeletion',
        deletionDate: 'Jan 22, 2026, 3:00:00 AM',
        pendingWindowInDays: 20,
      },
    })
    expect(disabled).toMatchObject({ readOnly: false, responseElements: null })
    expect(created!.eventName).toBe('EnableKey')
  })

  it('that fails is recorded with AWS’s code and message', async () => {
    const { kms } = house
    const [missing, refused, invalid, dry, denied] = await recordsOf(async () => {
      await kms.describeKey({ KeyId: 'alias/none' }).catch(() => undefined)
      await kms.decrypt({ CiphertextBlob: new Uint8Array(128) }).catch(() => undefined)
      await kms.generateRandom({ NumberOfBytes: 0 }).catch(() => undefined)
      await kms.encrypt({ KeyId: key, Plaintext: new Uint8Array(1), DryRun: true }).catch(() => 0)
      const other = house.service.as(accountRoot('999999999999', REGION))
      await other.describeKey({ KeyId: keyArn() }).catch(() => undefined)
    })
    expect(missing).toMatchObject({
      errorCode: 'NotFoundException',
      errorMessage: `Alias ${ARN}:alias/none is not found.`,
      requestParameters: { keyId: 'alias/none' },
      responseElements: null,
    })
    expect(missing!.resources ?? []).toEqual([])
    expect(refused).toMatchObject({ errorCode: 'InvalidCiphertextException' })
    expect(refused).not.toHaveProperty('errorMessage')
    expect(invalid).toMatchObject({ errorCode: 'ValidationException', requestParameters: null })
    expect(dry).toMatchObject({ errorCode: 'DryRunOperationException' })
    expect(denied).toMatchObject({
      errorCode: 'AccessDenied',
      recipientAccountId: '999999999999',
    })
  })

  it('of an operation that does not exist is not recorded', async () => {
    const context = { caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' }
    const records = await recordsOf(() =>
      house.service.call('Fly', valuesOf({}), context).catch(() => 0),
    )
    expect(records).toEqual([])
  })

  it('leaves no plaintext, ciphertext or token behind', async () => {
    const secret = 'c2VjcmV0IHBsYWludGV4dA=='
    const Plaintext = Buffer.from(secret, 'base64')
    const before = (await house.records()).length
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext })
    const dataKey = await house.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' })
    await house.kms.decrypt({ CiphertextBlob })
    const random = await house.kms.generateRandom({ NumberOfBytes: 32 })
    const GrantTokens = ['a-secret-token']
    await house.kms.describeKey({ KeyId: key, GrantTokens }).catch(() => undefined)
    const text = JSON.stringify((await house.records()).slice(before))
    for (const bytes of [Plaintext, CiphertextBlob, dataKey.Plaintext, random.Plaintext]) {
      for (const form of ['base64', 'hex', 'latin1', 'utf8'] as const) {
        expect(text).not.toContain(Buffer.from(bytes).toString(form))
      }
    }
    expect(text).not.toContain('a-secret-token')
  })

  it('that lists or makes random bytes names no key', async () => {
    const records = await recordsOf(async () => {
      await house.kms.listKeys({ Limit: 1 })
      await house.kms.generateRandom({ NumberOfBytes: 8 })
    })
    expect(records).toMatchObject([
      { eventName: 'ListKeys', requestParameters: { limit: 1 } },
      { eventName: 'GenerateRandom', requestParameters: { numberOfBytes: 8 } },
    ])
    for (const { resources = [] } of records) expect(resources).toEqual([])
  })
})

describe('a time in a record', () => {
  it.each([
    ['2022-08-10T22:38:27Z', 'Aug 10, 2022, 10:38:27 PM'],
    ['2021-01-02T00:05:09Z', 'Jan 2, 2021, 12:05:09 AM'],
    ['2021-12-31T12:00:00Z', 'Dec 31, 2021, 12:00:00 PM'],
  ])('is %s as %s', (iso, text) => {
    expect(shownDate(new Date(iso))).toBe(text)
  })
})
