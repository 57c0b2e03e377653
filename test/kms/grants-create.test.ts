/** CreateGrant: what a grant may say, who may make one, and when the same is made once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GRANTS_MAX, type Grant } from '../../src/kms/grants/grant.js'
import { putGrant } from '../../src/kms/grants/rows.js'
import { checkTerms } from '../../src/kms/grants/terms.js'
import type { InputOf } from '../../src/kms/model/kms.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import {
  alice,
  GUEST,
  GUEST_ARN,
  granted,
  guest,
  newKey,
  outcome,
  THIRD_ARN,
  TRAIL,
  third,
} from './granted.js'

let house: TestKms
let key: string
beforeAll(async () => {
  house = await openTestKms()
  key = await newKey(house)
})
afterAll(() => house.remove())

const SERVICE = { GranteeServicePrincipal: 'cloudtrail.amazonaws.com' }
const SOURCE = { Constraints: { SourceArn: TRAIL } }

describe('CreateGrant', () => {
  it('answers an id and a token that shows nothing of key and grant', async () => {
    const { GrantId, GrantToken, ...more } = await granted(house, key, ['Decrypt'])
    expect(GrantId).toMatch(/^[0-9a-f]{64}$/)
    expect(more).toEqual({})
    const shown = `${GrantToken} ${Buffer.from(GrantToken, 'base64url').toString('latin1')}`
    for (const hidden of [GrantId, ACCOUNT, key.split('/')[1]!]) expect(shown).not.toContain(hidden)
  })

  it('takes a key by id or ARN, and no alias', async () => {
    await house.kms.createAlias({ AliasName: 'alias/named', TargetKeyId: key })
    expect(await outcome(granted(house, key.split('/')[1]!, ['Decrypt']))).toBe('done')
    expect(await outcome(granted(house, 'alias/named', ['Decrypt']))).toBe('NotFoundException')
  })

  it.each([
    GUEST_ARN,
    `arn:aws:iam::${GUEST}:user/Alice`,
    `arn:aws:iam::${GUEST}:user/a/b/Alice@example.com`,
    `arn:aws:iam::${GUEST}:role/aws-service-role/x.amazonaws.com/Role`,
    `arn:aws:sts::${GUEST}:assumed-role/Role/session`,
    `arn:aws:sts::${GUEST}:federated-user/Bob`,
  ])('takes the principal %s', async (arn) => {
    const more = { GranteePrincipal: arn, RetiringPrincipal: arn }
    expect(await outcome(granted(house, key, ['Decrypt'], more))).toBe('done')
  })

  it.each([
    GUEST,
    'Alice',
    'cloudtrail.amazonaws.com',
    `arn:aws:iam::${GUEST}:group/Admins`,
    `arn:aws:iam::${GUEST}:user/`,
    `arn:aws:iam::${GUEST}:user//Alice`,
    `arn:aws:iam::${GUEST}:root/x`,
    `arn:aws:iam::${GUEST}:assumed-role/Role/session`,
    `arn:aws:sts::${GUEST}:assumed-role/Role`,
    `arn:aws:sts::${GUEST}:user/Alice`,
    'arn:aws:iam::4444:root',
    `arn:aws-cn:iam::${GUEST}:root`,
    `arn:aws:iam:eu-west-1:${GUEST}:root`,
    `arn:aws:s3:::bucket`,
  ])('refuses the principal %s', async (arn) => {
    const code = 'InvalidArnException'
    expect(await outcome(granted(house, key, ['Decrypt'], { GranteePrincipal: arn }))).toBe(code)
    expect(await outcome(granted(house, key, ['Decrypt'], { RetiringPrincipal: arn }))).toBe(code)
  })

  const pairs = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`name${i}`, 'v']))
  it.each<[string, Partial<InputOf<'CreateGrant'>>]>([
    ['no grantee', { GranteePrincipal: undefined }],
    ['two grantees', { ...SERVICE, ...SOURCE, GranteePrincipal: GUEST_ARN }],
    [
      'two retirers',
      { RetiringPrincipal: GUEST_ARN, RetiringServicePrincipal: 'rds.amazonaws.com' },
    ],
    ['a service without a source', { ...SERVICE, RetiringPrincipal: GUEST_ARN }],
    ['a service without a retirer', { ...SERVICE, ...SOURCE }],
    ['no operations', { Operations: [] }],
    ['an operation that no grant has', { Operations: ['DisableKey' as 'Decrypt'] }],
    ['an operation that the key has not', { Operations: ['Decrypt', 'Sign'] }],
    ['a MAC operation', { Operations: ['VerifyMac'] }],
    ['nine pairs', { Constraints: { EncryptionContextEquals: pairs(9) } }],
    ['nine pairs of a subset', { Constraints: { EncryptionContextSubset: pairs(9) } }],
    [
      '385 characters',
      { Constraints: { EncryptionContextEquals: { a: 'x'.repeat(200), b: 'x'.repeat(183) } } },
    ],
    ['a name with a space', { Name: 'my grant' }],
    ['a source that is no ARN', { Constraints: { SourceArn: 'arn:aws:s3:::bucket-of-nobody' } }],
    ['half a character', { Constraints: { EncryptionContextEquals: { a: '\ud800' } } }],
  ])('refuses %s', async (_, more) => {
    expect(await outcome(granted(house, key, ['Decrypt'], more))).toBe('ValidationException')
  })

  it('is for principals who are there, as far as that is known', async () => {
    const gone = `arn:aws:iam::${ACCOUNT}:role/gone`
    const other = await openTestKms({ isThere: (arn) => arn !== gone })
    const own = await newKey(other)
    for (const principals of [
      { GranteePrincipal: gone },
      { GranteePrincipal: GUEST_ARN, RetiringPrincipal: gone },
    ]) {
      await expect(granted(other, own, ['Decrypt'], principals)).rejects.toMatchObject({
        code: 'InvalidArnException',
        message: `ARN does not refer to a valid principal: ${gone}`,
      })
    }
    expect((await other.kms.listGrants({ KeyId: own })).Grants).toEqual([])
    await other.remove()
  })

  it('takes eight pairs and 384 characters', async () => {
    for (const context of [pairs(8), { a: 'x'.repeat(383) }]) {
      const Constraints = { EncryptionContextEquals: context, EncryptionContextSubset: context }
      expect(await outcome(granted(house, key, ['Decrypt'], { Constraints }))).toBe('done')
    }
  })

  it('makes nothing in a dry run', async () => {
    const own = await newKey(house)
    const dry = granted(house, own, ['Decrypt'], { DryRun: true })
    expect(await outcome(dry)).toBe('DryRunOperationException')
    expect((await house.kms.listGrants({ KeyId: own })).Grants).toEqual([])
    const wrong = granted(house, own, ['Sign'], { DryRun: true })
    expect(await outcome(wrong)).toBe('ValidationException')
  })

  it('makes a grant of the same name once, with a new token each time', async () => {
    const own = await newKey(house)
    const more = {
      ...{ Name: 'retry', RetiringPrincipal: THIRD_ARN },
      Constraints: { EncryptionContextSubset: { a: '1', b: '2' } },
    }
    const first = await granted(house, own, ['Encrypt', 'Decrypt'], more)
    const again = await granted(house, own, ['Decrypt', 'Encrypt'], {
      ...more,
      Constraints: { EncryptionContextSubset: { b: '2', a: '1' } },
    })
    expect(again.GrantId).toBe(first.GrantId)
    expect(again.GrantToken).not.toBe(first.GrantToken)
    house = await house.reopen()
    expect((await granted(house, own, ['Encrypt', 'Decrypt'], more)).GrantId).toBe(first.GrantId)
    const others = [
      granted(house, own, ['Encrypt'], more),
      granted(house, own, ['Encrypt', 'Decrypt'], { ...more, Name: 'other' }),
      granted(house, own, ['Encrypt', 'Decrypt'], { ...more, RetiringPrincipal: GUEST_ARN }),
      granted(house, own, ['Encrypt', 'Decrypt'], { ...more, GranteePrincipal: THIRD_ARN }),
      granted(house, own, ['Encrypt', 'Decrypt'], {
        ...more,
        Constraints: { EncryptionContextEquals: { a: '1', b: '2' } },
      }),
    ]
    const ids = new Set((await Promise.all(others)).map(({ GrantId }) => GrantId))
    expect(ids.size).toBe(5)
    expect(ids.has(first.GrantId)).toBe(false)
    // Either token ends it.
    await house.kms.retireGrant({ GrantToken: again.GrantToken })
    expect(await outcome(house.kms.retireGrant({ GrantToken: first.GrantToken }))).toBe(
      'NotFoundException',
    )
  })

  it('makes a grant without a name each time', async () => {
    const own = await newKey(house)
    const made = await Promise.all([1, 2, 3].map(() => granted(house, own, ['Decrypt'])))
    expect(new Set(made.map(({ GrantId }) => GrantId)).size).toBe(3)
  })

  it('makes a grant of one name once, however many ask at once', async () => {
    const own = await newKey(house)
    const made = await Promise.all(
      Array.from({ length: 20 }, () => granted(house, own, ['Decrypt'], { Name: 'once' })),
    )
    expect(new Set(made.map(({ GrantId }) => GrantId)).size).toBe(1)
    expect((await house.kms.listGrants({ KeyId: own })).Grants).toHaveLength(1)
  })

  it('refuses the grant after the 50,000th on a key', async () => {
    const own = await newKey(house)
    const [account, keyId] = [ACCOUNT, own.split('/')[1]!]
    const grantOf = (i: number): Grant => ({
      ...{ account, region: REGION, keyId, grantId: i.toString(16).padStart(64, '0') },
      ...{ createdAt: 1, name: i === 7 ? 'there' : undefined, grantee: GUEST_ARN },
      ...{ retirer: undefined, issuer: account, operations: ['Decrypt'], constraints: undefined },
    })
    for (let start = 0; start < GRANTS_MAX; start += 5000) {
      const changes = Array.from({ length: 5000 }, (_, i) =>
        putGrant(house.root, grantOf(start + i)),
      )
      await house.store.commit({ changes })
    }
    house = await house.reopen()
    expect(await outcome(granted(house, own, ['Decrypt']))).toBe('LimitExceededException')
    expect((await granted(house, own, ['Decrypt'], { Name: 'there' })).GrantId).toMatch(/^0+7$/)
    await house.kms.revokeGrant({ KeyId: own, GrantId: grantOf(3).grantId })
    expect(await outcome(granted(house, own, ['Decrypt']))).toBe('done')
    expect(await outcome(granted(house, own, ['Decrypt']))).toBe('LimitExceededException')
  })
})

describe('the operations of a grant', () => {
  it.each([
    ['RSA_2048', 'ENCRYPT_DECRYPT', ['Encrypt', 'Decrypt', 'GetPublicKey'], ['GenerateDataKey']],
    ['ECC_NIST_P256', 'SIGN_VERIFY', ['Sign', 'Verify', 'GetPublicKey'], ['Encrypt']],
    ['ECC_NIST_P256', 'KEY_AGREEMENT', ['DeriveSharedSecret'], ['Sign']],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac'], ['GetPublicKey']],
  ] as const)('fit a key of %s for %s', (keySpec, keyUsage, fit, others) => {
    const kind = { arn: 'arn', keySpec, keyUsage }
    const operations = [...fit, 'CreateGrant', 'RetireGrant', 'DescribeKey'] as const
    expect(() => checkTerms({ operations, constraints: undefined }, kind)).not.toThrow()
    for (const operation of others) {
      const terms = { operations: [operation], constraints: undefined }
      expect(() => checkTerms(terms, kind)).toThrow(/is not supported/)
    }
    const constraints = { EncryptionContextEquals: { a: 'b' } }
    expect(() => checkTerms({ operations: fit, constraints }, kind)).toThrow(/without encryption/)
    const management = ['DescribeKey', 'CreateGrant'] as const
    expect(() => checkTerms({ operations: management, constraints }, kind)).not.toThrow()
  })
})

describe('a child grant', () => {
  const child = (
    KeyId: string,
    Operations: InputOf<'CreateGrant'>['Operations'],
    Constraints?: InputOf<'CreateGrant'>['Constraints'],
  ) =>
    outcome(
      house.service
        .as(guest)
        .createGrant({ KeyId, GranteePrincipal: THIRD_ARN, Operations, Constraints }),
    )

  it('names no operation that its parent does not', async () => {
    const own = await newKey(house)
    await granted(house, own, ['CreateGrant', 'Encrypt', 'DescribeKey'])
    expect(await child(own, ['Encrypt'])).toBe('done')
    expect(await child(own, ['Encrypt', 'DescribeKey', 'CreateGrant'])).toBe('done')
    expect(await child(own, ['Encrypt', 'Decrypt'])).toBe('AccessDeniedException')
    const encrypt = (KeyId: string) =>
      outcome(house.service.as(third).encrypt({ KeyId, Plaintext: Buffer.from('x') }))
    expect(await encrypt(own)).toBe('done')
  })

  it('is not put together from several parents', async () => {
    const own = await newKey(house)
    await granted(house, own, ['CreateGrant', 'Encrypt'])
    await granted(house, own, ['Decrypt'])
    await granted(house, own, ['CreateGrant', 'DescribeKey'])
    expect(await child(own, ['Decrypt'])).toBe('AccessDeniedException')
    expect(await child(own, ['Encrypt', 'DescribeKey'])).toBe('AccessDeniedException')
    expect(await child(own, ['DescribeKey'])).toBe('done')
  })

  it('lets through no context that its parent does not', async () => {
    const own = await newKey(house)
    const Constraints = { EncryptionContextSubset: { Tenant: 'acme' } }
    await granted(house, own, ['CreateGrant', 'Encrypt'], { Constraints })
    for (const strict of [
      { EncryptionContextSubset: { Tenant: 'acme' } },
      { EncryptionContextSubset: { tenant: 'acme', file: '1' } },
      { EncryptionContextEquals: { TENANT: 'acme', file: '1' } },
    ]) {
      expect(await child(own, ['Encrypt'], strict)).toBe('done')
    }
    for (const loose of [
      undefined,
      { EncryptionContextSubset: { file: '1' } },
      { EncryptionContextEquals: { Tenant: 'other' } },
      { EncryptionContextEquals: {} },
      { SourceArn: TRAIL },
    ]) {
      expect(await child(own, ['Encrypt'], loose)).toBe('AccessDeniedException')
    }
  })

  it('lives on when its parent ends', async () => {
    const own = await newKey(house)
    const { GrantId } = await granted(house, own, ['CreateGrant', 'Encrypt'])
    expect(await child(own, ['Encrypt'])).toBe('done')
    await house.kms.revokeGrant({ KeyId: own, GrantId })
    expect(await child(own, ['Encrypt'])).toBe('AccessDeniedException')
    const encrypt = house.service.as(third).encrypt({ KeyId: own, Plaintext: Buffer.from('x') })
    expect(await outcome(encrypt)).toBe('done')
  })

  it('is issued by the account that made it', async () => {
    const own = await newKey(house)
    await granted(house, own, ['CreateGrant', 'Encrypt'], { GranteePrincipal: alice.identity.arn })
    await house.service
      .as(alice)
      .createGrant({ KeyId: own, GranteePrincipal: THIRD_ARN, Operations: ['Encrypt'] })
    const { Grants } = await house.kms.listGrants({ KeyId: own, GranteePrincipal: THIRD_ARN })
    expect(Grants).toMatchObject([{ IssuingAccount: GUEST_ARN }])
  })
})
