/** AssumeRole by AWS's own client: who may, for how long, and what is refused. */
import { GetUserCommand } from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A,
  allow,
  B,
  type Keys,
  keysOf,
  openStsHouse,
  rootKeys,
  type StsHouse,
  trusting,
} from './sts-house.js'

const ASSUME = allow('sts:AssumeRole')

let house: StsHouse
/** May take on any role that lets him. */
let anna: Keys
/** Has no policy. */
let bob: Keys
/** Of another account; may take on any role that lets him. */
let carl: Keys

beforeAll(async () => {
  house = await openStsHouse()
  anna = await house.user('anna', allow('sts:*'))
  bob = await house.user('bob')
  carl = await house.user('carl', ASSUME, B)
})
afterAll(() => house.close())

let last = 0
function newRole(trust: object, more: object = {}): Promise<string> {
  return house.role(`role-${++last}`, trust, more)
}

function arnOf(account: string, user: string): string {
  return `arn:aws:iam::${account}:user/${user}`
}

function refusal(user: string, role: string, action = 'sts:AssumeRole', account = A) {
  const message = `User: ${arnOf(account, user)} is not authorized to perform: ${action} on resource: ${role}`
  return { name: 'AccessDenied', message }
}

describe('a role', () => {
  it('is taken on by whom it trusts, who is then its session', async () => {
    const role = await house.role('ci', trusting(A), { Path: '/build/' })
    const asked = Date.now()
    const output = await house.assume(anna, role)
    const answered = Date.now()
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = output.Credentials!
    expect(AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
    expect(SecretAccessKey).toMatch(/^[\w+/]{40}$/)
    expect(SessionToken!.length).toBeLessThan(600)
    const begun = Expiration!.getTime() - 3_600_000
    expect(begun).toBeGreaterThan(asked - 1000)
    expect(begun).toBeLessThan(answered + 1000)
    const arn = `arn:aws:sts::${A}:assumed-role/ci/deploy`
    const AssumedRoleId = expect.stringMatching(/^AROA[A-Z2-7]{17}:deploy$/)
    expect(output.AssumedRoleUser).toEqual({ Arn: arn, AssumedRoleId })
    expect(output.PackedPolicySize).toBeUndefined()
    expect(await house.who(keysOf(output))).toBe(arn)
  })

  it('gives its session nothing of who took it on', async () => {
    const session = keysOf(await house.assume(anna, await newRole(trusting(A))))
    const refused = house.kms(session).send(new ListKeysCommand({}))
    await expect(refused).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(
        new RegExp(
          `^User: arn:aws:sts::${A}:assumed-role/role-\\d+/deploy is not authorized to perform: kms:ListKeys`,
        ),
      ),
    })
  })

  it('trusts a user that it names, who needs no policy', async () => {
    const role = await newRole(trusting(arnOf(A, 'bob')))
    expect(await house.who(keysOf(await house.assume(bob, role)))).toContain('assumed-role')
    await expect(house.assume(anna, role)).rejects.toMatchObject(refusal('anna', role))
  })

  it('of an own account that is trusted as such asks for a policy of the user', async () => {
    const role = await newRole(trusting(`arn:aws:iam::${A}:root`))
    await expect(house.assume(bob, role)).rejects.toMatchObject(refusal('bob', role))
  })

  it('in another account asks for both: its trust, and a policy of the user', async () => {
    const both = await newRole(trusting(B))
    expect(await house.who(keysOf(await house.assume(carl, both)))).toContain(`:${A}:assumed-role`)
    const untrusting = await newRole(trusting(A))
    const refused = refusal('carl', untrusting, undefined, B)
    await expect(house.assume(carl, untrusting)).rejects.toMatchObject(refused)
    const dora = await house.user('dora', allow('kms:*'), B)
    const named = await newRole(trusting(arnOf(B, 'dora')))
    const other = refusal('dora', named, undefined, B)
    await expect(house.assume(dora, named)).rejects.toMatchObject(other)
  })

  it('is not taken on by whom a policy denies it', async () => {
    const role = await newRole(trusting([arnOf(A, 'eve'), arnOf(A, 'anna')]))
    const eve = await house.user('eve', {
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: role },
    })
    await expect(house.assume(eve, role)).rejects.toMatchObject(refusal('eve', role))
  })

  it('that is not there is refused in the same words', async () => {
    const role = `arn:aws:iam::${B}:role/none`
    await expect(house.assume(anna, role)).rejects.toMatchObject(refusal('anna', role))
    const wrongPath = (await house.role('pathed', trusting(A), { Path: '/x/' })).replace('/x/', '/')
    await expect(house.assume(anna, wrongPath)).rejects.toMatchObject(refusal('anna', wrongPath))
  })

  it.each([
    'arn:aws:iam::111122223333:user/anna',
    'arn:aws-cn:iam::111122223333:role/ci',
    'arn:aws:iam::1111:role/ci-or-another',
  ])('has an ARN, and %s is none', async (arn) => {
    const refused = { name: 'ValidationError', message: `${arn} is invalid` }
    await expect(house.assume(anna, arn)).rejects.toMatchObject(refused)
  })

  it('is not taken on by root, nor by a session of root', async () => {
    const role = await newRole(trusting([A, B]))
    const session = await house.sts(rootKeys(A)).send(new GetSessionTokenCommand({}))
    for (const keys of [rootKeys(A), rootKeys(B), keysOf(session)]) {
      await expect(house.assume(keys, role)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: 'Roles may not be assumed by root accounts.',
      })
    }
  })

  it('whose trust policy is none trusts nobody', async () => {
    const Statement = [{ Effect: 'Perhaps', Principal: '*', Action: 'sts:AssumeRole' }]
    const role = await newRole(trusting(A))
    // As it might stand in a directory from before policies were checked.
    const { roles } = house.principals.account(A)
    const stored = roles.find(role.slice(role.lastIndexOf('/') + 1))!
    roles.put({
      ...stored,
      trustPolicy: { name: 'x', version: -1, text: JSON.stringify({ Statement }) },
    })
    await expect(house.assume(anna, role)).rejects.toMatchObject(refusal('anna', role))
  })
})

