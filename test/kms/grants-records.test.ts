/** The records of grants and of what they allow: as CloudTrail shows them, in every account that they concern. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, type AuditRecord, openTestKms, type TestKms } from '../support/kms.js'
import {
  GUEST,
  GUEST_ARN,
  granted,
  guest,
  newKey,
  outcome,
  service,
  TRAIL,
  third,
} from './granted.js'

let house: TestKms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  key = await newKey(house)
})
afterAll(() => house.remove())

type GrantRecord = AuditRecord & {
  readonly recipientAccountId: string
  readonly sharedEventID?: string
  readonly userIdentity: object
  readonly additionalEventData?: object
}

/** The records that `work` leaves. */
async function recordsOf(work: () => Promise<unknown>): Promise<GrantRecord[]> {
  const before = (await house.records()).length
  await work()
  return (await house.records()).slice(before) as GrantRecord[]
}

const resources = () => [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: key }]

describe('the record', () => {
  it('of CreateGrant shows the grant, its id and its key, and no token', async () => {
    let made: { GrantId: string; GrantToken: string } | undefined
    const [record, ...more] = await recordsOf(async () => {
      const Constraints = { EncryptionContextSubset: { ContextKey1: 'Value1' } }
      made = await granted(house, key, ['Encrypt', 'RetireGrant'], { Constraints, Name: 'shown' })
    })
    expect(more).toEqual([])
    expect(record).toMatchObject({ readOnly: false, resources: resources() })
    expect(record!.requestParameters).toEqual({
      keyId: key,
      constraints: { encryptionContextSubset: { ContextKey1: 'Value1' } },
      operations: ['Encrypt', 'RetireGrant'],
      granteePrincipal: GUEST_ARN,
      name: 'shown',
    })
    expect(record!.responseElements).toEqual({ grantId: made!.GrantId, keyId: key })
    expect(JSON.stringify(record)).not.toContain(made!.GrantToken)
  })

  it('of CreateGrant that finds the grant there is the same', async () => {
    const records = await recordsOf(async () => {
      for (let i = 0; i < 2; i++) await granted(house, key, ['Encrypt'], { Name: 'twice' })
    })
    const [first, again] = records.map(({ responseElements }) => responseElements)
    expect(again).toEqual(first)
  })

  it('of RetireGrant shows which grant beside it, however it was named', async () => {
    for (const isByToken of [true, false]) {
      const { GrantId, GrantToken } = await granted(house, key, ['Encrypt'])
      const [record] = await recordsOf(() =>
        house.kms.retireGrant(isByToken ? { GrantToken } : { KeyId: key, GrantId }),
      )
      expect(record).toMatchObject({
        eventName: 'RetireGrant',
        requestParameters: null,
        responseElements: { keyId: key },
        additionalEventData: { grantId: GrantId },
        readOnly: false,
        resources: resources(),
      })
      expect(JSON.stringify(record)).not.toContain(GrantToken)
    }
  })

  it('of RevokeGrant shows key and grant', async () => {
    const { GrantId } = await granted(house, key, ['Encrypt'])
    const [record] = await recordsOf(() => house.kms.revokeGrant({ KeyId: key, GrantId }))
    expect(record).toMatchObject({
      requestParameters: { keyId: key, grantId: GrantId },
      responseElements: { keyId: key },
      resources: resources(),
    })
    expect(record).not.toHaveProperty('additionalEventData')
  })

  it('of a list shows what was asked, and no grants', async () => {
    const [one, two] = await recordsOf(async () => {
      await house.kms.listGrants({ KeyId: key, Limit: 1 })
      await house.service.as(guest).listRetirableGrants({ RetiringPrincipal: GUEST_ARN })
    })
    expect(one).toMatchObject({
      ...{ readOnly: true, responseElements: null, resources: resources() },
      requestParameters: { keyId: key, limit: 1 },
    })
    expect(two).toMatchObject({
      ...{ readOnly: true, responseElements: null, resources: [] },
      requestParameters: { retiringPrincipal: GUEST_ARN },
    })
  })
})

