/** Permissions boundaries and session policies, and whom they do not limit, as the IAM user guide describes them. */
import {
  ALICE,
  alice,
  allow,
  type DecisionCase,
  documentedDecisions,
  FEDERATED,
  federated,
  ROLE,
  SESSION,
  session,
} from '../support/documented.js'
import {
  boundaryOther,
  boundaryYes,
  bounded,
  boundedSession,
  bucket,
  bucketFor,
  federatedWith,
  has,
  keyFor,
  limited,
  limitedTwice,
  names,
  no,
  other,
  sessionOther,
  sessionYes,
  yes,
} from '../support/policy-scenes.js'

const LOGIC_PAGE = 'Policy evaluation logic'
const PRINCIPAL_PAGE = 'AWS JSON policy elements: Principal'
const BOUNDARY_PAGE = 'Permissions boundaries for IAM entities'
const SESSION_PAGE = 'Policies and permissions in IAM: Session policies'

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
