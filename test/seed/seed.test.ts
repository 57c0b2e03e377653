/** What a seed makes, and what it leaves alone. */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { sealtrail as command } from '../support/command.js'
import { startServer, temporaryFolder } from '../support/serve.js'
import {
  ACCOUNT,
  example,
  exampleText,
  KEY_ID,
  OTHER,
  openAgain,
  openSeeded,
  REGION,
  recordsOf,
  writeSeed,
} from './house.js'

const folder = temporaryFolder('seed')
afterAll(() => folder.remove())
let count = 0
const newFolder = () => join(folder.path, String(++count))
const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

const ALICE = {
  accessKeyId: 'AKIAEXAMPLEALICE0001',
  secretAccessKey: 'alice-has-a-secret-of-40-characters-here',
}
const AUDITOR = {
  accessKeyId: 'AKIAEXAMPLEAUDITOR01',
  secretAccessKey: 'the-auditor-has-one-of-40-characters-too',
}
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KEY_ID}`

describe('a seeded house', () => {
  let house: Sealtrail
  let server: Listening
  const at = newFolder()
  const client = (credentials: typeof ALICE) =>
    new KMSClient({ endpoint: server.url, region: REGION, credentials, maxAttempts: 1 })

  beforeAll(async () => {
    house = await openSeeded(at, exampleText())
    server = await house.listen({ port: 0 })
  })
  afterAll(async () => {
    await server.close()
    await house.close()
  })

  it('knows its users by their access keys', async () => {
    const options = { endpoint: server.url, region: REGION, maxAttempts: 1 }
    for (const [credentials, arn] of [
      [ALICE, `arn:aws:iam::${ACCOUNT}:user/staff/alice`],
      [AUDITOR, `arn:aws:iam::${OTHER}:user/auditor`],
    ] as const) {
      const sts = new STSClient({ ...options, credentials })
      expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(arn)
    }
  })

  it('lets its policies decide', async () => {
    const kms = client(ALICE)
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/logs' }))
    expect(KeyMetadata).toMatchObject({ Arn: KEY_ARN, Description: 'logs of all tenants' })
    const denied = kms.send(new GetKeyPolicyCommand({ KeyId: KEY_ID }))
    await expect(denied).rejects.toThrow('not authorized to perform: kms:GetKeyPolicy')
  })

  it('lets its grants decide, with their constraints', async () => {
    const sealed = async (EncryptionContext: Record<string, string>) => {
      const input = { KeyId: KEY_ID, Plaintext: Buffer.from('log'), EncryptionContext }
      const { CiphertextBlob } = await client(ALICE).send(new EncryptCommand(input))
      return { KeyId: KEY_ARN, CiphertextBlob, EncryptionContext }
    }
    const [acme, other] = [await sealed({ tenant: 'acme', n: '1' }), await sealed({ tenant: 'x' })]
    // A user of another account needs his own policies or a grant; he has no policies.
    const { Plaintext } = await client(AUDITOR).send(new DecryptCommand(acme))
    expect(Buffer.from(Plaintext!).toString()).toBe('log')
    await expect(client(AUDITOR).send(new DecryptCommand(other))).rejects.toThrow('not authorized')
  })

  it('has keys in the states and with the grants that it was given', async () => {
    const { KeyMetadata } = await house.kms.describeKey({
      KeyId: 'mrk-1234abcd12ab34cd56ef1234567890ab',
    })
    expect(KeyMetadata).toMatchObject({ KeyState: 'Disabled', MultiRegion: true })
    const { Grants } = await house.kms.listGrants({ KeyId: KEY_ID })
    expect(Grants).toMatchObject([{ Name: 'audit', Operations: ['Decrypt'] }])
    const root = await house.kms.getKeyPolicy({ KeyId: KEY_ID })
    expect(JSON.parse(root.Policy)).toEqual(example().keys![0]!.policy)
    const asAlice = client(ALICE).send(new ListGrantsCommand({ KeyId: KEY_ID }))
    await expect(asAlice).rejects.toThrow('not authorized')
  })

  it('has a record of each thing, in the name of the account, by a seed', async () => {
    const records = (await recordsOf(house)).filter(
      ({ userAgent }) => userAgent === 'sealtrail seed',
    )
    expect(records.map(({ eventName }) => eventName)).toEqual([
      ...['CreatePolicy', 'CreatePolicy', 'CreateUser', 'PutUserPolicy', 'AttachUserPolicy'],
      ...['CreateAccessKey', 'CreateRole', 'AttachRolePolicy', 'CreateKey', 'CreateAlias'],
      ...['CreateGrant', 'PutKeyPolicy', 'CreateKey', 'DisableKey'],
      ...['CreateUser', 'CreateAccessKey'],
    ])
    for (const { userIdentity } of records) {
      const { type, arn, accountId, ...rest } = userIdentity
      expect([type, arn, rest]).toEqual([
        'Root',
        `arn:aws:iam::${accountId}:root`,
        { principalId: accountId },
      ])
    }
    const made = records.filter(({ eventName }) => eventName === 'CreateKey')
    expect(made.map(({ additionalEventData }) => additionalEventData)).toEqual([
      { keyMaterial: 'given' },
      undefined,
    ])
  })

  it('has its secrets and material in no record', async () => {
    const text = JSON.stringify(await recordsOf(house))
    const { accounts, keys } = example()
    const secrets = accounts!.flatMap(({ users }) =>
      users!.flatMap(({ accessKeys }) => accessKeys!.map((key) => key.secretAccessKey)),
    )
    for (const secret of [...secrets, keys![0]!.material!]) expect(text).not.toContain(secret)
  })
})

describe('a data directory', () => {
  it('holds no secret and no material of its seed', async () => {
    const at = newFolder()
    await (await openSeeded(at, exampleText())).close()
    const files = readdirSync(join(at, 'data'), { recursive: true, withFileTypes: true })
    const bytes = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name)))
    const material = example().keys![0]!.material!
    expect(bytes.some((file) => file.includes('AKIAEXAMPLEALICE0001'))).toBe(true)
    for (const secret of [
      ...[ALICE.secretAccessKey, AUDITOR.secretAccessKey, material],
      Buffer.from(material, 'base64'),
    ]) {
      expect(bytes.some((file) => file.includes(secret))).toBe(false)
    }
  })
})

describe('the same seed', () => {
  it('changes nothing when it is given again, nor when it is not', async () => {
    const at = newFolder()
    const counts: number[] = []
    for (const open of [openSeeded, openSeeded, openAgain, openSeeded]) {
      const house = await open(at, exampleText())
      counts.push((await recordsOf(house)).length)
      await house.close()
    }
    expect(counts).toEqual([16, 16, 16, 16])
  })

  it('makes what is not there yet, beside what is', async () => {
    const at = newFolder()
    const [before, after] = [example(), example()]
    before.accounts![0]!.users = []
    before.keys![0]!.aliases = []
    before.keys![0]!.grants = []
    await (await openSeeded(at, before)).close()
    const house = await openSeeded(at, after)
    const names = (await recordsOf(house)).map(({ eventName }) => eventName)
    expect(names.filter((name) => name === 'CreateKey')).toHaveLength(2)
    expect(names.filter((name) => /User|Alias|Grant|AccessKey/.test(name))).toHaveLength(8)
    await house.close()
  })

  it('leaves alone what others made, and what it does not speak of', async () => {
    const at = newFolder()
    const seed = example()
    delete seed.keys![0]!.description
    const first = await openSeeded(at, seed)
    await first.kms.updateKeyDescription({ KeyId: KEY_ID, Description: 'another' })
    await first.kms.createAlias({ AliasName: 'alias/more', TargetKeyId: KEY_ID })
    const grant = { KeyId: KEY_ID, GranteePrincipal: `arn:aws:iam::${OTHER}:root` }
    await first.kms.createGrant({ ...grant, Operations: ['Decrypt'] })
    await first.close()
    const house = await openSeeded(at, seed)
    expect((await house.kms.describeKey({ KeyId: 'alias/more' })).KeyMetadata.Description).toBe(
      'another',
    )
    await house.close()
  })

  it('is equal in another order, and in JSON', async () => {
    const at = newFolder()
    const seed = example()
    seed.accounts![0]!.users![0]!.attachedPolicies = ['UseLogKeys', 'OnlyKms']
    seed.keys![0]!.grants![0]!.operations = ['Decrypt', 'DescribeKey']
    await (await openSeeded(at, JSON.stringify(seed))).close()
    seed.accounts![0]!.users![0]!.attachedPolicies.reverse()
    seed.keys![0]!.grants![0]!.operations.reverse()
    seed.accounts!.reverse()
    await (await openSeeded(at, seed)).close()
  })

  it('gives two houses the same key: one decrypts what the other encrypted', async () => {
    const [one, other] = [
      await openSeeded(newFolder(), exampleText()),
      await openSeeded(newFolder(), exampleText()),
    ]
    const context = { EncryptionContext: { tenant: 'acme' } }
    const input = { KeyId: 'alias/logs', Plaintext: Buffer.from('shared'), ...context }
    const { CiphertextBlob } = await one.kms.encrypt(input)
    const { Plaintext } = await other.kms.decrypt({ CiphertextBlob, ...context })
    expect(Buffer.from(Plaintext).toString()).toBe('shared')
    const sealed = await other.seal(Buffer.from('object'), { keyId: 'alias/logs' })
    expect(Buffer.from(await one.open(sealed)).toString()).toBe('object')
    await Promise.all([one.close(), other.close()])
  })

  it.each(['node', 'wasm'] as const)('gives the same key to the engine %s', async (engine) => {
    const at = newFolder()
    const options = {
      ...{ dataDir: join(at, 'data'), seed: writeSeed(at, exampleText()), engine },
      ...{ account: ACCOUNT, region: REGION, threads: 1 },
    }
    const [one, other] = [
      await openSealtrail(options),
      await openSeeded(newFolder(), exampleText()),
    ]
    const { CiphertextBlob } = await one.kms.encrypt({ KeyId: KEY_ID, Plaintext: Buffer.from('x') })
    expect(Buffer.from((await other.kms.decrypt({ CiphertextBlob })).Plaintext).toString()).toBe(
      'x',
    )
    await Promise.all([one.close(), other.close()])
    // Material is compared in that engine, too.
    await (await openSealtrail(options)).close()
  })

  it('gives them different keys where it names no material', async () => {
    const seed = example()
    delete seed.keys![0]!.material
    const [one, other] = [await openSeeded(newFolder(), seed), await openSeeded(newFolder(), seed)]
    const { CiphertextBlob } = await one.kms.encrypt({ KeyId: KEY_ID, Plaintext: Buffer.from('x') })
    await expect(other.kms.decrypt({ CiphertextBlob })).rejects.toMatchObject({
      code: 'InvalidCiphertextException',
    })
    await Promise.all([one.close(), other.close()])
  })

  it('can shut the root out of a key, and hold a key that is to be deleted', async () => {
    const seed = example()
    const [key, second] = seed.keys!
    key!.policy = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/staff/alice` },
        Action: 'kms:Decrypt',
        Resource: '*',
      },
    }
    second!.keyState = 'PendingDeletion'
    const at = newFolder()
    await (await openSeeded(at, seed)).close()
    const house = await openSeeded(at, seed)
    const denied = house.kms.describeKey({ KeyId: KEY_ID })
    await expect(denied).rejects.toMatchObject({ code: 'AccessDeniedException' })
    const { KeyMetadata } = await house.kms.describeKey({ KeyId: second!.keyId })
    const days = (KeyMetadata.DeletionDate!.getTime() - KeyMetadata.CreationDate.getTime()) / 864e5
    expect([KeyMetadata.KeyState, Math.round(days)]).toEqual(['PendingDeletion', 30])
    await house.close()
  })
})

