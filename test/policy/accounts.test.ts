/** Other accounts, keys and roles, as the IAM user guide and the AWS KMS developer guide describe them. */
import {
  ALICE,
  allow,
  BOB,
  deny,
  documentedDecisions,
  KEY,
  OTHER,
  OWN,
  policy,
  ROLE,
  ROOT,
  root,
  SESSION,
  session,
  trail,
} from '../support/documented.js'
import {
  bounded,
  boundedSession,
  bucket,
  bucketFor,
  has,
  key,
  keyFor,
  limited,
  names,
  no,
  onBucket,
  other,
  strange,
  trust,
  trustFor,
  yes,
} from '../support/policy-scenes.js'

const LOGIC_PAGE = 'Policy evaluation logic'
const CROSS_PAGE = 'Cross-account policy evaluation logic'
const KEY_PAGE = 'AWS KMS developer guide: Key policies in AWS KMS'
const DEFAULT_KEY_PAGE = 'AWS KMS developer guide: Default key policy'

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
