/** Actions, resources, variables and versions, as the IAM user guide describes them. */
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/policy/decide.js'
import { parsePolicy } from '../../src/policy/policy.js'
import {
  allow,
  BUCKET,
  type Facts,
  isMet,
  KEY,
  OWN,
  policy,
  request,
  told,
} from '../support/documented.js'

const ACTION_PAGE = 'IAM JSON policy elements: Action'
const RESOURCE_PAGE = 'IAM JSON policy elements: Resource'
const VARIABLES_PAGE = 'IAM policy elements: Variables and tags'

function actions(page: string, sentence: string, cases: ReadonlyArray<[object, string, boolean]>) {
  describe(`"${sentence}" (${page})`, () => {
    it.each(cases)('%j, %s: %s', (element, action, isAllowed) => {
      const { Action: _, ...statement } = allow(element) as { Action?: unknown }
      const identityPolicies = [policy('identity', { ...statement, ...element })]
      const outcome = told(decide(request({ identityPolicies, action })))
      expect(outcome).toBe(isAllowed ? 'allow' : 'no identity')
    })
  })
}

actions(ACTION_PAGE, 'The prefix and the action name are case insensitive.', [
  [{ Action: 'iam:ListAccessKeys' }, 'iam:ListAccessKeys', true],
  [{ Action: 'IAM:listaccesskeys' }, 'iam:ListAccessKeys', true],
  [{ Action: 'iam:ListAccessKeys' }, 'IAM:LISTACCESSKEYS', true],
  [{ Action: 'iam:ListAccessKey' }, 'iam:ListAccessKeys', false],
])
actions(
  ACTION_PAGE,
  'You can use multi-character match wildcards (*) and single-character match wildcards (?) to match action names.',
  [
    [{ Action: '*' }, 'kms:Decrypt', true],
    [{ Action: 's3:*' }, 's3:GetObject', true],
    [{ Action: 's3:*' }, 'kms:Decrypt', false],
    [{ Action: 'iam:*AccessKey*' }, 'iam:CreateAccessKey', true],
    [{ Action: 'iam:*AccessKey*' }, 'iam:ListAccessKeys', true],
    [{ Action: 'iam:*AccessKey*' }, 'iam:CreateUser', false],
    [{ Action: 'kms:ReEncrypt*' }, 'kms:ReEncryptFrom', true],
    [{ Action: 'kms:?ncrypt' }, 'kms:Encrypt', true],
    [{ Action: 'kms:?ncrypt' }, 'kms:ReEncrypt', false],
    [{ Action: ['kms:Encrypt', 'kms:Decrypt'] }, 'kms:Decrypt', true],
  ],
)
actions(
  'IAM JSON policy elements: NotAction',
  'NotAction is an advanced policy element that explicitly matches everything except the specified list of actions.',
  [
    [{ NotAction: 'iam:*' }, 's3:GetObject', true],
    [{ NotAction: 'iam:*' }, 'iam:CreateUser', false],
    [{ NotAction: ['iam:*', 'KMS:decrypt'] }, 'kms:Decrypt', false],
    [{ NotAction: ['iam:*', 'kms:decrypt'] }, 'kms:Encrypt', true],
  ],
)

type ResourceCase = readonly [element: object, resource: string, isAllowed: boolean, facts?: Facts]

function resources(page: string, sentence: string, cases: readonly ResourceCase[]) {
  describe(`"${sentence}" (${page})`, () => {
    it.each(cases.map((one) => ({ of: JSON.stringify(one), one })))('$of', ({ one }) => {
      const [element, resource, isAllowed, facts = {}] = one
      const { Resource: _, ...statement } = allow() as { Resource?: unknown }
      const identityPolicies = [policy('identity', { ...statement, ...element })]
      const outcome = told(decide(request({ identityPolicies, resource, facts })))
      expect(outcome).toBe(isAllowed ? 'allow' : 'no identity')
    })
  })
}

