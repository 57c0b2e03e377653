/**
 * What a seed file may hold: the one source of the checks (check.ts), of the types, and of docs/seed.schema.json.
 *
 * JSON Schema, draft 2020-12, with only the words that check.ts knows. Names and values are AWS's; an object is closed
 * unless it is a map. What no schema can say, such as that a name is there once, is in unique.ts. The published file is written by
 * `node scripts/seed-schema.mjs`.
 *
 * @module
 */

const ACCOUNT = {
  type: 'string',
  pattern: '^\\d{12}$',
  description: '12 digits, in quotes',
} as const
const PATH = {
  type: 'string',
  pattern: '^/([!-~]+/)?$',
  maxLength: 512,
  description: 'begins and ends with a slash; / unless given',
} as const
const TAGS = {
  type: 'object',
  description: 'values by their keys',
  maxProperties: 50,
  propertyNames: { type: 'string', minLength: 1, maxLength: 128 },
  additionalProperties: { type: 'string', maxLength: 256 },
} as const
const DOCUMENT = { type: 'object', description: 'a policy document' } as const
const POLICY_NAME = { type: 'string', pattern: '^[\\w+=,.@\\-]+$', maxLength: 128 } as const
const PAIRS = {
  type: 'object',
  maxProperties: 8,
  additionalProperties: { type: 'string' },
} as const

/** Of users and roles. */
const BINDINGS = {
  tags: TAGS,
  permissionsBoundary: { ...POLICY_NAME, description: 'name of a policy of the account' },
  attachedPolicies: {
    type: 'array',
    description: 'names of policies of the account',
    uniqueItems: true,
    items: POLICY_NAME,
  },
  inlinePolicies: {
    type: 'object',
    description: 'policy documents by their names',
    propertyNames: POLICY_NAME,
    additionalProperties: DOCUMENT,
  },
} as const

const MANAGED_POLICY = {
  type: 'object',
  required: ['name', 'document'],
  additionalProperties: false,
  properties: {
    name: POLICY_NAME,
    path: PATH,
    description: { type: 'string', maxLength: 1000 },
    tags: TAGS,
    document: DOCUMENT,
  },
} as const

const ACCESS_KEY = {
  type: 'object',
  required: ['accessKeyId', 'secretAccessKey'],
  additionalProperties: false,
  properties: {
    accessKeyId: { type: 'string', pattern: '^\\w{16,128}$' },
    secretAccessKey: { type: 'string', pattern: '^[!-~]{16,128}$' },
    status: { enum: ['Active', 'Inactive'], description: 'Active unless given' },
  },
} as const

const USER = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[\\w+=,.@\\-]+$', maxLength: 64 },
    path: PATH,
    ...BINDINGS,
    accessKeys: { type: 'array', maxItems: 2, items: ACCESS_KEY },
  },
} as const

const ROLE = {
  type: 'object',
  required: ['name', 'trustPolicy'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[\\w+=,.@\\-]+$', maxLength: 64 },
    path: PATH,
    description: { type: 'string', maxLength: 1000 },
    trustPolicy: DOCUMENT,
    maxSessionDuration: {
      type: 'integer',
      minimum: 3600,
      maximum: 43_200,
      description: 'seconds; 3600 unless given',
    },
    ...BINDINGS,
  },
} as const

const GRANT = {
  type: 'object',
  required: ['name', 'granteePrincipal', 'operations'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[a-zA-Z0-9:/_\\-]+$', maxLength: 256 },
    granteePrincipal: {
      type: 'string',
      pattern: '^[\\w+=,.@:/\\-]+$',
      maxLength: 256,
      description: 'ARN of a principal, or name of an AWS service',
    },
    retiringPrincipal: {
      type: 'string',
      pattern: '^[\\w+=,.@:/\\-]+$',
      maxLength: 256,
      description: 'as granteePrincipal',
    },
    operations: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: {
        enum: [
          ...(['Decrypt', 'Encrypt', 'GenerateDataKey'] as const),
          ...(['GenerateDataKeyWithoutPlaintext', 'GenerateDataKeyPair'] as const),
          ...(['GenerateDataKeyPairWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'] as const),
          ...(['CreateGrant', 'RetireGrant', 'DescribeKey'] as const),
        ],
      },
    },
    constraints: {
      type: 'object',
      additionalProperties: false,
      properties: {
        encryptionContextEquals: PAIRS,
        encryptionContextSubset: PAIRS,
        sourceArn: { type: 'string', minLength: 1, maxLength: 512 },
      },
    },
  },
} as const

const KEY = {
  type: 'object',
  required: ['account', 'region', 'keyId'],
  additionalProperties: false,
  properties: {
    account: ACCOUNT,
    region: { type: 'string', pattern: '^[a-z0-9\\-]{2,32}$' },
    keyId: {
      type: 'string',
      pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$',
      description: 'a UUID; mrk- and 32 hex digits make a multi-Region key',
    },
    material: {
      type: 'string',
      pattern: '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$',
      description: '32 bytes in base64, which are a secret; random unless given',
    },
    description: { type: 'string', maxLength: 8192 },
    keyState: {
      enum: ['Enabled', 'Disabled', 'PendingDeletion'],
      description: 'Enabled unless given; PendingDeletion is for 30 days',
    },
    tags: TAGS,
    aliases: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', pattern: '^alias/[a-zA-Z0-9/_\\-]+$', maxLength: 256 },
    },
    policy: { ...DOCUMENT, description: 'the key policy; that its account decides unless given' },
    grants: { type: 'array', items: GRANT },
  },
} as const

export const SEED_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A seed of sealtrail',
  description: 'What is made at a start when it is not there: docs/SEED.md.',
  type: 'object',
  additionalProperties: false,
  properties: {
    accounts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['account'],
        additionalProperties: false,
        properties: {
          account: ACCOUNT,
          policies: { type: 'array', items: MANAGED_POLICY },
          users: { type: 'array', items: USER },
          roles: { type: 'array', items: ROLE },
        },
      },
    },
    keys: { type: 'array', items: KEY },
  },
} as const

/** A value that `Schema` lets through. */
type ValueOf<Schema> = Schema extends { enum: ReadonlyArray<infer Value> }
  ? Value
  : Schema extends { items: infer Item }
    ? ReadonlyArray<ValueOf<Item>>
    : Schema extends { required: ReadonlyArray<infer Name>; properties: infer Members }
      ? ObjectOf<Members, Name & keyof Members>
      : Schema extends { properties: infer Members }
        ? ObjectOf<Members, never>
        : Schema extends { additionalProperties: infer Value }
          ? Readonly<Record<string, ValueOf<Value>>>
          : Schema extends { type: 'object' }
            ? Readonly<Record<string, unknown>>
            : Schema extends { type: 'integer' }
              ? number
              : string

type ObjectOf<Members, Required extends keyof Members> = {
  readonly [Name in Required]: ValueOf<Members[Name]>
} & { readonly [Name in Exclude<keyof Members, Required>]?: ValueOf<Members[Name]> }

export type Seed = ValueOf<typeof SEED_SCHEMA>
export type SeedAccount = ValueOf<typeof SEED_SCHEMA.properties.accounts.items>
export type SeedPolicy = ValueOf<typeof MANAGED_POLICY>
export type SeedUser = ValueOf<typeof USER>
export type SeedRole = ValueOf<typeof ROLE>
export type SeedAccessKey = ValueOf<typeof ACCESS_KEY>
export type SeedKey = ValueOf<typeof KEY>
export type SeedGrant = ValueOf<typeof GRANT>
