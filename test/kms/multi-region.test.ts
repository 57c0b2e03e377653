/** One key in several regions: the same material under ids that are alike, everything else its own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kms } from '../../src/kms/kms.js'
import { accountRoot } from '../../src/service/caller.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import { allow, deny, textOf, userWith } from './bound.js'

const ELSEWHERE = 'us-east-1'
const FAR = 'ap-southeast-2'
const arnIn = (region: string, keyId: string) => `arn:aws:kms:${region}:${ACCOUNT}:key/${keyId}`

let house: TestKms
let KeyId: string
/** The same account in another region. */
const at = (region: string): Kms => house.service.as(accountRoot(ACCOUNT, region))
const replicate = (ReplicaRegion: string) => house.kms.replicateKey({ KeyId, ReplicaRegion })
const metadataAt = async (region: string) => (await at(region).describeKey({ KeyId })).KeyMetadata

beforeEach(async () => {
  house = await openTestKms()
  KeyId = (await house.kms.createKey({ MultiRegion: true })).KeyMetadata.KeyId
})
afterEach(() => house.remove())

describe('a multi-Region key', () => {
  it('opens in each of its regions what was wrapped in any, also after a restart', async () => {
    await house.kms.rotateKeyOnDemand({ KeyId })
    await replicate(ELSEWHERE)
    await replicate(FAR)
    await house.kms.rotateKeyOnDemand({ KeyId })
    const wrapped = await Promise.all(
      [REGION, ELSEWHERE, FAR].map((region) =>
        at(region).encrypt({ KeyId, Plaintext: Buffer.from(region) }),
      ),
    )
    house = await house.reopen()
    const materialIds = new Set<string | undefined>()
    for (const region of [REGION, ELSEWHERE, FAR]) {
      for (const { CiphertextBlob } of wrapped) {
        const opened = await at(region).decrypt({ CiphertextBlob })
        expect([REGION, ELSEWHERE, FAR]).toContain(Buffer.from(opened.Plaintext).toString())
        expect(opened.KeyId).toBe(arnIn(region, KeyId))
        materialIds.add(opened.KeyMaterialId)
      }
      expect((await at(region).listKeyRotations({ KeyId })).Rotations).toHaveLength(2)
    }
    expect(materialIds.size).toBe(1)
  })

  it('has what was asked for each region, and shows all of them', async () => {
    const answer = await house.kms.replicateKey({
      ...{ KeyId, ReplicaRegion: ELSEWHERE, Description: 'copy' },
      Tags: [{ TagKey: 'a', TagValue: 'b' }],
    })
    const configuration = {
      PrimaryKey: { Arn: arnIn(REGION, KeyId), Region: REGION },
      ReplicaKeys: [{ Arn: arnIn(ELSEWHERE, KeyId), Region: ELSEWHERE }],
    }
    expect(answer).toMatchObject({
      ReplicaKeyMetadata: {
        ...{ Arn: arnIn(ELSEWHERE, KeyId), KeyId, Description: 'copy', KeyState: 'Enabled' },
        MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA', ...configuration },
      },
      ReplicaTags: [{ TagKey: 'a', TagValue: 'b' }],
    })
    expect(await metadataAt(ELSEWHERE)).toEqual(answer.ReplicaKeyMetadata)
    expect(await metadataAt(REGION)).toMatchObject({
      ...{ Description: '', MultiRegionConfiguration: { ...configuration } },
    })
    await at(ELSEWHERE).disableKey({ KeyId })
    expect((await metadataAt(REGION)).KeyState).toBe('Enabled')
    const [here] = await house.records({ eventName: 'ReplicateKey' })
    const [there] = (await house.records({ eventName: 'CreateKey' })).slice(-1)
    expect(here).toMatchObject({
      awsRegion: REGION,
      requestParameters: { replicaRegion: ELSEWHERE },
    })
    expect(there).toMatchObject({
      ...{ awsRegion: ELSEWHERE, requestID: here!.requestID },
      resources: [{ ARN: arnIn(ELSEWHERE, KeyId) }],
    })
  })

  it('is replicated from its primary only, and once to a region', async () => {
    await replicate(ELSEWHERE)
    await expect(replicate(ELSEWHERE)).rejects.toMatchObject({ code: 'AlreadyExistsException' })
    await expect(replicate(REGION)).rejects.toMatchObject({ code: 'AlreadyExistsException' })
    const twice = at(ELSEWHERE).replicateKey({ KeyId, ReplicaRegion: FAR })
    await expect(twice).rejects.toMatchObject({ code: 'UnsupportedOperationException' })
    const single = (await house.kms.createKey({})).KeyMetadata.KeyId
    await expect(
      house.kms.replicateKey({ KeyId: single, ReplicaRegion: FAR }),
    ).rejects.toMatchObject({ code: 'UnsupportedOperationException' })
    await expect(replicate('nowhere')).rejects.toMatchObject({ code: 'ValidationException' })
  })

  it('is replicated once, however many ask at a time', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => replicate(ELSEWHERE)))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const { CiphertextBlob } = await at(ELSEWHERE).encrypt({ KeyId, Plaintext: Buffer.from('x') })
    house = await house.reopen()
    expect(Buffer.from((await house.kms.decrypt({ CiphertextBlob })).Plaintext).toString()).toBe(
      'x',
    )
  })

  it('is rotated where its primary is, in all regions at once', async () => {
    await replicate(ELSEWHERE)
    await house.kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 100 })
    for (const region of [REGION, ELSEWHERE]) {
      expect(await at(region).getKeyRotationStatus({ KeyId })).toMatchObject({
        ...{ KeyRotationEnabled: true, RotationPeriodInDays: 100 },
      })
    }
    for (const refused of [
      at(ELSEWHERE).enableKeyRotation({ KeyId }),
      at(ELSEWHERE).disableKeyRotation({ KeyId }),
      at(ELSEWHERE).rotateKeyOnDemand({ KeyId }),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'UnsupportedOperationException' })
    }
    house.clock.addDays(101)
    const current = async (region: string) => (await metadataAt(region)).CurrentKeyMaterialId
    expect(await current(ELSEWHERE)).toBe(await current(REGION))
    expect((await at(ELSEWHERE).listKeyRotations({ KeyId })).Rotations).toMatchObject([
      { RotationType: 'AUTOMATIC', KeyMaterialState: 'CURRENT' },
    ])
    expect(await house.records({ eventName: 'SynchronizeMultiRegionKey' })).toMatchObject([
      { awsRegion: ELSEWHERE, responseElements: { keyId: arnIn(ELSEWHERE, KeyId) } },
    ])
  })

  it('changes its primary region, and leaves a record in both', async () => {
    await replicate(ELSEWHERE)
    await replicate(FAR)
    const nowhere = house.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-north-1' })
    await expect(nowhere).rejects.toMatchObject({ code: 'NotFoundException' })
    await house.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: ELSEWHERE })
    house = await house.reopen()
    for (const region of [REGION, ELSEWHERE, FAR]) {
      expect((await metadataAt(region)).MultiRegionConfiguration).toMatchObject({
        MultiRegionKeyType: region === ELSEWHERE ? 'PRIMARY' : 'REPLICA',
        PrimaryKey: { Region: ELSEWHERE },
        ReplicaKeys: [{ Region: FAR }, { Region: REGION }],
      })
    }
    const records = await house.records({ eventName: 'UpdatePrimaryRegion' })
    const succeeded = records.filter(({ errorCode }) => errorCode === undefined)
    expect(succeeded).toMatchObject([{ awsRegion: REGION }, { awsRegion: ELSEWHERE }])
    await at(ELSEWHERE).rotateKeyOnDemand({ KeyId })
    await expect(house.kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject({
      code: 'UnsupportedOperationException',
    })
  })

  it('changes its primary region by leave of both keys only', async () => {
    await replicate(ELSEWHERE)
    const allowed = ['kms:Describe*', 'kms:PutKeyPolicy']
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          ...{ Effect: 'Allow', Action: allowed, Resource: '*' },
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        },
      ],
    })
    await at(ELSEWHERE).putKeyPolicy({ KeyId, Policy })
    await expect(
      house.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: ELSEWHERE }),
    ).rejects.toMatchObject({ code: 'AccessDeniedException' })
    expect((await metadataAt(REGION)).MultiRegionConfiguration?.MultiRegionKeyType).toBe('PRIMARY')
  })
})