describe('a condition of a trust policy', () => {
  const cases: ReadonlyArray<[string, object, object, object]> = [
    ['sts:ExternalId', { StringEquals: { 'sts:ExternalId': 'x-1' } }, { ExternalId: 'x-1' }, {}],
    [
      'sts:ExternalId',
      { StringEquals: { 'sts:ExternalId': 'x-1' } },
      { ExternalId: 'x-1' },
      { ExternalId: 'x-2' },
    ],
    [
      'sts:RoleSessionName',
      { StringLike: { 'sts:RoleSessionName': 'dep*' } },
      {},
      { RoleSessionName: 'other' },
    ],
    [
      'aws:username',
      { StringEquals: { 'sts:RoleSessionName': `$\{aws:username}` } },
      { RoleSessionName: 'anna' },
      {},
    ],
    ['aws:PrincipalTag', { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }, {}, {}],
    ['aws:SecureTransport', { Bool: { 'aws:SecureTransport': 'false' } }, {}, {}],
    ['aws:SourceIp', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, {}, {}],
    ['aws:CurrentTime', { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, {}, {}],
    ['aws:PrincipalArn', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/anna' } }, {}, {}],
  ]

  it.each(cases)('may ask for %s', async (name, Condition, fitting, other) => {
    if (name === 'aws:PrincipalTag') {
      await house.iam('TagUser', { UserName: 'anna', Tags: [{ Key: 'team', Value: 'blue' }] })
    }
    const role = await newRole(trusting(A, { Condition }))
    expect(await house.who(keysOf(await house.assume(anna, role, fitting)))).toContain(
      ':assumed-role/',
    )
    if (JSON.stringify(other) === JSON.stringify(fitting)) return
    await expect(house.assume(anna, role, other)).rejects.toMatchObject(refusal('anna', role))
  })

  it('on aws:MultiFactorAuthPresent fits nobody: there is no MFA, and its codes are refused', async () => {
    const Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
    const role = await newRole(trusting(A, { Condition }))
    await expect(house.assume(anna, role)).rejects.toMatchObject(refusal('anna', role))
    const mfa = { SerialNumber: `arn:aws:iam::${A}:mfa/anna`, TokenCode: '123456' }
    const refused = { name: 'AccessDenied', message: expect.stringContaining('MultiFactorAuth') }
    await expect(house.assume(anna, role, mfa)).rejects.toMatchObject(refused)
  })
})

describe('a duration', () => {
  const seconds = ({
    Credentials,
  }: {
    Credentials?: { Expiration?: Date | undefined } | undefined
  }) => Math.round((Credentials!.Expiration!.getTime() - Date.now()) / 1000)

  it('is from 900 seconds to the longest of the role', async () => {
    const role = await newRole(trusting(A), { MaxSessionDuration: 7200 })
    for (const DurationSeconds of [900, 7200]) {
      const taken = seconds(await house.assume(anna, role, { DurationSeconds }))
      expect(Math.abs(taken - DurationSeconds)).toBeLessThan(300)
    }
    for (const DurationSeconds of [899, 43_201]) {
      const refused = {
        name: 'ValidationError',
        message: expect.stringContaining('durationSeconds'),
      }
      await expect(house.assume(anna, role, { DurationSeconds })).rejects.toMatchObject(refused)
    }
    await expect(house.assume(anna, role, { DurationSeconds: 7201 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    })
  })

  it('of a role that a session takes on is an hour at most', async () => {
    const next = await newRole(trusting(A), { MaxSessionDuration: 7200 })
    const first = await newRole(trusting(A))
    const RoleName = first.slice(first.lastIndexOf('/') + 1)
    const PolicyDocument = JSON.stringify(ASSUME)
    await house.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument })
    const role = keysOf(await house.assume(anna, first))
    const own = keysOf(await house.sts(anna).send(new GetSessionTokenCommand({})))
    for (const session of [role, own]) {
      expect(seconds(await house.assume(session, next))).toBeGreaterThan(3500)
      await expect(house.assume(session, next, { DurationSeconds: 3601 })).rejects.toMatchObject({
        name: 'ValidationError',
        message:
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      })
    }
  })
})

describe('the name of a session', () => {
  it.each(['a', 'x'.repeat(65), 'with space', 'slash/'])('is not %s', async (RoleSessionName) => {
    const role = `arn:aws:iam::${A}:role/ci`
    await expect(house.assume(anna, role, { RoleSessionName })).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("at 'roleSessionName' failed to satisfy constraint"),
    })
  })
})

