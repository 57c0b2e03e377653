/** Keys that an AWS service has for an account: as rows, and over a restart. */
import { afterEach, describe, expect, it } from 'vitest'
import { putKey, readKey } from '../../src/kms/keys/rows.js'
import type { Change } from '../../src/store/change.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'

let house: TestKms
afterEach(() => house.remove())

const place = { account: ACCOUNT, region: REGION }

describe('an AWS managed key', () => {
  it('is the same after a restart', async () => {
    house = await openTestKms()
    const arn = await house.service.managedKey('s3', place)
    house = await house.reopen()
    expect(await house.service.managedKey('s3', place)).toBe(arn)
    const { KeyMetadata } = await house.kms.describeKey({ KeyId: arn })
    expect(KeyMetadata.KeyManager).toBe('AWS')
    const { Aliases } = await house.kms.listAliases({})
    expect(Aliases).toMatchObject([{ AliasName: 'alias/aws/s3', TargetKeyId: KeyMetadata.KeyId }])
  })

  it('is none by a word in its row alone', async () => {
    house = await openTestKms()
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    const key = (await readKey(house.store, house.root, { ...place, keyId: KeyId }))!
    const { row } = putKey(house.root, key) as { readonly row: object }
    const change = { put: 'kms_key', row: { ...row, managed_by: 's3' } } as unknown as Change
    await house.store.commit({ changes: [change] })
    house = await house.reopen()
    await expect(house.kms.describeKey({ KeyId })).rejects.toMatchObject({ code: 'StoreDamaged' })
  })
})

describe('a key of a journal from before there were managed keys', () => {
  it("is a customer's", async () => {
    house = await openTestKms()
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    const key = (await readKey(house.store, house.root, { ...place, keyId: KeyId }))!
    const { managed_by: _, ...row } = (
      putKey(house.root, key) as unknown as { readonly row: Record<string, unknown> }
    ).row
    await house.store.commit({ changes: [{ put: 'kms_key', row } as unknown as Change] })
    house = await house.reopen()
    const { KeyMetadata } = await house.kms.describeKey({ KeyId })
    expect(KeyMetadata.KeyManager).toBe('CUSTOMER')
  })
})
