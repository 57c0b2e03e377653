/** Allow, explicit and implicit deny within an account, as the IAM user guide describes them; what an outcome tells. */
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/policy/decide.js'
import {
  ALICE,
  alice,
  allow,
  BOB,
  BUCKET,
  type DecisionCase,
  deny,
  documentedDecisions,
  federated,
  OWN,
  policy,
  ROOT,
  request,
  root,
  SESSION,
  session,
  trail,
} from '../support/documented.js'
import {
  boundaryNo,
  bucket,
  bucketFor,
  has,
  key,
  keyFor,
  names,
  no,
  onBucket,
  other,
  sessionNo,
  sessionYes,
  strange,
  yes,
} from '../support/policy-scenes.js'

const LOGIC_PAGE = 'Policy evaluation logic'

documentedDecisions(
  LOGIC_PAGE,
  'By default, all requests are implicitly denied with the exception of the AWS account root user, which has full access.',
  [
    ['a user without policies', {}, 'no identity'],
    ['a user whose policies are about something else', has(other), 'no identity'],
    ['a session without policies', { principal: session }, 'no identity'],
    ['a federated user without policies', { principal: federated }, 'no identity'],
    ['the root user', { principal: root, ...onBucket }, 'allow'],
    [
      'the root user, whatever a bucket policy leaves out',
      { principal: root, ...bucketFor(BOB) },
      'allow',
    ],
    [
      'the root user of another account',
      { principal: root, ...onBucket, ...strange },
      'no resource',
    ],
    ['a service', { principal: trail, ...onBucket }, 'no resource'],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'An explicit allow in an identity-based or resource-based policy overrides this default.',
  [
    ['identity', { ...has(yes), ...onBucket }, 'allow'],
    ['one identity policy of two', { ...has(other, yes), ...onBucket }, 'allow'],
    ['resource', bucketFor(ALICE), 'allow'],
    ['both', { ...has(yes), ...bucketFor(ALICE) }, 'allow'],
    [
      'identity, and a bucket policy for somebody else',
      { ...has(yes), ...bucketFor(BOB) },
      'allow',
    ],
    ['a bucket policy for somebody else', bucketFor(BOB), 'no identity'],
  ],
)

documentedDecisions(LOGIC_PAGE, 'An explicit deny in any policy overrides any allows.', [
  ['identity', { ...has(yes, no), ...bucketFor(ALICE) }, 'explicitDeny'],
  ['identity, in the same policy', has(policy('identity', allow(), deny())), 'explicitDeny'],
  ['identity, before the allow', has(policy('identity', deny(), allow())), 'explicitDeny'],
  ['resource', { ...has(yes), ...bucket(allow(names(ALICE)), deny(names(ALICE))) }, 'explicitDeny'],
  ['resource, for everybody', { ...has(yes), ...bucket(deny({ Principal: '*' })) }, 'explicitDeny'],
  ['resource, for the account', { ...has(yes), ...bucket(deny(names(OWN))) }, 'explicitDeny'],
  [
    'resource, for the account of the root user',
    { principal: root, ...bucket(deny(names(OWN))) },
    'explicitDeny',
  ],
  ['resource, for somebody else', { ...has(yes), ...bucket(deny(names(BOB))) }, 'allow'],
  ['boundary', { ...has(yes), principal: { ...alice, boundary: boundaryNo } }, 'explicitDeny'],
  [
    'boundary, of whom the resource names',
    { ...bucketFor(ALICE), principal: { ...alice, boundary: boundaryNo } },
    'explicitDeny',
  ],
  [
    'session',
    { ...has(yes), principal: { ...session, sessionPolicies: [sessionNo] } },
    'explicitDeny',
  ],
  [
    'session, which the resource names',
    { ...bucketFor(SESSION), principal: { ...session, sessionPolicies: [sessionNo] } },
    'explicitDeny',
  ],
  [
    'one session policy of two',
    { ...has(yes), principal: { ...session, sessionPolicies: [sessionYes, sessionNo] } },
    'explicitDeny',
  ],
  [
    'a deny about another action',
    has(yes, policy('identity', deny({ Action: 'kms:Encrypt' }))),
    'allow',
  ],
  [
    'a deny about another resource',
    has(yes, policy('identity', deny({ Resource: BUCKET }))),
    'allow',
  ],
  [
    'a deny whose condition does not hold',
    has(yes, policy('identity', deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }))),
    'allow',
  ],
  [
    'a deny whose condition holds',
    {
      ...has(
        yes,
        policy('identity', deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } })),
      ),
      facts: { 'aws:securetransport': ['false'] },
    },
    'explicitDeny',
  ],
])

