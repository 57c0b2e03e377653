/** Who asks for what, with which policies, and what comes of it: told by explain, and done by the server. */
import type { MutableSeed } from '../seed/house.js'

export const OWNER = '111122223333'
export const GUEST = '444455556666'
export const REGION = 'eu-central-1'

type Statement = Record<string, unknown>

export interface Scene {
  readonly name: string
  /** The caller is of another account than the key. */
  readonly isGuest?: true
  readonly identity?: Statement
  readonly boundary?: Statement
  /** In place of the default key policy; `$who` stands for the caller's ARN. */
  readonly keyPolicy?: Statement[]
  readonly grantContext?: Record<string, string>
  readonly operation?: 'Encrypt' | 'DescribeKey' | 'GenerateDataKey'
  readonly context?: Record<string, string>
  /** The key is named by its alias. */
  readonly byAlias?: true
  readonly decision: 'allowed' | 'denied'
  readonly missing?: string
  readonly remedies?: number
  /** How the sentence ends. */
  readonly because: string
}

const ALLOW = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
const OF_ACCOUNT = { ...ALLOW, Principal: { AWS: `arn:aws:iam::${OWNER}:root` } }
const DEFAULT = 'statement "Enable IAM User Permissions" of the key policy'
const OWN = 'Statement[0] of the identity-based policy own'