resources(RESOURCE_PAGE, 'You specify a resource using an Amazon Resource Name (ARN).', [
  [{ Resource: '*' }, KEY, true],
  [{ Resource: KEY }, KEY, true],
  [{ Resource: KEY }, `${KEY}0`, false],
  [{ Resource: [BUCKET, KEY] }, KEY, true],
])
resources(RESOURCE_PAGE, 'In the Resource element, the IAM user name is case sensitive.', [
  [{ Resource: `arn:aws:iam::${OWN}:user/Bob` }, `arn:aws:iam::${OWN}:user/Bob`, true],
  [{ Resource: `arn:aws:iam::${OWN}:user/Bob` }, `arn:aws:iam::${OWN}:user/bob`, false],
])
resources(
  RESOURCE_PAGE,
  'You can use wildcard characters (* and ?) within the individual segments of an ARN (the parts separated by colons)',
  [
    [{ Resource: `arn:aws:kms:*:${OWN}:key/*` }, KEY, true],
    [{ Resource: 'arn:aws:kms:*:444455556666:key/*' }, KEY, false],
    [{ Resource: `arn:aws:kms:eu-????-1:${OWN}:key/*` }, KEY, true],
    [{ Resource: `arn:aws:kms:eu-???-1:${OWN}:key/*` }, KEY, false],
    [{ Resource: 'arn:aws:s3:::*log*' }, `${BUCKET}/a.gz`, true],
    [{ Resource: 'arn:aws:s3:::*log*' }, 'arn:aws:s3:::carlossalazar/x', false],
    [{ Resource: `${BUCKET}/*` }, BUCKET, false],
    [{ Resource: `${BUCKET}/*` }, `${BUCKET}/a/b/c`, true],
    [{ Resource: `${BUCKET}/????-*.gz` }, `${BUCKET}/2026-06.gz`, true],
  ],
)
resources(
  RESOURCE_PAGE,
  'The asterisk (*) character can expand to replace everything within a segment, including characters like a forward slash (/)',
  [
    [{ Resource: 'arn:aws:s3:::bucket/*/test/*' }, 'arn:aws:s3:::bucket/1/test/object.jpg', true],
    [{ Resource: 'arn:aws:s3:::bucket/*/test/*' }, 'arn:aws:s3:::bucket/1/2/test/object.jpg', true],
    [
      { Resource: 'arn:aws:s3:::bucket/*/test/*' },
      'arn:aws:s3:::bucket/1/2/test/3/object.jpg',
      true,
    ],
    [{ Resource: 'arn:aws:s3:::bucket/*/test/*' }, 'arn:aws:s3:::bucket/1-test/object.jpg', false],
    [{ Resource: 'arn:aws:s3:::bucket/*/test/*' }, 'arn:aws:s3:::bucket/test/object.jpg', false],
  ],
)
resources(
  RESOURCE_PAGE,
  'If you use the * wildcard as the last character of a resource ARN segment, it can expand to match beyond the colon boundaries.',
  [
    [{ Resource: 'arn:aws:kms:*' }, KEY, true],
    [{ Resource: 'arn:aws:kms:eu-west-1:*' }, KEY, true],
    [{ Resource: 'arn:aws:sns:*' }, KEY, false],
  ],
)
resources(
  'IAM JSON policy elements: NotResource',
  'NotResource is an advanced policy element that explicitly matches every resource except those specified.',
  [
    [{ NotResource: KEY }, KEY, false],
    [{ NotResource: [BUCKET, `${BUCKET}/*`] }, KEY, true],
    [{ NotResource: [BUCKET, `${BUCKET}/*`] }, `${BUCKET}/x`, false],
  ],
)

