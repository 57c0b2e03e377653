/** Documents that are no policies, and what is said of them. */
import { describe, expect, it } from 'vitest'
import { type Policy, parsePolicy } from '../../src/policy/policy.js'
import { allow, BUCKET, KEY, OWN, ROLE } from '../support/documented.js'

const SYNTAX = 'Syntax errors in policy.'
const LEGACY = 'The policy failed legacy parsing'

function said(text: string, kind: Policy['kind'] = 'identity'): string {
  try {
    parsePolicy(text, kind, 'p')
  } catch (error) {
    expect(error).toMatchObject({ code: 'MalformedPolicyDocumentException' })
    return (error as Error).message
  }
  return 'nothing'
}

function saidOf(parts: object, kind: Policy['kind'] = 'identity', around: object = {}): string {
  const statement = { Effect: 'Allow', Action: 's3:ListBucket', Resource: BUCKET, ...parts }
  const document = { Version: '2012-10-17', Statement: statement, ...around }
  return said(JSON.stringify(document), kind)
}

const condition = (Condition: unknown) => saidOf({ Condition })
const without = (name: string) => ({ [name]: undefined })

describe('JSON', () => {
  it.each([
    '',
    '{',
    'This is not a json document',
    'null',
    '[]',
    '"policy"',
    '7',
    '{"Version":"2012-10-17"}',
    '{"Version":"2012-10-17","Statement":[]}',
    '{"Version":"2012-10-17","Statement":["afd"]}',
    '{"Version":"2012-10-17","Statement":null}',
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"},}',
    "{'Version':'2012-10-17'}",
    '\ufeff{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"\ud800"}}',
  ])('that is no policy is a syntax error: %j', (text) => {
    expect(said(text)).toBe(SYNTAX)
  })

  it.each([
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Deny","Eff\\u0065ct":"Allow","Action":"*","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"},"Bool":{"b":"true"}}}}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true","a":"false"}}}}',
  ])(
    'with a member twice is refused (IAM user guide, Grammar: "Individual elements must not contain multiple instances of the same key"): %#',
    (text) => {
      expect(said(text)).toBe(SYNTAX)
    },
  )

  it('that nests deeper than any policy is refused unread', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    expect(said(`{"Statement":${deep}}`)).toBe(SYNTAX)
    expect(said(`{"Id":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}}`)).toBe(SYNTAX)
  })

  it('may have an element called __proto__ no more than any other unknown one', () => {
    expect(
      said('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","__proto__":{}}}'),
    ).toBe(SYNTAX)
    expect(said('{"__proto__":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}')).toBe(
      SYNTAX,
    )
    expect(condition({ constructor: { a: 'b' } })).toBe(SYNTAX)
  })
})

describe('the size of a policy', () => {
  const padded = (size: number, kind: Policy['kind']) => {
    const isTrust = kind === 'trust'
    const principal = kind === 'key' || kind === 'bucket' || isTrust ? { Principal: '*' } : {}
    const { Resource, ...rest } = allow(principal) as { Resource: string }
    const statement = isTrust ? { ...rest, Action: 'sts:AssumeRole' } : { ...rest, Resource }
    const text = JSON.stringify({ Version: '2012-10-17', Id: '', Statement: statement })
    return text.replace('"Id":""', `"Id":"${'x'.repeat(size - text.length)}"`)
  }

  it.each([
    ['key', 32_768],
    ['bucket', 20_480],
    ['identity', 10_240],
    ['boundary', 6_144],
    ['trust', 4_096],
    ['session', 2_048],
  ] as const)('of a %s is at most %i', (kind, size) => {
    expect(said(padded(size, kind), kind)).toBe('nothing')
    const isBuckets = (kind as string) === 'bucket'
    expect(said(padded(size + 1, kind), kind)).toBe(
      isBuckets
        ? 'Policy exceeds the maximum allowed document size.'
        : 'The policy document is too long.',
    )
  })

  it('is told in bytes for keys, and without white space for identities', () => {
    const text = padded(32_000, 'key').replace(/x{1000}/, 'ü'.repeat(1000))
    expect(said(text, 'key')).toBe('The policy document is too long.')
    expect(said(padded(10_240, 'identity').replace('{', '{\n     '), 'identity')).toBe('nothing')
    expect(said(`${' '.repeat(140_000)}{}`)).toBe('The policy document is too long.')
  })
})

