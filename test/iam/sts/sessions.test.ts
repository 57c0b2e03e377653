/** What a session is as long as it lasts, what ends it, and what is no session. */
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { principalOf } from '../../../src/service/deciding/principal.js'
import {
  A,
  allow,
  HOUR,
  type Keys,
  keysOf,
  MINUTE,
  openStsHouse,
  REGION,
  rootKeys,
  type StsHouse,
  trusting,
} from './sts-house.js'

let house: StsHouse
let anna: Keys
let role: string

beforeAll(async () => {
  house = await openStsHouse()
  anna = await house.user('anna', allow('sts:*'))
  role = await house.role('ci', trusting(A, { Action: ['sts:AssumeRole', 'sts:TagSession'] }))
})
afterAll(() => house.close())

async function newSession(more: object = {}, of = role): Promise<Keys> {
  return keysOf(await house.assume(anna, of, more))
}

async function ownSession(keys = anna): Promise<Keys> {
  return keysOf(await house.sts(keys).send(new GetSessionTokenCommand({})))
}

function policiesOf(keys: Keys) {
  const caller = house.find(keys.accessKeyId, keys.sessionToken)?.caller(REGION)
  return caller && principalOf(caller)?.policies
}

const WHO = { Action: 'GetCallerIdentity' }
const NOBODY = {
  name: 'InvalidClientTokenId',
  message: 'The security token included in the request is invalid.',
}
const INVALID = { status: 403, code: NOBODY.name, message: NOBODY.message }

describe('a session token', () => {
  it('must be there', async () => {
    const { sessionToken: _, ...keys } = await newSession()
    await expect(house.who(keys)).rejects.toMatchObject(NOBODY)
    await expect(house.kms(keys).send(new ListKeysCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    })
  })

  it('must be signed', async () => {
    const { sessionToken, ...keys } = await newSession()
    const add = (headers: Record<string, string>) => {
      headers['x-amz-security-token'] = sessionToken!
    }
    expect(await house.query(keys, WHO, add)).toEqual({
      ...{ status: 403, code: 'SignatureDoesNotMatch' },
      message: "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
    })
    expect(await house.query({ ...keys, sessionToken: sessionToken! }, WHO)).toMatchObject({
      status: 200,
    })
  })

  it('must be the one that was signed', async () => {
    const [one, other] = [await newSession(), await newSession()]
    const swap = (headers: Record<string, string>) => {
      headers['x-amz-security-token'] = other.sessionToken!
    }
    expect(await house.query(one, WHO, swap)).toEqual(INVALID)
    // Also of the same session, in another spelling.
    const spell = (headers: Record<string, string>) => {
      headers['x-amz-security-token'] += '='
    }
    expect(await house.query(one, WHO, spell)).toEqual(INVALID)
  })

  it('belongs to its access key', async () => {
    const [one, other] = [await newSession(), await newSession()]
    const swapped = [
      { ...one, sessionToken: other.sessionToken! },
      { ...one, accessKeyId: other.accessKeyId },
      { ...anna, sessionToken: one.sessionToken! },
      { ...rootKeys(A), sessionToken: one.sessionToken! },
    ]
    for (const keys of swapped) expect(await house.query(keys, WHO)).toEqual(INVALID)
    const wrongSecret = { ...one, secretAccessKey: other.secretAccessKey }
    expect((await house.query(wrongSecret, WHO)).code).toBe('SignatureDoesNotMatch')
  })

  it('is nothing when it is cut, changed or made up, however often its session was used', async () => {
    const keys = await newSession()
    expect((await house.query(keys, WHO)).status).toBe(200)
    const token = keys.sessionToken!
    const changed = [
      token.slice(0, -4),
      token.slice(4),
      `${token.slice(0, 200)}${token[200] === 'A' ? 'B' : 'A'}${token.slice(201)}`,
      'AAAA',
      'x'.repeat(7000),
      Buffer.alloc(4192).toString('base64url'),
    ]
    for (const sessionToken of changed) {
      expect(await house.query({ ...keys, sessionToken }, WHO)).toEqual(INVALID)
    }
    expect((await house.query(keys, WHO)).status).toBe(200)
  })

  it('of another root key is nothing', async () => {
    const other = await openStsHouse()
    const dora = await other.user('dora', allow('sts:*'))
    const theirs = await other.assume(dora, await other.role('ci', trusting(A)))
    expect(await other.query(keysOf(theirs), WHO)).toMatchObject({ status: 200 })
    await other.close()
    expect(await house.query(keysOf(theirs), WHO)).toEqual(INVALID)
  })
})

