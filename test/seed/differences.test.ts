/** Each kind of difference is refused with its diff, and changes nothing. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/serve.js'
import {
  ACCOUNT,
  example,
  KEY_ID,
  type MutableSeed,
  OTHER,
  openAgain,
  openSeeded,
  recordsOf,
} from './house.js'

const folder = temporaryFolder('seed-differs')
const at = join(folder.path, 'one')
const SECRET = /alice-has|the-auditor|c2Vh|another-secret/

beforeAll(async () => {
  const seed = example()
  seed.accounts![0]!.users![0]!.accessKeys![0]!.status = 'Active'
  seed.keys![0]!.keyState = 'Enabled'
  await (await openSeeded(at, seed)).close()
})
afterAll(() => folder.remove())

const user = (seed: MutableSeed) => seed.accounts![0]!.users![0]!
const role = (seed: MutableSeed) => seed.accounts![0]!.roles![0]!
const policy = (seed: MutableSeed) => seed.accounts![0]!.policies![0]!
const key = (seed: MutableSeed) => seed.keys![0]!
const grant = (seed: MutableSeed) => key(seed).grants![0]!
const NARROW = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'Use', Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }],
}

const KINDS: Array<[kind: string, change: (seed: MutableSeed) => void, diff: string]> = [
  [
    "a policy's path",
    (seed) => (policy(seed).path = '/new/'),
    'accounts[0].policies[0].path: is "/", the seed says "/new/"',
  ],
  [
    "a policy's description",
    (seed) => (policy(seed).description = 'x'),
    'accounts[0].policies[0].description: is "", the seed says "x"',
  ],
  [
    "a policy's tags",
    (seed) => (policy(seed).tags = { a: 'b' }),
    'accounts[0].policies[0].tags.a: is not there, the seed says "b"',
  ],
  [
    "a policy's document",
    (seed) => (policy(seed).document = NARROW),
    'accounts[0].policies[0].document.Statement[0].Action: is ["kms:Encrypt","kms:Decrypt"], the seed says "kms:Decrypt"',
  ],
  [
    'the case of a name',
    (seed) => (user(seed).name = 'Alice'),
    'accounts[0].users[0].name: is "alice", the seed says "Alice"',
  ],
  [
    "a user's path",
    (seed) => (user(seed).path = '/'),
    'accounts[0].users[0].path: is "/staff/", the seed says "/"',
  ],
  [
    "a user's tags, one more",
    (seed) => (user(seed).tags!.more = ''),
    'accounts[0].users[0].tags.more: is not there, the seed says ""',
  ],
  [
    "a user's tags, one less",
    (seed) => (user(seed).tags = {}),
    'accounts[0].users[0].tags.team: is "logs", the seed says not there',
  ],
  [
    "a user's boundary",
    (seed) => (user(seed).permissionsBoundary = 'UseLogKeys'),
    'accounts[0].users[0].permissionsBoundary: is "OnlyKms", the seed says "UseLogKeys"',
  ],
  [
    "a user's attached policies",
    (seed) => (user(seed).attachedPolicies = []),
    'accounts[0].users[0].attachedPolicies: is ["UseLogKeys"], the seed says []',
  ],
  [
    "a user's inline policies, another text",
    (seed) =>
      (user(seed).inlinePolicies!.describe = {
        ...NARROW,
        Statement: { ...NARROW.Statement[0]!, Sid: 'D' },
      }),
    'accounts[0].users[0].inlinePolicies.describe.Statement.Action: is "kms:DescribeKey", the seed says "kms:Decrypt"; accounts[0].users[0].inlinePolicies.describe.Statement.Sid: is not there, the seed says "D"',
  ],
  [
    "an access key's secret",
    (seed) => (user(seed).accessKeys![0]!.secretAccessKey = 'another-secret-x'),
    'accounts[0].users[0].accessKeys[0].secretAccessKey: differs',
  ],
  [
    "an access key's status",
    (seed) => (user(seed).accessKeys![0]!.status = 'Inactive'),
    'accounts[0].users[0].accessKeys[0].status: is "Active", the seed says "Inactive"',
  ],
  [
    "an access key's user",
    (seed) => {
      const [theirs] = seed.accounts![1]!.users![0]!.accessKeys!
      seed.accounts![1]!.users![0]!.accessKeys = []
      user(seed).accessKeys = [theirs!]
    },
    "accounts[0].users[0].accessKeys[0].accessKeyId: is another user's",
  ],
  [
    "a role's description",
    (seed) => (role(seed).description = 'reads'),
    'accounts[0].roles[0].description: is "writes logs", the seed says "reads"',
  ],
  [
    "a role's session",
    (seed) => (role(seed).maxSessionDuration = 3600),
    'accounts[0].roles[0].maxSessionDuration: is 7200, the seed says 3600',
  ],
  [
    "a role's trust policy",
    (seed) =>
      ((role(seed).trustPolicy.Statement as { Principal: object }).Principal = { AWS: OTHER }),
    `accounts[0].roles[0].trustPolicy.Statement.Principal.AWS: is "${ACCOUNT}", the seed says "${OTHER}"`,
  ],
  [
    "a key's material",
    (seed) => (key(seed).material = `${'A'.repeat(43)}=`),
    'keys[0].material: differs',
  ],
  [
    "a key's description",
    (seed) => (key(seed).description = ''),
    'keys[0].description: is "logs of all tenants", the seed says ""',
  ],
  [
    "a key's state",
    (seed) => (key(seed).keyState = 'Disabled'),
    'keys[0].keyState: is "Enabled", the seed says "Disabled"',
  ],
  [
    "a key's tags",
    (seed) => (key(seed).tags = { env: 'prod' }),
    'keys[0].tags.env: is "test", the seed says "prod"',
  ],
  [
    "a key's policy",
    (seed) =>
      ((key(seed).policy!.Statement as Array<{ Action: string }>)[0]!.Action = 'kms:Decrypt'),
    'keys[0].policy.Statement[0].Action: is "kms:*", the seed says "kms:Decrypt"',
  ],
  [
    'a multi-Region key that is there in another region',
    (seed) => (seed.keys![1]!.region = 'us-west-2'),
    'keys[1].keyId: a replica of the key in eu-central-1 is made by ReplicateKey',
  ],
  [
    'the key of an alias',
    (seed) => {
      key(seed).aliases = []
      seed.keys![1]!.aliases = ['alias/logs']
    },
    `keys[1].aliases[0], the key it stands for: is "${KEY_ID}", the seed says "mrk-1234abcd12ab34cd56ef1234567890ab"`,
  ],
  [
    "a grant's grantee",
    (seed) => (grant(seed).granteePrincipal = `arn:aws:iam::${OTHER}:root`),
    `keys[0].grants[0].granteePrincipal: is "arn:aws:iam::${OTHER}:user/auditor", the seed says "arn:aws:iam::${OTHER}:root"`,
  ],
  [
    "a grant's operations",
    (seed) => grant(seed).operations.push('Encrypt'),
    'keys[0].grants[0].operations: is ["Decrypt"], the seed says ["Decrypt","Encrypt"]',
  ],
  [
    "a grant's constraints",
    (seed) => delete grant(seed).constraints,
    'keys[0].grants[0].constraints.encryptionContextSubset: is {"tenant":"acme"}, the seed says not there',
  ],
  [
    "a grant's retirer",
    (seed) => (grant(seed).retiringPrincipal = `arn:aws:iam::${ACCOUNT}:root`),
    `keys[0].grants[0].retiringPrincipal: is not there, the seed says "arn:aws:iam::${ACCOUNT}:root"`,
  ],
]

describe('a seed that differs', () => {
  it.each(KINDS)('in %s is refused with its diff', async (_, change, diff) => {
    const seed = example()
    change(seed)
    // It also brings what would be new.
    seed.accounts![0]!.users!.push({ name: 'new' })
    const error: Error & { code?: string } = await openSeeded(at, seed).then(
      () => expect.unreachable('the seed was taken'),
      (error: Error) => error,
    )
    const says = `seed file ${at}/seed.yaml differs from what is there, and nothing was changed: ${diff}`
    expect([error.code, error.message]).toEqual(['SeedDiffers', says])
    expect(error.message).not.toMatch(SECRET)
  })

  it('changes nothing', async () => {
    const house = await openAgain(at)
    const records = await recordsOf(house)
    expect(records.filter(({ eventName }) => eventName === 'CreateUser')).toHaveLength(2)
    expect(records).toHaveLength(16)
    await house.close()
  })

  it('names all differences, up to a bound', async () => {
    const seed = example()
    user(seed).tags = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, '']))
    const error: Error = await openSeeded(at, seed).catch((error) => error)
    expect(error.message).toMatch(/^(.*; ){20}and 11 more$/)
  })
})
