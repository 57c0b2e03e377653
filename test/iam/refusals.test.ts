/** What IAM refuses, by raw requests of the query protocol: status, name and text; and the form of its answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, IAM_ARN, IamHouse, POLICY, TRUST, VERSION } from './iam-house.js'

let house: IamHouse

beforeAll(async () => {
  house = await IamHouse.open()
  for (const [operation, parameters] of [
    ['CreatePolicy', { PolicyName: 'there', PolicyDocument: POLICY }],
    ['CreateUser', { UserName: 'there' }],
    ['CreateRole', { RoleName: 'there', AssumeRolePolicyDocument: TRUST }],
    ['PutUserPolicy', { UserName: 'there', PolicyName: 'p', PolicyDocument: POLICY }],
    ['AttachRolePolicy', { RoleName: 'there', PolicyArn: `${IAM_ARN}:policy/there` }],
  ] as const) {
    expect(await house.query(operation, parameters)).toMatchObject({ status: 200 })
  }
})
afterAll(() => house.remove())

const long = (characters: number) =>
  POLICY.replace('kms:*', `kms:${'x'.repeat(characters - POLICY.length + 1)}`)
const tags = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }).flatMap((_, i) => [
      [`Tags.member.${i + 1}.Key`, `k${i}`],
      [`Tags.member.${i + 1}.Value`, ''],
    ]),
  )
const THERE = { UserName: 'there' }
const POLICY_ARN = `${IAM_ARN}:policy/there`
const NO_ARN = `${IAM_ARN}:policy/nowhere`

type Refusal = [
  what: string,
  operation: string,
  parameters: Record<string, string>,
  status: number,
  code: string,
  message: string | RegExp,
]

// biome-ignore format: a row is a refusal
const REFUSALS: Refusal[] = [
  ['a user who is not there', 'GetUser', { UserName: 'x' }, 404, 'NoSuchEntity', 'The user with name x cannot be found.'],
  ['a user in another case', 'GetUser', { UserName: 'THERE' }, 404, 'NoSuchEntity', 'The user with name THERE cannot be found.'],
  ['a role that is not there', 'GetRole', { RoleName: 'x' }, 404, 'NoSuchEntity', 'The role with name x cannot be found.'],
  ['a policy that is not there', 'GetPolicy', { PolicyArn: NO_ARN }, 404, 'NoSuchEntity', `Policy ${NO_ARN} was not found.`],
  ['a policy of AWS', 'GetPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }, 404, 'NoSuchEntity', 'Policy arn:aws:iam::aws:policy/AdministratorAccess was not found.'],
  ['a policy on another path', 'GetPolicy', { PolicyArn: `${IAM_ARN}:policy/p/there` }, 404, 'NoSuchEntity', `Policy ${IAM_ARN}:policy/p/there was not found.`],
  ['no ARN', 'GetPolicy', { PolicyArn: 'something-that-is-none' }, 400, 'InvalidInput', 'ARN something-that-is-none is not valid.'],
  ['an ARN of another partition', 'GetPolicy', { PolicyArn: POLICY_ARN.replace('aws', 'aws-cn') }, 400, 'InvalidInput', /is not valid/],
  ['a policy of another account', 'GetPolicy', { PolicyArn: POLICY_ARN.replace(ACCOUNT, '444455556666') }, 403, 'AccessDenied', /is not authorized to perform: iam:GetPolicy on resource: policy arn:aws:iam::444455556666:policy\/there/],
  ['a version that is not there', 'GetPolicyVersion', { PolicyArn: POLICY_ARN, VersionId: 'v2' }, 404, 'NoSuchEntity', `Policy ${POLICY_ARN} version v2 does not exist or is not attachable.`],
  ['a version that is none', 'GetPolicyVersion', { PolicyArn: POLICY_ARN, VersionId: '1' }, 400, 'ValidationError', /versionId/],
  ['an inline policy that is not there', 'GetUserPolicy', { ...THERE, PolicyName: 'x' }, 404, 'NoSuchEntity', 'The user policy with name x cannot be found.'],
  ['to delete one that is not there', 'DeleteRolePolicy', { RoleName: 'there', PolicyName: 'x' }, 404, 'NoSuchEntity', 'The role policy with name x cannot be found.'],
  ['to attach what is not there', 'AttachUserPolicy', { ...THERE, PolicyArn: NO_ARN }, 404, 'NoSuchEntity', `Policy ${NO_ARN} does not exist or is not attachable.`],
  ['to detach what is not attached', 'DetachUserPolicy', { ...THERE, PolicyArn: POLICY_ARN }, 404, 'NoSuchEntity', `Policy ${POLICY_ARN} was not found.`],
  ['a boundary that is not there', 'PutUserPermissionsBoundary', { ...THERE, PermissionsBoundary: NO_ARN }, 404, 'NoSuchEntity', `Scope ARN: ${NO_ARN} does not exist or is not attachable.`],
  ['an access key that is not there', 'DeleteAccessKey', { ...THERE, AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, 404, 'NoSuchEntity', 'The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.'],
  ['a status that nobody sets', 'UpdateAccessKey', { ...THERE, AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Status: 'Expired' }, 400, 'ValidationError', /Active or Inactive/],
  ['access keys of root', 'CreateAccessKey', {}, 400, 'ValidationError', 'Must specify userName when calling with non-User credentials'],
  ['a user who is there, in any case', 'CreateUser', { UserName: 'There' }, 409, 'EntityAlreadyExists', 'User with name There already exists.'],
  ['a role that is there', 'CreateRole', { RoleName: 'there', AssumeRolePolicyDocument: TRUST }, 409, 'EntityAlreadyExists', 'Role with name there already exists.'],
  ['a policy that is there, on another path', 'CreatePolicy', { PolicyName: 'there', Path: '/p/', PolicyDocument: POLICY }, 409, 'EntityAlreadyExists', 'A policy called there already exists. Duplicate names are not allowed.'],
  ['to delete a user with policies', 'DeleteUser', THERE, 409, 'DeleteConflict', 'Cannot delete entity, must delete policies first.'],
  ['to delete a role with policies', 'DeleteRole', { RoleName: 'there' }, 409, 'DeleteConflict', 'Cannot delete entity, must detach all policies first.'],
  ['a policy that is no JSON', 'CreatePolicy', { PolicyName: 'x', PolicyDocument: '{' }, 400, 'MalformedPolicyDocument', 'Syntax errors in policy.'],
  ['a policy without statements', 'PutUserPolicy', { ...THERE, PolicyName: 'x', PolicyDocument: '{}' }, 400, 'MalformedPolicyDocument', 'Syntax errors in policy.'],
  ['a policy that is a list', 'CreatePolicyVersion', { PolicyArn: POLICY_ARN, PolicyDocument: '[]' }, 400, 'MalformedPolicyDocument', 'Syntax errors in policy.'],
  ['a statement that is a text', 'CreatePolicy', { PolicyName: 'x', PolicyDocument: '{"Statement":["x"]}' }, 400, 'MalformedPolicyDocument', 'Syntax errors in policy.'],
  ['trust that is no JSON', 'CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: 'x' }, 400, 'MalformedPolicyDocument', 'This policy contains invalid Json'],
  ['trust that becomes no JSON', 'UpdateAssumeRolePolicy', { RoleName: 'there', PolicyDocument: '{"a":1,}' }, 400, 'MalformedPolicyDocument', 'This policy contains invalid Json'],
  ['a managed policy of 6,145 characters', 'CreatePolicy', { PolicyName: 'x', PolicyDocument: long(6145) }, 409, 'LimitExceeded', 'Cannot exceed quota for PolicySize: 6144'],
  ['inline policies of 2,049 characters', 'PutUserPolicy', { ...THERE, PolicyName: 'x', PolicyDocument: long(2049 - POLICY.length) }, 409, 'LimitExceeded', 'Maximum policy size of 2048 bytes exceeded for user there'],
  ['inline policies of 10,241 characters', 'PutRolePolicy', { RoleName: 'there', PolicyName: 'x', PolicyDocument: long(10_241) }, 409, 'LimitExceeded', 'Maximum policy size of 10240 bytes exceeded for role there'],
  ['trust of 2,049 characters', 'UpdateAssumeRolePolicy', { RoleName: 'there', PolicyDocument: long(2049) }, 409, 'LimitExceeded', 'Cannot exceed quota for ACLSizePerRole: 2048'],
  ['51 tags at once', 'CreateUser', { UserName: 'x', ...tags(51) }, 400, 'ValidationError', /tags' failed to satisfy constraint: Member must have length less than or equal to 50/],
  ['two tags of one key', 'TagUser', { ...THERE, ...tags(1), 'Tags.member.2.Key': 'K0', 'Tags.member.2.Value': '' }, 400, 'InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'],
  ['a tag of AWS', 'TagUser', { ...THERE, 'Tags.member.1.Key': 'aws:x', 'Tags.member.1.Value': '' }, 400, 'InvalidInput', /reserved/],
  ['a tag with other characters', 'TagUser', { ...THERE, 'Tags.member.1.Key': 'a#b', 'Tags.member.1.Value': '' }, 400, 'ValidationError', /regular expression/],
  ['a tag without a value', 'TagUser', { ...THERE, 'Tags.member.1.Key': 'a' }, 400, 'ValidationError', /must not be null/],
  ['a name with a slash', 'CreateUser', { UserName: 'a/b' }, 400, 'ValidationError', /1 validation error detected: Value 'a\/b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: /],
  ['a name of 65 characters', 'CreateUser', { UserName: 'x'.repeat(65) }, 400, 'ValidationError', /length less than or equal to 64/],
  ['no name', 'CreateUser', {}, 400, 'ValidationError', "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"],
  ['a path without its last slash', 'CreateUser', { UserName: 'x', Path: '/a' }, 400, 'ValidationError', /'path'/],
  ['a path with a space', 'CreateRole', { RoleName: 'x', Path: '/a b/', AssumeRolePolicyDocument: TRUST }, 400, 'ValidationError', /'path'/],
  ['a session of a day', 'CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: TRUST, MaxSessionDuration: '86400' }, 400, 'ValidationError', /value less than or equal to 43200/],
  ['a NUL', 'CreatePolicy', { PolicyName: 'x', PolicyDocument: POLICY, Description: '\0' }, 400, 'ValidationError', /NUL/],
  ['a number that is none', 'ListUsers', { MaxItems: 'many' }, 400, 'MalformedInput', /STRING_VALUE cannot be converted to Integer/],
  ['a page of 1,001', 'ListUsers', { MaxItems: '1001' }, 400, 'ValidationError', /less than or equal to 1000/],
  ['a marker of nobody', 'ListUsers', { Marker: 'x' }, 400, 'ValidationError', 'The marker is not valid.'],
  ['an operation that is not served', 'CreateLoginProfile', { UserName: 'x' }, 400, 'InvalidAction', 'The operation CreateLoginProfile is not supported.'],
  ['an operation that is not there', 'Create', {}, 400, 'InvalidAction', `Could not find operation Create for version ${VERSION}`],
  ['an operation of STS', 'GetCallerIdentity', {}, 400, 'InvalidAction', `Could not find operation GetCallerIdentity for version ${VERSION}`],
  ['another version', 'ListUsers', { Version: '2011-06-15' }, 400, 'InvalidAction', 'Could not find operation ListUsers for version 2011-06-15'],
]

describe('IAM', () => {
  it.each(REFUSALS)('refuses %s', async (_what, operation, parameters, status, code, message) => {
    const reply = await house.query(operation, parameters)
    expect([reply.status, reply.code]).toEqual([status, code])
    const text = reply.message!.replaceAll('&lt;', '<').replaceAll('&amp;', '&')
    if (typeof message === 'string') expect(text).toBe(message)
    else expect(text).toMatch(message)
  })

  it('has changed nothing with all that', async () => {
    const { text } = await house.query('GetAccountAuthorizationDetails')
    expect(text.match(/<(User|Role|Policy)Name>/g)).toHaveLength(5)
  })

  it('records every refusal of an operation, by the names that CloudTrail has', async () => {
    const last = async (operation: string) => (await house.records(operation)).at(-1)
    await house.query('DeleteUser', THERE)
    expect(await last('DeleteUser')).toMatchObject({
      ...{ eventSource: 'iam.amazonaws.com', awsRegion: 'us-east-1', readOnly: false },
      ...{ errorCode: 'DeleteConflictException', requestParameters: { userName: 'there' } },
      errorMessage: 'Cannot delete entity, must delete policies first.',
      responseElements: null,
    })
    await house.query('GetUser', { UserName: 'x' })
    expect(await last('GetUser')).toMatchObject({
      ...{ errorCode: 'NoSuchEntityException', readOnly: true },
    })
  })
})

describe('an answer of IAM', () => {
  it('is XML in its namespace, with a result where there is one', async () => {
    const got = await house.query('GetUser', THERE)
    expect(got.text).toMatch(
      /^<GetUserResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><GetUserResult><User><Path>\/<\/Path><UserName>there<\/UserName><UserId>AIDA\w{17}<\/UserId><Arn>arn:aws:iam::111122223333:user\/there<\/Arn><CreateDate>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/CreateDate><\/User><\/GetUserResult><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/GetUserResponse>$/,
    )
    const tagged = await house.query('TagUser', { ...THERE, ...tags(1) })
    expect(tagged.text).toMatch(
      /^<TagUserResponse xmlns="[^"]+"><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/TagUserResponse>$/,
    )
  })

  it('is JSON where that is asked for', async () => {
    const { text } = await house.query('GetUser', THERE, { accept: 'application/json' })
    expect(JSON.parse(text)).toMatchObject({
      GetUserResponse: { GetUserResult: { User: { UserName: 'there' } } },
    })
  })
})

describe('the door of IAM', () => {
  it('is chosen by the service that is signed for', async () => {
    const parameters = { Version: '2011-06-15' }
    const own = await house.query('GetCallerIdentity', parameters, { service: 'sts' })
    expect([own.status, own.text]).toEqual([
      200,
      expect.stringContaining('GetCallerIdentityResult'),
    ])
    const other = await house.query('ListUsers', {}, { service: 'sts' })
    expect([other.status, other.code]).toEqual([400, 'InvalidAction'])
  })

  it('is chosen by the version where nothing is signed', async () => {
    const response = await fetch(`${house.server.url}/?Action=ListUsers&Version=${VERSION}`)
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining('iam.amazonaws.com/doc/2010-05-08'),
    ])
  })
})

describe('quotas', () => {
  it('are ten attached policies', async () => {
    for (let i = 0; i <= 10; i++) {
      await house.query('CreatePolicy', { PolicyName: `q${i}`, PolicyDocument: POLICY })
      const attach = { ...THERE, PolicyArn: `${IAM_ARN}:policy/q${i}` }
      const reply = await house.query('AttachUserPolicy', attach)
      if (i < 10) expect(reply.status).toBe(200)
      else expect(reply.message).toBe('Cannot exceed quota for PoliciesPerUser: 10')
    }
  })

  it('are fifty tags', async () => {
    await house.query('CreateUser', { UserName: 'tagged', ...tags(50) })
    const more = { 'Tags.member.1.Key': 'K49', 'Tags.member.1.Value': 'again' }
    expect(await house.query('TagUser', { UserName: 'tagged', ...more })).toMatchObject({
      status: 200,
    })
    const one = { 'Tags.member.1.Key': 'one more', 'Tags.member.1.Value': '' }
    expect(await house.query('TagUser', { UserName: 'tagged', ...one })).toMatchObject({
      ...{ status: 409, code: 'LimitExceeded' },
      message: 'The number of tags has reached the maximum limit.',
    })
  })

  it('measure policies without white space', async () => {
    const spaced = long(6144).replace('{', `{${' \n\t'.repeat(2000)}`)
    const input = { PolicyName: 'spaced', PolicyDocument: spaced }
    expect((await house.query('CreatePolicy', input)).status).toBe(200)
  })
})