describe('a seed file', () => {
  const opening = (at: string, seed: string) =>
    openSealtrail({ dataDir: join(at, 'data'), account: ACCOUNT, region: REGION, threads: 1, seed })

  it.each([
    [0o640, /has mode 0640, and others could use it: chmod 600/],
    [0o604, /has mode 0604/],
    [0o700, /has mode 0700/],
  ])('of mode %o is refused', async (mode, message) => {
    const at = newFolder()
    const path = writeSeed(at, exampleText())
    chmodSync(path, mode)
    await expect(opening(at, path)).rejects.toEqual(refusal('ConfigInvalid', message))
  })

  it('that is a link, a directory, too large or not there is refused', async () => {
    const at = newFolder()
    const path = writeSeed(at, exampleText())
    const link = join(at, 'link')
    symlinkSync(path, link)
    writeFileSync(join(at, 'large'), Buffer.alloc((8 << 20) + 1, ' '), { mode: 0o600 })
    for (const [name, message] of [
      ['link', 'is a symbolic link: name the file itself'],
      ['', 'is not a file'],
      ['large', 'has more than 8388608 bytes'],
      ['none', 'is not there'],
    ] as const) {
      const refused = opening(at, join(at, name))
      await expect(refused).rejects.toEqual(refusal('ConfigInvalid', message))
    }
  })

  it('is applied by serve, which says what is wrong with it', async () => {
    const at = newFolder()
    const path = writeSeed(at, exampleText())
    const args = ['--seed', path, '--region', REGION]
    const server = await startServer(join(at, 'data'), { args })
    const options = { endpoint: server.url, region: REGION, credentials: ALICE, maxAttempts: 1 }
    const kms = new KMSClient(options)
    expect(await kms.send(new DescribeKeyCommand({ KeyId: KEY_ID }))).toBeDefined()
    await server.stop()
    const serve = ['serve', '--port', '0', '--data-dir', join(at, 'data')]
    const changed = example()
    changed.keys![0]!.tags = { env: 'prod' }
    writeSeed(at, changed)
    const { code, said } = await command([...serve, ...args])
    expect([code, said]).toEqual([
      1,
      `sealtrail: seed file ${path} differs from what is there, and nothing was changed: keys[0].tags.env: is "test", the seed says "prod" (SeedDiffers)\n`,
    ])
    writeSeed(at, 'keys: [{}]')
    const malformed = await command(serve, undefined, { SEALTRAIL_SEED: path })
    expect([malformed.code, malformed.said]).toEqual([
      2,
      `sealtrail: seed file ${path} is no seed: keys[0] must have account (ConfigInvalid)\n`,
    ])
  })

  it('is not looked at by other commands', async () => {
    const at = newFolder()
    const env = { SEALTRAIL_SEED: join(at, 'none') }
    const made = await command(['keys', 'list', '--data-dir', join(at, 'data')], undefined, env)
    expect(made.code).toBe(0)
  })

  it('that cannot be leaves the data directory as it was', async () => {
    const at = newFolder()
    const seed = example()
    seed.keys![1]!.tags = { 'aws:mine': 'x' }
    await expect(openSeeded(at, seed)).rejects.toEqual(
      refusal(
        'ConfigInvalid',
        /is no seed: keys\[1\]: Tags beginning with aws: are reserved \(TagException\)$/,
      ),
    )
    const house = await openAgain(at)
    expect(await recordsOf(house)).toEqual([])
    expect((await house.kms.listKeys({})).Keys).toEqual([])
    await house.close()
    expect(existsSync(join(at, 'seed.yaml'))).toBe(true)
    expect(readFileSync(join(at, 'seed.yaml'), 'utf8')).toBe(JSON.stringify(seed))
  })
})