describe('policies', () => {
  it('decide in the region in which a key is made or becomes the primary', async () => {
    const elsewhere = { Condition: { StringNotEquals: { 'aws:RequestedRegion': REGION } } }
    const ann = userWith({ identity: [allow('kms:*'), deny('kms:*', elsewhere)] })
    const kms = house.service.as(ann)
    const Policy = textOf({ ...allow('kms:*'), Principal: '*' })
    await house.kms.putKeyPolicy({ KeyId, Policy })
    const made = kms.replicateKey({ KeyId, ReplicaRegion: ELSEWHERE })
    await expect(made).rejects.toMatchObject({ code: 'AccessDeniedException' })
    await house.kms.replicateKey({ KeyId, ReplicaRegion: ELSEWHERE, Policy })
    const moved = kms.updatePrimaryRegion({ KeyId, PrimaryRegion: ELSEWHERE })
    await expect(moved).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })

  it('aside, there are at most 64 regions, so that all are rotated in one commit', async () => {
    const region = (i: number) => `zz-${String.fromCharCode(97 + (i % 26)).repeat(1 + i / 26)}-1`
    const Policy = textOf({ ...allow('kms:*', { Sid: 'x'.repeat(30_000) }), Principal: '*' })
    for (let i = 0; i < 63; i++) {
      await house.kms.replicateKey({ KeyId, ReplicaRegion: region(i), Policy })
    }
    const more = house.kms.replicateKey({ KeyId, ReplicaRegion: FAR })
    await expect(more).rejects.toMatchObject({ code: 'LimitExceededException' })
    await expect(house.kms.rotateKeyOnDemand({ KeyId })).resolves.toEqual({ KeyId })
  })
})

