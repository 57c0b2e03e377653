/** What is answered when the disk does not take it, and what is left over when it does: nothing. */
import { afterEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { accountRoot } from '../../src/service/caller.js'
import type { Store } from '../../src/store/store.js'
import { openTestKms, REGION, storeLike, type TestKms } from '../support/kms.js'

const guest = accountRoot('444455556666', REGION)

let house: TestKms | undefined
afterEach(async () => {
  await house?.remove()
  house = undefined
})

/** A store whose commits fail, or wait, while told to. */
class Disk {
  isBroken = false
  #gate: Promise<void> = Promise.resolve()

  /** Commits wait until the returned function is called. */
  hold(): () => void {
    let open = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }

  readonly wrap = (store: Store): Store => ({
    ...storeLike(store),
    commit: async (entry) => {
      await this.#gate
      if (this.isBroken) throw new SealtrailError('StoreFailed', 'no space left on device')
      await store.commit(entry)
    },
  })
}

async function open(): Promise<{ disk: Disk; key: string; blob: Uint8Array; house: TestKms }> {
  const disk = new Disk()
  house = await openTestKms({ wrapStore: disk.wrap })
  const key = (await house.kms.createKey({})).KeyMetadata.KeyId
  const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: Buffer.from('x') })
  return { disk, key, blob: CiphertextBlob, house }
}

describe('without a record', () => {
  it('there is no answer', async () => {
    const { disk, key, blob, house } = await open()
    disk.isBroken = true
    const failed = { code: 'StoreFailed' }
    const { kms } = house
    await expect(kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' })).rejects.toMatchObject(
      failed,
    )
    await expect(kms.decrypt({ CiphertextBlob: blob })).rejects.toMatchObject(failed)
    await expect(kms.describeKey({ KeyId: key })).rejects.toMatchObject(failed)
    await expect(kms.listKeys({})).rejects.toMatchObject(failed)
    await expect(kms.listResourceTags({ KeyId: key })).rejects.toMatchObject(failed)
    await expect(kms.getKeyPolicy({ KeyId: key })).rejects.toMatchObject(failed)
    await expect(kms.listKeyPolicies({ KeyId: key })).rejects.toMatchObject(failed)
    await expect(kms.getKeyRotationStatus({ KeyId: key })).rejects.toMatchObject(failed)
    await expect(kms.generateRandom({ NumberOfBytes: 1 })).rejects.toMatchObject(failed)
  })

  it('there is no telling why a call was refused', async () => {
    const { disk, house } = await open()
    disk.isBroken = true
    await expect(house.kms.describeKey({ KeyId: 'alias/none' })).rejects.toMatchObject({
      code: 'StoreFailed',
    })
  })
})

