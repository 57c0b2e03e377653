/** Who may use a key: its policy, the policies of who asks, his limits, and grants, each of which can be missing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kms } from '../../src/kms/kms.js'
import type { Caller } from '../../src/service/caller.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import { fc, test } from '../support/property.js'
import {
  allow,
  deny,
  messageOf,
  outcome,
  policiesOf,
  sessionWith,
  textOf,
  userWith,
} from './bound.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const GUEST = '444455556666'
const DENIED = 'AccessDeniedException'
const OWNER = { Principal: { AWS: ACCOUNT } }
const ALL = allow('kms:*')
const text = Buffer.from('text')
const ann = `arn:aws:iam::${ACCOUNT}:user/team/ann`
const writer = `arn:aws:iam::${ACCOUNT}:role/ops/Writer`
const session = `arn:aws:sts::${ACCOUNT}:assumed-role/Writer/one`

/** A key whose policy is what its owner may, and `statements`. */
async function newKey(...statements: object[]): Promise<string> {
  const Policy = textOf(allow('kms:*', OWNER), ...statements)
  return (await house.kms.createKey({ Policy })).KeyMetadata.Arn
}

const kmsOf = (caller: Caller): Kms => house.service.as(caller)
const use = (caller: Caller, KeyId: string) =>
  kmsOf(caller).encrypt({ KeyId, Plaintext: text, EncryptionContext: { App: 'logs' } })

