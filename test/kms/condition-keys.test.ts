/** The condition keys that policies can ask of a call of KMS: each lets through what it names, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kms } from '../../src/kms/kms.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import { allow, outcome, sessionWith, textOf, userWith } from './bound.js'

let house: TestKms
let key: string
let other: string
let external: string
let blob: Uint8Array
const OTHER_KINDS = [
  ...(['RSA_2048 SIGN_VERIFY', 'RSA_2048 ENCRYPT_DECRYPT'] as const),
  ...(['HMAC_256 GENERATE_VERIFY_MAC', 'ECC_NIST_P256 KEY_AGREEMENT'] as const),
] as const
const others = new Map<string, string>()
beforeAll(async () => {
  house = await openTestKms()
  const Tags = [{ TagKey: 'Team', TagValue: 'audit' }]
  key = (await house.kms.createKey({ Tags })).KeyMetadata.Arn
  other = (await house.kms.createKey({ MultiRegion: true })).KeyMetadata.Arn
  external = (await house.kms.createKey({ Origin: 'EXTERNAL' })).KeyMetadata.Arn
  for (const kind of OTHER_KINDS) {
    const [KeySpec, KeyUsage] = kind.split(' ') as ['RSA_2048', 'SIGN_VERIFY']
    others.set(kind, (await house.kms.createKey({ KeySpec, KeyUsage })).KeyMetadata.Arn)
  }
  await house.kms.createAlias({ AliasName: 'alias/one', TargetKeyId: key })
  await house.kms.createAlias({ AliasName: 'alias/two', TargetKeyId: key })
  const input = { KeyId: key, Plaintext: text, EncryptionContext: context }
  blob = (await house.kms.encrypt(input)).CiphertextBlob
})
afterAll(() => house.remove())

const text = Buffer.from('text')
const context = { App: 'logs', region: 'north' }
const grantee = `arn:aws:iam::${ACCOUNT}:user/bob`

type Work = (kms: Kms, key: string) => Promise<unknown>
const describeKey: Work = (kms, KeyId) => kms.describeKey({ KeyId })
const decrypt: Work = (kms) => kms.decrypt({ CiphertextBlob: blob, EncryptionContext: context })
const encrypt = (EncryptionContext?: Record<string, string>): Work => {
  return (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: text, EncryptionContext })
}
const grant = (more: object = {}): Work => {
  const input = { GranteePrincipal: grantee, RetiringPrincipal: grantee, ...more }
  return (kms, KeyId) => kms.createGrant({ KeyId, Operations: ['Decrypt'], ...input })
}
const scheduling =
  (PendingWindowInDays?: number): Work =>
  async (kms, KeyId) => {
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays })
    await house.kms.cancelKeyDeletion({ KeyId })
    await house.kms.enableKey({ KeyId })
  }
const reEncrypt = (DestinationKeyId: () => string): Work => {
  return (kms) =>
    kms.reEncrypt({
      ...{ CiphertextBlob: blob, SourceEncryptionContext: context },
      DestinationKeyId: DestinationKeyId(),
    })
}
/** Of a key of imported material; what comes with the token is asked after. */
const importing = (more: {
  ExpirationModel?: 'KEY_MATERIAL_DOES_NOT_EXPIRE'
  ValidTo?: Date
}): Work => {
  return async (kms) => {
    const refused = { code: 'InvalidImportTokenException' }
    const input = { KeyId: external, ImportToken: text, EncryptedKeyMaterial: text, ...more }
    const failed = await kms.importKeyMaterial(input).catch((error: unknown) => error)
    if ((failed as typeof refused).code !== refused.code) throw failed
  }
}
const forImport = (
  WrappingAlgorithm: 'RSAES_OAEP_SHA_256' | 'RSA_AES_KEY_WRAP_SHA_256',
  WrappingKeySpec: 'RSA_2048' | 'RSA_3072',
): Work => {
  const input = { WrappingAlgorithm, WrappingKeySpec }
  return (kms) => kms.getParametersForImport({ KeyId: external, ...input })
}
const HOUR_MS = 60 * 60 * 1000
const inHours = (hours: number) => new Date(Date.UTC(2026, 0, 2, 3) + hours * HOUR_MS)
const createKey = (more: object): Work => {
  return (kms) => kms.createKey(more)
}

