/** How policies are put together, as the IAM user guide and the AWS KMS developer guide describe it. */
import { describe, expect, it } from 'vitest'
import { decide, type PolicyRequest } from '../../../src/iam/policy/decide.js'
import {
  ALICE,
  alice,
  allow,
  BOB,
  BUCKET,
  type DecisionCase,
  deny,
  documentedDecisions,
  FEDERATED,
  federated,
  KEY,
  OTHER,
  OWN,
  policy,
  ROLE,
  ROOT,
  request,
  root,
  SESSION,
  session,
  trail,
} from '../../support/documented.js'

const LOGIC_PAGE = 'Policy evaluation logic'
const CROSS_PAGE = 'Cross-account policy evaluation logic'
const PRINCIPAL_PAGE = 'AWS JSON policy elements: Principal'
const NOT_PRINCIPAL_PAGE = 'AWS JSON policy elements: NotPrincipal'
const BOUNDARY_PAGE = 'Permissions boundaries for IAM entities'
const SESSION_PAGE = 'Policies and permissions in IAM: Session policies'
const KEY_PAGE = 'AWS KMS developer guide: Key policies in AWS KMS'
const DEFAULT_KEY_PAGE = 'AWS KMS developer guide: Default key policy'

const yes = policy('identity', allow())
const no = policy('identity', deny())
const other = policy('identity', allow({ Action: 'ec2:*' }))
const boundaryYes = policy('boundary', allow())
const boundaryOther = policy('boundary', allow({ Action: 'ec2:*' }))
const boundaryNo = policy('boundary', allow(), deny())
const sessionYes = policy('session', allow())
const sessionOther = policy('session', allow({ Action: 'ec2:*' }))
const sessionNo = policy('session', allow(), deny())

const onBucket = { action: 's3:GetObject', resource: `${BUCKET}/a.gz` }
const names = (AWS: string | readonly string[]) => ({ Principal: { AWS } })
const bucket = (...statements: object[]) => ({
  resourcePolicy: policy('bucket', ...statements),
  ...onBucket,
})
const bucketFor = (AWS: string | readonly string[]) => bucket(allow(names(AWS)))
const key = (...statements: object[]) => ({ resourcePolicy: policy('key', ...statements) })
const keyFor = (AWS: string | readonly string[]) => key(allow(names(AWS)))
const trust = (...statements: object[]) => ({
  resourcePolicy: policy('trust', ...statements),
  action: 'sts:AssumeRole',
  resource: ROLE,
})
const trustFor = (AWS: string | readonly string[]) =>
  trust({ Effect: 'Allow', Action: 'sts:AssumeRole', ...names(AWS) })
const has = (...identityPolicies: PolicyRequest['identityPolicies']) => ({ identityPolicies })
const strange = { owner: OTHER }

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

const bounded = { ...alice, boundary: boundaryOther }
const boundedSession = { ...session, boundary: boundaryOther }
const limited = { ...session, sessionPolicies: [sessionOther] }
const limitedTwice = { ...session, boundary: boundaryOther, sessionPolicies: [sessionOther] }
const federatedWith = (sessionPolicies: PolicyRequest['identityPolicies']) => ({
  ...federated,
  sessionPolicies,
})

documentedDecisions(
  BOUNDARY_PAGE,
  'The effective permissions are everything that is allowed by both policy types.',
  [
    ['both', { ...has(yes), principal: { ...alice, boundary: boundaryYes } }, 'allow'],
    ['identity only', { ...has(yes), principal: bounded }, 'no boundary'],
    ['boundary only', { principal: { ...alice, boundary: boundaryYes } }, 'no identity'],
    ['neither', { principal: bounded }, 'no identity'],
    ['a role session, identity only', { ...has(yes), principal: boundedSession }, 'no boundary'],
  ],
)

