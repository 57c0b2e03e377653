import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { allow, deny, userWith } from '../../kms/bound.js'
import { ObjectsHouse } from '../objects-house.js'

const DAY = 24 * 60 * 60 * 1000
const PROTECTED = {
  code: 'AccessDeniedException',
  message: 'Access Denied because object protected by object lock.',
}
let house: ObjectsHouse
let Bucket: string
beforeAll(async () => {
  house = await ObjectsHouse.open()
})
beforeEach(async () => {
  Bucket = await house.bucket(undefined, { ObjectLockEnabledForBucket: true })
})
afterAll(() => house.remove())

const inDays = (days: number) => new Date(house.kms.clock.now() + days * DAY)
const retention = (Mode: string, days: number) => ({ Mode, RetainUntilDate: inDays(days) })
const headers = (mode: string, days: number) => ({
  ...{ ObjectLockMode: mode, ObjectLockRetainUntilDate: inDays(days) },
})

async function put(more: object = {}) {
  const { VersionId } = await house.put(Bucket, 'a', 'x', more)
  return { Bucket, Key: 'a', VersionId }
}

const bypassing = { BypassGovernanceRetention: true }
const setDefault = (DefaultRetention: object) =>
  house.call('PutObjectLockConfiguration', {
    Bucket,
    ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } },
  })

describe('a retained version', () => {
  it.each(['GOVERNANCE', 'COMPLIANCE'])('of mode %s stays until its day', async (mode) => {
    const place = await put(headers(mode, 2))
    expect(await house.get(Bucket, 'a')).toMatchObject(headers(mode, 2))
    expect(await house.refusal('DeleteObject', place)).toMatchObject(PROTECTED)
    // A marker takes nothing away.
    expect(await house.code('DeleteObject', { Bucket, Key: 'a' })).toBe('done')
    expect(await house.text(Bucket, 'a', { VersionId: place.VersionId })).toBe('x')
    house.kms.clock.addDays(2)
    expect(await house.code('DeleteObject', place)).toBe('done')
  })

  it('of mode GOVERNANCE goes for who passes by, and may', async () => {
    const place = { ...(await put(headers('GOVERNANCE', 2))), ...bypassing }
    const unable = userWith({ identity: [allow('s3:*'), deny('s3:BypassGovernanceRetention')] })
    const { code, message } = await house.refusal('DeleteObject', place, unable)
    expect(code).toBe('AccessDeniedException')
    expect(message).toContain('s3:BypassGovernanceRetention')
    expect(await house.code('DeleteObject', place)).toBe('done')
  })

  it('of mode COMPLIANCE goes for nobody', async () => {
    const place = { ...(await put(headers('COMPLIANCE', 2))), ...bypassing }
    expect(await house.refusal('DeleteObject', place)).toMatchObject(PROTECTED)
    const Retention = retention('COMPLIANCE', 1)
    expect(await house.refusal('PutObjectRetention', { ...place, Retention })).toMatchObject(
      PROTECTED,
    )
    const weaker = { ...place, Retention: retention('GOVERNANCE', 9) }
    expect(await house.refusal('PutObjectRetention', weaker)).toMatchObject(PROTECTED)
    expect(await house.refusal('PutObjectRetention', { ...place, Retention: {} })).toMatchObject(
      PROTECTED,
    )
  })

  it('is retained longer by everybody who may, and shorter by who passes by', async () => {
    const place = await put(headers('GOVERNANCE', 2))
    const set = (days: number, more: object = {}) =>
      house.code('PutObjectRetention', {
        ...{ ...place, Retention: retention('GOVERNANCE', days), ...more },
      })
    expect(await set(3)).toBe('done')
    expect(await set(2)).toBe('AccessDeniedException')
    expect(await set(1, bypassing)).toBe('done')
    expect(await house.call('GetObjectRetention', place)).toEqual({
      Retention: retention('GOVERNANCE', 1),
    })
    const none = { ...place, Retention: {}, ...bypassing }
    expect(await house.code('PutObjectRetention', none)).toBe('done')
    expect(await house.refusal('GetObjectRetention', place)).toMatchObject({
      ...{ code: 'NoSuchObjectLockConfiguration' },
      message: 'The specified object does not have a ObjectLock configuration',
    })
  })

  it('is named among many that go', async () => {
    const { VersionId } = await put(headers('GOVERNANCE', 2))
    const other = await put()
    const Objects = [
      { Key: 'a', VersionId },
      { Key: 'a', VersionId: other.VersionId },
    ]
    const { Deleted, Errors } = await house.call('DeleteObjects', { Bucket, Delete: { Objects } })
    expect(Deleted).toEqual([{ Key: 'a', VersionId: other.VersionId }])
    expect(Errors).toEqual([
      { Key: 'a', VersionId, Code: 'AccessDenied', Message: PROTECTED.message },
    ])
  })
})

