/** Grants listed, retired and revoked, and the tokens by which one is retired. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import {
  alice,
  GUEST_ARN,
  granted,
  guest,
  newKey,
  outcome,
  service,
  THIRD_ARN,
  TRAIL,
  third,
  writer,
} from './granted.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const text = Buffer.from('text')
const encrypt = (caller: Caller, KeyId: string, GrantTokens?: string[]) =>
  outcome(house.service.as(caller).encrypt({ KeyId, Plaintext: text, GrantTokens }))

describe('ListGrants', () => {
  it('shows a grant as it was made', async () => {
    const key = await newKey(house)
    const Constraints = { EncryptionContextSubset: { Tenant: 'acme' } }
    const RetiringPrincipal = alice.identity.arn!
    const more = { Name: 'shown', RetiringPrincipal, Constraints }
    const { GrantId } = await granted(house, key, ['Decrypt', 'RetireGrant'], more)
    const shown = {
      KeyId: key,
      GrantId,
      Name: 'shown',
      CreationDate: new Date(house.clock.now()),
      GranteePrincipal: GUEST_ARN,
      RetiringPrincipal,
      IssuingAccount: `arn:aws:iam::${ACCOUNT}:root`,
      Operations: ['Decrypt', 'RetireGrant'],
      Constraints,
    }
    const list = () => house.kms.listGrants({ KeyId: key })
    expect(await list()).toEqual({ Grants: [shown], Truncated: false })
    house = await house.reopen()
    expect(await list()).toEqual({ Grants: [shown], Truncated: false })
  })

  it('shows services as services', async () => {
    const key = await newKey(house)
    await granted(house, key, ['Decrypt'], {
      GranteeServicePrincipal: 'cloudtrail.amazonaws.com',
      RetiringServicePrincipal: 's3.amazonaws.com',
      Constraints: { SourceArn: TRAIL },
    })
    const [entry] = (await house.kms.listGrants({ KeyId: key })).Grants
    expect(entry).toMatchObject({
      GranteeServicePrincipal: 'cloudtrail.amazonaws.com',
      RetiringServicePrincipal: 's3.amazonaws.com',
    })
    expect(entry).not.toHaveProperty('GranteePrincipal')
    expect(entry).not.toHaveProperty('RetiringPrincipal')
  })

  it('filters by grant and by grantee', async () => {
    const key = await newKey(house)
    const one = await granted(house, key, ['Decrypt'])
    const two = await granted(house, key, ['Decrypt'], { GranteePrincipal: THIRD_ARN })
    const ids = async (filter: object) =>
      (await house.kms.listGrants({ KeyId: key, ...filter })).Grants.map(({ GrantId }) => GrantId)
    expect(await ids({ GrantId: one.GrantId })).toEqual([one.GrantId])
    expect(await ids({ GranteePrincipal: THIRD_ARN })).toEqual([two.GrantId])
    expect(await ids({ GrantId: one.GrantId, GranteePrincipal: THIRD_ARN })).toEqual([])
    expect(await ids({ GrantId: 'a'.repeat(64) })).toEqual([])
    const list = (filter: object) => outcome(house.kms.listGrants({ KeyId: key, ...filter }))
    expect(await list({ GrantId: 'x' })).toBe('InvalidGrantIdException')
    expect(await list({ GranteeServicePrincipal: 'a.b.c' })).toBe('AccessDeniedException')
    expect(await list({ GranteePrincipal: 'a', GranteeServicePrincipal: 'a.b.c' })).toBe(
      'ValidationException',
    )
  })

  it('goes page by page: 50 unless said, 100 at most, also while grants come and go', async () => {
    const key = await newKey(house)
    const made: string[] = []
    for (let i = 0; i < 53; i++) made.push((await granted(house, key, ['Decrypt'])).GrantId)
    made.sort()
    const first = await house.kms.listGrants({ KeyId: key })
    expect(first.Grants.map(({ GrantId }) => GrantId)).toEqual(made.slice(0, 50))
    await house.kms.revokeGrant({ KeyId: key, GrantId: made[49]! })
    const rest = await house.kms.listGrants({ KeyId: key, Marker: first.NextMarker })
    expect(rest.Grants.map(({ GrantId }) => GrantId)).toEqual(made.slice(50))
    expect(rest.Truncated).toBe(false)
    expect((await house.kms.listGrants({ KeyId: key, Limit: 100 })).Grants).toHaveLength(52)
    const list = (more: object) => outcome(house.kms.listGrants({ KeyId: key, ...more }))
    expect(await list({ Limit: 101 })).toBe('ValidationException')
    expect(await list({ Marker: 'x' })).toBe('InvalidMarkerException')
  })
})

describe('ListRetirableGrants', () => {
  it('shows the grants that a principal may retire, on keys of every account', async () => {
    const [key, other] = [await newKey(house), await newKey(house)]
    const own = (await house.service.as(third).createKey({})).KeyMetadata.Arn
    const RetiringPrincipal = writer.identity.arn!
    const made = [
      await granted(house, key, ['Decrypt'], { RetiringPrincipal }),
      await granted(house, other, ['Decrypt'], { RetiringPrincipal }),
      await house.service.as(third).createGrant({
        ...{ KeyId: own, GranteePrincipal: GUEST_ARN, Operations: ['Decrypt'], RetiringPrincipal },
      }),
    ]
    await granted(house, key, ['Decrypt'], { RetiringPrincipal: THIRD_ARN })
    const kms = house.service.as(guest)
    const ids: string[] = []
    let Marker: string | undefined
    do {
      const page = await kms.listRetirableGrants({ RetiringPrincipal, Limit: 1, Marker })
      ids.push(...page.Grants.map(({ GrantId }) => GrantId))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(ids).toEqual(made.map(({ GrantId }) => GrantId).sort())
    await kms.retireGrant({ GrantToken: made[0]!.GrantToken }).catch(() => undefined)
    await house.kms.revokeGrant({ KeyId: key, GrantId: made[0]!.GrantId })
    expect((await kms.listRetirableGrants({ RetiringPrincipal })).Grants).toHaveLength(2)
  })

  it('is for principals of the own account, and for services', async () => {
    const ask = (caller: Caller, input: object) =>
      outcome(house.service.as(caller).listRetirableGrants(input))
    expect(await ask(guest, {})).toBe('ValidationException')
    expect(await ask(guest, { RetiringPrincipal: 'Alice' })).toBe('InvalidArnException')
    expect(await ask(guest, { RetiringPrincipal: THIRD_ARN })).toBe('AccessDeniedException')
    const RetiringServicePrincipal = 's3.amazonaws.com'
    expect(await ask(guest, { RetiringServicePrincipal })).toBe('AccessDeniedException')
    expect(await ask(service, { RetiringServicePrincipal })).toBe('AccessDeniedException')
    expect(await ask(service, { RetiringServicePrincipal: 'cloudtrail.amazonaws.com' })).toBe(
      'done',
    )
    expect(await ask(guest, { RetiringPrincipal: GUEST_ARN, RetiringServicePrincipal })).toBe(
      'ValidationException',
    )
  })
})

describe('RetireGrant', () => {
  it.each<[string, Caller, 'done' | 'AccessDeniedException']>([
    ['the retirer', alice, 'done'],
    ["the key's account", accountRoot(ACCOUNT, REGION), 'done'],
    ['the grantee', writer, 'AccessDeniedException'],
    ["the retirer's account", guest, 'AccessDeniedException'],
    ['anybody else', third, 'AccessDeniedException'],
  ])('by %s, with a token and with an id: %#', async (_, caller, wanted) => {
    const key = await newKey(house)
    const kms = house.service.as(caller)
    const more = {
      ...{ GranteePrincipal: writer.identity.arn!, RetiringPrincipal: alice.identity.arn! },
    }
    for (const isByToken of [true, false]) {
      const { GrantId, GrantToken } = await granted(house, key, ['Encrypt'], more)
      expect(await encrypt(writer, key)).toBe('done')
      const named = isByToken ? { GrantToken } : { KeyId: key, GrantId }
      expect(await outcome(kms.retireGrant({ ...named, DryRun: true }))).toBe(
        wanted === 'done' ? 'DryRunOperationException' : wanted,
      )
      expect(await outcome(kms.retireGrant(named))).toBe(wanted)
      // At once, and in memory as on disk.
      const after = wanted === 'done' ? 'AccessDeniedException' : 'done'
      expect(await encrypt(writer, key)).toBe(after)
      expect((await house.kms.listGrants({ KeyId: key })).Grants).toHaveLength(
        wanted === 'done' ? 0 : 1,
      )
      if (wanted !== 'done') await house.kms.revokeGrant({ KeyId: key, GrantId })
    }
  })

  it('is for the grantee where the grant says so, of that grant alone', async () => {
    const key = await newKey(house)
    const mine = await granted(house, key, ['Encrypt', 'RetireGrant'])
    const other = await granted(house, key, ['Decrypt'])
    const kms = house.service.as(guest)
    const retire = ({ GrantId }: { GrantId: string }) =>
      outcome(kms.retireGrant({ KeyId: key, GrantId }))
    expect(await retire(other)).toBe('AccessDeniedException')
    expect(await retire(mine)).toBe('done')
    expect(await retire(mine)).toBe('AccessDeniedException')
  })

  it('is for the service that the grant names', async () => {
    const key = await newKey(house)
    const { GrantToken } = await granted(house, key, ['Encrypt'], {
      RetiringServicePrincipal: 'cloudtrail.amazonaws.com',
    })
    const { sourceArn: _, ...silent } = service
    expect(await outcome(house.service.as(silent).retireGrant({ GrantToken }))).toBe('done')
  })

  it('stays ended after a restart', async () => {
    const key = await newKey(house)
    const { GrantToken } = await granted(house, key, ['Encrypt'])
    await house.kms.retireGrant({ GrantToken })
    house = await house.reopen()
    expect(await encrypt(guest, key)).toBe('AccessDeniedException')
    expect(await outcome(house.kms.retireGrant({ GrantToken }))).toBe('NotFoundException')
  })

  it('wants a token, or a key and a grant', async () => {
    const key = await newKey(house)
    const { GrantId, GrantToken } = await granted(house, key, ['Encrypt'])
    const { kms } = house
    for (const input of [
      {},
      { KeyId: key },
      { GrantId },
      { GrantToken, GrantId },
      { GrantToken, KeyId: key, GrantId },
    ]) {
      expect(await outcome(kms.retireGrant(input))).toBe('ValidationException')
    }
    const other = key.replace(/[0-9a-f]{12}$/, '000000000000')
    expect(await outcome(kms.retireGrant({ KeyId: key, GrantId: 'x' }))).toBe(
      'InvalidGrantIdException',
    )
    expect(await outcome(kms.retireGrant({ KeyId: other, GrantId }))).toBe('NotFoundException')
    expect(await outcome(kms.retireGrant({ KeyId: key, GrantId: 'a'.repeat(64) }))).toBe(
      'NotFoundException',
    )
  })

  it('tells a stranger the same of a grant, no grant and no key', async () => {
    const key = await newKey(house)
    const { GrantId } = await granted(house, key, ['Encrypt'])
    const other = key.replace(/[0-9a-f]{12}$/, '000000000000')
    const says = async (KeyId: string, id: string) =>
      await house.service
        .as(third)
        .retireGrant({ KeyId, GrantId: id })
        .catch((error: Error) => error.message)
    const denied = await says(key, GrantId)
    expect(denied).toMatch(/not authorized to perform: kms:RetireGrant/)
    expect(await says(key, 'a'.repeat(64))).toBe(denied)
    expect(await says(other, GrantId)).toBe(denied)
  })
})

describe('RevokeGrant', () => {
  it('stops a grant at once', async () => {
    const key = await newKey(house)
    const { GrantId } = await granted(house, key, ['Encrypt'])
    const kept = await granted(house, key, ['DescribeKey'])
    expect(await encrypt(guest, key)).toBe('done')
    const revoke = (DryRun?: boolean) =>
      outcome(house.kms.revokeGrant({ KeyId: key, GrantId, DryRun }))
    expect(await revoke(true)).toBe('DryRunOperationException')
    expect(await encrypt(guest, key)).toBe('done')
    expect(await revoke()).toBe('done')
    expect(await encrypt(guest, key)).toBe('AccessDeniedException')
    expect(await revoke()).toBe('NotFoundException')
    expect(await revoke(true)).toBe('NotFoundException')
    const { Grants } = await house.kms.listGrants({ KeyId: key })
    expect(Grants).toMatchObject([{ GrantId: kept.GrantId }])
  })
})

describe('a grant token', () => {
  it('is taken by every operation that knows tokens, ten of them at most', async () => {
    const key = await newKey(house)
    const { GrantToken } = await granted(house, key, ['Encrypt', 'Decrypt', 'DescribeKey'])
    const kms = house.service.as(guest)
    const GrantTokens = Array.from({ length: 10 }, () => GrantToken)
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key, Plaintext: text, GrantTokens })
    expect(await outcome(kms.decrypt({ CiphertextBlob, GrantTokens }))).toBe('done')
    expect(await outcome(kms.describeKey({ KeyId: key, GrantTokens }))).toBe('done')
    expect(await encrypt(guest, key, [...GrantTokens, GrantToken])).toBe('ValidationException')
  })

  it('is no permission by itself', async () => {
    const key = await newKey(house)
    const { GrantToken } = await granted(house, key, ['Encrypt'])
    expect(await encrypt(third, key, [GrantToken])).toBe('AccessDeniedException')
  })

  it('that we did not give is refused, whoever asks', async () => {
    const key = await newKey(house)
    const { GrantToken } = await granted(house, key, ['Encrypt', 'CreateGrant', 'DescribeKey'])
    const bytes = Buffer.from(GrantToken, 'base64url')
    const flipped = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const copy = Buffer.from(bytes)
      copy[bit >> 3]! ^= 1 << (bit & 7)
      return copy.toString('base64url')
    })
    const others = [
      ...['x', 'A'.repeat(8192), `${GrantToken}=`, `${GrantToken}A`, ` ${GrantToken}`],
      ...[GrantToken.slice(0, -1), GrantToken.slice(1)],
      house.root.sealText('session', 'a/b/c/d'),
      ...flipped.filter((_, i) => i % 7 === 0),
    ]
    for (const token of others) {
      expect(await encrypt(guest, key, [GrantToken, token])).toBe('InvalidGrantTokenException')
    }
    const GrantTokens = ['x']
    const { kms } = house
    const refused = [
      kms.describeKey({ KeyId: key, GrantTokens }),
      granted(house, key, ['Encrypt'], { GrantTokens }),
      kms.retireGrant({ GrantToken: 'x' }),
      kms.generateDataKeys({ KeyId: key, KeySpec: 'AES_256', NumberOfKeys: 1, GrantTokens }),
    ]
    for (const work of refused) expect(await outcome(work)).toBe('InvalidGrantTokenException')
  })

  it('ends a grant in its own region only', async () => {
    const key = await newKey(house)
    const { GrantToken } = await granted(house, key, ['Encrypt'])
    const elsewhere = house.service.as(accountRoot(ACCOUNT, 'us-east-1'))
    expect(await outcome(elsewhere.retireGrant({ GrantToken }))).toBe('InvalidGrantTokenException')
  })
})

describe('grants that come and go at once', () => {
  it('are in memory what they are on disk', async () => {
    const key = await newKey(house)
    const ids: string[] = []
    for (let i = 0; i < 20; i++) ids.push((await granted(house, key, ['Encrypt'])).GrantId)
    const work: Promise<unknown>[] = []
    for (const [i, GrantId] of ids.entries()) {
      if (i % 3 === 0) work.push(house.kms.revokeGrant({ KeyId: key, GrantId }))
      if (i % 4 === 0) work.push(house.kms.retireGrant({ KeyId: key, GrantId }))
      work.push(granted(house, key, ['Decrypt'], { Name: `name${i % 5}` }))
      work.push(house.kms.updateKeyDescription({ KeyId: key, Description: `${i}` }))
    }
    const ends = (await Promise.allSettled(work)).map(({ status }) => status)
    // Those that were to end twice ended once.
    expect(ends.filter((status) => status === 'rejected')).toHaveLength(2)
    const list = async () =>
      (await house.kms.listGrants({ KeyId: key, Limit: 100 })).Grants.map(({ GrantId }) => GrantId)
    const inMemory = await list()
    expect(inMemory).toHaveLength(20 - 10 + 5)
    house = await house.reopen()
    expect(await list()).toEqual(inMemory)
    const { KeyMetadata } = await house.kms.describeKey({ KeyId: key })
    expect(KeyMetadata.Description).toBe('19')
  })
})