describe('a key', () => {
  const to = (AWS: string, more: object = {}) =>
    allow('kms:Encrypt', { Principal: { AWS }, ...more })

  it.each<[what: string, statements: object[], caller: Caller, wanted: string]>([
    [
      'the policies of a user, as its policy leaves it to them',
      [],
      userWith({ identity: [ALL] }),
      'done',
    ],
    ['a user without policies', [], userWith({}), DENIED],
    ['a user who is named', [to(ann)], userWith({}), 'done'],
    ['another user', [to(`${ann}2`)], userWith({}), DENIED],
    [
      'a user for another operation',
      [allow('kms:Decrypt', { Principal: { AWS: ann } })],
      userWith({}),
      DENIED,
    ],
    [
      'a user whom its policy denies',
      [deny('kms:Encrypt', { Principal: { AWS: ann } })],
      userWith({ identity: [ALL] }),
      DENIED,
    ],
    [
      'a user whom his own policy denies',
      [to(ann)],
      userWith({ identity: [deny('kms:*')] }),
      DENIED,
    ],
    ['a user within his boundary', [], userWith({ identity: [ALL], boundary: ALL }), 'done'],
    [
      'a user beyond his boundary',
      [],
      userWith({ identity: [ALL], boundary: allow('s3:*') }),
      DENIED,
    ],
    ['a session of a role', [], sessionWith({ identity: [ALL] }), 'done'],
    ['a session of a role that is named', [to(writer)], sessionWith({}), 'done'],
    [
      'a session beyond what was passed to it',
      [to(writer)],
      sessionWith({ session: [allow('s3:*')] }),
      DENIED,
    ],
    [
      'a session that is named, whatever was passed to it',
      [to(session)],
      sessionWith({ session: [allow('s3:*')] }),
      'done',
    ],
    [
      'a user of another account with both sides',
      [to(GUEST)],
      userWith({ identity: [ALL] }, GUEST),
      'done',
    ],
    [
      'a user of another account without the key’s side',
      [],
      userWith({ identity: [ALL] }, GUEST),
      DENIED,
    ],
    ['a user of another account without his own side', [to(GUEST)], userWith({}, GUEST), DENIED],
    [
      'a user of another account who is named, without his own side',
      [to(`arn:aws:iam::${GUEST}:user/team/ann`)],
      userWith({}, GUEST),
      DENIED,
    ],
    [
      'whom a program vouches for',
      [],
      { ...userWith({}), policies: undefined } as unknown as Caller,
      'done',
    ],
  ])('lets in or keeps out %s', async (_, statements, caller, wanted) => {
    const { policies, ...vouched } = caller
    const own = policies === undefined ? vouched : caller
    expect(await outcome(use(own, await newKey(...statements)))).toBe(wanted)
  })

  it('whose policy does not name its account is closed to the policies of users, and to root', async () => {
    const Policy = textOf(allow('kms:*', { Principal: { AWS: ann } }))
    const kms = kmsOf(userWith({ identity: [allow('kms:CreateKey')] }))
    const { Arn } = (await kms.createKey({ Policy })).KeyMetadata
    expect(await outcome(use(userWith({}), Arn))).toBe('done')
    expect(await outcome(house.kms.describeKey({ KeyId: Arn }))).toBe(DENIED)
    expect(await outcome(use(sessionWith({ identity: [ALL] }), Arn))).toBe(DENIED)
  })

  it('is used from another account where its policy lets it, and managed from its own', async () => {
    const key = await newKey(allow('kms:*', { Principal: { AWS: GUEST } }))
    const kms = kmsOf(userWith({ identity: [ALL] }, GUEST))
    await kms.describeKey({ KeyId: key })
    await kms.getKeyRotationStatus({ KeyId: key })
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key, Plaintext: text })
    await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: key })
    const made = { KeyId: key, GranteePrincipal: ann, Operations: ['Decrypt'] as const }
    const { GrantId } = await kms.createGrant(made)
    expect((await kms.listGrants({ KeyId: key })).Grants).toMatchObject([{ GrantId }])
    await kms.revokeGrant({ KeyId: key, GrantId })
    for (const work of [
      kms.disableKey({ KeyId: key }),
      kms.scheduleKeyDeletion({ KeyId: key }),
      kms.getKeyPolicy({ KeyId: key }),
      kms.putKeyPolicy({ KeyId: key, Policy: textOf(ALL) }),
      kms.listKeyPolicies({ KeyId: key }),
      kms.tagResource({ KeyId: key, Tags: [] }),
      kms.updateKeyDescription({ KeyId: key, Description: '' }),
      kms.createAlias({ AliasName: 'alias/theirs', TargetKeyId: key }),
    ]) {
      expect(await outcome(work)).toBe(DENIED)
    }
  })

  it('is looked at anew when its policy, or that of who asks, is another', async () => {
    const key = await newKey()
    const caller = userWith({ identity: [ALL] })
    expect(await outcome(use(caller, key))).toBe('done')
    const denying = textOf(allow('kms:*', OWNER), deny('kms:Encrypt', { Principal: '*' }))
    await house.kms.putKeyPolicy({ KeyId: key, Policy: denying })
    expect(await outcome(use(caller, key))).toBe(DENIED)
    await house.kms.putKeyPolicy({ KeyId: key, Policy: textOf(allow('kms:*', OWNER)) })
    expect(await outcome(use(caller, key))).toBe('done')
    const less = policiesOf({ identity: [allow('kms:Decrypt')] })
    expect(await outcome(use({ ...caller, policies: less }, key))).toBe(DENIED)
    expect(await outcome(use(caller, key))).toBe('done')
  })
})

