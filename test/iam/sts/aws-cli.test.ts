/** `aws sts`, as somebody types it, and `aws` with what it gave. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findAwsCli, runAwsCli } from '../../http/aws-cli.js'
import { A, allow, type Keys, openStsHouse, REGION, type StsHouse, trusting } from './sts-house.js'

let aws: string
let house: StsHouse
let anna: Keys

beforeAll(async () => {
  aws = await findAwsCli()
  house = await openStsHouse()
  anna = await house.user('anna', allow('sts:*'))
})
afterAll(() => house.close())

function cli(line: string, { accessKeyId, secretAccessKey, sessionToken }: Keys) {
  return runAwsCli(aws, line.split(' '), {
    AWS_ENDPOINT_URL: house.server.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  })
}

async function json(line: string, keys: Keys) {
  const { exitCode, stdout, stderr } = await cli(line, keys)
  expect([exitCode, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

function keysOf({ Credentials }: { Credentials: Record<string, string> }): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials
  return {
    accessKeyId: AccessKeyId!,
    secretAccessKey: SecretAccessKey!,
    sessionToken: SessionToken!,
  }
}

describe('aws sts', () => {
  it('takes on a role, and is its session then', async () => {
    const Action = ['sts:AssumeRole', 'sts:TagSession']
    const role = await house.role('ci', trusting(A, { Action }))
    const line = `sts assume-role --role-arn ${role} --role-session-name me --duration-seconds 900`
    const output = await json(`${line} --external-id x-1 --tags Key=team,Value=blue`, anna)
    expect(output).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::${A}:assumed-role/ci/me` },
      PackedPolicySize: expect.any(Number),
    })
    expect(await json('sts get-caller-identity', keysOf(output))).toEqual({
      UserId: output.AssumedRoleUser.AssumedRoleId,
      Account: A,
      Arn: output.AssumedRoleUser.Arn,
    })
    const refused = await cli('iam list-users', keysOf(output))
    expect(refused.stderr).toContain('An error occurred (AccessDenied) when calling the ListUsers')
  })

  it('gets a session of its own', async () => {
    const output = await json('sts get-session-token --duration-seconds 900', anna)
    const me = await json('sts get-caller-identity', keysOf(output))
    expect(me.Arn).toBe(`arn:aws:iam::${A}:user/anna`)
    const refused = await cli('iam get-user', keysOf(output))
    expect(refused.stderr).toContain('An error occurred (InvalidClientTokenId)')
  })
})