describe('GetSessionToken', () => {
  it('gives a user and root sessions of their own, which are who they are', async () => {
    const user = await house
      .sts(anna)
      .send(new GetSessionTokenCommand({ DurationSeconds: 129_600 }))
    expect(await house.who(keysOf(user))).toBe(arnOf(A, 'anna'))
    const root = await house
      .sts(rootKeys(A))
      .send(new GetSessionTokenCommand({ DurationSeconds: 129_600 }))
    expect(await house.who(keysOf(root))).toBe(`arn:aws:iam::${A}:root`)
    const hours = (date: Date) => Math.round((date.getTime() - Date.now()) / 3_600_000)
    expect(hours(user.Credentials!.Expiration!)).toBe(36)
    expect(hours(root.Credentials!.Expiration!)).toBe(1)
    const keys = await house.kms(keysOf(root)).send(new ListKeysCommand({}))
    expect(keys.Keys).toEqual([])
  })

  it.each([899, 129_601])('lasts no %i seconds', async (DurationSeconds) => {
    const refused = house.sts(bob).send(new GetSessionTokenCommand({ DurationSeconds }))
    await expect(refused).rejects.toMatchObject({ name: 'ValidationError' })
  })

  it('is refused to sessions', async () => {
    const own = keysOf(await house.sts(anna).send(new GetSessionTokenCommand({})))
    const role = keysOf(await house.assume(anna, await newRole(trusting(A))))
    for (const keys of [own, role]) {
      const refused = house.sts(keys).send(new GetSessionTokenCommand({}))
      await expect(refused).rejects.toMatchObject({
        name: 'AccessDenied',
        message: 'Cannot call GetSessionToken with session credentials',
      })
    }
  })

  it('gives nothing that IAM takes, as there is no MFA', async () => {
    const own = keysOf(await house.sts(rootKeys(A)).send(new GetSessionTokenCommand({})))
    const command = new GetUserCommand({ UserName: 'anna' })
    await expect(house.iamClient(own).send(command)).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    expect((await house.iamClient(rootKeys(A)).send(command)).User?.UserName).toBe('anna')
  })
})

describe('an operation of STS that is not served', () => {
  it.each([
    'AssumeRoleWithWebIdentity',
    'AssumeRoleWithSAML',
    'DecodeAuthorizationMessage',
    'AssumeRoot',
    'GetAccessKeyInfo',
  ])('is refused by its name: %s', async (Action) => {
    expect(await house.query(anna, { Action })).toMatchObject({
      ...{ status: 400, code: 'InvalidAction' },
      message: `The operation ${Action} is not supported.`,
    })
  })
})
