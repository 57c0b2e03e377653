/** How a denial is worded and recorded, and that it tells nothing of a key to whom it is not told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kms } from '../../src/kms/kms.js'
import type { Caller } from '../../src/service/caller.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import { allow, deny, messageOf, sessionWith, textOf, userWith } from './bound.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const GUEST = '444455556666'
const ALL = allow('kms:*')
const OWNER = { Principal: { AWS: ACCOUNT } }
const ann = `arn:aws:iam::${ACCOUNT}:user/team/ann`
const ABSENT = '00000000-0000-4000-8000-000000000000'

async function newKey(...statements: object[]): Promise<string> {
  const Policy = textOf(allow(['kms:Put*', 'kms:Create*', 'kms:Encrypt'], OWNER), ...statements)
  return (await house.kms.createKey({ Policy })).KeyMetadata.Arn
}

const DESCRIBED = 'is not authorized to perform: kms:DescribeKey on resource'

describe('a denial', () => {
  const asked: Array<[what: string, statements: object[], caller: Caller, reason: string]> = [
    [
      'no policy of the user',
      [allow('kms:*', OWNER)],
      userWith({}),
      'because no identity-based policy allows the kms:DescribeKey action',
    ],
    [
      'no policy of the key',
      [],
      userWith({ identity: [ALL] }),
      'because no resource-based policy allows the kms:DescribeKey action',
    ],
    [
      'no boundary',
      [allow('kms:*', OWNER)],
      userWith({ identity: [ALL], boundary: allow('s3:*') }),
      'because no permissions boundary allows the kms:DescribeKey action',
    ],
    [
      'no session policy',
      [allow('kms:*', OWNER)],
      sessionWith({ identity: [ALL], session: [allow('s3:*')] }),
      'because no session policy allows the kms:DescribeKey action',
    ],
    [
      'the policy of the key',
      [allow('kms:*', OWNER), deny('kms:Describe*', { Principal: '*' })],
      userWith({ identity: [ALL] }),
      'with an explicit deny in a resource-based policy',
    ],
    [
      'a policy of the user',
      [allow('kms:*', OWNER)],
      userWith({ identity: [ALL, deny('kms:Describe*')] }),
      'with an explicit deny in an identity-based policy',
    ],
    [
      'a boundary',
      [allow('kms:*', OWNER)],
      userWith({ identity: [ALL], boundary: deny('kms:Describe*') }),
      'with an explicit deny in a permissions boundary',
    ],
    [
      'a session policy',
      [allow('kms:*', OWNER)],
      sessionWith({ identity: [ALL], session: [deny('kms:Describe*')] }),
      'with an explicit deny in a session policy',
    ],
  ]
  it.each(asked)('by %s is in AWS’s words', async (_, statements, caller, reason) => {
    const KeyId = await newKey(...statements)
    const says = await messageOf(house.service.as(caller).describeKey({ KeyId }))
    expect(says).toBe(`User: ${caller.identity.arn} ${DESCRIBED}: ${KeyId} ${reason}`)
  })

  it('is recorded as CloudTrail has it, without the key and without a secret', async () => {
    const KeyId = await newKey()
    const before = (await house.records()).length
    const kms = house.service.as(userWith({}))
    const Plaintext = Buffer.from('very secret plaintext')
    const message = await messageOf(kms.encrypt({ KeyId, Plaintext }))
    const records = (await house.records()).slice(before)
    expect(records).toMatchObject([
      {
        eventName: 'Encrypt',
        ...{ errorCode: 'AccessDenied', errorMessage: message },
        ...{ responseElements: null, resources: [], requestParameters: { keyId: KeyId } },
        userIdentity: { type: 'IAMUser', arn: ann },
      },
    ])
    const text = JSON.stringify(records)
    for (const form of ['utf8', 'base64', 'hex'] as const) {
      expect(text).not.toContain(Plaintext.toString(form))
    }
  })
})

describe('who may not use a key', () => {
  const named = (...statements: object[]) => newKey(...statements)
  const works: Array<[string, (kms: Kms, key: string) => Promise<unknown>]> = [
    ['describes', (kms, KeyId) => kms.describeKey({ KeyId })],
    ['reads the policy of', (kms, KeyId) => kms.getKeyPolicy({ KeyId })],
    ['disables', (kms, KeyId) => kms.disableKey({ KeyId })],
    ['encrypts under', (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: Buffer.from('x') })],
    [
      'makes an alias of',
      (kms, TargetKeyId) => kms.createAlias({ AliasName: 'alias/x', TargetKeyId }),
    ],
    [
      'grants',
      (kms, KeyId) => kms.createGrant({ KeyId, GranteePrincipal: ann, Operations: ['Decrypt'] }),
    ],
    ['ends a grant on', (kms, KeyId) => kms.revokeGrant({ KeyId, GrantId: 'a'.repeat(64) })],
  ]
  const strangers: Array<[string, Caller, object[]]> = [
    ['a user without policies', userWith({}), [allow('kms:*', OWNER)]],
    [
      'a user whom the key denies as well',
      userWith({}),
      [deny('kms:*', { Principal: { AWS: ann } })],
    ],
    [
      'a user who is denied by his own',
      userWith({ identity: [ALL, deny('kms:*')] }),
      [allow('kms:*', OWNER)],
    ],
    [
      'a user for other keys',
      userWith({
        identity: [
          allow('kms:*', {
            Resource: '*',
            Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } },
          }),
        ],
      }),
      [allow('kms:*', OWNER)],
    ],
    ['a user of another account', userWith({ identity: [ALL] }, GUEST), [allow('kms:*', OWNER)]],
    [
      'one without his own side',
      userWith({}, GUEST),
      [allow('kms:*', { Principal: { AWS: GUEST } })],
    ],
    [
      'one whom the key denies',
      userWith({ identity: [ALL] }, GUEST),
      [deny('kms:*', { Principal: { AWS: GUEST } })],
    ],
  ]

  it.each(strangers)(
    'hears the same of one that is not there: %s',
    async (_, caller, statements) => {
      const key = await named(...statements)
      const kms = house.service.as(caller)
      for (const [what, work] of works) {
        const said = await messageOf(work(kms, key))
        expect([what, said]).toEqual([
          what,
          expect.stringContaining('is not authorized to perform'),
        ])
        const absent = key.replace(/[^/]+$/, ABSENT)
        expect([what, await messageOf(work(kms, absent))]).toEqual([
          what,
          said.replace(key, absent),
        ])
      }
    },
  )

  it('hears the same of a blob whose key is not there', async () => {
    const key = await newKey(allow('kms:*', OWNER))
    const input = { KeyId: key, Plaintext: Buffer.from('x') }
    const { CiphertextBlob } = await house.kms.encrypt(input)
    const stray = new Uint8Array(CiphertextBlob)
    stray[23]! ^= 1
    const denying = textOf(allow('kms:*', OWNER), deny('kms:Decrypt', { Principal: '*' }))
    await house.kms.putKeyPolicy({ KeyId: key, Policy: denying })
    for (const [, caller] of strangers) {
      const kms = house.service.as(caller)
      const said = await messageOf(kms.decrypt({ CiphertextBlob }))
      expect(said).toContain('kms:Decrypt on the resource associated with this ciphertext')
      expect(await messageOf(kms.decrypt({ CiphertextBlob: stray }))).toBe(said)
    }
    const kms = house.service.as(userWith({ identity: [ALL] }))
    expect(await messageOf(kms.decrypt({ CiphertextBlob }))).toBe(
      await messageOf(kms.decrypt({ CiphertextBlob: stray })),
    )
  })

  it('hears the same of an alias that is not there', async () => {
    const TargetKeyId = await newKey(allow('kms:*', OWNER))
    await house.kms.createAlias({ AliasName: 'alias/hidden', TargetKeyId })
    const arn = (name: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:alias/${name}`
    for (const [, caller] of strangers.slice(0, 3)) {
      const kms = house.service.as(caller)
      const said = await messageOf(kms.describeKey({ KeyId: arn('hidden') }))
      expect(said).toContain(arn('hidden'))
      expect(await messageOf(kms.describeKey({ KeyId: arn('nowhere') }))).toBe(
        said.replace('hidden', 'nowhere'),
      )
    }
  })
})
