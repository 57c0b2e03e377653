/** Files that are no seeds, each with what is said of it. */
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSeedFile } from '../../src/seed/seed-file.js'
import { temporaryFolder } from '../support/serve.js'
import { example, type MutableSeed, openSeeded, writeSeed } from './house.js'

const folder = temporaryFolder('seed-malformed')
afterAll(() => folder.remove())

const user = 'accounts: [{ account: "111122223333", users: [{ name: alice, '
const key = `keys: [{ account: "111122223333", region: eu-west-1, keyId: 1234abcd-12ab-34cd-56ef-1234567890ab, `
const MINE = 'my-secret-my-secret'

const TEXTS: Array<[what: string, text: string | Uint8Array, message: string]> = [
  ['no YAML', `keys: [\n  ${MINE}: {`, 'is neither YAML nor JSON: line 2, column 25: bad indent'],
  ['a tab', `keys:\n\t- ${MINE}`, 'is neither YAML nor JSON: line 2, column 1: tab as indent'],
  ['more brackets than any seed has', '{'.repeat(20_000), 'has more than 1000 open brackets'],
  [
    'a member that is there twice',
    `{"keys":[],\n"keys":[]}`,
    'is neither YAML nor JSON: line 2, column 1: duplicate key',
  ],
  [
    'a tag of YAML',
    'keys: !!js/function x',
    'is neither YAML nor JSON: line 1, column 7: tag resolve failed',
  ],
  [
    'two documents',
    'keys: []\n---\nkeys: []',
    'is neither YAML nor JSON: line 2, column 1: multiple docs',
  ],
  [
    'no anchor',
    `keys: *${MINE}`,
    'has an alias (*name) without its anchor, or more than are unfolded',
  ],
  [
    'a bomb of aliases',
    [
      'a: &a [x, x, x, x, x]',
      ...['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map(
        ([one, next]) => `${next}: &${next} [${`*${one}, `.repeat(9)}]`,
      ),
    ].join('\n'),
    'has an alias (*name) without its anchor, or more than are unfolded',
  ],
  ['no UTF-8', Uint8Array.of(0x6b, 0xff), 'is not UTF-8'],
  ['nothing', '', 'is no seed: the whole must be an object'],
  ['a list', '[]', 'is no seed: the whole must be an object'],
  [
    'a member that is not known',
    'kees: []',
    'is no seed: kees is not known: there can be accounts, keys',
  ],
  [
    'a member of a user',
    `${user} odd: x }] }]`,
    `is no seed: accounts[0].users[0].odd is not known: there can be name, path, tags, permissionsBoundary, attachedPolicies, inlinePolicies, accessKeys`,
  ],
  [
    'a merge',
    'keys: [{ <<: { a: b }, account: "1", region: x, keyId: y }]',
    'is no seed: keys[0]["<<"] is not known: there can be account, region, keyId, material, description, keyState, tags, aliases, policy, grants',
  ],
  [
    'an account that is a number',
    'accounts: [{ account: 111122223333 }]',
    'is no seed: accounts[0].account must be a string: put the number in quotes',
  ],
  [
    'an account of 11 digits',
    'accounts: [{ account: "11112222333" }]',
    'is no seed: accounts[0].account must match ^\\d{12}$',
  ],
  ['no account', 'accounts: [{}]', 'is no seed: accounts[0] must have account'],
  [
    'a name with a slash',
    'accounts: [{ account: "111122223333", users: [{ name: a/b }] }]',
    'is no seed: accounts[0].users[0].name must match ^[\\w+=,.@\\-]+$',
  ],
  [
    'a name of 65 characters',
    `accounts: [{ account: "111122223333", users: [{ name: ${'a'.repeat(65)} }] }]`,
    'is no seed: accounts[0].users[0].name must have at most 64 characters',
  ],
  [
    'a secret that is too short',
    `${user} accessKeys: [{ accessKeyId: AKIAEXAMPLEALICE0001, secretAccessKey: short }] }] }]`,
    'is no seed: accounts[0].users[0].accessKeys[0].secretAccessKey must match ^[!-~]{16,128}$',
  ],
  [
    'three access keys',
    `${user} accessKeys: [{}, {}, {}] }] }]`,
    'is no seed: accounts[0].users[0].accessKeys must have at most 2 items',
  ],
  [
    'a policy that is a text',
    `${user} inlinePolicies: { a: "{}" } }] }]`,
    'is no seed: accounts[0].users[0].inlinePolicies.a must be an object',
  ],
  [
    'a policy without a name',
    `${user} inlinePolicies: { "": {} } }] }]`,
    'is no seed: accounts[0].users[0].inlinePolicies[""]: the name must match ^[\\w+=,.@\\-]+$',
  ],
  [
    'a tag that is a number',
    `${user} tags: { a: 1 } }] }]`,
    'is no seed: accounts[0].users[0].tags.a must be a string: put the number in quotes',
  ],
  [
    'a session of a minute',
    'accounts: [{ account: "111122223333", roles: [{ name: r, trustPolicy: {}, maxSessionDuration: 60 }] }]',
    'is no seed: accounts[0].roles[0].maxSessionDuration must be at least 3600',
  ],
  [
    'a session of a text',
    'accounts: [{ account: "111122223333", roles: [{ name: r, trustPolicy: {}, maxSessionDuration: "3600" }] }]',
    'is no seed: accounts[0].roles[0].maxSessionDuration must be a whole number',
  ],
  [
    'material of 31 bytes',
    `${key} material: ${Buffer.alloc(31).toString('base64')} }]`,
    'is no seed: keys[0].material must match ^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$',
  ],
  [
    'a key without its region',
    'keys: [{ account: "111122223333", keyId: x }]',
    'is no seed: keys[0] must have region',
  ],
  [
    'a key state of KMS alone',
    `${key} keyState: Unavailable }]`,
    'is no seed: keys[0].keyState must be one of Enabled, Disabled, PendingDeletion',
  ],
  [
    'an alias without its prefix',
    `${key} aliases: [logs] }]`,
    'is no seed: keys[0].aliases[0] must match ^alias/[a-zA-Z0-9/_\\-]+$',
  ],
  [
    'an alias twice',
    `${key} aliases: [alias/a, alias/a] }]`,
    'is no seed: keys[0].aliases[1] is there twice',
  ],
  [
    'an operation that grants do not have',
    `${key} grants: [{ name: g, granteePrincipal: x, operations: [Sign] }] }]`,
    'is no seed: keys[0].grants[0].operations[0] must be one of Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, ReEncryptFrom, ReEncryptTo, CreateGrant, RetireGrant, DescribeKey',
  ],
]