describe('a grant', () => {
  const grant = async (KeyId: string, GranteePrincipal: string) =>
    await house.kms.createGrant({ KeyId, GranteePrincipal, Operations: ['Encrypt'] })

  it('is a second way to a key, and ends at once', async () => {
    const key = await newKey()
    const caller = userWith({})
    expect(await outcome(use(caller, key))).toBe(DENIED)
    const { GrantId } = await grant(key, ann)
    expect(await outcome(use(caller, key))).toBe('done')
    expect(await outcome(use(caller, key))).toBe('done')
    await house.kms.revokeGrant({ KeyId: key, GrantId })
    expect(await outcome(use(caller, key))).toBe(DENIED)
  })

  it.each<[string, object[], Parameters<typeof userWith>[0]]>([
    ['of the key', [deny('kms:Encrypt', { Principal: { AWS: ann } })], {}],
    ['of the user', [], { identity: [deny('kms:Encrypt')] }],
    ['of the user’s boundary', [], { boundary: deny('kms:Encrypt') }],
    [
      'on a context',
      [],
      {
        identity: [
          deny('kms:Encrypt', {
            Condition: { StringEquals: { 'kms:EncryptionContext:App': 'logs' } },
          }),
        ],
      },
    ],
  ])('is nothing against an explicit deny in a policy %s', async (_, statements, binding) => {
    const key = await newKey(...statements)
    await grant(key, ann)
    expect(await outcome(use(userWith(binding), key))).toBe(DENIED)
  })

  it('to a role goes no further than what was passed to its session', async () => {
    const key = await newKey()
    await grant(key, writer)
    expect(await outcome(use(sessionWith({}), key))).toBe('done')
    expect(await outcome(use(sessionWith({ session: [allow('kms:Encrypt')] }), key))).toBe('done')
    expect(await outcome(use(sessionWith({ session: [allow('s3:*')] }), key))).toBe(DENIED)
    expect(await outcome(use(sessionWith({ boundary: allow('s3:*') }), key))).toBe(DENIED)
    await grant(key, session)
    expect(await outcome(use(sessionWith({ session: [allow('s3:*')] }), key))).toBe('done')
  })

  it('lets through its context for a user who has nothing else', async () => {
    const key = await newKey()
    const Constraints = { EncryptionContextSubset: { App: 'logs' } }
    const Operations = ['Encrypt'] as const
    await house.kms.createGrant({ KeyId: key, GranteePrincipal: ann, Operations, Constraints })
    const kms = kmsOf(userWith({}))
    const encrypt = (EncryptionContext?: Record<string, string>) =>
      outcome(kms.encrypt({ KeyId: key, Plaintext: text, EncryptionContext }))
    for (let round = 0; round < 2; round++) {
      expect(await encrypt({ app: 'logs', more: '' })).toBe('done')
      expect(await encrypt({ App: 'Logs' })).toBe(DENIED)
      expect(await encrypt()).toBe(DENIED)
    }
  })
})

describe('a decision that is remembered', () => {
  /** What can be said of a key or a user; each is there or not. */
  const Condition = { StringEquals: { 'kms:EncryptionContext:App': 'logs' } }
  const Principal = { AWS: ann }
  const ofKey = [
    allow('kms:Encrypt', { Principal }),
    deny('kms:Encrypt', { Principal, Condition }),
    allow('kms:*', { Principal, Condition }),
    deny('kms:Decrypt', { Principal }),
  ]
  const ofUser = [ALL, deny('kms:Encrypt'), allow('kms:Encrypt', { Condition }), allow('s3:*')]
  const step = fc.oneof(
    fc.record({ kind: fc.constant('key' as const), some: fc.subarray(ofKey) }),
    fc.record({ kind: fc.constant('user' as const), some: fc.subarray(ofUser) }),
    fc.record({ kind: fc.constant('grant' as const), some: fc.constant<object[]>([]) }),
    fc.record({ kind: fc.constant('ask' as const), some: fc.constant<object[]>([]) }),
  )

  test.prop([fc.array(step, { minLength: 1, maxLength: 12 })], { numRuns: 40 })(
    'is what would be decided anew, whatever has changed before',
    async (steps) => {
      const KeyId = await newKey()
      let policies = policiesOf({})
      const { identity, ...user } = userWith({})
      let granted: string | undefined
      for (const { kind, some } of steps) {
        if (kind === 'key') {
          await house.kms.putKeyPolicy({ KeyId, Policy: textOf(allow('kms:*', OWNER), ...some) })
        } else if (kind === 'user') policies = policiesOf({ identity: some })
        else if (kind === 'grant' && granted !== undefined) {
          await house.kms.revokeGrant({ KeyId, GrantId: granted })
          granted = undefined
        } else if (kind === 'grant') {
          const given = { KeyId, GranteePrincipal: ann, Operations: ['Encrypt'] as const }
          granted = (await house.kms.createGrant(given)).GrantId
        }
        for (const App of ['logs', 'other']) {
          const ask = (caller: Caller) =>
            outcome(kmsOf(caller).encrypt({ KeyId, Plaintext: text, EncryptionContext: { App } }))
          // What is remembered hangs on the identity.
          const fresh = await ask({ ...user, identity: { ...identity }, policies })
          expect(await ask({ ...user, identity, policies })).toBe(fresh)
        }
      }
    },
  )
})

