/**
 * Policies and requests drawn at random, from so few names that they often meet.
 */
import * as fc from 'fast-check'
import type { PolicyRequest } from '../../src/policy/decide.js'
import type { Policy } from '../../src/policy/policy.js'
import { parsePolicy } from '../../src/policy/policy.js'
import type { Document, DocumentStatement, Question } from './policy-reference.js'

const [OWN, OTHER] = ['111122223333', '444455556666']
const ALICE = `arn:aws:iam::${OWN}:user/Alice`
const ROLE = `arn:aws:iam::${OWN}:role/Reader`
const SESSION = `arn:aws:sts::${OWN}:assumed-role/Reader/s1`
const FEDERATED = `arn:aws:sts::${OWN}:federated-user/Alice`
const ROOT = `arn:aws:iam::${OWN}:root`
const KEY = `arn:aws:kms:eu-west-1:${OWN}:key/1234abcd`
const OBJECT = 'arn:aws:s3:::logs/Alice/a.gz'

const few = <T>(items: readonly T[], minLength = 1) =>
  fc.array(fc.constantFrom(...items), { minLength, maxLength: 3 })
const onlyGiven = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T

const who: fc.Arbitrary<Question['who']> = fc.constantFrom(
  { type: 'User', account: OWN, arn: ALICE },
  { type: 'RoleSession', account: OWN, arn: SESSION, issuer: ROLE },
  { type: 'FederatedUser', account: OWN, arn: FEDERATED, issuer: ALICE },
  { type: 'Root', account: OWN, arn: ROOT },
  { type: 'Service', account: '', arn: 'cloudtrail.amazonaws.com' },
)

const principals = fc.record({
  AWS: few(['*', OWN, ROOT, OTHER, ALICE, ROLE, SESSION, FEDERATED], 0),
  Service: few(['cloudtrail.amazonaws.com', 's3.amazonaws.com'], 0),
})
const actions = few([
  '*',
  'kms:*',
  'kms:Decrypt',
  'KMS:de*',
  'kms:?ecrypt',
  's3:GetObject',
  's3:*t',
  'kms:E*',
])
const resources = few([
  ...[
    '*',
    KEY,
    `arn:aws:kms:*:${OWN}:key/*`,
    'arn:aws:kms:*',
    `arn:aws:kms:eu-west-1:${OWN}:key/????abcd`,
  ],
  ...[OBJECT, 'arn:aws:s3:::logs/*', 'arn:aws:s3:::logs/${aws:username}/*', 'arn:aws:s3:::*/a.??'],
  ...[
    "arn:aws:s3:::logs/${aws:username, 'Alice'}/a.gz",
    'arn:aws:s3:::logs/${app:Name}*',
    'arn:aws:s3:::l?gs/A*e/*',
  ],
])