describe('a session', () => {
  it('is who it is for many calls, and in every partition', async () => {
    const keys = await newSession()
    for (let i = 0; i < 5; i++) {
      expect(await house.who(keys)).toBe(`arn:aws:sts::${A}:assumed-role/ci/deploy`)
    }
    const credential = house.find(keys.accessKeyId, keys.sessionToken)
    expect(house.find(keys.accessKeyId, keys.sessionToken)).toBe(credential)
    expect(credential?.caller('cn-north-1').identity).toMatchObject({
      arn: `arn:aws-cn:sts::${A}:assumed-role/ci/deploy`,
      sessionContext: { sessionIssuer: { arn: `arn:aws-cn:iam::${A}:role/ci` } },
    })
  })

  it('lasts through a start', async () => {
    const [keys, own, root] = [
      await newSession(),
      await ownSession(),
      await ownSession(rootKeys(A)),
    ]
    const before = await Promise.all([keys, own, root].map((one) => house.who(one)))
    house = await house.reopen()
    expect(await Promise.all([keys, own, root].map((one) => house.who(one)))).toEqual(before)
  })

  it('may what its role may at each call', async () => {
    const RoleName = 'changing'
    const keys = await newSession({}, await house.role(RoleName, trusting(A)))
    expect(policiesOf(keys)).toMatchObject({ identityPolicies: [], tags: [], boundary: undefined })
    expect(policiesOf(keys)?.sessionPolicies).toBeUndefined()
    const before = policiesOf(keys)
    expect(policiesOf(keys)).toBe(before)
    const PolicyDocument = JSON.stringify(allow('kms:Decrypt'))
    await house.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument })
    expect(policiesOf(keys)?.identityPolicies).toMatchObject([{ text: PolicyDocument }])
    await house.iam('DeleteRolePolicy', { RoleName, PolicyName: 'p' })
    expect(policiesOf(keys)?.identityPolicies).toEqual([])
  })

  it('is limited by the policies that were passed, as these are at each call', async () => {
    const Policy = JSON.stringify(allow('kms:Encrypt'))
    const PolicyDocument = JSON.stringify(allow('kms:Decrypt'))
    const made = await house.iam('CreatePolicy', { PolicyName: 'limit', PolicyDocument })
    const { Arn: arn } = made.Policy as { Arn: string }
    const keys = await newSession({ Policy, PolicyArns: [{ arn }] })
    const texts = () => policiesOf(keys)?.sessionPolicies?.map(({ text }) => text)
    expect(texts()).toEqual([Policy, PolicyDocument])
    const again = policiesOf(keys)?.sessionPolicies
    expect(policiesOf(keys)?.sessionPolicies).toBe(again)
    const changed = JSON.stringify(allow('kms:Sign'))
    const version = { PolicyArn: arn, PolicyDocument: changed, SetAsDefault: true }
    await house.iam('CreatePolicyVersion', version)
    expect(texts()).toEqual([Policy, changed])
    await house.iam('DeletePolicyVersion', { PolicyArn: arn, VersionId: 'v1' })
    const only = await newSession({ PolicyArns: [{ arn }] })
    await house.iam('DeletePolicy', { PolicyArn: arn })
    expect(texts()).toEqual([Policy])
    expect(policiesOf(only)?.sessionPolicies).toEqual([])
  })

  it('ends with its role, and another role of the same name is another', async () => {
    const RoleName = 'short'
    const keys = await newSession({}, await house.role(RoleName, trusting(A)))
    expect(await house.who(keys)).toContain('assumed-role/short')
    await house.iam('DeleteRole', { RoleName })
    await expect(house.who(keys)).rejects.toMatchObject(NOBODY)
    await house.role(RoleName, trusting(A))
    await expect(house.who(keys)).rejects.toMatchObject(NOBODY)
  })

  it('of a user ends with him, not with the access key that made it, and has his name', async () => {
    const UserName = 'paul'
    const keys = await house.user(UserName)
    const own = await ownSession(keys)
    await house.iam('DeleteAccessKey', { UserName, AccessKeyId: keys.accessKeyId })
    expect(await house.who(own)).toBe(`arn:aws:iam::${A}:user/paul`)
    await house.iam('UpdateUser', { UserName, NewUserName: 'paula', NewPath: '/x/' })
    expect(await house.who(own)).toBe(`arn:aws:iam::${A}:user/x/paula`)
    await house.iam('DeleteUser', { UserName: 'paula' })
    await expect(house.who(own)).rejects.toMatchObject(NOBODY)
  })
})

describe('the end of a session', () => {
  it('is told by the names that AWS has for it', async () => {
    const keys = await newSession({ DurationSeconds: 900 })
    expect(await house.who(keys)).toContain('assumed-role')
    house.clock.pass(15 * MINUTE - 5000)
    expect(await house.who(keys)).toContain('assumed-role')
    house.clock.pass(5000)
    const message = 'The security token included in the request is expired'
    await expect(house.who(keys)).rejects.toMatchObject({ name: 'ExpiredToken', message })
    expect(await house.query(keys, WHO)).toEqual({ status: 403, code: 'ExpiredToken', message })
    const refused = house.kms(keys).send(new ListKeysCommand({}))
    await expect(refused).rejects.toMatchObject({
      ...{ name: 'ExpiredTokenException', message, $metadata: { httpStatusCode: 400 } },
    })
  })

  it('does not come later because a clock is set back', async () => {
    const keys = await newSession({ DurationSeconds: 900 })
    house.clock.pass(10 * MINUTE)
    house.clock.set(-10 * MINUTE)
    expect((await house.query(keys, WHO)).status).toBe(200)
    house.clock.pass(5 * MINUTE)
    expect((await house.query(keys, WHO)).code).toBe('ExpiredToken')
    house.clock.set(10 * MINUTE)
  })

  it('is not put off by a start under a clock from before its beginning', async () => {
    const keys = await newSession()
    house.clock.set(-HOUR)
    house = await house.reopen()
    expect(await house.query(keys, WHO)).toEqual(INVALID)
    house.clock.set(HOUR)
    house = await house.reopen()
    expect((await house.query(keys, WHO)).status).toBe(200)
  })

  it('comes by a clock that is set ahead, until it is set right again', async () => {
    const keys = await newSession()
    house.clock.set(2 * HOUR)
    expect((await house.query(keys, WHO)).code).toBe('ExpiredToken')
    house.clock.set(-2 * HOUR)
    expect((await house.query(keys, WHO)).status).toBe(200)
  })
})
