/** SimulatePrincipalPolicy, SimulateCustomPolicy, and the condition keys that they need. */
import * as aws from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, IAM_ARN, IamHouse, type Keys, TRUST } from './iam-house.js'

let house: IamHouse
let iam: aws.IAMClient
let anna: Keys

const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const ANNA = `${IAM_ARN}:user/dev/anna`
const MANY = Array.from({ length: 71 }, () => '*')
const OTHER = '444455556666'

function policy(Action: string | string[], more: object = {}): string {
  const statement = { Effect: 'Allow', Action, Resource: '*', ...more }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

beforeAll(async () => {
  house = await IamHouse.open()
  iam = house.iam()
  await iam.send(new aws.CreateUserCommand({ UserName: 'anna', Path: '/dev/' }))
  const { AccessKey } = await iam.send(new aws.CreateAccessKeyCommand({ UserName: 'anna' }))
  const { AccessKeyId, SecretAccessKey } = AccessKey!
  anna = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
  const inline = { UserName: 'anna', PolicyName: 'in', PolicyDocument: policy('kms:Decrypt') }
  await iam.send(new aws.PutUserPolicyCommand(inline))
  const managed = { PolicyName: 'managed', PolicyDocument: policy('kms:Encrypt') }
  const { Policy } = await iam.send(new aws.CreatePolicyCommand(managed))
  const attach = { UserName: 'anna', PolicyArn: Policy!.Arn! }
  await iam.send(new aws.AttachUserPolicyCommand(attach))
  await iam.send(new aws.CreateGroupCommand({ GroupName: 'g' }))
  const no = policy('kms:Encrypt', { Effect: 'Deny', Resource: KEY })
  const group = { GroupName: 'g', PolicyName: 'no', PolicyDocument: no }
  await iam.send(new aws.PutGroupPolicyCommand(group))
  await iam.send(new aws.AddUserToGroupCommand({ GroupName: 'g', UserName: 'anna' }))
  await iam.send(new aws.CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: TRUST }))
})
afterAll(() => house.remove())

async function principal(more: Partial<aws.SimulatePrincipalPolicyCommandInput>) {
  const input = { PolicySourceArn: ANNA, ActionNames: ['kms:Decrypt'], ...more }
  return (await iam.send(new aws.SimulatePrincipalPolicyCommand(input))).EvaluationResults!
}

async function custom(
  PolicyInputList: string[],
  more: Partial<aws.SimulateCustomPolicyCommandInput> = {},
) {
  const input = { PolicyInputList, ActionNames: ['kms:Decrypt'], ...more }
  return (await iam.send(new aws.SimulateCustomPolicyCommand(input))).EvaluationResults!
}

function entry(
  ContextKeyName: string,
  value: string,
  ContextKeyType: aws.ContextKeyTypeEnum,
): aws.ContextEntry {
  return { ContextKeyName, ContextKeyValues: [value], ContextKeyType }
}

async function decision(...given: Parameters<typeof custom>) {
  return (await custom(...given))[0]!.EvalDecision
}