describe('a call across accounts', () => {
  it('leaves both accounts a record, which have one sharedEventID', async () => {
    await granted(house, key, ['Encrypt', 'Decrypt'])
    const [theirs, ours, ...more] = await recordsOf(() =>
      house.service.as(guest).encrypt({ KeyId: key, Plaintext: Buffer.from('x') }),
    )
    expect(more).toEqual([])
    expect(theirs).toMatchObject({
      recipientAccountId: GUEST,
      userIdentity: guest.identity,
      resources: resources(),
    })
    expect(ours).toEqual({
      ...theirs,
      recipientAccountId: ACCOUNT,
      // The other account learns which account called, and no more.
      userIdentity: { type: 'AWSAccount', principalId: GUEST, accountId: GUEST },
      eventID: ours!.eventID,
    })
    expect(ours!.eventID).not.toBe(theirs!.eventID)
    expect(theirs!.sharedEventID).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('of many blobs leaves both a record for each', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: Buffer.from('x') })
    const records = await recordsOf(() =>
      house.service.as(guest).decryptMany([{ CiphertextBlob }, { CiphertextBlob }]),
    )
    const of = (account: string) => records.filter((one) => one.recipientAccountId === account)
    expect([of(GUEST).length, of(ACCOUNT).length]).toEqual([2, 2])
    expect(new Set(records.map(({ sharedEventID }) => sharedEventID)).size).toBe(2)
  })

  it('that fails after it was allowed leaves both a record', async () => {
    const own = await newKey(house)
    await granted(house, own, ['Encrypt'])
    await house.kms.disableKey({ KeyId: own })
    const records = await recordsOf(() =>
      outcome(house.service.as(guest).encrypt({ KeyId: own, Plaintext: Buffer.from('x') })),
    )
    expect(records).toMatchObject([
      { recipientAccountId: GUEST, errorCode: 'DisabledException' },
      { recipientAccountId: ACCOUNT, errorCode: 'DisabledException' },
    ])
  })

  it('that is denied half-way leaves the caller alone a record', async () => {
    const [own, foreign] = [await newKey(house), await newKey(house)]
    await granted(house, own, ['ReEncryptFrom'])
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: own, Plaintext: Buffer.from('x') })
    const records = await recordsOf(() =>
      outcome(house.service.as(guest).reEncrypt({ CiphertextBlob, DestinationKeyId: foreign })),
    )
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      ...{ recipientAccountId: GUEST, errorCode: 'AccessDenied' },
      resources: [{ ARN: own }],
    })
  })

  it('by a service names the service to both', async () => {
    const own = await newKey(house)
    await granted(house, own, ['Encrypt'], {
      GranteeServicePrincipal: 'cloudtrail.amazonaws.com',
      RetiringPrincipal: GUEST_ARN,
      Constraints: { SourceArn: TRAIL },
    })
    const records = await recordsOf(() =>
      house.service.as(service).encrypt({ KeyId: own, Plaintext: Buffer.from('x') }),
    )
    expect(records.map(({ userIdentity }) => userIdentity)).toEqual([
      { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
      { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
    ])
  })
})

describe('a refusal', () => {
  const grantId = 'a'.repeat(64)
  const text = Buffer.from('x')
  const as = () => house.service.as(third)
  const createAs = () =>
    as().createGrant({ KeyId: key, GranteePrincipal: GUEST_ARN, Operations: ['Encrypt'] })
  it.each<[string, string, () => Promise<unknown>]>([
    ['CreateGrant', 'AccessDeniedException', () => createAs()],
    ['Encrypt', 'AccessDeniedException', () => as().encrypt({ KeyId: key, Plaintext: text })],
    ['ListGrants', 'AccessDeniedException', () => as().listGrants({ KeyId: key })],
    [
      'ListRetirableGrants',
      'AccessDeniedException',
      () => as().listRetirableGrants({ RetiringPrincipal: GUEST_ARN }),
    ],
    [
      'RetireGrant',
      'AccessDeniedException',
      () => as().retireGrant({ KeyId: key, GrantId: grantId }),
    ],
    [
      'RevokeGrant',
      'AccessDeniedException',
      () => as().revokeGrant({ KeyId: key, GrantId: grantId }),
    ],
    ['RetireGrant', 'InvalidGrantTokenException', () => as().retireGrant({ GrantToken: 'tok-en' })],
    [
      'RetireGrant',
      'NotFoundException',
      () => house.kms.retireGrant({ KeyId: key, GrantId: grantId }),
    ],
    [
      'RevokeGrant',
      'InvalidGrantIdException',
      () => house.kms.revokeGrant({ KeyId: key, GrantId: 'x' }),
    ],
    [
      'CreateGrant',
      'InvalidArnException',
      () => granted(house, key, [], { GranteePrincipal: 'me' }),
    ],
    ['CreateGrant', 'ValidationException', () => granted(house, key, ['Sign'])],
    [
      'CreateGrant',
      'DryRunOperationException',
      () => granted(house, key, ['Encrypt'], { DryRun: true }),
    ],
  ])('of %s by %s has its record, in the account of the caller alone', async (name, code, work) => {
    let refused: string | undefined
    const records = await recordsOf(async () => {
      refused = await outcome(work())
    })
    expect(refused).toBe(code)
    expect(records).toHaveLength(1)
    const errorCode = code === 'AccessDeniedException' ? 'AccessDenied' : code
    expect(records[0]).toMatchObject({ eventName: name, errorCode, responseElements: null })
    if (errorCode === 'AccessDenied') {
      expect(records[0]).toMatchObject({ recipientAccountId: third.account, resources: [] })
    }
    expect(JSON.stringify(records)).not.toContain('tok-en')
  })
})