describe('an element', () => {
  it.each([
    ['unknown, of the policy', () => saidOf({}, 'identity', { 'Extra field': 'value' })],
    ['in another case', () => saidOf({}, 'identity', { statement: [] })],
    ['unknown, of a statement', () => saidOf({ 'Extra field': 'value' })],
    ['Version, of the future', () => saidOf({}, 'identity', { Version: '2013-10-17' })],
    ['Version, a number', () => saidOf({}, 'identity', { Version: 2012 })],
    ['Id, a list', () => saidOf({}, 'identity', { Id: ['a'] })],
    ['Id, an object', () => saidOf({}, 'identity', { Id: {} })],
    ['Sid, an object', () => saidOf({ Sid: {} })],
    ['Sid, a list', () => saidOf({ Sid: [] })],
    ['Sid, a number', () => saidOf({ Sid: 1 })],
    ['Effect, missing', () => saidOf(without('Effect'))],
    ['Effect, another word', () => saidOf({ Effect: 'invalid' })],
    ['Effect, a list', () => saidOf({ Effect: ['Allow'] })],
    ['Action, an object', () => saidOf({ Action: {} })],
    ['Action, a list of lists', () => saidOf({ Action: [[]] })],
    ['Action, null', () => saidOf({ Action: null })],
    ['Action, a number', () => saidOf({ Action: 7 })],
    ['Action beside NotAction', () => saidOf({ NotAction: 'iam:dsf' })],
    ['Resource, an object', () => saidOf({ Resource: { a: BUCKET } })],
    ['Resource, a list with an object', () => saidOf({ Resource: ['adfdf', {}] })],
    ['Resource beside NotResource', () => saidOf({ NotResource: '*' })],
    ['Resource beside NotResource, empty', () => saidOf({ NotResource: [] })],
    ['Condition, a list', () => condition([])],
    ['Condition, a text', () => condition('a')],
    ['Condition, a list of conditions', () => condition([{ StringEquals: { a: 'b' } }])],
    ['Condition, an operator with a text', () => condition({ StringEquals: 'b' })],
    ['Condition, an operator with a list', () => condition({ DateGreaterThan: [] })],
    ['Condition, a key with an object', () => condition({ DateGreaterThan: { a: {} } })],
    ['Condition, a key with null', () => condition({ StringEquals: { a: null } })],
    ['Condition, a key with a list of lists', () => condition({ StringEquals: { a: [['b']] } })],
    ['Condition, an unknown operator', () => condition({ x: { a: '1' } })],
    ['Condition, an operator in another case', () => condition({ stringequals: { a: '1' } })],
    [
      'Condition, a quantifier with two colons',
      () => condition({ 'ForAnyValue::StringEqualsIfExists': { a: 'asf' } }),
    ],
    [
      'Condition, an unknown quantifier',
      () => condition({ 'ForNoValue:StringEquals': { a: 'b' } }),
    ],
    [
      'Condition, two quantifiers',
      () => condition({ 'ForAllValues:ForAnyValue:StringEquals': { a: 'b' } }),
    ],
    ['Condition, two suffixes', () => condition({ StringEqualsIfExistsIfExists: { a: 'b' } })],
    [
      'Condition, NullIfExists ("any condition operator name except the Null condition")',
      () => condition({ NullIfExists: { a: 'true' } }),
    ],
    ['Condition, Null with a quantifier', () => condition({ 'ForAllValues:Null': { a: 'true' } })],
    ['Condition, Null with another value', () => condition({ Null: { a: 'maybe' } })],
    ['Condition, no number', () => condition({ NumericEquals: { a: 'ten' } })],
    ['Condition, a number with wildcards', () => condition({ NumericEquals: { a: '1*' } })],
    ['Condition, a number by a variable', () => condition({ NumericEquals: { a: '${app:n}' } })],
    ['Condition, no Boolean', () => condition({ Bool: { a: 'yes' } })],
    ['Condition, no base64', () => condition({ BinaryEquals: { a: 'AQI' } })],
    ['Condition, no address', () => condition({ IpAddress: { a: '203.0.113' } })],
    ['Condition, a prefix too long', () => condition({ IpAddress: { a: '203.0.113.0/33' } })],
    [
      'Condition, an address by a variable',
      () => condition({ IpAddress: { a: '${aws:SourceIp}' } }),
    ],
    [
      'Condition, a variable that does not end',
      () => condition({ StringEquals: { a: '${aws:username' } }),
    ],
    ['Condition, a variable without a name', () => condition({ StringEquals: { a: '${}' } })],
    ['Condition, a default without quotes', () => condition({ StringEquals: { a: '${a, b}' } })],
    ['Resource, a variable that does not end', () => saidOf({ Resource: `${BUCKET}/\${a` })],
  ])('that does not fit is a syntax error: %s', (_, refused) => {
    expect(refused()).toBe(SYNTAX)
  })

  it.each([
    [LEGACY, { Effect: 'denY' }],
    [LEGACY, { Effect: 'allow', Resource: 'arn:aws:s3::example_bucket' }],
    [LEGACY, { Condition: { DateGreaterThan: { a: 'sdfdsf' } } }],
    [LEGACY, { Condition: { DateLessThanEquals: { a: '234-13' } } }],
    [LEGACY, { Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+1' } } }],
    [LEGACY, { Condition: { DateEquals: { a: '2026*' } } }],
    [LEGACY, { Condition: { 'ForAnyValue:DateEqualsIfExists': { a: 'x' } } }],
    [LEGACY, { Resource: 'arn:aws:s3::example_bucket' }],
    [LEGACY, { Resource: undefined, NotResource: 'arn:aws:s3::example_bucket' }],
    [LEGACY, { Resource: 'arn:aws::::example_bucket' }],
    [LEGACY, { Resource: 'arn:aws::fdsasf' }],
    [LEGACY, { Action: undefined, Condition: { DateGreaterThan: { a: 'sdfdsf' } } }],
    [
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      { Sid: 'not alpha numeric' },
    ],
    ['Policy document should not specify a principal.', { Principal: '*' }],
    ['Policy document should not specify a principal.', { NotPrincipal: { AWS: OWN } }],
    ['Policy statement must contain actions.', without('Action')],
    ['Policy statement must contain actions.', { Action: [] }],
    ['Policy statement must contain actions.', { Action: undefined, Resource: undefined }],
    ['Policy statement must contain resources.', without('Resource')],
    ['Policy statement must contain resources.', { Resource: [] }],
    ['Resource invalid resource must be in ARN format or "*".', { Resource: 'invalid resource' }],
    ['Resource  must be in ARN format or "*".', { Resource: '' }],
    ['Resource adf must be in ARN format or "*".', { Resource: ['adf'] }],
    [
      'Resource sdfsadf must be in ARN format or "*".',
      { Action: 's:3:ListBucket', Resource: 'sdfsadf' },
    ],
    [
      'Partition "bsdfdsafsad" is not valid for resource "arn:bsdfdsafsad:*:*:*:*".',
      { Resource: 'a:bsdfdsafsad' },
    ],
    ['Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".', { Resource: 'a:b:cadfsdf' }],
    [
      'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".',
      { Resource: 'a:b:c:d:e:f:g:h' },
    ],
    [
      'Partition "s3" is not valid for resource "arn:s3:::example_bucket:*".',
      { Resource: 'aws:s3:::example_bucket' },
    ],
    [
      'Partition "error" is not valid for resource "arn:error:s3:::example_bucket".',
      { Resource: ['arn:error:s3:::example_bucket'] },
    ],
    [
      'Resource vendor must be fully qualified and cannot contain regexes.',
      { Resource: 'arn:aws' },
    ],
    [
      'IAM resource arn:aws:iam:us-east-1::example_bucket cannot contain region information.',
      { Resource: 'arn:aws:iam:us-east-1::example_bucket' },
    ],
    [
      'Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.',
      { Resource: 'arn:aws:s3:us-east-1::example_bucket' },
    ],
    [
      'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
      { Resource: 'arn:aws:iam:::example_bucket' },
    ],
    [
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      { Action: 'invalid' },
    ],
    [
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      { Action: undefined, NotAction: '' },
    ],
    ['Vendor a a is not valid', { Action: 'a a:ListBucket' }],
    ['Vendor s* is not valid', { Action: 's*:ListBucket' }],
    ['Actions/Condition can contain only one colon.', { Action: 's3:List:Bucket' }],
  ])('%s: %j', (says, parts) => {
    expect(saidOf(parts)).toBe(says)
  })

  it('Sid is there once', () => {
    const twice = { Version: '2012-10-17', Statement: [allow({ Sid: 'a' }), allow({ Sid: 'a' })] }
    expect(said(JSON.stringify(twice))).toBe(
      'Statement IDs (SID) in a single policy must be unique.',
    )
    const empty = { ...twice, Statement: [allow({ Sid: '' }), allow({ Sid: '' })] }
    expect(said(JSON.stringify(empty))).toBe('nothing')
  })

  it('that a stranger wrote is told in part only', () => {
    expect(saidOf({ Resource: 'x'.repeat(5000) }).length).toBeLessThan(600)
    expect(saidOf({ Action: `${' '.repeat(5000)}:x` }).length).toBeLessThan(600)
  })
})

describe('a principal', () => {
  const INVALID = 'Policy contains a statement with one or more invalid principals.'
  it.each([
    'arn:aws:iam::111122223333:user/*',
    'arn:aws:iam::111122223333:user/Al?ce',
    'arn:aws:iam::111122223333:group/Admins',
    'arn:aws:iam::111122223333:*',
    'arn:aws:iam::1111:root',
    'arn:aws:iam:eu-west-1:111122223333:root',
    'arn:aws:sts::111122223333:assumed-role/Reader/*',
    'arn:aws:sts::111122223333:assumed-role/Reader',
    'arn:aws:s3:::logs',
    'Alice',
    '1234',
    '',
    '1111222233334',
  ])('that no policy may name: %j', (AWS) => {
    const parts = { Principal: { AWS }, Resource: '*' }
    expect(saidOf(parts, 'key')).toBe(INVALID)
    expect(saidOf(parts, 'bucket')).toBe('Invalid principal in policy')
    const trust = { Principal: { AWS }, Resource: undefined, Action: 'sts:AssumeRole' }
    expect(saidOf(trust, 'trust')).toBe(`Invalid principal in policy: "AWS":"${AWS}"`)
  })

  it.each([
    [{ Service: '*' }, INVALID],
    [{ Service: 'cloudtrail' }, INVALID],
    [{ Service: 'cloudtrail.*.com' }, INVALID],
    [{ Federated: 'accounts.google.com' }, INVALID],
    [{ CanonicalUser: '79a59df900b949e55d96a1e698fbaced' }, INVALID],
    [{ AWS: [] }, 'Missing required field Principal cannot be empty!'],
    [{}, 'Missing required field Principal cannot be empty!'],
    [undefined, 'Missing required field Principal'],
    ['Alice', SYNTAX],
    [OWN, SYNTAX],
    [['*'], SYNTAX],
    [{ Everybody: '*' }, SYNTAX],
    [{ aws: '*' }, SYNTAX],
    [{ AWS: {} }, SYNTAX],
    [{ AWS: 7 }, SYNTAX],
  ])('of a key is not %j: %s', (Principal, says) => {
    expect(saidOf({ Principal, Resource: '*' }, 'key')).toBe(says)
  })

  it('stands beside no NotPrincipal', () => {
    const both = { Principal: '*', NotPrincipal: { AWS: OWN }, Resource: '*' }
    expect(saidOf(both, 'key')).toBe(SYNTAX)
  })

  it.each([
    ['key', { AWS: ['*', OWN, `arn:aws:iam::${OWN}:root`, ROLE], Service: 's3.amazonaws.com' }],
    ['key', { AWS: 'arn:aws-cn:iam::111122223333:user/path/to/Alice' }],
    ['bucket', { CanonicalUser: '79a59df900b949e55d96a1e698fbaced' }],
    ['trust', { Federated: 'arn:aws:iam::111122223333:saml-provider/x' }],
    ['trust', { Service: 'service.eu-west-1.amazonaws.com' }],
  ] as const)('of a %s may be %j', (kind, Principal) => {
    const own = kind === 'trust' ? { Action: 'sts:AssumeRole', Resource: undefined } : {}
    expect(saidOf({ Principal, ...own }, kind)).toBe('nothing')
  })
})

describe('a trust policy', () => {
  const trust = (parts: object) =>
    saidOf({ Principal: '*', Action: 'sts:AssumeRole', Resource: undefined, ...parts }, 'trust')
  const ACTIONS =
    'Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity'

  it('has actions of STS only', () => {
    expect(trust({})).toBe('nothing')
    expect(trust({ Action: ['sts:AssumeRole', 'sts:TagSession'] })).toBe('nothing')
    expect(trust({ Action: 's3:GetObject' })).toBe(ACTIONS)
    expect(trust({ Action: '*' })).toBe(ACTIONS)
    expect(trust({ Action: undefined, NotAction: 'sts:TagSession' })).toBe(ACTIONS)
  })

  it('has no resource', () => {
    expect(trust({ Resource: '*' })).toBe('Has prohibited field Resource.')
    expect(trust({ NotResource: KEY })).toBe('Has prohibited field Resource.')
  })
})

describe('a bucket policy', () => {
  const bucket = (parts: object) => saidOf({ Principal: '*', ...parts }, 'bucket')

  it('is refused in words of S3', () => {
    expect(bucket({})).toBe('nothing')
    expect(said('nonsense', 'bucket')).toBe(
      "Policies must be valid JSON and the first byte must be '{'",
    )
    expect(bucket({ Colour: 'red' })).toBe('Invalid policy syntax.')
    expect(bucket({ Resource: 'logs' })).toBe('Policy has invalid resource')
    expect(bucket({ Action: 'GetObject' })).toBe('Policy has invalid action')
    expect(bucket({ Action: undefined })).toBe('Missing required field Action')
    expect(bucket({ Resource: undefined })).toBe('Missing required field Resource')
    expect(bucket({ Principal: undefined })).toBe('Missing required field Principal')
    expect(bucket({ Effect: 'allow' })).toBe('Invalid policy syntax.')
  })
})

describe('a policy', () => {
  it.each([
    { Resource: [BUCKET] },
    { Resource: [BUCKET, '*'] },
    { Action: 'iam: asdf safdsf af ' },
    { Action: '*' },
    { Resource: 'arn:aws:iam:::user/example_bucket' },
    { Resource: 'arn:aws:s33:::example_bucket' },
    { Resource: 'arn:aws:fdsasf' },
    { Resource: 'arn:aws:s3:us-east-1:123456789012:accesspoint/x' },
    { Resource: 'arn:*:s3:::b' },
    { Condition: {} },
    { Condition: { DateGreaterThan: {} } },
    { Condition: { DateGreaterThan: { a: [] } } },
    { Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'Department' } } },
    { Condition: { NumericLessThan: { a: 10 }, Bool: { b: true } } },
    { Sid: 'dsfsdfsdfsdfsdfsadfsd' },
    { Sid: '' },
  ])('may be this, as IAM takes it: %j', (parts) => {
    expect(saidOf(parts)).toBe('nothing')
  })
})
