/** GetKeyLastUsage, and the index behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SealtrailError } from '../../src/errors.js'
import type { Kms } from '../../src/kms/kms.js'
import { accountRoot } from '../../src/service/caller.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'

const OTHER = '444455556666'
const DAY_MS = 24 * 60 * 60 * 1000

let house: TestKms
let kms: Kms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  kms = house.kms
  key = await newKey()
})
afterAll(() => house.remove())

async function newKey(Policy?: string): Promise<string> {
  const { KeyMetadata } = await kms.createKey(Policy === undefined ? {} : { Policy })
  return KeyMetadata.Arn
}

async function lastRecord(eventName: string) {
  return (await house.records({ eventName })).at(-1)!
}

async function fails(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: SealtrailError) => error.code,
  )
}

describe('the last use of a key', () => {
  it('is none before it was used', async () => {
    const made = new Date(house.clock.time)
    expect(await kms.getKeyLastUsage({ KeyId: key })).toEqual({
      KeyId: key.split('/')[1],
      KeyLastUsage: {},
      TrackingStartDate: made,
      KeyCreationDate: made,
    })
  })

  it('is the last call that went well, by id and by ARN, with its record', async () => {
    house.clock.time += 61_500
    const usedAt = Math.floor(house.clock.time / 1000) * 1000
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key, Plaintext: Buffer.from('x') })
    house.clock.time += 60_000
    expect(await fails(kms.decrypt({ CiphertextBlob, EncryptionContext: { not: 'his' } }))).toBe(
      'InvalidCiphertextException',
    )
    await kms.describeKey({ KeyId: key })
    const { eventID, requestID } = await lastRecord('Encrypt')
    for (const KeyId of [key, key.split('/')[1]!]) {
      expect((await kms.getKeyLastUsage({ KeyId })).KeyLastUsage).toEqual({
        Operation: 'Encrypt',
        Timestamp: new Date(usedAt),
        CloudTrailEventId: eventID,
        KmsRequestId: requestID,
      })
    }
  })

  it('is refused by the names that an alias has, and to other accounts', async () => {
    await kms.createAlias({ AliasName: 'alias/used', TargetKeyId: key })
    const asked = (KeyId: string) => fails(kms.getKeyLastUsage({ KeyId }))
    expect(await asked('alias/used')).toBe('NotFoundException')
    expect(await asked('1234abcd-12ab-34cd-56ef-1234567890ab')).toBe('NotFoundException')
    const stranger = house.service.as(accountRoot(OTHER, REGION))
    expect(await fails(stranger.getKeyLastUsage({ KeyId: key }))).toBe('AccessDeniedException')
  })

  it('of ReEncrypt counts for both keys', async () => {
    const target = await newKey()
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key, Plaintext: Buffer.from('x') })
    await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: target })
    for (const KeyId of [key, target]) {
      const { KeyLastUsage } = await kms.getKeyLastUsage({ KeyId })
      expect(KeyLastUsage.Operation).toBe('ReEncrypt')
    }
  })

  it('by another account is named by the record that the owner has', async () => {
    const shared = await newKey(policyFor(OTHER))
    const stranger = house.service.as(accountRoot(OTHER, REGION))
    await stranger.generateDataKey({ KeyId: shared, KeySpec: 'AES_256' })
    const records = await house.records({ eventName: 'GenerateDataKey' })
    const owners = records.find((record) => {
      return (record as unknown as { recipientAccountId: string }).recipientAccountId === ACCOUNT
    })
    const { KeyLastUsage } = await kms.getKeyLastUsage({ KeyId: shared })
    expect(KeyLastUsage.CloudTrailEventId).toBe(owners!.eventID)
  })

  it('survives a restart without a look at what was read before', async () => {
    const before = await kms.getKeyLastUsage({ KeyId: key })
    house = await house.reopen()
    kms = house.kms
    expect(await kms.getKeyLastUsage({ KeyId: key })).toEqual(before)
    const seen = house.keyUses.tally.calls.map(({ operation }) => operation)
    expect(seen).not.toContain('ReEncrypt')
  })

  it('is not believed when its row is not as it was written', async () => {
    const row = { key_arn: key, used_at: 0, operation: 'Sign', event_id: '', request_id: '' }
    await house.store.commit({
      changes: [{ put: 'key_use', row: { ...row, mac: new Uint8Array(32) } }],
    })
    expect(await fails(kms.getKeyLastUsage({ KeyId: key }))).toBe('StoreDamaged')
  })

  it('goes with its key', async () => {
    const gone = await newKey()
    await kms.generateDataKey({ KeyId: gone, KeySpec: 'AES_256' })
    await kms.getKeyLastUsage({ KeyId: gone })
    house = await house.reopen()
    kms = house.kms
    const rows = () =>
      house.store.read(
        house.store.query.selectFrom('key_use').selectAll().where('key_arn', '=', gone).compile(),
      )
    expect(await rows()).toHaveLength(1)
    await kms.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 })
    for (let day = 0; day < 9; day++) {
      house.clock.time += DAY_MS
      await kms.listKeys({})
    }
    expect(await fails(kms.describeKey({ KeyId: gone }))).toBe('NotFoundException')
    house = await house.reopen()
    kms = house.kms
    await house.keyUses.follow()
    house = await house.reopen()
    kms = house.kms
    expect(await rows()).toEqual([])
  })
})

describe('the tally', () => {
  it('counts calls by what they were and how they ended, and uses of keys', async () => {
    const counted = await newKey()
    for (let i = 0; i < 3; i++) await kms.generateDataKey({ KeyId: counted, KeySpec: 'AES_256' })
    await fails(kms.describeKey({ KeyId: 'alias/nobody' }))
    await house.keyUses.follow()
    const { calls, uses } = house.keyUses.tally
    expect(calls).toContainEqual({
      ...{ service: 'kms.amazonaws.com', operation: 'DescribeKey' },
      ...{ result: 'NotFoundException', count: expect.any(Number) },
    })
    expect(uses).toContainEqual({
      ...{ key: counted, operation: 'GenerateDataKey', isFree: false, count: 3 },
    })
  })
})

function policyFor(account: string): string {
  const Principal = { AWS: [ACCOUNT, account].map((id) => `arn:aws:iam::${id}:root`) }
  const row = { Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }
  return JSON.stringify({ Version: '2012-10-17', Statement: [row] })
}
