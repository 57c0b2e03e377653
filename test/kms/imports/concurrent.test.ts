/** Imports, deletions and rotations of one key in two regions, all at once: one after the other, whatever their order. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isSealtrailError } from '../../../src/errors.js'
import type { Kms } from '../../../src/kms/kms.js'
import { accountRoot } from '../../../src/service/caller.js'
import { FOR_EVER, importMaterial, prepared } from '../../support/importing.js'
import { ACCOUNT, openTestKms, type TestKms } from '../../support/kms.js'

const REGIONS = ['eu-west-1', 'us-east-1']
const DAY_MS = 24 * 60 * 60 * 1000
const ROUNDS = 30
const AT_ONCE = 12
/** Which of the works come how often, so that each has a chance. */
const OFTEN = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 7, 8, 8]
const REFUSED = [
  ...['KMSInvalidStateException', 'IncorrectKeyMaterialException', 'NotFoundException'],
  ...['UnsupportedOperationException', 'LimitExceededException', 'DisabledException'],
]

let house: TestKms
beforeEach(async () => {
  house = await openTestKms({ keysMax: 1 })
})
afterEach(() => house.remove())

const inRegions = () => REGIONS.map((region) => house.service.as(accountRoot(ACCOUNT, region)))

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}

async function seen(KeyId: string) {
  return await Promise.all(
    inRegions().map(async (kms) => {
      const { KeyMetadata } = await kms.describeKey({ KeyId })
      const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
      return { KeyMetadata, Rotations: (await kms.listKeyRotations(all)).Rotations }
    }),
  )
}

/** A key waits for material exactly while some of its own is not here. */
async function check(KeyId: string): Promise<void> {
  for (const { KeyMetadata, Rotations } of await seen(KeyId)) {
    const own = Rotations.filter(({ KeyMaterialState: state }) => /CURRENT/.test(state))
    const isWhole = own.every(({ ImportState }) => ImportState === 'IMPORTED')
    const { KeyState } = KeyMetadata
    if (KeyState !== 'PendingDeletion' && KeyState !== 'PendingReplicaDeletion') {
      expect(KeyState === 'PendingImport').toBe(!isWhole)
    }
  }
}

describe('one key in two regions', () => {
  it.each([1, 3])('is of one mind after many changes at once (%i)', async (seed) => {
    const below = numbers(seed)
    const [home, away] = inRegions() as [Kms, Kms]
    const { KeyId } = (await home.createKey({ Origin: 'EXTERNAL', MultiRegion: true })).KeyMetadata
    const materials = Array.from({ length: 4 }, () => randomBytes(32))
    await importMaterial(home, KeyId, materials[0]!)
    await home.replicateKey({ KeyId, ReplicaRegion: REGIONS[1]! })
    const sent = new Map<Kms, Awaited<ReturnType<typeof prepared>>[]>()
    for (const kms of [home, away]) {
      sent.set(kms, await Promise.all(materials.map((one) => prepared(kms, KeyId, one))))
    }
    const ids = new Set<string>()
    const works: ((kms: Kms) => Promise<unknown>)[] = [
      async (kms) => {
        const isNew = below(2) === 0
        const ends = below(3) === 0
        const { KeyMaterialId } = await kms.importKeyMaterial({
          ...sent.get(kms)![below(materials.length)]!,
          ...(ends ? { ValidTo: new Date(house.clock.time + 1000 + below(2) * DAY_MS) } : FOR_EVER),
          ...(isNew && { ImportType: 'NEW_KEY_MATERIAL' as const }),
        })
        ids.add(KeyMaterialId)
      },
      (kms) => kms.deleteImportedKeyMaterial({ KeyId }),
      (kms) => {
        const KeyMaterialId = [...ids][below(ids.size || 1)]
        return kms.deleteImportedKeyMaterial({ KeyId, ...(KeyMaterialId && { KeyMaterialId }) })
      },
      (kms) => kms.rotateKeyOnDemand({ KeyId }),
      (kms) => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
      (kms) => kms.cancelKeyDeletion({ KeyId }),
      (kms) => kms.enableKey({ KeyId }),
      (kms) => kms.updatePrimaryRegion({ KeyId, PrimaryRegion: REGIONS[below(2)]! }),
      async (kms) => {
        const Plaintext = Buffer.from('text')
        const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
        const opened = await kms.decrypt({ CiphertextBlob })
        expect(Buffer.from(opened.Plaintext).toString()).toBe('text')
      },
    ]
    const done = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const index = OFTEN[below(OFTEN.length)]!
          try {
            await works[index]!(below(2) === 0 ? home : away)
            done.add(index)
          } catch (error) {
            if (!isSealtrailError(error) || !REFUSED.includes(error.code)) throw error
          }
        }),
      )
      house.clock.time += below(2) * 2000
      await check(KeyId)
    }
    expect([...done].sort()).toEqual(expect.arrayContaining([0, 1, 3, 4, 5]))
    const before = await seen(KeyId)
    house = await house.reopen()
    expect(await seen(KeyId)).toEqual(before)
  })
})
