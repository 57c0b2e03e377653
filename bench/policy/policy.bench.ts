/**
 * What does a decision cost, of policies that were parsed before?
 *
 * A key policy and identity policies, as they are met on Decrypt: the goal is 3 µs. `parse and decide` is what it would
 * cost to keep policies as text. `facts` are looked up in an object, as a request's would be.
 */
import { decide, type Outcome, type PolicyRequest } from '../../src/policy/decide.js'
import { type Policy, parsePolicy } from '../../src/policy/policy.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'

const ACCOUNT = '111122223333'
const ARN = `arn:aws:iam::${ACCOUNT}`
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const FACTS: Readonly<Record<string, readonly string[]>> = {
  'aws:username': ['Alice'],
  'aws:sourceip': ['203.0.113.9'],
  'aws:principaltag/team': ['audit'],
  'aws:resourcetag/team': ['audit'],
  'kms:viaservice': ['s3.eu-west-1.amazonaws.com'],
  'kms:encryptioncontext:app': ['Alice'],
}

type Document = object
interface Scene {
  readonly title: string
  readonly key: Document
  readonly identity: readonly Document[]
  readonly decision: Outcome['decision']
}

const document = (...statements: object[]): Document => ({
  Version: '2012-10-17',
  Statement: statements,
})
const allow = (parts: object) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...parts })
const enableIam = allow({ Sid: 'Enable IAM User Permissions', Principal: { AWS: `${ARN}:root` } })
const use = { Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'] }
const ownKeys = { Resource: `arn:aws:kms:*:${ACCOUNT}:key/*` }
const conditions = {
  StringEquals: {
    'kms:EncryptionContext:App': '${aws:username}',
    'aws:ResourceTag/team': '${aws:PrincipalTag/team}',
  },
  IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] },
}
const users = Array.from({ length: 20 }, (_, i) => `${ARN}:user/user-${i}`)
const consolePolicy = document(
  enableIam,
  allow({ Principal: { AWS: users }, Action: ['kms:Create*', 'kms:Describe*', 'kms:Put*'] }),
  allow({ Principal: { AWS: users }, ...use }),
  allow({
    Principal: { AWS: users },
    Action: 'kms:CreateGrant',
    Condition: { Bool: { 'kms:GrantIsForAWSResource': true } },
  }),
  {
    ...allow({ Principal: '*' }),
    Effect: 'Deny',
    Condition: { StringNotLike: { 'kms:ViaService': 's3.*' } },
  },
)
const services = Array.from({ length: 20 }, (_, i) =>
  allow({
    Action: [`service${i}:Get*`, `service${i}:List*`],
    Resource: `arn:aws:service${i}:*:*:*`,
  }),
)

const scenes: readonly Scene[] = [
  {
    title: 'default key policy, one identity policy',
    key: document(enableIam),
    identity: [document(allow({ ...use, ...ownKeys }))],
    decision: 'allow',
  },
  {
    title: 'default key policy, one identity policy with conditions and variables',
    key: document(enableIam),
    identity: [document(allow({ ...use, ...ownKeys, Condition: conditions }))],
    decision: 'allow',
  },
  {
    title: "the console's key policy for 20 users, 10 identity policies of 20 statements",
    key: consolePolicy,
    identity: [
      ...new Array<Document>(9).fill(document(...services)),
      document(...services, allow(use)),
    ],
    decision: 'allow',
  },
  {
    title: 'default key policy, 10 identity policies of 20 statements, none of which fits',
    key: document(enableIam),
    identity: new Array<Document>(10).fill(document(...services)),
    decision: 'implicitDeny',
  },
]

stayOnOneCore()
for (const scene of scenes) {
  const request = requestOf(scene)
  if (decide(request).decision !== scene.decision)
    throw new Error(`${scene.title}: ${scene.decision}?`)
  await contest({ title: `decide: ${scene.title}`, baselines: ['parse and decide'] }, [
    { name: 'decide', answer: () => told(decide(request)), run: () => decide(request) },
    {
      name: 'parse and decide',
      answer: () => told(decide(requestOf(scene))),
      run: () => decide(requestOf(scene)),
    },
  ])
}

function requestOf({ key, identity }: Scene): PolicyRequest {
  return {
    principal: { type: 'User', account: ACCOUNT, arn: `${ARN}:user/Alice` },
    action: 'kms:Decrypt',
    resource: KEY,
    owner: ACCOUNT,
    identityPolicies: identity.map((policy) => parse(policy, 'identity')),
    resourcePolicy: parse(key, 'key'),
    fact: (name) => FACTS[name],
  }
}

function parse(policy: Document, kind: Policy['kind']): Policy {
  return parsePolicy(JSON.stringify(policy), kind, kind)
}

function told(outcome: Outcome): Uint8Array {
  return Buffer.from(JSON.stringify(outcome))
}
