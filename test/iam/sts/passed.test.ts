/** What is passed with AssumeRole: session policies, tags, a source identity, and what a chain makes of them. */
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { principalOf } from '../../../src/service/deciding/principal.js'
import {
  A,
  allow,
  type Keys,
  keysOf,
  openStsHouse,
  REGION,
  type StsHouse,
  trusting,
} from './sts-house.js'

const ALL = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']

let house: StsHouse
let anna: Keys
/** May do all of that; trusts its account with all of it. */
let role: string
/** The same, but for tags and source identities. */
let plain: string

beforeAll(async () => {
  house = await openStsHouse()
  anna = await house.user('anna', allow(ALL))
  const Tags = [
    { Key: 'Team', Value: 'red' },
    { Key: 'floor', Value: '2' },
  ]
  role = await house.role('tagged', trusting(A, { Action: ALL }), { Tags })
  const PolicyDocument = JSON.stringify(allow(ALL))
  await house.iam('PutRolePolicy', { RoleName: 'tagged', PolicyName: 'p', PolicyDocument })
  plain = await house.role('plain', trusting(A))
})
afterAll(() => house.close())

function denied(action: string, arn: string, user = `arn:aws:iam::${A}:user/anna`) {
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${arn}`
  return { name: 'AccessDenied', message }
}

function tagsOf(keys: Keys) {
  const caller = house.find(keys.accessKeyId, keys.sessionToken)!.caller(REGION)
  return principalOf(caller)?.policies?.tags
}

describe('session tags', () => {
  const blue = { Key: 'team', Value: 'blue' }

  it('stand before those of the role, whatever their case', async () => {
    const output = await house.assume(anna, role, { Tags: [blue] })
    expect(output.PackedPolicySize).toBeGreaterThan(0)
    expect(tagsOf(keysOf(output))).toEqual([{ Key: 'floor', Value: '2' }, blue])
  })

  it('ask for sts:TagSession on both sides', async () => {
    const input = { Tags: [blue] }
    await expect(house.assume(anna, plain, input)).rejects.toMatchObject(
      denied('sts:TagSession', plain),
    )
    const ben = await house.user('ben', allow('sts:AssumeRole'))
    const refused = denied('sts:TagSession', role, `arn:aws:iam::${A}:user/ben`)
    await expect(house.assume(ben, role, input)).rejects.toMatchObject(refused)
    await house.assume(ben, role)
  })

  it('are conditions of the trust policy', async () => {
    const Condition = {
      StringEquals: { 'aws:RequestTag/team': ['blue', 'red'] },
      'ForAllValues:StringEquals': {
        'aws:TagKeys': ['team', 'env'],
        'sts:TransitiveTagKeys': ['team'],
      },
    }
    const strict = await house.role('strict', trusting(A, { Action: ALL, Condition }))
    await house.assume(anna, strict, { Tags: [blue], TransitiveTagKeys: ['team'] })
    const env = { Key: 'env', Value: 'x' }
    await house.assume(anna, strict, { Tags: [blue, env] })
    for (const other of [
      {},
      { Tags: [{ Key: 'team', Value: 'green' }] },
      { Tags: [blue, { Key: 'other', Value: 'x' }] },
      { Tags: [blue, env], TransitiveTagKeys: ['env'] },
    ]) {
      const refused = denied('sts:AssumeRole', strict)
      await expect(house.assume(anna, strict, other)).rejects.toMatchObject(refused)
    }
  })

  it.each([
    ['twice', { Tags: [blue, { Key: 'TEAM', Value: 'x' }] }, /Duplicate tag keys found/],
    ['of AWS', { Tags: [{ Key: 'aws:x', Value: 'x' }] }, /reserved/],
    [
      'transitive without being there',
      { Tags: [blue], TransitiveTagKeys: ['x'] },
      /must be included/,
    ],
    ['too long', { Tags: [{ Key: 'k'.repeat(129), Value: 'x' }] }, /less than or equal to 128/],
    [
      'too long in value',
      { Tags: [{ Key: 'k', Value: 'x'.repeat(257) }] },
      /less than or equal to 256/,
    ],
    [
      'more than 50',
      { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })) },
      /less than or equal to 50/,
    ],
  ])('are not %s', async (_, input, says) => {
    const refused = { name: 'ValidationError', message: expect.stringMatching(says) }
    await expect(house.assume(anna, role, input)).rejects.toMatchObject(refused)
  })

  it('fit into a token, or are refused with their size', async () => {
    const many = (length: number) =>
      Array.from({ length: 50 }, (_, i) => ({ Key: `key-${i}`, Value: 'x'.repeat(length) }))
    const { PackedPolicySize } = await house.assume(anna, role, { Tags: many(50) })
    expect(PackedPolicySize).toBeGreaterThan(80)
    expect(PackedPolicySize).toBeLessThanOrEqual(100)
    await expect(house.assume(anna, role, { Tags: many(200) })).rejects.toMatchObject({
      name: 'PackedPolicyTooLargeException',
      message: expect.stringMatching(
        /^Packed size of session tags consumes \d{3}% of allotted space\.$/,
      ),
    })
  })

  it('may fill a token, which every service takes', async () => {
    const Policy = JSON.stringify(allow('kms:*')).padEnd(2048)
    const Tags = Array.from({ length: 10 }, (_, i) => ({ Key: `k${i}`, Value: 'x'.repeat(150) }))
    const output = await house.assume(anna, role, { Policy, Tags })
    expect(output.PackedPolicySize).toBeGreaterThan(90)
    const keys = keysOf(output)
    expect(keys.sessionToken!.length).toBeGreaterThan(5000)
    expect(await house.who(keys)).toBe(`arn:aws:sts::${A}:assumed-role/tagged/deploy`)
    await expect(house.kms(keys).send(new ListKeysCommand({}))).rejects.toMatchObject({
      ...{ name: 'AccessDeniedException', message: expect.stringContaining('kms:ListKeys') },
    })
  })

  it('that are transitive go through a chain, and nobody in it gives them other values', async () => {
    const Tags = [blue, { Key: 'once', Value: '1' }]
    const first = keysOf(await house.assume(anna, role, { Tags, TransitiveTagKeys: ['Team'] }))
    const second = keysOf(await house.assume(first, role))
    expect(tagsOf(second)).toEqual([{ Key: 'floor', Value: '2' }, blue])
    const third = keysOf(await house.assume(second, role, { Tags: [{ Key: 'x', Value: 'y' }] }))
    expect(tagsOf(third)).toContainEqual(blue)
    const other = { Tags: [{ Key: 'TEAM', Value: 'green' }] }
    await expect(house.assume(second, role, other)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('conflicts with a transitive tag key'),
    })
    // Inherited ones ask for sts:TagSession too.
    const me = `arn:aws:sts::${A}:assumed-role/tagged/deploy`
    await expect(house.assume(second, plain)).rejects.toMatchObject(
      denied('sts:TagSession', plain, me),
    )
  })
})

describe('a source identity', () => {
  it('asks for sts:SetSourceIdentity, stays through a chain and is not changed', async () => {
    const SourceIdentity = 'anna.k'
    const refused = denied('sts:SetSourceIdentity', plain)
    await expect(house.assume(anna, plain, { SourceIdentity })).rejects.toMatchObject(refused)
    const output = await house.assume(anna, role, { SourceIdentity })
    expect(output.SourceIdentity).toBe(SourceIdentity)
    const next = await house.assume(keysOf(output), role)
    expect(next.SourceIdentity).toBe(SourceIdentity)
    const me = `arn:aws:sts::${A}:assumed-role/tagged/deploy`
    const other = house.assume(keysOf(next), role, { SourceIdentity: 'bob' })
    await expect(other).rejects.toMatchObject(denied('sts:SetSourceIdentity', role, me))
    await house.who(keysOf(next))
    const last = (await house.records('GetCallerIdentity')).at(-1)
    expect(last?.userIdentity).toMatchObject({ sessionContext: { sourceIdentity: SourceIdentity } })
  })
})

describe('a session policy', () => {
  it('limits what the session may, also towards STS', async () => {
    const Policy = JSON.stringify(allow('kms:*'))
    const limited = keysOf(await house.assume(anna, role, { Policy }))
    const me = `arn:aws:sts::${A}:assumed-role/tagged/deploy`
    await expect(house.assume(limited, plain)).rejects.toMatchObject(
      denied('sts:AssumeRole', plain, me),
    )
    const wide = JSON.stringify(allow('sts:*'))
    await house.assume(keysOf(await house.assume(anna, role, { Policy: wide })), plain)
  })

  it.each([
    ['no JSON', 'x'],
    ['no policy', '{"Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}'],
    ['of a resource', JSON.stringify(trusting(A))],
    ['too long', JSON.stringify(allow('x:'.padEnd(2048, 'y')))],
  ])('is refused when it is %s', async (_, Policy) => {
    const refused = { name: 'MalformedPolicyDocumentException' }
    await expect(house.assume(anna, role, { Policy })).rejects.toMatchObject(refused)
  })

  it.each([
    'arn:aws:iam::111122223333:policy/none',
    'arn:aws:iam::444455556666:policy/other',
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
  ])('is no managed policy that is not there: %s', async (arn) => {
    await expect(house.assume(anna, role, { PolicyArns: [{ arn }] })).rejects.toMatchObject({
      ...{ name: 'ValidationError', message: `Policy ${arn} does not exist or is not attachable.` },
    })
  })
})
