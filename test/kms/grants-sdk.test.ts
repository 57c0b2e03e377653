/** AWS's own client in two accounts: what one grants, the other may, until it ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
  paginateListGrants,
  RetireGrantCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCredentials } from '../../src/iam/credentials-file.js'
import { REGION, startTestServer, type TestServer } from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'

const [OWNER, GUEST] = ['111122223333', '444455556666']
const GUEST_ARN = `arn:aws:iam::${GUEST}:root`
const KEYS = [OWNER, GUEST].map((account) => ({
  account,
  accessKeyId: `AKIA${account}ROOT`,
  secretAccessKey: `secret-of-account-${account}`,
}))

let folder: string
let house: TestKms
let server: TestServer
let owner: KMSClient
let guest: KMSClient
let key: string

async function serve() {
  const credentials = await loadCredentials(folder, OWNER)
  server = await startTestServer(house.service, { credentials })
  const [first, second] = KEYS.map(
    (credentials) =>
      new KMSClient({ endpoint: server.url, region: REGION, credentials, maxAttempts: 1 }),
  )
  owner = first!
  guest = second!
}

async function stop() {
  owner.destroy()
  guest.destroy()
  await server.close()
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-grants-'))
  const file = KEYS.map(
    ({ account, accessKeyId, secretAccessKey }) =>
      `[account-${account}]\naws_access_key_id = ${accessKeyId}\n` +
      `aws_secret_access_key = ${secretAccessKey}\nsealtrail_account = ${account}\n`,
  )
  await writeFile(join(folder, 'credentials'), file.join('\n'), { mode: 0o600 })
  house = await openTestKms()
  await serve()
  key = (await owner.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!
})

afterAll(async () => {
  await stop()
  await house.remove()
  rmSync(folder, { recursive: true })
})

const denied = { name: 'AccessDeniedException' }
const dataKey = (EncryptionContext: Record<string, string>, GrantTokens?: string[]) =>
  guest.send(
    new GenerateDataKeyCommand({
      ...{ KeyId: key, KeySpec: 'AES_256', EncryptionContext, GrantTokens },
    }),
  )

describe('an AWS SDK client of another account', () => {
  it('may do what a grant allows in its contexts, and stops at once when it is retired', async () => {
    await expect(dataKey({ tenant: 'acme' })).rejects.toMatchObject(denied)
    const { GrantId, GrantToken } = await owner.send(
      new CreateGrantCommand({
        ...{ KeyId: key, GranteePrincipal: GUEST_ARN, RetiringPrincipal: GUEST_ARN },
        Operations: ['GenerateDataKey', 'Decrypt', 'DescribeKey'],
        Constraints: { EncryptionContextSubset: { tenant: 'acme' } },
        Name: 'guests',
      }),
    )
    await expect(dataKey({ tenant: 'other' })).rejects.toMatchObject(denied)
    const EncryptionContext = { tenant: 'acme', file: '1' }
    const made = await dataKey(EncryptionContext, [GrantToken!])
    expect(made.KeyId).toBe(key)
    const { CiphertextBlob } = made
    for (const KeyId of [key, undefined]) {
      const opened = await guest.send(
        new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }),
      )
      expect(opened.Plaintext).toEqual(made.Plaintext)
    }
    const { KeyMetadata } = await guest.send(new DescribeKeyCommand({ KeyId: key }))
    expect(KeyMetadata?.AWSAccountId).toBe(OWNER)
    const encrypt = new EncryptCommand({
      ...{ KeyId: key, EncryptionContext },
      Plaintext: Buffer.from('x'),
    })
    await expect(guest.send(encrypt)).rejects.toMatchObject(denied)
    await expect(guest.send(new ListGrantsCommand({ KeyId: key }))).rejects.toMatchObject(denied)

    const mine = await guest.send(new ListRetirableGrantsCommand({ RetiringPrincipal: GUEST_ARN }))
    expect(mine.Grants).toMatchObject([
      { KeyId: key, GrantId, Name: 'guests', CreationDate: expect.any(Date) },
    ])

    await stop()
    house = await house.reopen()
    await serve()
    await dataKey(EncryptionContext)
    await guest.send(new RetireGrantCommand({ KeyId: key, GrantId }))
    await expect(dataKey(EncryptionContext)).rejects.toMatchObject(denied)
    const decrypt = new DecryptCommand({ CiphertextBlob, EncryptionContext })
    await expect(guest.send(decrypt)).rejects.toMatchObject(denied)
  })

  it('lists and revokes what was granted, as the owner', async () => {
    const make = (Name: string) =>
      owner.send(
        new CreateGrantCommand({
          ...{ KeyId: key, GranteePrincipal: GUEST_ARN, Operations: ['Encrypt'], Name },
        }),
      )
    const ids = new Set<string>()
    for (const name of ['one', 'two', 'three', 'one']) ids.add((await make(name)).GrantId!)
    const listed: string[] = []
    for await (const page of paginateListGrants({ client: owner, pageSize: 2 }, { KeyId: key })) {
      listed.push(...page.Grants!.map(({ GrantId }) => GrantId!))
    }
    expect(listed).toEqual([...ids].sort())
    for (const GrantId of ids) await owner.send(new RevokeGrantCommand({ KeyId: key, GrantId }))
    expect((await owner.send(new ListGrantsCommand({ KeyId: key }))).Grants).toEqual([])
  })

  it('is told errors by their names', async () => {
    const grant = { KeyId: key, GranteePrincipal: GUEST_ARN, Operations: ['Encrypt' as const] }
    const create = (more: object) => owner.send(new CreateGrantCommand({ ...grant, ...more }))
    await expect(create({ GranteePrincipal: 'me' })).rejects.toMatchObject({
      name: 'InvalidArnException',
      message: 'ARN does not refer to a valid principal: me',
    })
    await expect(create({ Operations: ['Sign'] })).rejects.toMatchObject({
      name: 'ValidationException',
    })
    await expect(create({ DryRun: true })).rejects.toMatchObject({
      name: 'DryRunOperationException',
    })
    await expect(dataKey({}, ['no-token'])).rejects.toMatchObject({
      name: 'InvalidGrantTokenException',
    })
    const revoke = new RevokeGrantCommand({ KeyId: key, GrantId: 'x' })
    await expect(owner.send(revoke)).rejects.toMatchObject({ name: 'InvalidGrantIdException' })
  })
})