/** What the schema cannot say. */
const SEEDS: Array<[what: string, change: (seed: MutableSeed) => void, message: string]> = [
  [
    'an account twice',
    ({ accounts }) => accounts!.push({ account: '444455556666' }),
    'accounts[2].account is that of accounts[1].account again',
  ],
  [
    'a user twice, but for case',
    ({ accounts }) => accounts![0]!.users!.push({ name: 'ALICE' }),
    'accounts[0].users[1].name is that of accounts[0].users[0].name again',
  ],
  [
    'an access key twice',
    ({ accounts }) =>
      accounts![1]!.users![0]!.accessKeys!.push(accounts![0]!.users![0]!.accessKeys![0]!),
    'accounts[1].users[0].accessKeys[1].accessKeyId is that of accounts[0].users[0].accessKeys[0].accessKeyId again',
  ],
  [
    'a key twice',
    ({ keys }) => keys!.push(keys![1]!),
    'keys[2].keyId is that of keys[1].keyId again',
  ],
  [
    'a multi-Region key in two regions',
    ({ keys }) => keys!.push({ ...keys![1]!, region: 'us-east-1' }),
    'keys[2].keyId is that of keys[1].keyId again',
  ],
  [
    'an alias of two keys',
    ({ keys }) => (keys![1]!.aliases = ['alias/logs']),
    'keys[1].aliases[0] is that of keys[0].aliases[0] again',
  ],
  [
    'a grant twice',
    ({ keys }) => keys![0]!.grants!.push(keys![0]!.grants![0]!),
    'keys[0].grants[1].name is that of keys[0].grants[0].name again',
  ],
  [
    'a policy that nobody has',
    ({ accounts }) => (accounts![0]!.users![0]!.attachedPolicies = ['None']),
    'accounts[0].users[0].attachedPolicies[0] names no policy of account 111122223333, in the seed or there',
  ],
  [
    'a boundary that nobody has',
    ({ accounts }) => (accounts![1]!.users![0]!.permissionsBoundary = 'OnlyKms'),
    'accounts[1].users[0].permissionsBoundary names no policy of account 444455556666, in the seed or there',
  ],
  [
    "an alias of AWS's",
    ({ keys }) => (keys![0]!.aliases = ['alias/aws/s3']),
    'keys[0].aliases[0]: ',
  ],
  [
    'a document that is no policy',
    ({ accounts }) => (accounts![0]!.policies![0]!.document = {}),
    'accounts[0].policies[0]: ',
  ],
  [
    'a trust policy with a resource',
    ({ accounts }) =>
      (accounts![0]!.roles![0]!.trustPolicy = {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' },
      }),
    'accounts[0].roles[0]: ',
  ],
  [
    'an inline policy that is too long',
    ({ accounts }) =>
      (accounts![0]!.users![0]!.inlinePolicies = {
        long: {
          Version: '2012-10-17',
          Statement: { Sid: 'x'.repeat(2048), Effect: 'Allow', Action: '*', Resource: '*' },
        },
      }),
    'accounts[0].users[0].inlinePolicies.long: Maximum policy size of 2048 bytes exceeded for user alice (LimitExceededException)',
  ],
  [
    'a key policy without a principal',
    ({ keys }) =>
      (keys![0]!.policy = {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
      }),
    'keys[0].policy: ',
  ],
  [
    'a key policy that names nobody',
    ({ keys }) =>
      (keys![0]!.policy = {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111122223333:user/bob' },
          Action: '*',
          Resource: '*',
        },
      }),
    'keys[0].policy: Policy contains a statement with one or more invalid principals. (MalformedPolicyDocumentException)',
  ],
  [
    'a grant to nobody',
    ({ keys }) => (keys![0]!.grants![0]!.granteePrincipal = 'arn:aws:iam::1:root'),
    'keys[0].grants[0]: ARN does not refer to a valid principal: arn:aws:iam::1:root (InvalidArnException)',
  ],
  [
    'a grant to a service without a source',
    ({ keys }) => (keys![0]!.grants![0]!.granteePrincipal = 'logs.amazonaws.com'),
    'keys[0].grants[0]: A grant to a service principal must have a SourceArn grant constraint. (ValidationException)',
  ],
  [
    'a context of 385 characters',
    ({ keys }) =>
      (keys![0]!.grants![0]!.constraints = { encryptionContextEquals: { a: 'x'.repeat(384) } }),
    'keys[0].grants[0]: EncryptionContextEquals can have at most 384 characters. (ValidationException)',
  ],
  [
    'tags that differ in case alone',
    ({ accounts }) => (accounts![0]!.users![0]!.tags = { a: '', A: '' }),
    'accounts[0].users[0]: Duplicate tag keys found.',
  ],
]

async function saidOf(seed: unknown): Promise<string> {
  const error: Error & { code?: string } = await openSeeded(join(folder.path, 'one'), seed).then(
    () => expect.unreachable('the seed was taken'),
    (error: Error) => error,
  )
  expect(error.code).toBe('ConfigInvalid')
  return error.message.replace(/^seed file \S+ /, '')
}

describe('a file', () => {
  it.each(TEXTS)('that is %s is refused by its place', async (_, text, message) => {
    const path = writeSeed(folder.path, text)
    const error: Error & { code?: string } = await readSeedFile(path).catch((error) => error)
    expect([error.code, error.message]).toEqual(['ConfigInvalid', `seed file ${path} ${message}`])
    expect(error.message).not.toContain(MINE)
  })

  it.each(SEEDS)('that has %s is refused by its place', async (_, change, message) => {
    const seed = example()
    change(seed)
    const said = await saidOf(JSON.stringify(seed))
    const whole = `is no seed: ${message}`
    expect(said.slice(0, whole.length)).toBe(whole)
  })
})