describe('a primary that is to be deleted', () => {
  it('waits for its replicas, and its waiting period begins behind them', async () => {
    await replicate(ELSEWHERE)
    const scheduled = await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 10 })
    expect(scheduled).toEqual({
      ...{ KeyId: arnIn(REGION, KeyId), PendingWindowInDays: 10 },
      KeyState: 'PendingReplicaDeletion',
    })
    house.clock.addDays(30)
    expect(await metadataAt(REGION)).toMatchObject({
      ...{ KeyState: 'PendingReplicaDeletion', PendingDeletionWindowInDays: 10 },
    })
    await at(ELSEWHERE).scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    house.clock.addDays(7)
    const due = await metadataAt(REGION)
    expect(due.KeyState).toBe('PendingDeletion')
    expect(due.DeletionDate).toEqual(new Date(house.clock.time + 10 * 24 * 60 * 60 * 1000))
    await expect(metadataAt(ELSEWHERE)).rejects.toMatchObject({ code: 'NotFoundException' })
    house = await house.reopen()
    house.clock.addDays(10)
    await house.service.confirmClock()
    await expect(metadataAt(REGION)).rejects.toMatchObject({ code: 'NotFoundException' })
  })

  it('is disabled when that is cancelled, and is deleted with nobody waiting when it has none', async () => {
    await replicate(ELSEWHERE)
    await house.kms.scheduleKeyDeletion({ KeyId })
    await house.kms.cancelKeyDeletion({ KeyId })
    const shown = await metadataAt(REGION)
    expect(shown.KeyState).toBe('Disabled')
    expect(shown).not.toHaveProperty('PendingDeletionWindowInDays')
  })

  it('leaves what its replicas have', async () => {
    await replicate(ELSEWHERE)
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext: Buffer.from('kept') })
    await house.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: ELSEWHERE })
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    house.clock.addDays(8)
    await expect(metadataAt(REGION)).rejects.toMatchObject({ code: 'NotFoundException' })
    const { Plaintext } = await at(ELSEWHERE).decrypt({ CiphertextBlob })
    expect(Buffer.from(Plaintext).toString()).toBe('kept')
    expect((await metadataAt(ELSEWHERE)).MultiRegionConfiguration?.ReplicaKeys).toEqual([])
  })
})