documentedDecisions(
  SESSION_PAGE,
  "The resulting session's permissions are the intersection of the IAM entity's identity-based policy and the session policies.",
  [
    ['both', { ...has(yes), principal: { ...session, sessionPolicies: [sessionYes] } }, 'allow'],
    ['identity only', { ...has(yes), principal: limited }, 'no session'],
    ['session only', { principal: { ...session, sessionPolicies: [sessionYes] } }, 'no identity'],
    [
      'one of two session policies',
      { ...has(yes), principal: { ...session, sessionPolicies: [sessionOther, sessionYes] } },
      'allow',
    ],
    [
      'an empty list of session policies',
      { ...has(yes), principal: { ...session, sessionPolicies: [] } },
      'no session',
    ],
    [
      'all three',
      {
        ...has(yes),
        principal: { ...session, boundary: boundaryYes, sessionPolicies: [sessionYes] },
      },
      'allow',
    ],
    [
      'without the boundary',
      {
        ...has(yes),
        principal: { ...session, boundary: boundaryOther, sessionPolicies: [sessionYes] },
      },
      'no boundary',
    ],
    [
      'without the session',
      {
        ...has(yes),
        principal: { ...session, boundary: boundaryYes, sessionPolicies: [sessionOther] },
      },
      'no session',
    ],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'If there is no session policy, the code checks whether the principal is a role session. If the principal is a role session, then the request is Allowed. Otherwise, the request is implicitly denied.',
  [
    ['a role session', { ...has(yes), principal: session }, 'allow'],
    ['a federated user', { ...has(yes), principal: federated }, 'no session'],
    [
      'a federated user with a session policy',
      { ...has(yes), principal: federatedWith([sessionYes]) },
      'allow',
    ],
    [
      'a federated user with another session policy',
      { ...has(yes), principal: federatedWith([sessionOther]) },
      'no session',
    ],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'Resource-based policies that grant permissions to an IAM role ARN are limited by an implicit deny in a permissions boundary or session policy.',
  [
    ['no limits', { ...bucketFor(ROLE), principal: session }, 'allow'],
    [
      'an identity policy about something else',
      { ...bucketFor(ROLE), ...has(other), principal: session },
      'allow',
    ],
    [
      'limits that let it pass',
      {
        ...bucketFor(ROLE),
        principal: { ...session, boundary: boundaryYes, sessionPolicies: [sessionYes] },
      },
      'allow',
    ],
    ['a boundary', { ...bucketFor(ROLE), principal: boundedSession }, 'no boundary'],
    ['a session policy', { ...bucketFor(ROLE), principal: limited }, 'no session'],
    ['both', { ...bucketFor(ROLE), ...has(other), principal: limitedTwice }, 'no boundary'],
    ['a key', { ...keyFor(ROLE), principal: session }, 'allow'],
    ['a key, and a boundary', { ...keyFor(ROLE), principal: boundedSession }, 'no boundary'],
    ['a key, and a session policy', { ...keyFor(ROLE), principal: limited }, 'no session'],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'Permissions granted directly to a session are not limited by an implicit deny in an identity-based policy, a permissions boundary, or session policy.',
  [
    ['no limits', { ...bucketFor(SESSION), principal: session }, 'allow'],
    ['a boundary', { ...bucketFor(SESSION), principal: boundedSession }, 'allow'],
    ['a session policy', { ...bucketFor(SESSION), principal: limited }, 'allow'],
    ['all of them', { ...bucketFor(SESSION), ...has(other), principal: limitedTwice }, 'allow'],
    ['a key', { ...keyFor(SESSION), ...has(other), principal: limitedTwice }, 'allow'],
    [
      'the role beside the session',
      { ...bucketFor([ROLE, SESSION]), principal: limitedTwice },
      'allow',
    ],
    [
      'the role in a statement before',
      { ...bucket(allow(names(ROLE)), allow(names(SESSION))), principal: limitedTwice },
      'allow',
    ],
    [
      'another session',
      { ...bucketFor(SESSION.replace('first', 'second')), principal: session },
      'no identity',
    ],
    ['the federated user', { ...bucketFor(FEDERATED), principal: federated }, 'allow'],
    [
      'the federated user, limited',
      { ...bucketFor(FEDERATED), principal: federatedWith([sessionOther]) },
      'allow',
    ],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'Resource-based policies that grant permissions to an IAM user ARN (that is not a federated user session) are not limited by an implicit deny in an identity-based policy or permissions boundary.',
  [
    ['a boundary', { ...bucketFor(ALICE), principal: bounded }, 'allow'],
    [
      'a boundary and an identity policy',
      { ...bucketFor(ALICE), ...has(other), principal: bounded },
      'allow',
    ],
    ['a key', { ...keyFor(ALICE), ...has(other), principal: bounded }, 'allow'],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'If a resource-based policy grants permission to the ARN of the IAM user who federated, then requests made by the federated user during the session are limited by an implicit deny in a permission boundary or session policy.',
  [
    ['no session policy', { ...bucketFor(ALICE), principal: federated }, 'no session'],
    [
      'a session policy about something else',
      { ...bucketFor(ALICE), principal: federatedWith([sessionOther]) },
      'no session',
    ],
    [
      'a session policy that lets it pass',
      { ...bucketFor(ALICE), principal: federatedWith([sessionYes]) },
      'allow',
    ],
    [
      'a boundary',
      {
        ...bucketFor(ALICE),
        principal: { ...federatedWith([sessionYes]), boundary: boundaryOther },
      },
      'no boundary',
    ],
  ],
)

documentedDecisions(
  PRINCIPAL_PAGE,
  'Identity-based policy types, such as permissions boundaries or session policies, do not limit permissions granted using the aws:PrincipalArn condition key with a wildcard(*) in the Principal element, unless the identity-based policies contain an explicit deny.',
  (() => {
    const statement = allow({
      Principal: '*',
      Condition: { ArnEquals: { 'aws:PrincipalArn': ROLE } },
    })
    const facts = { 'aws:principalarn': [ROLE] }
    return [
      ['limits', { ...bucket(statement), facts, principal: limitedTwice }, 'allow'],
      [
        'limits, and a deny',
        { ...bucket(statement), facts, ...has(no), principal: limitedTwice },
        'explicitDeny',
      ],
      [
        'another role',
        { ...bucket(statement), facts: { 'aws:principalarn': [`${ROLE}s`] }, principal: session },
        'no identity',
      ],
    ] satisfies DecisionCase[]
  })(),
)

documentedDecisions(
  PRINCIPAL_PAGE,
  'The account ARN and the shortened account ID behave the same way. Both delegate permissions to the account.',
  [
    ['ARN, nothing passed on', bucketFor(ROOT), 'no identity'],
    ['id, nothing passed on', bucketFor(OWN), 'no identity'],
    ['ARN, passed on', { ...bucketFor(ROOT), ...has(yes) }, 'allow'],
    ['id, passed on', { ...bucketFor(OWN), ...has(yes) }, 'allow'],
    ['ARN of a key, nothing passed on', keyFor(ROOT), 'no identity'],
    ['id of a key, nothing passed on', keyFor(OWN), 'no identity'],
    ['id of a key, passed on', { ...keyFor(OWN), ...has(yes) }, 'allow'],
    ['the root user is the account', { ...keyFor(OWN), principal: root }, 'allow'],
  ],
)

documentedDecisions(
  PRINCIPAL_PAGE,
  'In a Principal element, the user name part of the Amazon Resource Name (ARN) is case sensitive.',
  [
    ['another case', bucketFor(ALICE.replace('Alice', 'alice')), 'no identity'],
    ['the same case', bucketFor(ALICE), 'allow'],
  ],
)

documentedDecisions(
  PRINCIPAL_PAGE,
  'This is a logical OR and not a logical AND, because you authenticate as one principal at a time.',
  [
    ['one of two users', bucketFor([BOB, ALICE]), 'allow'],
    ['one of two accounts', { ...bucketFor([OTHER, OWN]), ...has(yes) }, 'allow'],
    [
      'a service beside users',
      { ...bucket(allow({ Principal: { AWS: BOB, Service: [trail.arn] } })), principal: trail },
      'allow',
    ],
    [
      'a user beside a service',
      bucket(allow({ Principal: { AWS: ALICE, Service: [trail.arn] } })),
      'allow',
    ],
  ],
)

documentedDecisions(
  PRINCIPAL_PAGE,
  'For IAM users and role principals within your account, no other permissions are required. For principals in other accounts, they must also have identity-based permissions in their account that allow them to access your resource.',
  [
    ['"*", own account', bucket(allow({ Principal: '*' })), 'allow'],
    ['{"AWS": "*"}, own account', bucketFor('*'), 'allow'],
    ['"*", another account', { ...bucket(allow({ Principal: '*' })), ...strange }, 'no identity'],
    [
      '"*", another account, with permissions',
      { ...bucket(allow({ Principal: '*' })), ...strange, ...has(yes) },
      'allow',
    ],
    ['"*" of a key', key(allow({ Principal: '*' })), 'allow'],
    [
      '"*" of a key, a session with limits',
      { ...key(allow({ Principal: '*' })), principal: limitedTwice },
      'allow',
    ],
  ],
)

documentedDecisions(
  PRINCIPAL_PAGE,
  'You can specify AWS services in the Principal element of a resource-based policy.',
  (() => {
    const statement = allow({
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': OWN },
        ArnLike: { 'aws:SourceArn': `arn:aws:cloudtrail:*:${OWN}:trail/*` },
      },
    })
    const facts = {
      'aws:sourceaccount': [OWN],
      'aws:sourcearn': [`arn:aws:cloudtrail:eu-west-1:${OWN}:trail/all`],
    }
    return [
      [
        'named',
        { ...key(allow({ Principal: { Service: trail.arn } })), principal: trail },
        'allow',
      ],
      [
        'of a bucket',
        { ...bucket(allow({ Principal: { Service: trail.arn } })), principal: trail },
        'allow',
      ],
      [
        'another service',
        { ...key(allow({ Principal: { Service: 's3.amazonaws.com' } })), principal: trail },
        'no resource',
      ],
      ['the account named only', { ...keyFor(ROOT), principal: trail }, 'no resource'],
      ['everybody', { ...key(allow({ Principal: '*' })), principal: trail }, 'allow'],
      [
        'denied',
        {
          ...key(allow({ Principal: '*' }), deny({ Principal: { Service: trail.arn } })),
          principal: trail,
        },
        'explicitDeny',
      ],
      ['for a trail of the account', { ...key(statement), principal: trail, facts }, 'allow'],
      [
        'for a trail of another account',
        { ...key(statement), principal: trail, facts: { ...facts, 'aws:sourceaccount': [OTHER] } },
        'no resource',
      ],
      ['for nobody known', { ...key(statement), principal: trail }, 'no resource'],
      ['a user is no service', key(allow({ Principal: { Service: trail.arn } })), 'no resource'],
    ] satisfies DecisionCase[]
  })(),
)

documentedDecisions(
  NOT_PRINCIPAL_PAGE,
  'Use this element to deny access to all principals except the one named in the NotPrincipal element. […] you must also specify the account ARN of the not-denied principal.',
  (() => {
    const denied = (...AWS: string[]) => ({
      ...has(yes),
      ...bucket(deny({ NotPrincipal: { AWS } })),
    })
    return [
      ['the user and the account', denied(ALICE, ROOT), 'allow'],
      ['the user and the account id', denied(ALICE, OWN), 'allow'],
      ['the user only', denied(ALICE), 'explicitDeny'],
      ['the account only', denied(ROOT), 'explicitDeny'],
      ['another user', denied(BOB, ROOT), 'explicitDeny'],
      ['the account, for its root user', { ...denied(ROOT), principal: root }, 'allow'],
      ['everybody', denied('*'), 'allow'],
      [
        'session, role and account',
        { ...denied(SESSION, ROLE, ROOT), principal: session },
        'allow',
      ],
      ['role and account', { ...denied(ROLE, ROOT), principal: session }, 'explicitDeny'],
      ['session and account', { ...denied(SESSION, ROOT), principal: session }, 'explicitDeny'],
      ['session and role', { ...denied(SESSION, ROLE), principal: session }, 'explicitDeny'],
      [
        'a service that is named',
        {
          principal: trail,
          ...bucket(allow({ Principal: '*' }), deny({ NotPrincipal: { Service: trail.arn } })),
        },
        'allow',
      ],
      [
        'a service that is not',
        {
          principal: trail,
          ...bucket(
            allow({ Principal: '*' }),
            deny({ NotPrincipal: { Service: 's3.amazonaws.com' } }),
          ),
        },
        'explicitDeny',
      ],
      [
        'by itself it grants nothing',
        bucket(deny({ NotPrincipal: { AWS: [ALICE, ROOT] } })),
        'no identity',
      ],
    ] satisfies DecisionCase[]
  })(),
)

documentedDecisions(
  NOT_PRINCIPAL_PAGE,
  'NotPrincipal with Allow: Doing so allows all principals except the one named in the NotPrincipal element.',
  [
    ['another user', bucket(allow({ NotPrincipal: { AWS: BOB } })), 'allow'],
    ['the user', bucket(allow({ NotPrincipal: { AWS: ALICE } })), 'no identity'],
    ['the account', bucket(allow({ NotPrincipal: { AWS: OWN } })), 'no identity'],
    [
      'the role of the session',
      { ...bucket(allow({ NotPrincipal: { AWS: ROLE } })), principal: session },
      'no identity',
    ],
    ['a service', { ...bucket(allow({ NotPrincipal: { AWS: BOB } })), principal: trail }, 'allow'],
  ],
)

documentedDecisions(
  CROSS_PAGE,
  'The request is allowed only if both evaluations return a decision of Allow.',
  [
    ['both, the user named', { ...strange, ...bucketFor(ALICE), ...has(yes) }, 'allow'],
    ['both, the account named', { ...strange, ...bucketFor(ROOT), ...has(yes) }, 'allow'],
    ['both, the account id named', { ...strange, ...bucketFor(OWN), ...has(yes) }, 'allow'],
    ['resource only, the user named', { ...strange, ...bucketFor(ALICE) }, 'no identity'],
    ['resource only, the account named', { ...strange, ...bucketFor(ROOT) }, 'no identity'],
    ['identity only', { ...strange, ...onBucket, ...has(yes) }, 'no resource'],
    [
      'identity, and a bucket policy for somebody else',
      { ...strange, ...bucketFor(BOB), ...has(yes) },
      'no resource',
    ],
    ['neither', { ...strange, ...onBucket }, 'no resource'],
    [
      'a deny of the resource',
      { ...strange, ...bucket(allow(names(OWN)), deny(names(ALICE))), ...has(yes) },
      'explicitDeny',
    ],
    [
      'a deny of the identity',
      { ...strange, ...bucketFor(ALICE), ...has(yes, no) },
      'explicitDeny',
    ],
    [
      'a role session, its role named',
      { ...strange, ...bucketFor(ROLE), ...has(yes), principal: session },
      'allow',
    ],
    [
      'a role session, itself named',
      { ...strange, ...bucketFor(SESSION), ...has(yes), principal: session },
      'allow',
    ],
    [
      'a role session, itself named, without permissions',
      { ...strange, ...bucketFor(SESSION), principal: session },
      'no identity',
    ],
    [
      'a role session, itself named, with a session policy',
      { ...strange, ...bucketFor(SESSION), ...has(yes), principal: limited },
      'no session',
    ],
    [
      'a role session, itself named, with a boundary',
      { ...strange, ...bucketFor(SESSION), ...has(yes), principal: boundedSession },
      'no boundary',
    ],
    [
      'a user with a boundary',
      { ...strange, ...bucketFor(ALICE), ...has(yes), principal: bounded },
      'no boundary',
    ],
    [
      'the root user, whose account is named',
      { ...strange, ...bucketFor(OWN), principal: root },
      'allow',
    ],
    [
      'the owner’s account is named',
      { ...strange, ...bucketFor(OTHER), ...has(yes) },
      'no resource',
    ],
  ],
)

documentedDecisions(
  KEY_PAGE,
  'IAM policies by themselves are not sufficient to allow access to a CMK. However, you can use them in combination with a CMK’s key policy if the key policy enables it.',
  [
    ['IAM only', { ...has(yes), ...keyFor(BOB) }, 'no resource'],
    ['enabled, IAM allows', { ...has(yes), ...keyFor(ROOT) }, 'allow'],
    ['enabled, IAM does not', { ...has(other), ...keyFor(ROOT) }, 'no identity'],
    [
      'enabled for another action',
      { ...has(yes), ...key(allow({ ...names(ROOT), Action: 'kms:Encrypt' })) },
      'no resource',
    ],
    [
      'enabled on a condition',
      {
        ...has(yes),
        ...key(
          allow({ ...names(ROOT), Condition: { StringEquals: { 'kms:CallerAccount': OWN } } }),
        ),
        facts: { 'kms:calleraccount': [OWN] },
      },
      'allow',
    ],
    [
      'enabled on a condition that does not hold',
      {
        ...has(yes),
        ...key(
          allow({
            ...names(ROOT),
            Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
          }),
        ),
      },
      'no resource',
    ],
    ['the user named', keyFor(ALICE), 'allow'],
    ['the user named, whatever IAM leaves out', { ...has(other), ...keyFor(ALICE) }, 'allow'],
    ['the user named, IAM denies', { ...has(no), ...keyFor(ALICE) }, 'explicitDeny'],
    [
      'enabled, with a boundary',
      { ...has(yes), ...keyFor(ROOT), principal: bounded },
      'no boundary',
    ],
    [
      'enabled, a session with a session policy',
      { ...has(yes), ...keyFor(ROOT), principal: limited },
      'no session',
    ],
    [
      'the key itself is meant by "*"',
      key({ Effect: 'Allow', ...names(ALICE), Action: 'kms:*', Resource: '*' }),
      'allow',
    ],
    [
      'another key is not',
      key({ Effect: 'Allow', ...names(ALICE), Action: 'kms:*', Resource: `${KEY}0` }),
      'no resource',
    ],
  ],
)

documentedDecisions(
  DEFAULT_KEY_PAGE,
  'The root user does not have access to the CMK, because the root user can access a CMK only when the key policy explicitly allows it.',
  [
    ['not named', { ...keyFor(ALICE), principal: root }, 'no resource'],
    ['named', { ...keyFor(ROOT), principal: root }, 'allow'],
    [
      'of another account, not named',
      { ...keyFor(OTHER), ...strange, principal: root },
      'no resource',
    ],
    ['of another account, named', { ...keyFor(OWN), ...strange, principal: root }, 'allow'],
  ],
)

documentedDecisions(
  'AWS KMS developer guide: Allowing users in other accounts to use a KMS key',
  'Neither the key policy nor the IAM policy alone is sufficient—you must change both.',
  [
    ['key policy only', { ...keyFor(OWN), ...strange }, 'no identity'],
    ['IAM policy only', { ...keyFor(OTHER), ...strange, ...has(yes) }, 'no resource'],
    ['both', { ...keyFor(OWN), ...strange, ...has(yes) }, 'allow'],
    ['both, the user named', { ...keyFor(ALICE), ...strange, ...has(yes) }, 'allow'],
    ['the user named, key policy only', { ...keyFor(ALICE), ...strange }, 'no identity'],
    [
      'an IAM policy for this key',
      {
        ...keyFor(OWN),
        ...strange,
        ...has(policy('identity', allow({ Action: 'kms:Decrypt', Resource: KEY }))),
      },
      'allow',
    ],
    [
      'an IAM policy for another key',
      {
        ...keyFor(OWN),
        ...strange,
        ...has(policy('identity', allow({ Action: 'kms:Decrypt', Resource: `${KEY}0` }))),
      },
      'no identity',
    ],
  ],
)

documentedDecisions(
  LOGIC_PAGE,
  'IAM role trust policies and KMS key policies are exceptions to this logic, because they must explicitly allow access for principals.',
  [
    ['trusted by name', trustFor(ALICE), 'allow'],
    ['the account trusted, nothing passed on', trustFor(ROOT), 'no identity'],
    ['the account trusted, passed on', { ...trustFor(ROOT), ...has(yes) }, 'allow'],
    ['nobody trusted', { ...trustFor(BOB), ...has(yes) }, 'no resource'],
    ['another account, the user trusted', { ...trustFor(ALICE), ...strange }, 'no identity'],
    [
      'another account, the user trusted and permitted',
      { ...trustFor(ALICE), ...strange, ...has(yes) },
      'allow',
    ],
    [
      'a service',
      {
        ...trust({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: trail.arn } }),
        principal: trail,
      },
      'allow',
    ],
    [
      'an external id',
      {
        ...trust({
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          ...names(ALICE),
          Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
        }),
        facts: { 'sts:externalid': ['x'] },
      },
      'allow',
    ],
    [
      'another external id',
      {
        ...trust({
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          ...names(ALICE),
          Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
        }),
        facts: { 'sts:externalid': ['y'] },
      },
      'no resource',
    ],
  ],
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
