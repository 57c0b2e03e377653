/** The records that temporary credentials leave: who they are of, and no secret. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { afterAll, assert, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../support/serve.js'
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

const temporary = temporaryFolder('sts-records')
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

let house: StsHouse
let anna: Keys
let role: string

beforeAll(async () => {
  house = await openStsHouse(temporary.path)
  anna = await house.user('anna', allow('sts:*'), B)
  role = await house.role('ci', trusting(B), { Path: '/build/' })
})
afterAll(async () => {
  await house.close()
  temporary.remove()
})

async function lastRecord(eventName: string) {
  return (await house.records(eventName)).at(-1)!
}

describe('the record of AssumeRole', () => {
  it('says who took on what, and shows the credentials but for their secret', async () => {
    const input = { DurationSeconds: 900, ExternalId: 'x-1', RoleSessionName: 'nightly' }
    const { Credentials, AssumedRoleUser } = await house.assume(anna, role, input)
    const [record, theirs] = (await house.records('AssumeRole')).slice(-2)
    assert(record !== undefined && theirs !== undefined)
    expect(record).toMatchObject({
      readOnly: true,
      userIdentity: { type: 'IAMUser', userName: 'anna' },
    })
    expect(record.requestParameters).toEqual({
      ...{ roleArn: role, roleSessionName: 'nightly', durationSeconds: 900, externalId: 'x-1' },
    })
    expect(record.responseElements).toEqual({
      credentials: {
        accessKeyId: Credentials!.AccessKeyId,
        sessionToken: Credentials!.SessionToken,
        expiration: expect.stringMatching(/^[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d:\d\d [AP]M$/),
      },
      assumedRoleUser: { assumedRoleId: AssumedRoleUser!.AssumedRoleId, arn: AssumedRoleUser!.Arn },
    })
    expect(record.resources).toEqual([{ accountId: A, type: 'AWS::IAM::Role', ARN: role }])
    // The account of the role has one too, which knows the caller's account.
    expect(record).toMatchObject({ recipientAccountId: B, sharedEventID: theirs.sharedEventID })
    expect(theirs).toMatchObject({
      ...{ recipientAccountId: A, userIdentity: { type: 'AWSAccount', accountId: B } },
      responseElements: record.responseElements,
    })
  })

  it('of a refusal names no resource and shows no answer', async () => {
    const refused = house.assume(anna, `${role}x`)
    await expect(refused).rejects.toMatchObject({ name: 'AccessDenied' })
    const record = await lastRecord('AssumeRole')
    expect(record.errorCode).toMatch(/^AccessDenied/)
    expect([record.resources, record.responseElements]).toEqual([undefined, null])
  })
})

describe('the record of a call', () => {
  it('by a session of a role says which, and whose it is', async () => {
    const output = await house.assume(anna, role)
    const keys = keysOf(output)
    await expect(house.kms(keys).send(new ListKeysCommand({}))).rejects.toThrow()
    const id = output.AssumedRoleUser!.AssumedRoleId!
    expect((await lastRecord('ListKeys')).userIdentity).toEqual({
      type: 'AssumedRole',
      principalId: id,
      arn: `arn:aws:sts::${A}:assumed-role/ci/deploy`,
      accountId: A,
      accessKeyId: keys.accessKeyId,
      sessionContext: {
        sessionIssuer: {
          ...{
            type: 'Role',
            principalId: id.split(':')[0],
            arn: role,
            accountId: A,
            userName: 'ci',
          },
        },
        attributes: { creationDate: expect.stringMatching(TIME), mfaAuthenticated: 'false' },
      },
    })
  })

  it('by a session of a user or root is theirs, with when it began', async () => {
    const sessionContext = {
      attributes: { creationDate: expect.stringMatching(TIME), mfaAuthenticated: 'false' },
    }
    for (const keys of [anna, rootKeys(A)]) {
      const session = keysOf(await house.sts(keys).send(new GetSessionTokenCommand({})))
      await house.who(keys)
      const { userIdentity } = await lastRecord('GetCallerIdentity')
      await house.who(session)
      const { accessKeyId } = session
      const expected = { ...userIdentity, accessKeyId, sessionContext }
      expect((await lastRecord('GetCallerIdentity')).userIdentity).toEqual(expected)
    }
  })
})

describe('a secret of temporary credentials', () => {
  it('is in no file', async () => {
    const { secretAccessKey } = keysOf(await house.assume(anna, role))
    const own = keysOf(await house.sts(anna).send(new GetSessionTokenCommand({})))
    const data = join(temporary.path, 'data')
    const files = readdirSync(data, { recursive: true, withFileTypes: true })
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    expect(texts.some((text) => text.includes(own.accessKeyId))).toBe(true)
    for (const secret of [secretAccessKey, own.secretAccessKey]) {
      expect(texts.some((text) => text.includes(secret))).toBe(false)
    }
  })
})