describe('a simulation of a principal', () => {
  it('asks his policies, and those of his groups', async () => {
    const ActionNames = ['kms:Decrypt', 'kms:Encrypt', 'kms:DisableKey']
    const results = await principal({ ActionNames, ResourceArns: [KEY] })
    expect(
      results.map((one) => [one.EvalActionName, one.EvalDecision, one.MatchedStatements]),
    ).toEqual([
      ['kms:Decrypt', 'allowed', [{ SourcePolicyId: 'user_anna_in', SourcePolicyType: 'user' }]],
      [
        'kms:Encrypt',
        'explicitDeny',
        [{ SourcePolicyId: 'group_g_no', SourcePolicyType: 'group' }],
      ],
      ['kms:DisableKey', 'implicitDeny', []],
    ])
  })

  it('tells of each resource, and of all together what is strictest', async () => {
    const another = KEY.replace('1234abcd', 'abcd1234')
    const input = { ActionNames: ['kms:Encrypt'], ResourceArns: [another, KEY] }
    const [result] = await principal(input)
    expect(result).toEqual({
      ...{ EvalActionName: 'kms:Encrypt', EvalResourceName: '*', EvalDecision: 'explicitDeny' },
      MatchedStatements: [{ SourcePolicyId: 'group_g_no', SourcePolicyType: 'group' }],
      MissingContextValues: [],
      ResourceSpecificResults: [
        {
          ...{ EvalResourceName: another, EvalResourceDecision: 'allowed' },
          MatchedStatements: [{ SourcePolicyId: 'managed', SourcePolicyType: 'user-managed' }],
          MissingContextValues: [],
        },
        {
          ...{ EvalResourceName: KEY, EvalResourceDecision: 'explicitDeny' },
          MatchedStatements: [{ SourcePolicyId: 'group_g_no', SourcePolicyType: 'group' }],
          MissingContextValues: [],
        },
      ],
    })
  })

  it('asks more policies, where they are given, and a boundary in place of his own', async () => {
    const more = { PolicyInputList: [policy('kms:DisableKey')], ActionNames: ['kms:DisableKey'] }
    expect((await principal(more))[0]).toMatchObject({
      EvalDecision: 'allowed',
      EvalResourceName: '*',
      MatchedStatements: [{ SourcePolicyId: 'PolicyInputList.1', SourcePolicyType: 'none' }],
    })
    const boundary = { PermissionsBoundaryPolicyInputList: [policy('kms:Encrypt')] }
    expect((await principal({ ...more, ...boundary }))[0]).toMatchObject({
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    })
    const PermissionsBoundary = `${IAM_ARN}:policy/managed`
    const own = { UserName: 'anna', PermissionsBoundary }
    await iam.send(new aws.PutUserPermissionsBoundaryCommand(own))
    const results = await principal({ ActionNames: ['kms:Decrypt', 'kms:Encrypt'] })
    await iam.send(new aws.DeleteUserPermissionsBoundaryCommand({ UserName: 'anna' }))
    expect(results).toMatchObject([
      {
        EvalDecision: 'implicitDeny',
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
      {
        EvalDecision: 'allowed',
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
      },
    ])
  })

  it('is one of a group or a role, too', async () => {
    const ofGroup = { PolicySourceArn: `${IAM_ARN}:group/g`, ActionNames: ['kms:Encrypt'] }
    const denied = await principal({ ...ofGroup, ResourceArns: [KEY] })
    expect(denied[0]!.EvalDecision).toBe('explicitDeny')
    const ofRole = { PolicySourceArn: `${IAM_ARN}:role/r` }
    expect((await principal(ofRole))[0]!.EvalDecision).toBe('implicitDeny')
    const given = { PolicyInputList: [policy('kms:*')] }
    expect((await principal({ ...ofRole, ...given }))[0]!.EvalDecision).toBe('allowed')
  })

  it.each([
    ['nobody', { PolicySourceArn: `${IAM_ARN}:user/dev/bob` }, 'NoSuchEntityException'],
    ['another path', { PolicySourceArn: `${IAM_ARN}:user/anna` }, 'NoSuchEntityException'],
    ['a session', { PolicySourceArn: ANNA.replace(':iam:', ':sts:') }, 'InvalidInputException'],
    ['a policy that is none', { PolicyInputList: ['{}'] }, 'InvalidInputException'],
    ['an action with a wildcard', { ActionNames: ['kms:*'] }, 'InvalidInputException'],
    ['a caller who is none', { CallerArn: `${IAM_ARN}:group/g` }, 'InvalidInputException'],
    ['an owner who is none', { ResourceOwner: 'me' }, 'InvalidInputException'],
    [
      'two boundaries',
      { PermissionsBoundaryPolicyInputList: [policy('a:b'), policy('a:b')] },
      'InvalidInputException',
    ],
    ['exclusions', { PolicyExclusionList: [{ PolicyType: 'inline' }] }, 'InvalidInputException'],
    ['a scenario of EC2', { ResourceHandlingOption: 'EC2-VPC-EBS' }, 'InvalidInputException'],
    [
      'a policy of a role',
      { ResourceArns: [`${IAM_ARN}:role/r`], ResourcePolicy: TRUST },
      'InvalidInputException',
    ],
    [
      '5,041 requests',
      { ActionNames: MANY.map(() => 'a:b'), ResourceArns: MANY },
      'InvalidInputException',
    ],
    [
      'a number that is none',
      {
        ContextEntries: [
          { ContextKeyName: 'aws:x', ContextKeyValues: ['a'], ContextKeyType: 'numeric' },
        ],
      },
      'InvalidInputException',
    ],
    [
      'two values of one',
      {
        ContextEntries: [
          { ContextKeyName: 'aws:x', ContextKeyValues: ['a', 'b'], ContextKeyType: 'string' },
        ],
      },
      'InvalidInputException',
    ],
  ] as ReadonlyArray<[string, object, string]>)('refuses %s', async (_what, more, name) => {
    await expect(principal(more)).rejects.toMatchObject({ name })
  })

  it('needs a permission of its own, on the principal, and tells who has none nothing', async () => {
    const own = house.iam(anna)
    const input = { PolicySourceArn: ANNA, ActionNames: ['kms:Decrypt'] }
    const run = (more = {}) =>
      own.send(new aws.SimulatePrincipalPolicyCommand({ ...input, ...more }))
    const denied = (arn: string) => ({
      name: 'AccessDenied',
      message: expect.stringContaining(`iam:SimulatePrincipalPolicy on resource: ${arn}`),
    })
    await expect(run()).rejects.toMatchObject(denied(ANNA))
    const nobody = `${IAM_ARN}:user/nobody`
    await expect(run({ PolicySourceArn: nobody })).rejects.toMatchObject(denied(nobody))
    const statement = policy('iam:SimulatePrincipalPolicy', { Resource: ANNA })
    const put = { UserName: 'anna', PolicyName: 'sim', PolicyDocument: statement }
    await iam.send(new aws.PutUserPolicyCommand(put))
    expect((await run()).EvaluationResults![0]!.EvalDecision).toBe('allowed')
    await expect(run({ PolicySourceArn: `${IAM_ARN}:role/r` })).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    const custom = { PolicyInputList: [policy('kms:*')], ActionNames: ['kms:Decrypt'] }
    await expect(own.send(new aws.SimulateCustomPolicyCommand(custom))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await iam.send(new aws.DeleteUserPolicyCommand({ UserName: 'anna', PolicyName: 'sim' }))
  })

  it('changes nothing, and is recorded as what only reads', async () => {
    const details = async () => ({
      ...(await iam.send(new aws.GetAccountAuthorizationDetailsCommand({}))),
      $metadata: undefined,
    })
    const before = await details()
    await principal({ ActionNames: ['iam:DeleteUser', 'iam:CreateUser', 'kms:CreateKey'] })
    expect(await details()).toEqual(before)
    const record = (await house.records('SimulatePrincipalPolicy')).at(-1)!
    expect(record).toMatchObject({ readOnly: true, responseElements: null })
  })
})

describe('a simulation of policies that are given', () => {
  it('has values of condition keys, and says which it lacks', async () => {
    const IpAddress = { 'aws:SourceIp': '10.0.0.0/8' }
    const Bool = { 'aws:MultiFactorAuthPresent': 'true' }
    const text = policy('kms:Decrypt', { Condition: { IpAddress, Bool } })
    const mfa = entry('aws:multifactorauthpresent', 'true', 'boolean')
    const from = (ip: string) => entry('aws:SourceIp', ip, 'ip')
    expect((await custom([text]))[0]).toMatchObject({
      EvalDecision: 'implicitDeny',
      MissingContextValues: ['aws:MultiFactorAuthPresent', 'aws:SourceIp'],
    })
    const allowed = { ContextEntries: [mfa, from('10.1.2.3')] }
    expect((await custom([text], allowed))[0]).toMatchObject({
      EvalDecision: 'allowed',
      MissingContextValues: [],
    })
    expect(await decision([text], { ContextEntries: [mfa, from('11.1.2.3')] })).toBe('implicitDeny')
    expect((await custom([text], { ContextEntries: [from('10.1.2.3')] }))[0]).toMatchObject({
      MissingContextValues: ['aws:MultiFactorAuthPresent'],
    })
  })

  it('has several values of a list', async () => {
    const condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }
    const text = policy('kms:TagResource', { Condition: condition })
    const entry = (...ContextKeyValues: string[]) => ({
      ActionNames: ['kms:TagResource'],
      ContextEntries: [
        { ContextKeyName: 'aws:TagKeys', ContextKeyValues, ContextKeyType: 'stringList' } as const,
      ],
    })
    expect(await decision([text], entry('a', 'b'))).toBe('allowed')
    expect(await decision([text], entry('a', 'c'))).toBe('implicitDeny')
  })

  it('has the policy of a resource, and asks it as the evaluator would', async () => {
    const naming = (AWS: string) => policy('kms:Decrypt', { Principal: { AWS }, Resource: '*' })
    const nothing = [policy('s3:GetObject')]
    const CallerArn = ANNA
    const asked = { CallerArn, ResourceArns: [KEY] }
    expect((await custom(nothing, { ...asked, ResourcePolicy: naming(ANNA) }))[0]).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'resource' }],
    })
    const account = { ...asked, ResourcePolicy: naming(ACCOUNT) }
    expect(await decision(nothing, account)).toBe('implicitDeny')
    expect(await decision([policy('kms:*')], account)).toBe('allowed')
    const elsewhere = { ...asked, ResourceArns: [KEY.replace(ACCOUNT, OTHER)] }
    expect(await decision([policy('kms:*')], elsewhere)).toBe('implicitDeny')
    const both = { ...elsewhere, ResourcePolicy: naming(ANNA) }
    expect(await decision([policy('kms:*')], both)).toBe('allowed')
    expect(await decision(nothing, both)).toBe('implicitDeny')
    const nobody = custom(nothing, { ResourcePolicy: naming(ANNA) })
    await expect(nobody).rejects.toMatchObject({ name: 'InvalidInputException' })
  })

  it('has an owner of resources that name none', async () => {
    const ResourceArns = ['arn:aws:s3:::logs/a']
    const ask = { ActionNames: ['s3:GetObject'], CallerArn: ANNA, ResourceArns }
    const texts = [policy('s3:*')]
    expect(await decision(texts, ask)).toBe('allowed')
    const ResourceOwner = `arn:aws:iam::${OTHER}:root`
    expect(await decision(texts, { ...ask, ResourceOwner })).toBe('implicitDeny')
    const ResourcePolicy = policy('s3:GetObject', {
      ...{ Principal: { AWS: ANNA }, Resource: 'arn:aws:s3:::logs/*' },
    })
    expect(await decision(texts, { ...ask, ResourceOwner, ResourcePolicy })).toBe('allowed')
  })

  it('comes in pages, an action each', async () => {
    const ActionNames = [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ListKeys',
      'kms:Decrypt',
      'kms:CreateKey',
    ]
    const input = { PolicyInputList: [policy('kms:Decrypt')], ActionNames }
    const names: Array<string | undefined> = []
    const pages = aws.paginateSimulateCustomPolicy({ client: iam, pageSize: 2 }, input)
    for await (const { EvaluationResults } of pages) {
      names.push(...EvaluationResults!.map((one) => one.EvalActionName))
    }
    expect(names).toEqual(ActionNames)
  })
})

describe('the condition keys of policies', () => {
  const text = policy('s3:GetObject', {
    Resource: ['arn:aws:s3:::home/${aws:username}/*', 'arn:aws:s3:::all/${*}'],
    Condition: {
      StringLike: { 'aws:UserAgent': "${aws:PrincipalTag/agent, 'x'}", 'AWS:useragent': 'y' },
    },
  })

  it('are those of conditions and variables, each once', async () => {
    const { ContextKeyNames } = await iam.send(
      new aws.GetContextKeysForCustomPolicyCommand({ PolicyInputList: [text] }),
    )
    expect(ContextKeyNames).toEqual(['aws:PrincipalTag/agent', 'aws:UserAgent', 'aws:username'])
  })

  it('are also those of what binds a principal', async () => {
    const ask = (PolicyInputList?: string[]) =>
      iam.send(
        new aws.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: ANNA, PolicyInputList }),
      )
    expect((await ask()).ContextKeyNames).toEqual([])
    expect((await ask([text])).ContextKeyNames).toHaveLength(3)
  })
})