/** Values that a policy may hold, by the type of an operator; requests have them, and what is not of the type. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  String: [
    'Alice',
    'alice',
    'Al*',
    '?lice',
    '',
    '${aws:username}',
    "${aws:username, 'Al'}",
    '${*}',
    '*',
    'A${app:Name}',
  ],
  Arn: [
    ALICE,
    `arn:aws:iam::*:user/*`,
    ROLE,
    KEY,
    'arn:aws:kms:*:*:*',
    'arn:aws:iam::${app:Name}:user/Alice',
    'Alice',
    OBJECT,
  ],
  Numeric: ['10', '10.0', '9', '-1.5', '1e1'],
  Date: [
    '2026-01-01T00:00:00Z',
    '2026-01-01',
    '1767225600',
    '2026-06-30T12:00:00+02:00',
    '2026-06-30T10:00:00Z',
  ],
  Bool: ['true', 'false', 'TRUE'],
  Binary: ['AQID', 'AQI=', 'AA=='],
  Ip: [
    '203.0.113.9',
    '203.0.113.0/24',
    '0.0.0.0/0',
    '203.0.113.8/29',
    '2001:db8::/32',
    '2001:db8::1',
    '10.0.0.0/8',
  ],
}
const ACTUAL: Readonly<Record<string, readonly string[]>> = {
  ...VALUES,
  String: ['Alice', 'alice', 'Alabama', '', '*', 'A111122223333'],
  Arn: [ALICE, ROLE, KEY, OBJECT, 'Alice', `arn:aws:iam::${OWN}:user/Alice:x`],
  Numeric: ['10', '9.99', '-1.5', 'ten', ''],
  Date: [
    '2026-01-01T00:00:00Z',
    '2025-12-31T23:59:59Z',
    '1767225600',
    '2026-06-30T10:00:00Z',
    'never',
  ],
  Ip: ['203.0.113.9', '203.0.114.1', '10.255.0.1', '2001:db8::1', '2001:db9::1'],
}
const BASES: Readonly<Record<string, readonly string[]>> = {
  String: ['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'],
  Arn: ['Equals', 'NotEquals', 'Like', 'NotLike'],
  Numeric: [
    'Equals',
    'NotEquals',
    'LessThan',
    'LessThanEquals',
    'GreaterThan',
    'GreaterThanEquals',
  ],
  Date: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'],
  Bool: [''],
  Binary: ['Equals'],
  Ip: ['Address'],
}

const operator = fc
  .tuple(
    fc.constantFrom(...Object.keys(VALUES)),
    fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom('', '', 'IfExists'),
    fc.nat(20),
  )
  .map(([type, quantifier, suffix, n]) => {
    const bases = BASES[type]!
    const base =
      type === 'Ip' ? ['IpAddress', 'NotIpAddress'][n % 2]! : `${type}${bases[n % bases.length]}`
    return { type, name: `${quantifier}${base}${suffix}` }
  })

const condition = fc.oneof(
  {
    weight: 8,
    arbitrary: operator.chain(({ type, name }) =>
      few(VALUES[type]!, 0).map((values) => ({ [name]: { [`app:${type}`]: values } })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...Object.keys(VALUES)), few(['true', 'false']))
      .map(([type, values]) => ({ Null: { [`App:${type}`]: values } })),
  },
)
const conditions = fc.array(condition, { maxLength: 2 }).map((all) => {
  const merged: Record<string, Record<string, string[]>> = {}
  for (const one of all)
    for (const [name, keys] of Object.entries(one)) merged[name] = { ...merged[name], ...keys }
  return Object.keys(merged).length === 0 ? undefined : merged
})

const facts = fc
  .record({
    ...Object.fromEntries(
      Object.entries(ACTUAL).map(([type, values]) => [
        `app:${type.toLowerCase()}`,
        fc.option(few(values, 0), { nil: undefined }),
      ]),
    ),
    'aws:username': fc.constantFrom(undefined, ['Alice'], ['Alice'], ['Alice', 'Bob'], ['*']),
    'app:name': fc.constantFrom(undefined, [OWN], ['/Alice/a.'], []),
  })
  .map((all) => onlyGiven(all as Readonly<Record<string, readonly string[]>>))

function statement(isResource: boolean): fc.Arbitrary<DocumentStatement> {
  return fc
    .record({
      effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
      everybody: fc.boolean(),
      isNotPrincipal: fc.integer({ max: 3, min: 0 }),
      names: principals,
      isNotAction: fc.integer({ max: 4, min: 0 }),
      actions,
      isNotResource: fc.integer({ max: 4, min: 0 }),
      resources,
      conditions,
    })
    .map((drawn) => {
      const { AWS, Service } = drawn.names
      const listed = onlyGiven({
        AWS: AWS.length === 0 && Service.length > 0 ? undefined : AWS.length === 0 ? [OTHER] : AWS,
        Service: Service.length === 0 ? undefined : Service,
      }) as Record<string, string[]>
      const principal =
        drawn.isNotPrincipal === 0
          ? { NotPrincipal: listed }
          : { Principal: drawn.everybody && drawn.isNotAction === 1 ? ('*' as const) : listed }
      return onlyGiven({
        Effect: drawn.effect as 'Allow' | 'Deny',
        ...(isResource ? principal : {}),
        ...(drawn.isNotAction === 0 ? { NotAction: drawn.actions } : { Action: drawn.actions }),
        ...(drawn.isNotResource === 0
          ? { NotResource: drawn.resources }
          : { Resource: drawn.resources }),
        Condition: drawn.conditions,
      }) as DocumentStatement
    })
}

export function documents(isResource: boolean): fc.Arbitrary<Document> {
  return fc.record({
    Version: fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17'),
    Statement: fc.array(statement(isResource), { minLength: 1, maxLength: 3 }),
  })
}

const identityDocuments = documents(false)
const trustDocuments = documents(true).map(({ Version, Statement }) => ({
  Version: Version!,
  Statement: Statement.map(({ Resource: _, NotResource: __, NotAction: ___, ...rest }) => ({
    ...rest,
    Action: ['sts:AssumeRole'],
  })),
}))

export const questions: fc.Arbitrary<Question> = fc
  .record({
    who,
    target: fc.constantFrom(
      { action: 'kms:Decrypt', resource: KEY },
      { action: 's3:GetObject', resource: OBJECT },
      { action: 'sts:AssumeRole', resource: ROLE },
    ),
    owner: fc.constantFrom(OWN, OWN, OTHER),
    facts,
    identity: fc.array(identityDocuments, { maxLength: 2 }),
    boundary: fc.option(identityDocuments, { nil: undefined, freq: 2 }),
    session: fc.option(fc.array(identityDocuments, { maxLength: 2 }), { nil: undefined, freq: 2 }),
    isAttached: fc.integer({ min: 0, max: 5 }),
    attached: documents(true),
    trust: trustDocuments,
  })
  .map(({ target, isAttached, attached, trust, ...drawn }) => {
    const kind = ({ kms: 'key', s3: 'bucket', sts: 'trust' } as const)[
      target.action.split(':')[0] as 'kms'
    ]
    const hasSessions = drawn.who.type === 'RoleSession' || drawn.who.type === 'FederatedUser'
    const isBounded = hasSessions || drawn.who.type === 'User'
    return {
      ...target,
      ...drawn,
      identity: isBounded ? drawn.identity : [],
      boundary: isBounded ? drawn.boundary : undefined,
      session: hasSessions ? drawn.session : undefined,
      ...(isAttached === 0
        ? {}
        : { attached: { kind, document: (kind as string) === 'trust' ? trust : attached } }),
    }
  })

/** Nothing but conditions decides: one statement about everything, and facts that are mostly there. */
export const conditionQuestions: fc.Arbitrary<Question> = fc
  .record({ condition: fc.tuple(conditions, conditions), facts, version: fc.boolean() })
  .map(({ condition: [allowed, denied], facts, version }) => ({
    who: { type: 'User', account: OWN, arn: ALICE },
    action: 'kms:Decrypt',
    resource: KEY,
    owner: OWN,
    facts,
    identity: [
      {
        Version: version ? '2012-10-17' : '2008-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['*'], Resource: ['*'], Condition: allowed ?? {} },
          {
            Effect: 'Deny',
            Action: ['*'],
            Resource: ['*'],
            Condition: denied ?? { Null: { a: ['false'] } },
          },
        ],
      },
    ],
  }))

/** The same question, as the evaluator is asked. */
export function requestOf(question: Question): PolicyRequest {
  const { who, identity, boundary, session, attached, facts } = question
  const parse = (document: Document, kind: Policy['kind'], name: string) =>
    parsePolicy(JSON.stringify(document), kind, name)
  return {
    principal: {
      ...who,
      boundary: boundary && parse(boundary, 'boundary', 'boundary'),
      sessionPolicies: session?.map((document, i) => parse(document, 'session', `session ${i}`)),
    },
    action: question.action,
    resource: question.resource,
    owner: question.owner,
    identityPolicies: identity.map((document, i) => parse(document, 'identity', `identity ${i}`)),
    resourcePolicy: attached && parse(attached.document, attached.kind, 'attached'),
    fact: (key) => facts[key],
  }
}