describe('a change that was not made durable', () => {
  it('is not seen when it concerns grants', async () => {
    const { disk, key, house } = await open()
    const { kms, service } = house
    const { account, region } = guest
    const GranteePrincipal = `arn:aws:iam::${account}:root`
    const grant = { KeyId: key, GranteePrincipal }
    const kept = await kms.createGrant({ ...grant, Operations: ['Encrypt'] })
    disk.isBroken = true
    const changes = await Promise.allSettled([
      kms.createGrant({ ...grant, Operations: ['DescribeKey'] }),
      kms.retireGrant({ GrantToken: kept.GrantToken }),
      kms.revokeGrant({ KeyId: key, GrantId: kept.GrantId }),
    ])
    for (const change of changes) {
      expect(change).toMatchObject({ status: 'rejected', reason: { code: 'StoreFailed' } })
    }
    disk.isBroken = false
    const KeyId = `arn:aws:kms:${region}:111122223333:key/${key}`
    await service.as(guest).encrypt({ KeyId, Plaintext: Buffer.from('x') })
    await expect(service.as(guest).describeKey({ KeyId })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
    const { Grants } = await kms.listGrants({ KeyId: key })
    expect(Grants.map(({ GrantId }) => GrantId)).toEqual([kept.GrantId])
  })

  it('is not seen', async () => {
    const { disk, key, blob, house } = await open()
    const { kms } = house
    disk.isBroken = true
    const changes = await Promise.allSettled([
      kms.disableKey({ KeyId: key }),
      kms.scheduleKeyDeletion({ KeyId: key }),
      kms.updateKeyDescription({ KeyId: key, Description: 'lost' }),
      kms.createAlias({ AliasName: 'alias/lost', TargetKeyId: key }),
      kms.tagResource({ KeyId: key, Tags: [{ TagKey: 'lost', TagValue: '' }] }),
      kms.createKey({}),
    ])
    for (const change of changes) {
      expect(change).toMatchObject({ status: 'rejected', reason: { code: 'StoreFailed' } })
    }
    disk.isBroken = false
    expect((await kms.describeKey({ KeyId: key })).KeyMetadata).toMatchObject({
      KeyState: 'Enabled',
      Description: '',
    })
    await kms.decrypt({ CiphertextBlob: blob })
    expect((await kms.listKeys({})).Keys).toHaveLength(1)
    expect((await kms.listAliases({})).Aliases).toHaveLength(0)
    expect((await kms.listResourceTags({ KeyId: key })).Tags).toEqual([])
    await kms.createAlias({ AliasName: 'alias/lost', TargetKeyId: key })
  })

  it('is not seen before it is durable', async () => {
    const { disk, key, house } = await open()
    const release = disk.hold()
    const disabling = house.kms.disableKey({ KeyId: key })
    const using = house.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' })
    release()
    await Promise.all([disabling, using])
    await expect(
      house.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' }),
    ).rejects.toMatchObject({ code: 'DisabledException' })
  })

  it('keeps a due key in sight until its deletion is', async () => {
    const { disk, key, house } = await open()
    await house.kms.scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 })
    house.clock.addDays(7)
    disk.isBroken = true
    await expect(house.kms.describeKey({ KeyId: key })).rejects.toMatchObject({
      code: 'StoreFailed',
    })
    disk.isBroken = false
    await expect(house.kms.describeKey({ KeyId: key })).rejects.toMatchObject({
      code: 'NotFoundException',
    })
  })
})

describe('stored material', () => {
  it('that was damaged or moved is refused, not used', async () => {
    const { key, blob } = await open()
    const other = (await house!.kms.createKey({})).KeyMetadata.KeyId
    const { store } = house!
    const materials = await store.read(store.query.selectFrom('kms_material').selectAll().compile())
    const [ofKey, ofOther] = [key, other].map((id) => materials.find((row) => row.key_id === id)!)
    const row = { ...ofKey!, wrapped: ofOther!.wrapped }
    await store.commit({ changes: [{ put: 'kms_material', row }] })
    house = await house!.reopen()
    await expect(house.kms.decrypt({ CiphertextBlob: blob })).rejects.toMatchObject({
      code: 'RootKeyUnusable',
    })
  })
})

describe('a closed service', () => {
  it('finishes what is under way and takes nothing new', async () => {
    const { disk, key, house } = await open()
    const release = disk.hold()
    const using = house.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256' })
    const closing = house.service.close()
    await expect(house.kms.listKeys({})).rejects.toMatchObject({ code: 'Closed' })
    release()
    expect((await using).Plaintext).toHaveLength(32)
    await closing
    await house.service.close()
  })
})

describe('a service that was opened again', () => {
  it('has every key, alias, state and blob', async () => {
    const { key, blob } = await open()
    const disabled = (await house!.kms.createKey({ MultiRegion: true })).KeyMetadata.KeyId
    const before = await house!.kms.encrypt({ KeyId: disabled, Plaintext: Buffer.from('y') })
    await house!.kms.createAlias({ AliasName: 'alias/kept', TargetKeyId: key })
    await house!.kms.disableKey({ KeyId: disabled })
    const described = await house!.kms.describeKey({ KeyId: key })

    house = await house!.reopen()
    expect(await house.kms.describeKey({ KeyId: 'alias/kept' })).toEqual(described)
    const { Plaintext } = await house.kms.decrypt({ CiphertextBlob: blob })
    expect(Buffer.from(Plaintext).toString()).toBe('x')
    await expect(house.kms.decrypt(before)).rejects.toMatchObject({ code: 'DisabledException' })
    await house.kms.enableKey({ KeyId: disabled })
    await house.kms.decrypt({ CiphertextBlob: before.CiphertextBlob })
    expect((await house.kms.listKeys({})).Keys.map(({ KeyId }) => KeyId)).toEqual([key, disabled])
  })
})