describe('an alias', () => {
  const ofAlias = `arn:aws:kms:*:${ACCOUNT}:alias/*`
  const ofKey = `arn:aws:kms:*:${ACCOUNT}:key/*`
  const AliasName = 'alias/guarded'
  const user = (action: string, ...resources: string[]) =>
    kmsOf(userWith({ identity: resources.map((Resource) => allow(action, { Resource })) }))

  it('is made, moved and deleted by who may for it and for its keys', async () => {
    const [key, other] = [await newKey(), await newKey()]
    const works: Array<[string, (kms: Kms) => Promise<unknown>]> = [
      ['kms:CreateAlias', (kms) => kms.createAlias({ AliasName, TargetKeyId: key })],
      ['kms:UpdateAlias', (kms) => kms.updateAlias({ AliasName, TargetKeyId: other })],
      ['kms:DeleteAlias', (kms) => kms.deleteAlias({ AliasName })],
    ]
    for (const [action, work] of works) {
      for (const resources of [[], [ofAlias], [ofKey]]) {
        expect([action, await outcome(work(user(action, ...resources)))]).toEqual([action, DENIED])
      }
      if (action === 'kms:UpdateAlias') {
        for (const one of [key, other]) {
          expect(await outcome(work(user(action, ofAlias, one)))).toBe(DENIED)
        }
      }
      expect([action, await outcome(work(user(action, ofAlias, ofKey)))]).toEqual([action, 'done'])
    }
  })

  it('that is not there is not told to who may not', async () => {
    const none = { AliasName: 'alias/none' }
    const there = { AliasName: 'alias/there', TargetKeyId: await newKey() }
    await house.kms.createAlias(there)
    const kms = kmsOf(userWith({}))
    const denied = await messageOf(kms.deleteAlias(none))
    expect(denied).toContain('alias/none because no identity-based policy allows')
    const other = await messageOf(kms.deleteAlias({ AliasName: there.AliasName }))
    expect(other).toBe(denied.replace('none', 'there'))
  })
})

describe('what concerns no key', () => {
  it.each<[string, (kms: Kms) => Promise<unknown>]>([
    ['kms:CreateKey', (kms) => kms.createKey({})],
    ['kms:ListKeys', (kms) => kms.listKeys({})],
    ['kms:ListAliases', (kms) => kms.listAliases({})],
    ['kms:GenerateRandom', (kms) => kms.generateRandom({ NumberOfBytes: 8 })],
  ])('is %s, for who may by his own policies', async (action, work) => {
    const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`
    const denied = `User: ${ann} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`
    for (const identity of [[], [allow(action, { Resource: key })]]) {
      expect(await messageOf(work(kmsOf(userWith({ identity }))))).toBe(denied)
    }
    expect(await outcome(work(kmsOf(userWith({ identity: [allow(action)] }))))).toBe('done')
    const says = await messageOf(work(kmsOf(userWith({ identity: [ALL, deny(action)] }))))
    expect(says).toBe(
      `User: ${ann} is not authorized to perform: ${action} with an explicit deny in an identity-based policy`,
    )
  })

  it('is a key with tags, for who may tag as well', async () => {
    const Tags = [{ TagKey: 'team', TagValue: 'audit' }]
    const create = allow('kms:CreateKey')
    expect(await outcome(kmsOf(userWith({ identity: [create] })).createKey({ Tags }))).toBe(DENIED)
    const both = userWith({ identity: [create, allow('kms:TagResource')] })
    expect(await outcome(kmsOf(both).createKey({ Tags }))).toBe('done')
  })
})