documentedDecisions(
  LOGIC_PAGE,
  'Assume that Carlos has the user name carlossalazar and he tries to save a file to the carlossalazar-logs Amazon S3 bucket.',
  (() => {
    const carlos = `arn:aws:iam::123456789012:user/carlossalazar`
    const principal = { type: 'User', account: '123456789012', arn: carlos } as const
    const own = ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar']
    const identityPolicies = [
      policy(
        'identity',
        {
          Sid: 'AllowS3ListRead',
          Effect: 'Allow',
          Action: ['s3:GetBucketLocation', 's3:ListAllMyBuckets'],
          Resource: 'arn:aws:s3:::*',
        },
        { Sid: 'AllowS3Self', Effect: 'Allow', Action: 's3:*', Resource: own },
        { Sid: 'DenyS3Logs', Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::*log*' },
      ),
    ]
    const resourcePolicy = policy('bucket', {
      Effect: 'Allow',
      ...names(carlos),
      Action: 's3:*',
      Resource: own,
    })
    const asked = { principal, identityPolicies, owner: '123456789012', action: 's3:PutObject' }
    return [
      [
        'to the bucket of logs',
        { ...asked, resource: 'arn:aws:s3:::carlossalazar-logs/a' },
        'explicitDeny',
      ],
      [
        'to his own bucket',
        { ...asked, resource: 'arn:aws:s3:::carlossalazar/a', resourcePolicy },
        'allow',
      ],
      [
        'by the bucket policy alone',
        {
          ...asked,
          identityPolicies: [],
          resource: 'arn:aws:s3:::carlossalazar/a',
          resourcePolicy,
        },
        'allow',
      ],
      [
        'another action, elsewhere',
        { ...asked, resource: 'arn:aws:s3:::elsewhere/a' },
        'no identity',
      ],
      [
        'lists buckets',
        { ...asked, action: 's3:ListAllMyBuckets', resource: 'arn:aws:s3:::*' },
        'allow',
      ],
    ] satisfies DecisionCase[]
  })(),
)

describe('an outcome', () => {
  const ref = (kind: string, sid: string | undefined, index: number) => ({
    policy: kind,
    kind,
    sid,
    index,
  })

  it('names the statement that denied', () => {
    const identityPolicies = [yes, policy('identity', allow(), deny({ Sid: 'Never' }))]
    expect(decide(request({ identityPolicies }))).toEqual({
      decision: 'explicitDeny',
      by: ref('identity', 'Never', 1),
      dependsOnFacts: false,
    })
  })

  it('names the statements that allowed, of each policy that had to', () => {
    const asked = {
      ...key(allow(names(BOB)), allow({ Sid: 'Enable IAM', ...names(ROOT) })),
      ...has(other, yes),
    }
    expect(decide(request(asked))).toEqual({
      decision: 'allow',
      by: [ref('key', 'Enable IAM', 1), ref('identity', undefined, 0)],
      dependsOnFacts: false,
    })
  })

  it('names nothing for the root user, who needs nothing', () => {
    const outcome = decide(request({ principal: root, ...onBucket }))
    expect(outcome).toEqual({ decision: 'allow', by: [], dependsOnFacts: false })
  })

  it('tells what was missing', () => {
    const outcome = decide(request({ ...has(yes), ...keyFor(BOB) }))
    expect(outcome).toEqual({
      decision: 'implicitDeny',
      missing: 'resource',
      dependsOnFacts: false,
    })
  })

  const condition = { StringEquals: { 'app:Key': 'a' } }
  it.each([
    ['of a statement that applies', has(policy('identity', allow({ Condition: condition }))), true],
    ['of a deny that does not', has(yes, policy('identity', deny({ Condition: condition }))), true],
    [
      'of a variable',
      has(policy('identity', allow({ Resource: 'arn:aws:s3:::b/${aws:username}' }))),
      true,
    ],
    [
      'of an action that is not asked',
      has(yes, policy('identity', deny({ Action: 's3:*', Condition: condition }))),
      false,
    ],
    [
      'of somebody else',
      { ...has(yes), ...bucket(allow({ ...names(BOB), Condition: condition })) },
      false,
    ],
    [
      'of a resource that is not asked',
      has(yes, policy('identity', deny({ Resource: BUCKET, Condition: condition }))),
      false,
    ],
  ])('depends on the facts %s: %#', (_, asked, expected) => {
    expect(decide(request(asked)).dependsOnFacts).toBe(expected)
  })

  it('looks no fact up that no statement needs', () => {
    const asked: string[] = []
    const fact = (name: string) => {
      asked.push(name)
      return undefined
    }
    const conditions = { StringEquals: { 'app:One': 'a' }, Null: { 'app:Two': 'true' } }
    decide(request({ ...has(policy('identity', allow({ Condition: conditions }))), fact }))
    expect(asked).toEqual(['app:one'])
  })
})