export const SCENES: readonly Scene[] = [
  {
    name: 'both allow it',
    identity: ALLOW,
    ...{ decision: 'allowed', because: `${DEFAULT} and ${OWN}` },
  },
  {
    name: 'he has no policy',
    ...{ decision: 'denied', missing: 'identity', remedies: 1 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'his policy is about another operation',
    identity: { ...ALLOW, Action: 'kms:Decrypt' },
    ...{ decision: 'denied', missing: 'identity', remedies: 1 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'the key policy is about another',
    identity: ALLOW,
    keyPolicy: [{ ...ALLOW, Principal: { AWS: `arn:aws:iam::${GUEST}:root` } }],
    ...{ decision: 'denied', missing: 'resource', remedies: 1 },
    because: 'the key policy does not allow it, and no grant does',
  },
  {
    name: 'the key policy names him, who has no policy',
    keyPolicy: [OF_ACCOUNT, { ...ALLOW, Sid: 'Him', Principal: { AWS: '$who' } }],
    ...{ decision: 'allowed', because: 'statement "Him" of the key policy' },
  },
  {
    name: 'his policy denies it',
    identity: { ...ALLOW, Sid: 'Never', Effect: 'Deny', Action: 'kms:Enc*' },
    ...{ decision: 'denied', remedies: 0 },
    because: 'statement "Never" of the identity-based policy own denies it',
  },
  {
    name: 'the key policy denies this context',
    identity: ALLOW,
    keyPolicy: [
      OF_ACCOUNT,
      {
        ...{ ...OF_ACCOUNT, Effect: 'Deny' },
        Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'evil' } },
      },
    ],
    context: { tenant: 'evil' },
    ...{ decision: 'denied', remedies: 0, because: 'Statement[1] of the key policy denies it' },
  },
  {
    name: 'the key policy denies another context',
    identity: ALLOW,
    keyPolicy: [
      OF_ACCOUNT,
      {
        ...{ ...OF_ACCOUNT, Effect: 'Deny' },
        Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'evil' } },
      },
    ],
    context: { tenant: 'good' },
    ...{ decision: 'allowed', because: `Statement[0] of the key policy and ${OWN}` },
  },
  {
    name: 'his boundary does not allow it',
    identity: ALLOW,
    boundary: { ...ALLOW, Action: 'kms:Describe*' },
    ...{ decision: 'denied', missing: 'boundary', remedies: 1 },
    because: 'the permissions boundary policy/limit-8 does not allow it, and no grant does',
  },
  {
    name: 'neither he nor his boundary has it',
    boundary: { ...ALLOW, Action: 'kms:Describe*' },
    ...{ decision: 'denied', missing: 'identity', remedies: 2 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'a guest has nothing',
    isGuest: true,
    ...{ decision: 'denied', missing: 'resource', remedies: 2 },
    because: 'the key policy does not allow it, and no grant does',
  },
  {
    name: 'a guest has his own policy only',
    ...{ isGuest: true, identity: ALLOW },
    ...{ decision: 'denied', missing: 'resource', remedies: 1 },
    because: 'the key policy does not allow it, and no grant does',
  },
  {
    name: 'a guest has the key policy only',
    isGuest: true,
    keyPolicy: [OF_ACCOUNT, { ...ALLOW, Principal: { AWS: '$who' } }],
    ...{ decision: 'denied', missing: 'identity', remedies: 1 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'a guest has both',
    ...{ isGuest: true, identity: ALLOW },
    keyPolicy: [OF_ACCOUNT, { ...ALLOW, Principal: { AWS: GUEST } }],
    ...{ decision: 'allowed', because: `Statement[1] of the key policy and ${OWN}` },
  },
  {
    name: 'a guest has a grant for this context',
    ...{ isGuest: true, grantContext: { tenant: 'acme' }, context: { tenant: 'acme', n: '1' } },
    ...{ decision: 'allowed', because: 'a grant' },
  },
  {
    name: 'a guest has a grant for another context',
    ...{ isGuest: true, grantContext: { tenant: 'acme' }, context: { tenant: 'other' } },
    ...{ decision: 'denied', missing: 'resource', remedies: 2 },
    because:
      'the key policy does not allow it, and no grant does: grant lent has constraints that are not met',
  },
  {
    name: 'his policy asks where he is',
    identity: { ...ALLOW, Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } },
    ...{ decision: 'allowed', because: `${DEFAULT} and ${OWN}` },
  },
  {
    name: 'his policy asks where he is not',
    identity: { ...ALLOW, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    ...{ decision: 'denied', missing: 'identity', remedies: 1 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'his policy wants his tag on the key',
    identity: {
      ...ALLOW,
      Condition: { StringEquals: { 'aws:ResourceTag/team': '$' + '{aws:PrincipalTag/team}' } },
    },
    ...{ decision: 'allowed', because: `${DEFAULT} and ${OWN}` },
  },
  {
    name: 'his policy wants TLS',
    identity: { ...ALLOW, Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    ...{ decision: 'denied', missing: 'identity', remedies: 1 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'his policy wants the alias, which he names',
    identity: { ...ALLOW, Condition: { StringLike: { 'kms:RequestAlias': 'alias/key-*' } } },
    ...{ operation: 'DescribeKey', byAlias: true },
    ...{ decision: 'allowed', because: `${DEFAULT} and ${OWN}` },
  },
  {
    name: 'his policy wants the alias, which he does not name',
    identity: { ...ALLOW, Condition: { StringLike: { 'kms:RequestAlias': 'alias/key-*' } } },
    operation: 'DescribeKey',
    ...{ decision: 'denied', missing: 'identity', remedies: 1 },
    because: 'no identity-based policy allows it, and no grant does',
  },
  {
    name: 'the key must have an alias, and has it',
    identity: {
      ...ALLOW,
      Condition: { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/key-*' } },
    },
    operation: 'GenerateDataKey',
    ...{ decision: 'allowed', because: `${DEFAULT} and ${OWN}` },
  },
  {
    name: 'the trust policy of the role names him',
    identity: ALLOW,
    ...{ decision: 'allowed', because: `${DEFAULT} and ${OWN}` },
  },
]

const document = (...Statement: Statement[]) => ({ Version: '2012-10-17', Statement })

const ROLE = {
  ...{ name: 'writer', path: '/logs/', inlinePolicies: { own: document(ALLOW) } },
  trustPolicy: document({
    ...{ Effect: 'Allow', Action: 'sts:AssumeRole' },
    Principal: { AWS: [OWNER, `arn:aws:iam::${OWNER}:user/user-${SCENES.length - 1}`] },
  }),
}

/** The caller of scene `index`, and what he calls for. */
export function castOf(index: number) {
  const account = SCENES[index]!.isGuest ? GUEST : OWNER
  const keyId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
  const place = `arn:aws:kms:${REGION}:${OWNER}`
  return {
    name: `user-${index}`,
    arn: `arn:aws:iam::${account}:user/user-${index}`,
    keyId,
    keyArn: `${place}:key/${keyId}`,
    aliasArn: `${place}:alias/key-${index}`,
    keys: {
      accessKeyId: `AKIASCENE${String(index).padStart(11, '0')}`,
      secretAccessKey: `the-secret-of-scene-${String(index).padStart(20, '0')}`,
    },
  }
}

/** A house in which all scenes can be played. */
export function seedOfScenes(): MutableSeed {
  const accounts = [OWNER, GUEST].map((account) => ({
    account,
    policies: SCENES.flatMap(({ boundary, isGuest }, i) =>
      boundary === undefined || (isGuest ? GUEST : OWNER) !== account
        ? []
        : [{ name: `limit-${i}`, document: document(boundary) }],
    ),
    users: SCENES.flatMap((scene, i) =>
      (scene.isGuest ? GUEST : OWNER) !== account ? [] : [userOf(scene, i)],
    ),
  }))
  const [owner] = accounts
  return {
    accounts: [{ ...owner, roles: [ROLE] }, ...accounts.slice(1)],
    keys: SCENES.map(keyOf),
  } as MutableSeed
}

function userOf({ identity, boundary }: Scene, index: number) {
  const { name, keys } = castOf(index)
  return {
    ...{ name, tags: { team: 'logs' }, accessKeys: [keys] },
    ...(identity === undefined ? {} : { inlinePolicies: { own: document(identity) } }),
    ...(boundary === undefined ? {} : { permissionsBoundary: `limit-${index}` }),
  }
}

function keyOf({ keyPolicy, grantContext }: Scene, index: number) {
  const { arn, keyId } = castOf(index)
  const text = JSON.stringify(document(...(keyPolicy ?? []))).replaceAll('$who', arn)
  const grant = {
    ...{ name: 'lent', granteePrincipal: arn, operations: ['Encrypt'] },
    constraints: { encryptionContextSubset: grantContext },
  }
  return {
    ...{ account: OWNER, region: REGION, keyId, tags: { team: 'logs' } },
    aliases: [`alias/key-${index}`],
    ...(keyPolicy === undefined ? {} : { policy: JSON.parse(text) as object }),
    ...(grantContext === undefined ? {} : { grants: [grant] }),
  }
}