const HOME = 'arn:aws:s3:::mybucket/${aws:username}/*'
const adele: Facts = { 'aws:username': ['Adele'], 'aws:principaltag/department': ['red'] }
resources(
  VARIABLES_PAGE,
  'IAM replaces the variable ${aws:username} with the friendly name of the actual current user.',
  [
    [{ Resource: HOME }, 'arn:aws:s3:::mybucket/Adele/x', true, adele],
    [{ Resource: HOME }, 'arn:aws:s3:::mybucket/David/x', false, adele],
    [{ Resource: HOME }, 'arn:aws:s3:::mybucket/${aws:username}/x', false, adele],
    [{ NotResource: HOME }, 'arn:aws:s3:::mybucket/Adele/x', false, adele],
    [{ NotResource: HOME }, 'arn:aws:s3:::mybucket/David/x', true, adele],
    [
      { Resource: `arn:aws:iam::${OWN}:user/\${aws:username}` },
      `arn:aws:iam::${OWN}:user/Adele`,
      true,
      adele,
    ],
    [
      { Resource: 'arn:aws:sqs:us-east-2:*:${aws:username}-queue' },
      `arn:aws:sqs:us-east-2:${OWN}:Adele-queue`,
      true,
      adele,
    ],
  ],
)
resources(
  VARIABLES_PAGE,
  'To replace part of an ARN with a tag value, surround the prefix and key name with ${}.',
  [
    [
      { Resource: 'arn:aws:s3:::bucket/${aws:PrincipalTag/department}' },
      'arn:aws:s3:::bucket/red',
      true,
      adele,
    ],
    [
      { Resource: 'arn:aws:s3:::bucket/${AWS:PRINCIPALTAG/DEPARTMENT}' },
      'arn:aws:s3:::bucket/red',
      true,
      adele,
    ],
    [
      { Resource: 'arn:aws:s3:::bucket/${aws:PrincipalTag/team}' },
      'arn:aws:s3:::bucket/red',
      false,
      adele,
    ],
  ],
)
resources(
  VARIABLES_PAGE,
  'not present means that the value is not in the current request information, and any attempt to match it fails and causes the statement to be invalid.',
  [
    [{ Resource: HOME }, 'arn:aws:s3:::mybucket//x', false],
    [{ NotResource: HOME }, 'arn:aws:s3:::mybucket/David/x', false],
    [{ Resource: [HOME, BUCKET] }, BUCKET, true],
  ],
)
resources(
  VARIABLES_PAGE,
  'You can use any available single-valued context key as a policy variable, but you can’t use a multivalued context key as a policy variable.',
  [
    [
      { Resource: 'arn:aws:s3:::mybucket/${aws:TagKeys}' },
      'arn:aws:s3:::mybucket/a',
      false,
      { 'aws:tagkeys': ['a', 'b'] },
    ],
  ],
)
resources(
  VARIABLES_PAGE,
  'You can use a policy variable in the Resource element, but only in the resource portion of the ARN.',
  [
    [
      { Resource: 'arn:aws:kms:${region}:1:key/a' },
      'arn:aws:kms:eu:1:key/a',
      false,
      { region: ['eu'] },
    ],
    [
      { Resource: 'arn:aws:kms:eu:1:key/${region}' },
      'arn:aws:kms:eu:1:key/eu',
      true,
      { region: ['eu'] },
    ],
  ],
)
resources(
  VARIABLES_PAGE,
  'These predefined policy variables can be used in any string where you can use regular policy variables.',
  [
    [{ Resource: 'arn:aws:s3:::b/a${*}b' }, 'arn:aws:s3:::b/a*b', true],
    [{ Resource: 'arn:aws:s3:::b/a${*}b' }, 'arn:aws:s3:::b/axb', false],
    [{ Resource: 'arn:aws:s3:::b/a${?}b' }, 'arn:aws:s3:::b/a?b', true],
    [{ Resource: 'arn:aws:s3:::b/a${?}b' }, 'arn:aws:s3:::b/axb', false],
    [{ Resource: 'arn:aws:s3:::b/a${$}b' }, 'arn:aws:s3:::b/a$b', true],
    [{ Resource: 'arn:aws:s3:::b/${$}{aws:username}' }, 'arn:aws:s3:::b/${aws:username}', true],
  ],
)
resources(
  VARIABLES_PAGE,
  "To add a default value to a variable, surround the default value with single quotes (' '), and separate the variable text and the default value with a comma and space (, ).",
  [
    [{ Resource: "arn:aws:s3:::b/${aws:userid, 'anonymous'}" }, 'arn:aws:s3:::b/anonymous', true],
    [{ Resource: "arn:aws:s3:::b/${aws:userid, ''}x" }, 'arn:aws:s3:::b/x', true],
    [
      { Resource: "arn:aws:s3:::b/${aws:userid, 'anonymous'}" },
      'arn:aws:s3:::b/AIDA',
      true,
      { 'aws:userid': ['AIDA'] },
    ],
    [
      { Resource: "arn:aws:s3:::b/${aws:userid, 'anonymous'}" },
      'arn:aws:s3:::b/anonymous',
      false,
      { 'aws:userid': ['AIDA'] },
    ],
  ],
)

