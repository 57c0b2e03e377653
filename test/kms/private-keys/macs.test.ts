/** MACs: the bytes that HMAC has by anybody's code, and nothing that differs by a bit. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_GRANTS } from '../../../src/kms/grants/key-grants.js'
import { Materials, privateLeaseOf } from '../../../src/kms/keys/material.js'
import { readMaterials, readShreds } from '../../../src/kms/keys/material-rows.js'
import { readKey } from '../../../src/kms/keys/rows.js'
import { ACCOUNT, ARN, caller, openTestKms, REGION, type TestKms } from '../../support/kms.js'
import { AUTHENTICATING } from './kinds.js'

type Mac = Parameters<TestKms['kms']['generateMac']>[0]

const Message = Buffer.from('what is to be authenticated')
const rows = AUTHENTICATING.map(({ KeySpec, shown }) => {
  return [shown.MacAlgorithms![0] as Mac['MacAlgorithm'], KeySpec] as const
})
const bytesOf = (algorithm: string) => Number(algorithm.slice(-3)) / 8

let house: TestKms
const ids = new Map<string, string>()
beforeAll(async () => {
  house = await openTestKms()
  for (const { KeySpec, KeyUsage } of AUTHENTICATING) {
    ids.set(KeySpec, (await house.kms.createKey({ KeySpec, KeyUsage })).KeyMetadata.KeyId)
  }
})
afterAll(() => house.remove())

/** The bytes of the key, as whoever holds the root could have them. */
async function keyBytes(keyId: string): Promise<Uint8Array> {
  const { store, root, engines } = house
  const place = { account: ACCOUNT, region: REGION, keyId }
  const key = (await readKey(store, root, place))!
  const versions = await readMaterials(store, root, key)
  const materials = new Materials(key, versions, root, await readShreds(store, key, versions))
  const lease = privateLeaseOf({ key, materials, grants: NO_GRANTS })
  try {
    return engines.small.privateKeys.exportKey(lease.handle)
  } finally {
    lease.release()
    materials.drop()
  }
}

describe('a MAC', () => {
  it.each(rows)(
    'by %s of %s is that of node:crypto, and verifies',
    async (MacAlgorithm, KeySpec) => {
      const KeyId = ids.get(KeySpec)!
      const { Mac, ...rest } = await house.kms.generateMac({ KeyId, Message, MacAlgorithm })
      const KeyArn = `${ARN}:key/${KeyId}`
      expect(rest).toEqual({ KeyId: KeyArn, MacAlgorithm })
      const hmac = createHmac(`sha${MacAlgorithm.slice(-3)}`, await keyBytes(KeyId)).update(Message)
      expect(Buffer.from(Mac).equals(hmac.digest())).toBe(true)
      expect(await house.kms.verifyMac({ KeyId, Message, MacAlgorithm, Mac })).toEqual({
        ...{ KeyId: KeyArn, MacAlgorithm, MacValid: true },
      })
    },
  )

  it.each(rows)(
    'by %s of %s does not verify with any bit changed, or of another length',
    async (MacAlgorithm, KeySpec) => {
      const use = { KeyId: ids.get(KeySpec)!, MacAlgorithm }
      const { Mac } = await house.kms.generateMac({ ...use, Message })
      const wrong = [Mac.subarray(1), Mac.subarray(0, -1), Buffer.concat([Mac, Buffer.of(0)])]
      for (let bit = 0; bit < bytesOf(MacAlgorithm) * 8; bit++) {
        const flipped = Uint8Array.from(Mac)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        wrong.push(flipped)
      }
      const refused = { code: 'KMSInvalidMacException', message: '' }
      for (const given of wrong) {
        const input = { ...use, Message, Mac: given }
        await expect(house.kms.verifyMac(input)).rejects.toMatchObject(refused)
      }
      const other = { ...use, Message: Buffer.from('another message'), Mac }
      await expect(house.kms.verifyMac(other)).rejects.toMatchObject(refused)
    },
  )

  it.each(rows)('by %s of %s is the same in another region', async (MacAlgorithm, KeySpec) => {
    const input = { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC', MultiRegion: true } as const
    const { KeyId } = (await house.kms.createKey(input)).KeyMetadata
    await house.kms.replicateKey({ KeyId, ReplicaRegion: 'us-east-1' })
    const there = house.service.as({ ...caller, region: 'us-east-1' })
    const { Mac } = await house.kms.generateMac({ KeyId, Message, MacAlgorithm })
    expect((await there.generateMac({ KeyId, Message, MacAlgorithm })).Mac).toEqual(Mac)
    await there.verifyMac({ KeyId, Message, MacAlgorithm, Mac })
  })

  it('does not come of an algorithm for another key spec', async () => {
    for (const [MacAlgorithm] of rows) {
      for (const [own, KeySpec] of rows) {
        if (own === MacAlgorithm) continue
        const input = { KeyId: ids.get(KeySpec)!, Message, MacAlgorithm }
        const refused = {
          code: 'InvalidKeyUsageException',
          message: `Algorithm ${MacAlgorithm} is incompatible with key spec ${KeySpec}.`,
        }
        await expect(house.kms.generateMac(input)).rejects.toMatchObject(refused)
        const Mac = new Uint8Array(bytesOf(MacAlgorithm))
        await expect(house.kms.verifyMac({ ...input, Mac })).rejects.toMatchObject(refused)
      }
    }
  })

  it('is not made of more than 4,096 bytes', async () => {
    const use = { KeyId: ids.get('HMAC_256')!, MacAlgorithm: 'HMAC_SHA_256' } as const
    await house.kms.generateMac({ ...use, Message: new Uint8Array(4096) })
    await expect(
      house.kms.generateMac({ ...use, Message: new Uint8Array(4097) }),
    ).rejects.toMatchObject({ code: 'ValidationException' })
  })

  it('is neither given nor judged on a dry run that would succeed', async () => {
    const use = { KeyId: ids.get('HMAC_256')!, MacAlgorithm: 'HMAC_SHA_256', Message } as const
    const { Mac } = await house.kms.generateMac(use)
    const dry = { code: 'DryRunOperationException' }
    await expect(house.kms.generateMac({ ...use, DryRun: true })).rejects.toMatchObject(dry)
    await expect(house.kms.verifyMac({ ...use, Mac, DryRun: true })).rejects.toMatchObject(dry)
    await expect(
      house.kms.verifyMac({ ...use, Mac: Buffer.of(1), DryRun: true }),
    ).rejects.toMatchObject({ code: 'KMSInvalidMacException' })
  })

  it('is in no record, and neither is its message', async () => {
    const use = { KeyId: ids.get('HMAC_512')!, MacAlgorithm: 'HMAC_SHA_512', Message } as const
    const { Mac } = await house.kms.generateMac(use)
    await house.kms.verifyMac({ ...use, Mac })
    for (const record of (await house.records()).slice(-2)) {
      expect(record).toMatchObject({
        requestParameters: { keyId: use.KeyId, macAlgorithm: 'HMAC_SHA_512' },
        ...{ responseElements: null, readOnly: true },
      })
      expect(Object.keys(record.requestParameters!)).toHaveLength(2)
    }
  })
})