describe("a bucket's default retention", () => {
  it('is that of what says nothing itself', async () => {
    await setDefault({ Mode: 'GOVERNANCE', Days: 5 })
    const place = await put()
    expect(await house.call('HeadObject', place)).toMatchObject(headers('GOVERNANCE', 5))
    const own = await put(headers('COMPLIANCE', 1))
    expect(await house.call('HeadObject', own)).toMatchObject(headers('COMPLIANCE', 1))
    await house.call('CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/a` })
    const copy = await house.call('HeadObject', { Bucket, Key: 'copy' })
    expect(copy).toMatchObject(headers('GOVERNANCE', 5))
    await house.upload(Bucket, 'parts', [Buffer.from('x')])
    const uploaded = await house.call('HeadObject', { Bucket, Key: 'parts' })
    expect(uploaded).toMatchObject(headers('GOVERNANCE', 5))
    await setDefault({ Mode: 'COMPLIANCE', Years: 1 })
    const { ObjectLockRetainUntilDate: until } = await house.call('HeadObject', await put())
    expect((until as Date).getUTCFullYear()).toBe(
      new Date(house.kms.clock.now()).getUTCFullYear() + 1,
    )
  })
})

describe('a legal hold', () => {
  it('keeps a version until it is lifted, whoever passes by', async () => {
    const place = await put({ ObjectLockLegalHoldStatus: 'ON' })
    expect(await house.call('HeadObject', place)).toMatchObject({ ObjectLockLegalHoldStatus: 'ON' })
    const gone = { ...place, ...bypassing }
    expect(await house.refusal('DeleteObject', gone)).toMatchObject(PROTECTED)
    expect(await house.call('GetObjectLegalHold', place)).toEqual({ LegalHold: { Status: 'ON' } })
    await house.call('PutObjectLegalHold', { ...place, LegalHold: { Status: 'OFF' } })
    expect(await house.call('GetObjectLegalHold', place)).toEqual({ LegalHold: { Status: 'OFF' } })
    expect(await house.code('DeleteObject', gone)).toBe('done')
  })

  it('is none that nobody set', async () => {
    const place = await put()
    const code = await house.code('GetObjectLegalHold', place)
    expect(code).toBe('NoSuchObjectLockConfiguration')
    const LegalHold = {}
    expect(await house.code('PutObjectLegalHold', { ...place, LegalHold })).toBe('MalformedXML')
  })
})

describe('a lock', () => {
  const both =
    'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied'
  it.each([
    ['without a day', () => ({ ObjectLockMode: 'GOVERNANCE' }), both],
    ['without a mode', () => ({ ObjectLockRetainUntilDate: inDays(1) }), both],
    [
      'of yesterday',
      () => headers('GOVERNANCE', -1),
      'The retain until date must be in the future!',
    ],
  ])('%s is refused', async (_, more, message) => {
    const refusal = await house.refusal('PutObject', { Bucket, Key: 'a', ...more() })
    expect(refusal).toMatchObject({ code: 'InvalidArgument', message })
    const upload = await house.refusal('CreateMultipartUpload', { Bucket, Key: 'a', ...more() })
    expect(upload).toMatchObject({ code: 'InvalidArgument', message })
  })

  it('needs a bucket with locks', async () => {
    const plain = await house.bucket('Enabled')
    await house.put(plain, 'a')
    const told = { code: 'InvalidRequest', message: 'Bucket is missing Object Lock Configuration' }
    const place = { Bucket: plain, Key: 'a' }
    expect(await house.refusal('GetObjectRetention', place)).toMatchObject(told)
    expect(await house.refusal('GetObjectLegalHold', place)).toMatchObject(told)
    const Retention = retention('GOVERNANCE', 1)
    expect(await house.refusal('PutObjectRetention', { ...place, Retention })).toMatchObject(told)
    const hold = { ...place, ObjectLockLegalHoldStatus: 'ON' }
    expect(await house.refusal('PutObject', hold)).toMatchObject(told)
  })

  it('is told of to nobody who may not see it', async () => {
    const plain = await house.bucket()
    const stranger = userWith({ identity: [allow('s3:*')] }, '444455556666')
    for (const name of ['GetObjectRetention', 'GetObjectLegalHold'] as const) {
      const refusal = await house.refusal(name, { Bucket: plain, Key: 'a' }, stranger)
      expect(refusal).toMatchObject({ code: 'AccessDeniedException', message: 'Access Denied' })
    }
  })

  it('of a new object is for who may lock', async () => {
    const put = (action: string, more: object) =>
      house.code(
        'PutObject',
        { Bucket, Key: 'a', ...more },
        userWith({ identity: [allow('s3:*'), deny(action)] }),
      )
    expect(await put('s3:PutObjectRetention', headers('GOVERNANCE', 1))).toBe(
      'AccessDeniedException',
    )
    const hold = { ObjectLockLegalHoldStatus: 'ON' }
    expect(await put('s3:PutObjectLegalHold', hold)).toBe('AccessDeniedException')
    expect(await put('s3:PutObjectLegalHold', headers('GOVERNANCE', 1))).toBe('done')
  })
})
