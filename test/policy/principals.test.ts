/** `Principal` and `NotPrincipal`, as the IAM user guide describes them. */
import {
  ALICE,
  allow,
  BOB,
  type DecisionCase,
  deny,
  documentedDecisions,
  OTHER,
  OWN,
  ROLE,
  ROOT,
  root,
  SESSION,
  session,
  trail,
} from '../support/documented.js'
import {
  bucket,
  bucketFor,
  has,
  key,
  keyFor,
  limitedTwice,
  strange,
  yes,
} from '../support/policy-scenes.js'

const PRINCIPAL_PAGE = 'AWS JSON policy elements: Principal'
const NOT_PRINCIPAL_PAGE = 'AWS JSON policy elements: NotPrincipal'

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