describe('"You can use a policy variable for Condition values in any condition that involves the string operators or the ARN operators." (IAM policy elements: Variables and tags)', () => {
  const arn = `arn:aws:iam::${OWN}:user/Adele`
  it.each([
    [{ StringEquals: { 'app:Key': '${aws:username}' } }, 'Adele', true],
    [{ StringEquals: { 'app:Key': '${aws:username}' } }, 'David', false],
    [{ StringNotEquals: { 'app:Key': '${aws:username}' } }, 'David', true],
    [{ StringEqualsIgnoreCase: { 'app:Key': '${aws:username}' } }, 'ADELE', true],
    [{ StringLike: { 'app:Key': 'home/${aws:username}/*' } }, 'home/Adele/x', true],
    [{ StringLike: { 'app:Key': 'home/${aws:username}/*' } }, 'home/David/x', false],
    [{ StringLike: { 'app:Key': ['', 'home/', 'home/${aws:username}/'] } }, 'home/Adele/', true],
    [{ ArnEquals: { 'app:Key': `arn:aws:iam::${OWN}:user/\${aws:username}` } }, arn, true],
    [{ ArnLike: { 'app:Key': 'arn:aws:iam::*:user/${aws:username}' } }, arn, true],
    [{ ArnNotLike: { 'app:Key': 'arn:aws:iam::*:user/${aws:username}' } }, arn, false],
    [{ StringEquals: { 'app:Key': '${aws:userid}' } }, '${aws:userid}', false],
    [{ StringNotEquals: { 'app:Key': '${aws:userid}' } }, 'x', false],
    [{ StringNotLike: { 'app:Key': ['a*', '${aws:userid}'] } }, 'x', false],
    [{ StringEquals: { 'app:Key': ['x', '${aws:userid}'] } }, 'x', true],
    [{ StringEquals: { 'app:Key': "${aws:userid, 'x'}" } }, 'x', true],
    [{ StringLike: { 'app:Key': '${*}' } }, 'x', false],
    [{ StringLike: { 'app:Key': '${*}' } }, '*', true],
  ])('%j, %s: %s', (condition, value, expected) => {
    expect(isMet(condition, { ...adele, 'app:key': [value] })).toBe(expected)
  })
})

describe('what a variable stands for', () => {
  it('is text, without wildcards (ours: AWS documents nothing, and tags cannot hold them)', () => {
    const facts = { 'aws:username': ['*'], 'app:key': ['home/David'] }
    expect(isMet({ StringLike: { 'app:Key': 'home/${aws:username}' } }, facts)).toBe(false)
    expect(
      isMet(
        { StringLike: { 'app:Key': 'home/${aws:username}' } },
        { ...facts, 'app:key': ['home/*'] },
      ),
    ).toBe(true)
  })
})

describe('"If you don\'t include the Version element and set it to an appropriate version date, variables like ${aws:username} are treated as literal strings in the policy." (IAM policy elements: Variables and tags)', () => {
  const condition = { StringEquals: { 'app:Key': '${aws:username}' } }
  it.each([
    ['2012-10-17', 'Adele', true],
    ['2012-10-17', '${aws:username}', false],
    ['2008-10-17', 'Adele', false],
    ['2008-10-17', '${aws:username}', true],
  ])('%s: %s fits: %s', (version, value, expected) => {
    expect(isMet(condition, { ...adele, 'app:key': [value] }, version)).toBe(expected)
  })

  it('a document without a version is of 2008-10-17', () => {
    const text = JSON.stringify({ Statement: allow({ Condition: condition }) })
    expect(parsePolicy(text, 'identity', 'p').version).toBe('2008-10-17')
  })
})