const ofKind = (kind: (typeof OTHER_KINDS)[number], work: Work): Work => {
  return (kms) => work(kms, others.get(kind)!)
}
const signing = (more: object): Work =>
  ofKind('RSA_2048 SIGN_VERIFY', (kms, KeyId) => {
    const SigningAlgorithm = 'RSASSA_PSS_SHA_256'
    return kms.sign({ KeyId, Message: Buffer.alloc(32), SigningAlgorithm, ...more })
  })
const encryptingBy = (EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'): Work =>
  ofKind('RSA_2048 ENCRYPT_DECRYPT', (kms, KeyId) =>
    kms.encrypt({ KeyId, Plaintext: text, EncryptionAlgorithm }),
  )
const authenticating: Work = ofKind('HMAC_256 GENERATE_VERIFY_MAC', (kms, KeyId) =>
  kms.generateMac({ KeyId, Message: text, MacAlgorithm: 'HMAC_SHA_256' }),
)
const agreeing: Work = ofKind('ECC_NIST_P256 KEY_AGREEMENT', async (kms, KeyId) => {
  const { PublicKey } = await house.kms.getPublicKey({ KeyId })
  return await kms.deriveSharedSecret({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' })
})
const pair = (KeyPairSpec: 'ECC_NIST_P256' | 'ECC_NIST_P384'): Work => {
  return (kms, KeyId) => kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec })
}

type Condition = Record<string, Record<string, unknown>>
const is = (name: string, ...values: unknown[]): Condition => ({ StringEquals: { [name]: values } })
const every = (name: string, ...values: string[]): Condition => ({
  'ForAllValues:StringEquals': { [name]: values },
  Null: { [name]: 'false' },
})
const some = (name: string, ...values: string[]): Condition => ({
  'ForAnyValue:StringEquals': { [name]: values },
})
const bool = (name: string, value: boolean): Condition => ({ Bool: { [name]: value } })

/** A condition, a call that meets it, and one that does not. */
const ROWS: Array<[condition: Condition, meets: Work, fails: Work]> = [
  [is('kms:CallerAccount', ACCOUNT), describeKey, describeKey],
  [is('kms:KeySpec', 'SYMMETRIC_DEFAULT'), describeKey, describeKey],
  [is('kms:KeyUsage', 'ENCRYPT_DECRYPT'), describeKey, describeKey],
  [is('kms:CustomerMasterKeySpec', 'SYMMETRIC_DEFAULT'), describeKey, describeKey],
  [is('kms:CustomerMasterKeyUsage', 'ENCRYPT_DECRYPT'), describeKey, describeKey],
  [is('kms:KeyOrigin', 'AWS_KMS'), describeKey, describeKey],
  [
    is('kms:ExpirationModel', 'KEY_MATERIAL_EXPIRES'),
    importing({ ValidTo: inHours(1) }),
    importing({ ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }),
  ],
  [
    { NumericLessThanEquals: { 'kms:ValidTo': inHours(2).getTime() / 1000 } },
    importing({ ValidTo: inHours(2) }),
    importing({ ValidTo: inHours(2.001) }),
  ],
  [
    is('kms:WrappingAlgorithm', 'RSAES_OAEP_SHA_256'),
    forImport('RSAES_OAEP_SHA_256', 'RSA_2048'),
    forImport('RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048'),
  ],
  [
    is('kms:WrappingKeySpec', 'RSA_2048'),
    forImport('RSAES_OAEP_SHA_256', 'RSA_2048'),
    forImport('RSAES_OAEP_SHA_256', 'RSA_3072'),
  ],
  [bool('kms:MultiRegion', false), describeKey, (kms) => describeKey(kms, other)],
  [is('kms:MultiRegionKeyType', 'PRIMARY'), (kms) => describeKey(kms, other), describeKey],
  [is('kms:RequestAlias', 'alias/one'), (kms) => describeKey(kms, 'alias/one'), describeKey],
  [
    is('kms:RequestAlias', 'alias/one'),
    (kms) => describeKey(kms, `arn:aws:kms:${REGION}:${ACCOUNT}:alias/one`),
    (kms) => describeKey(kms, 'alias/two'),
  ],
  [some('kms:ResourceAliases', 'alias/two'), describeKey, (kms) => describeKey(kms, other)],
  [some('kms:ResourceAliases', 'alias/two'), decrypt, (kms) => encrypt()(kms, other)],
  [is('kms:EncryptionContext:App', 'logs'), encrypt(context), encrypt({ App: 'Logs' })],
  [is('kms:EncryptionContext:app', 'logs'), decrypt, encrypt()],
  [
    is('kms:EncryptionContext:app', 'logs'),
    encrypt({ APP: 'logs' }),
    encrypt({ app: 'a', App: 'logs' }),
  ],
  [every('kms:EncryptionContextKeys', 'App', 'region'), encrypt({ App: '1' }), encrypt({ x: '1' })],
  [some('kms:EncryptionContextKeys', 'App'), encrypt({ App: '', x: '' }), encrypt({ app: '' })],
  [is('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT'), decrypt, describeKey],
  [bool('kms:ReEncryptOnSameKey', true), reEncrypt(() => key), reEncrypt(() => other)],
  [bool('kms:ReEncryptOnSameKey', true), reEncrypt(() => 'alias/two'), reEncrypt(() => other)],
  [is('kms:GranteePrincipal', grantee), grant(), grant({ GranteePrincipal: `${grantee}2` })],
  [is('kms:RetiringPrincipal', grantee), grant(), grant({ RetiringPrincipal: undefined })],
  [every('kms:GrantOperations', 'Decrypt'), grant(), grant({ Operations: ['Decrypt', 'Encrypt'] })],
  [
    is('kms:GrantConstraintType', 'EncryptionContextSubset'),
    grant({ Constraints: { EncryptionContextSubset: { a: 'b' } } }),
    grant({ Constraints: { EncryptionContextEquals: { a: 'b' } } }),
  ],
  [bool('kms:GrantIsForAWSResource', false), grant(), describeKey],
  [
    { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': 20 } },
    scheduling(),
    scheduling(19),
  ],
  [
    bool('kms:BypassPolicyLockoutSafetyCheck', false),
    createKey({}),
    createKey({ BypassPolicyLockoutSafetyCheck: true }),
  ],
  [is('kms:KeySpec', 'SYMMETRIC_DEFAULT'), createKey({}), createKey({ KeySpec: 'RSA_2048' })],
  [bool('kms:MultiRegion', true), createKey({ MultiRegion: true }), createKey({})],
  [
    is('kms:SigningAlgorithm', 'RSASSA_PSS_SHA_256'),
    signing({ SigningAlgorithm: 'RSASSA_PSS_SHA_256' }),
    signing({ SigningAlgorithm: 'RSASSA_PSS_SHA_512' }),
  ],
  [is('kms:MessageType', 'RAW'), signing({}), signing({ MessageType: 'DIGEST' })],
  [is('kms:MessageType', 'DIGEST'), signing({ MessageType: 'DIGEST' }), describeKey],
  [is('kms:MacAlgorithm', 'HMAC_SHA_256'), authenticating, describeKey],
  [is('kms:KeyAgreementAlgorithm', 'ECDH'), agreeing, describeKey],
  [is('kms:DataKeyPairSpec', 'ECC_NIST_P256'), pair('ECC_NIST_P256'), pair('ECC_NIST_P384')],
  [
    is('kms:EncryptionAlgorithm', 'RSAES_OAEP_SHA_256'),
    encryptingBy('RSAES_OAEP_SHA_256'),
    encryptingBy('RSAES_OAEP_SHA_1'),
  ],
  [{ Null: { 'kms:EncryptionAlgorithm': true } }, signing({}), encryptingBy('RSAES_OAEP_SHA_1')],
  [is('kms:KeySpec', 'RSA_2048'), signing({}), describeKey],
  [is('kms:KeyOrigin', 'AWS_KMS'), createKey({}), createKey({ Origin: 'EXTERNAL' })],
  [
    is('aws:RequestTag/Team', 'audit'),
    createKey({ Tags: [{ TagKey: 'Team', TagValue: 'audit' }] }),
    createKey({ Tags: [{ TagKey: 'Team', TagValue: 'sales' }] }),
  ],
  [
    every('aws:TagKeys', 'Team'),
    (kms, KeyId) => kms.untagResource({ KeyId, TagKeys: ['Team'] }),
    (kms, KeyId) => kms.untagResource({ KeyId, TagKeys: ['Team', 'x'] }),
  ],
]

const SERVED = { requestId: 'r', sourceIpAddress: '203.0.113.9', userAgent: 'a client/1.0' }
/** `condition` on all that the user may. */
function userUnder(condition: Condition): Kms {
  const caller = userWith({ identity: [allow('kms:*', { Condition: condition })] })
  return house.service.as(caller, SERVED)
}

describe('a condition', () => {
  it.each(ROWS.map((row) => [JSON.stringify(row[0]), ...row] as const))(
    'on %s lets through what meets it, and nothing else',
    async (_, condition, meets, fails) => {
      const kms = userUnder(condition)
      const tags = { KeyId: key, Tags: [{ TagKey: 'Team', TagValue: 'audit' }] }
      expect(await outcome(meets(kms, key))).toBe('done')
      await house.kms.tagResource(tags)
      // What every call meets fails when it is turned round.
      const turned = fails === meets ? userUnder(negated(condition)) : kms
      expect(await outcome(fails(turned, key))).toBe('AccessDeniedException')
    },
  )

  const facts: Array<[Condition, Condition]> = [
    [is('aws:PrincipalAccount', ACCOUNT), is('aws:PrincipalAccount', '444455556666')],
    [
      is('aws:PrincipalArn', `arn:aws:iam::${ACCOUNT}:user/team/ann`),
      is('aws:PrincipalArn', `arn:aws:iam::${ACCOUNT}:user/ann`),
    ],
    [is('aws:PrincipalType', 'User'), is('aws:PrincipalType', 'Account')],
    [is('aws:userid', 'AIDAANN'), is('aws:userid', 'AIDABOB')],
    [is('aws:username', 'ann'), is('aws:username', 'bob')],
    [is('aws:ResourceTag/team', 'audit'), is('aws:ResourceTag/team', 'sales')],
    [is('aws:ResourceAccount', ACCOUNT), is('aws:ResourceAccount', '444455556666')],
    [is('aws:RequestedRegion', REGION), is('aws:RequestedRegion', 'us-east-1')],
    [is('aws:UserAgent', 'a client/1.0'), is('aws:UserAgent', 'another')],
    [
      { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
      { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
    ],
    [
      { DateLessThan: { 'aws:CurrentTime': '2026-01-02T04:00:00Z' } },
      { DateLessThan: { 'aws:CurrentTime': '2026-01-02T02:00:00Z' } },
    ],
    [
      { NumericGreaterThan: { 'aws:EpochTime': 1_767_322_799 } },
      { NumericGreaterThan: { 'aws:EpochTime': 1_767_322_800 } },
    ],
    [bool('aws:SecureTransport', false), bool('aws:SecureTransport', true)],
    [bool('aws:ViaAWSService', false), bool('aws:ViaAWSService', true)],
    [bool('aws:PrincipalIsAWSService', false), bool('aws:PrincipalIsAWSService', true)],
    [{ Null: { 'kms:ViaService': true } }, { Null: { 'kms:ViaService': false } }],
    [{ Null: { 'aws:MultiFactorAuthPresent': true } }, bool('aws:MultiFactorAuthPresent', true)],
  ]
  it.each(facts.map((row) => [JSON.stringify(row[0]), ...row] as const))(
    'on %s is met by the call, and its contrary is not',
    async (_, met, missed) => {
      expect(await outcome(userUnder(met).describeKey({ KeyId: key }))).toBe('done')
      expect(await outcome(userUnder(missed).describeKey({ KeyId: key }))).toBe(
        'AccessDeniedException',
      )
    },
  )

  it('knows a session by its role, and by its own id', async () => {
    for (const Condition of [
      is('aws:PrincipalArn', `arn:aws:iam::${ACCOUNT}:role/ops/Writer`),
      is('aws:PrincipalType', 'AssumedRole'),
      is('aws:userid', 'AROAWRITER:one'),
      bool('aws:MultiFactorAuthPresent', false),
      { DateLessThan: { 'aws:TokenIssueTime': '2026-01-02T03:00:00Z' } },
      { Null: { 'aws:username': true } },
    ]) {
      const caller = sessionWith({ identity: [allow('kms:DescribeKey', { Condition })] })
      expect(await outcome(describeKey(house.service.as(caller), key))).toBe('done')
    }
  })

  it('knows the tags of who asks, in any case, and those of the key', async () => {
    const identity = [
      allow('kms:*', {
        Condition: { StringEquals: { 'aws:ResourceTag/Team': '${aws:PrincipalTag/TEAM}' } },
      }),
    ]
    for (const [Value, wanted] of [
      ['audit', 'done'],
      ['Audit', 'AccessDeniedException'],
    ] as const) {
      const caller = userWith({ identity, tags: [{ Key: 'team', Value }] })
      expect(await outcome(decrypt(house.service.as(caller), key))).toBe(wanted)
    }
  })

  it('knows the service that calls in the name of a user', async () => {
    const Condition = is('kms:ViaService', `s3.${REGION}.amazonaws.com`)
    const { identity, ...user } = userWith({ identity: [allow('kms:*', { Condition })] })
    for (const [invokedBy, wanted] of [
      ['s3.amazonaws.com', 'done'],
      ['ec2.amazonaws.com', 'AccessDeniedException'],
      [undefined, 'AccessDeniedException'],
    ] as const) {
      const via = invokedBy === undefined ? identity : { ...identity, invokedBy }
      const kms = house.service.as({ ...user, identity: via })
      expect(await outcome(decrypt(kms, key))).toBe(wanted)
    }
  })

  it('knows an AWS service by its name, and on behalf of what it calls', async () => {
    const Condition = {
      StringEquals: {
        'aws:SourceAccount': ACCOUNT,
        'aws:PrincipalServiceName': 's3.amazonaws.com',
      },
      ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::logs/*' },
      Bool: { 'aws:PrincipalIsAWSService': true },
    }
    const Principal = { Service: 's3.amazonaws.com' }
    const Policy = textOf(
      allow('kms:*', { Principal: { AWS: ACCOUNT } }),
      allow('kms:Encrypt', { Principal, Condition }),
    )
    const { Arn } = (await house.kms.createKey({ Policy })).KeyMetadata
    const as = (invokedBy: string, sourceArn: string) =>
      house.service.as({
        ...{ account: ACCOUNT, region: REGION, sourceArn },
        identity: { type: 'AWSService', invokedBy },
      })
    expect(await outcome(encrypt()(as('s3.amazonaws.com', 'arn:aws:s3:::logs/1'), Arn))).toBe(
      'done',
    )
    for (const kms of [
      as('s3.amazonaws.com', 'arn:aws:s3:::others/1'),
      as('logs.amazonaws.com', 'arn:aws:s3:::logs/1'),
    ]) {
      expect(await outcome(encrypt()(kms, Arn))).toBe('AccessDeniedException')
    }
  })
})

/** Met by whoever does not meet `condition`, which is of one string or boolean. */
function negated({ StringEquals, Bool }: Condition): Condition {
  if (StringEquals !== undefined) return { StringNotEquals: StringEquals }
  const [[name, value] = ['', '']] = Object.entries(Bool!)
  return { Bool: { [name]: !value } }
}

describe('a context whose names differ by case only', () => {
  const deny = {
    Sid: 'NotEvil',
    Effect: 'Deny',
    Action: 'kms:*',
    Resource: '*',
    Condition: is('kms:EncryptionContext:tenant', 'evil'),
  } as const

  it.each<[string, Record<string, string>]>([
    ['hides no value from a policy that denies it', { tenant: 'evil', TENANT: 'good' }],
    ['is refused where a policy looks at the name', { Tenant: 'a', tenant: 'b' }],
  ])('%s', async (_what, EncryptionContext) => {
    const caller = userWith({ identity: [allow('kms:*'), deny] })
    const kms = house.service.as(caller, SERVED)
    const input = { KeyId: key, Plaintext: text }
    await expect(
      kms.encrypt({ ...input, EncryptionContext: { tenant: 'good' } }),
    ).resolves.toBeDefined()
    await expect(kms.encrypt({ ...input, EncryptionContext })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
  })
})
