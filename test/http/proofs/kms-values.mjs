/**
 * Values that AWS's model of the KMS allows, drawn by the shapes of the table: what a member could be as well.
 */
import { KMS } from '../../../dist/aws/models/kms.gen.js'

const ACCOUNT = '000000000000'
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }],
}
const ROLE = `arn:aws:iam::${ACCOUNT}:role/a`
/** Some of these fits every pattern. */
const TEXTS = [
  ...['a', 'alias/a', 'a.b.c', 'us-east-1', 'arn:aws:s3:us-east-1:111122223333:a', 'a'.repeat(64)],
  ...['cluster-aaaaaaaaaaa', 'https://a.example.com', '/a/kms/xks/v1', 'A'.repeat(20), ROLE],
  ...['com.amazonaws.vpce.us-east-1.vpce-svc-a', 'a'.repeat(43)],
]
const ODD = [
  '\u0000',
  '\u{1F511}',
  '__proto__',
  'constructor',
  ' ',
  '"',
  '%00',
  "'",
  'null',
  '\u202e',
]

/** Where AWS takes any text, and we know better. */
const KNOWN = {
  KeyIdType: (known, random) =>
    random.one([
      ...known.keys,
      ...known.keys,
      ...known.aliases,
      ...['alias/none', 'alias/aws/s3', 'none', 'arn:aws:kms:us-east-1:000000000000:key/none'],
      ...['arn:aws:kms:eu-west-3:000000000000:key/x', 'arn:aws:kms:us-east-1:1:alias/x', ':', '/'],
    ]),
  AliasNameType: ({ aliases }, random) =>
    random.one([...aliases, 'alias/new', 'alias/', 'alias/aws/x', 'a', 'alias/a:b', 'alias//']),
  PolicyType: (_, random) => {
    const [statement] = POLICY.Statement
    return JSON.stringify(
      random.one([
        ...[POLICY, {}, [], { ...POLICY, Statement: [] }, { ...POLICY, Version: '2008-10-17' }],
        { ...POLICY, Statement: { ...statement, Principal: { AWS: ROLE } } },
        { ...POLICY, Statement: Array.from({ length: 50 }, () => statement) },
        { ...POLICY, Statement: [{ ...statement, Condition: { Bool: { 'kms:x': [] } } }] },
        { ...POLICY, Statement: [{ ...statement, Action: '*'.repeat(1000) }] },
      ]),
    )
  },
  PrincipalIdType: (_, random) =>
    random.one([ROLE, `arn:aws:iam::${ACCOUNT}:root`, 'arn:aws:iam::1:root', 'a', ACCOUNT]),
  MarkerType: ({ marker = 'a' }, random) => random.one([marker, 'a', '=', 'a2V5czo5', 'ÿ']),
  PolicyNameType: (_, random) => random.one(['default', 'default', 'other']),
}

/** A value of the shape that is named so; blobs as base64. `known`: keys, aliases, a marker, of the house. */
export function drawMember(name, known, random) {
  const draw = KNOWN[name]
  if (draw !== undefined && random.below(8) > 0) return draw(known, random)
  const shape = KMS.shapes[name]
  switch (shape.type) {
    case 'string':
      return text(shape, random)
    case 'integer': {
      const { min = 0, max = 10_000 } = shape
      return random.one([min, max, min + random.below(max - min + 1)])
    }
    case 'boolean':
      return random.below(2) === 0
    case 'blob':
      return blob(shape, known, random)
    case 'timestamp':
      return random.one([0, 1, -1, 1.5, 1_900_000_000, 253_402_300_799])
    case 'list': {
      const length = Math.min(shape.max ?? 4, Math.max(shape.min ?? 0, random.below(5)))
      return Array.from({ length }, () => drawMember(shape.member, known, random))
    }
    case 'map': {
      const names = Array.from({ length: random.below(4) }, () => text({ max: 40 }, random))
      const pairs = names.map((one) => [one, drawMember(shape.value, known, random)])
      // Not by a literal, which has __proto__ as no member.
      return Object.fromEntries(pairs)
    }
    default: {
      const isKept = (member) => shape.required.includes(member) || random.below(2) === 0
      const members = Object.entries(shape.members).filter(([member]) => isKept(member))
      return Object.fromEntries(
        members.map(([member, to]) => [member, drawMember(to, known, random)]),
      )
    }
  }
}

function text({ enum: choices, min = 0, max = 200, pattern }, random) {
  if (choices !== undefined) return random.one(choices)
  const whole = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`)
  const fits = (one) => one.length >= min && one.length <= max && whole?.test(one) !== false
  const drawn = [...TEXTS, ...ODD, ...ODD.map((one) => one.repeat(20)), 'x'.repeat(max)].filter(
    fits,
  )
  return random.one(drawn.length === 0 ? ['a'.repeat(min)] : drawn)
}

/** One that an input has, changed perhaps; or any. */
function blob({ min = 0, max = 1000 }, { inputs }, random) {
  const all = inputs.flatMap(([, input]) => [
    input.CiphertextBlob,
    input.Signature,
    input.PublicKey,
  ])
  const made = all.filter((one) => one !== undefined)
  const bytes = Buffer.from(made.length > 0 ? random.one(made) : '', 'base64')
  switch (random.below(4)) {
    case 0:
      return bytes.toString('base64')
    case 1:
      if (bytes.length > 0) bytes[random.below(bytes.length)] ^= 1 << random.below(8)
      return bytes.toString('base64')
    case 2:
      return bytes.subarray(0, Math.max(min, random.below(bytes.length + 1))).toString('base64')
    default: {
      const length = Math.min(max, Math.max(min, random.one([1, 16, 32, 100, 1000, 4096])))
      return Buffer.alloc(length, random.below(256)).toString('base64')
    }
  }
}
