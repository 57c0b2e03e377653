/**
 * Two houses, and AWS's own client: keys of the one are external keys of the other, which calls it as AWS KMS calls a proxy.
 *
 * The one that has the keys is a process of its own, and is killed.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  paginateDescribeCustomKeyStores,
  ReEncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../../src/index.js'
import { ACCESS_KEY, REGION, startTestServer, type TestServer } from '../../support/http.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import { type ServerProcess, startServer, temporaryFolder } from '../../support/serve.js'
import { ENDPOINT, PROXY_KEY, waysTo } from './proxy.js'

const OWNER = '444455556666'
const OFFERED = '1234abcd-12ab-34cd-56ef-1234567890ab'
const KEPT_BACK = '1234abcd-12ab-34cd-56ef-1234567890ff'
const text = Buffer.from('text that both houses are needed for')
const EncryptionContext = { tenant: 'acme' }

/** What docs/OPERATING.md tells to write: a user for the KMS elsewhere, and what he may. */
const SEED = {
  accounts: [
    {
      account: OWNER,
      users: [
        {
          name: 'kms-elsewhere',
          inlinePolicies: {
            use: {
              Version: '2012-10-17',
              Statement: {
                Effect: 'Allow',
                Action: ['kms:DescribeKey', 'kms:Encrypt', 'kms:Decrypt'],
                Resource: `arn:aws:kms:${REGION}:${OWNER}:key/${OFFERED}`,
              },
            },
          },
          accessKeys: [
            {
              accessKeyId: PROXY_KEY.AccessKeyId,
              secretAccessKey: PROXY_KEY.RawSecretAccessKey,
            },
          ],
        },
      ],
    },
  ],
  keys: [OFFERED, KEPT_BACK].map((keyId) => ({ account: OWNER, region: REGION, keyId })),
}

const folder = temporaryFolder('two-houses')
const ownerDir = join(folder.path, 'owner')
const seed = join(folder.path, 'seed.json')

let owner: ServerProcess
let house: TestKms
let server: TestServer
let client: KMSClient
let storeId: string
let keyId: string

const serveOwner = (port: string) =>
  startServer(ownerDir, { args: ['--port', port, '--seed', seed] })

beforeAll(async () => {
  writeFileSync(seed, JSON.stringify(SEED), { mode: 0o600 })
  owner = await serveOwner('0')
  house = await openTestKms({ proxies: () => waysTo(owner.url) })
  server = await startTestServer(house.service)
  const options = { endpoint: server.url, region: REGION, credentials: ACCESS_KEY, maxAttempts: 1 }
  client = new KMSClient(options)
})

afterAll(async () => {
  client.destroy()
  await server.close()
  await house.remove()
  await owner.stop()
  folder.remove()
})

async function until(state: string): Promise<void> {
  for (;;) {
    const asking = new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: storeId })
    const { CustomKeyStores } = await client.send(asking)
    if (CustomKeyStores![0]!.ConnectionState === state) return
    await wait(10)
  }
}

const newKey = (XksKeyId: string) =>
  client.send(
    new CreateKeyCommand({ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: storeId, XksKeyId }),
  )

describe('a custom key store before another house', () => {
  it('is made and connected by the AWS SDK', async () => {
    const { CustomKeyStoreId } = await client.send(
      new CreateCustomKeyStoreCommand({
        CustomKeyStoreName: 'the other house',
        CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
        XksProxyConnectivity: 'PUBLIC_ENDPOINT',
        XksProxyUriEndpoint: ENDPOINT,
        XksProxyUriPath: '/kms/xks/v1',
        XksProxyAuthenticationCredential: PROXY_KEY,
      }),
    )
    storeId = CustomKeyStoreId!
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }))
    await until('CONNECTED')
    const found = []
    for await (const { CustomKeyStores } of paginateDescribeCustomKeyStores({ client }, {})) {
      found.push(...CustomKeyStores!)
    }
    expect(found).toMatchObject([{ CustomKeyStoreId, ConnectionState: 'CONNECTED' }])
  })

  it('has keys of those that its user there may use, and of no others', async () => {
    const { KeyMetadata } = await newKey(OFFERED)
    keyId = KeyMetadata!.KeyId!
    expect(KeyMetadata).toMatchObject({ XksKeyConfiguration: { Id: OFFERED }, KeyState: 'Enabled' })
    for (const other of [KEPT_BACK, '00000000-0000-4000-8000-000000000000']) {
      await expect(newKey(other)).rejects.toMatchObject({
        name: 'KMSInvalidStateException',
        message: expect.stringMatching(/^The external key store proxy denied access/),
      })
    }
  })

  it('encrypts, decrypts, gives data keys and re-encrypts', async () => {
    const context = { EncryptionContext }
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: text, ...context }),
    )
    const opened = await client.send(new DecryptCommand({ CiphertextBlob, ...context }))
    expect(Buffer.from(opened.Plaintext!)).toEqual(text)
    const dataKey = await client.send(
      new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }),
    )
    const again = await client.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }))
    expect(again.Plaintext).toEqual(dataKey.Plaintext)
    const moved = await client.send(
      new ReEncryptCommand({
        ...{ CiphertextBlob, SourceEncryptionContext: EncryptionContext },
        DestinationKeyId: keyId,
      }),
    )
    const last = await client.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }))
    expect(Buffer.from(last.Plaintext!)).toEqual(text)
    await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
    })
  })

  it('fails at once when the other house is killed, and goes on when it is back', async () => {
    const Plaintext = text
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext }))
    const { port } = new URL(owner.url)
    await owner.stop('SIGKILL')
    await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
      message: expect.stringMatching(
        /^AWS KMS cannot communicate with the external key store proxy/,
      ),
    })
    // AWS, too, says so of a store whose proxy is away: nobody has disconnected it.
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }))
    expect(KeyMetadata!.KeyState).toBe('Enabled')
    owner = await serveOwner(port)
    const opened = await client.send(new DecryptCommand({ CiphertextBlob }))
    expect(Buffer.from(opened.Plaintext!)).toEqual(text)
  })

  it('is changed, disconnected and deleted by the AWS SDK', async () => {
    const CustomKeyStoreId = storeId
    const NewCustomKeyStoreName = 'renamed'
    await client.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, NewCustomKeyStoreName }))
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }))
    await until('DISCONNECTED')
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }))
    expect(KeyMetadata!.KeyState).toBe('Unavailable')
    await expect(
      client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId })),
    ).rejects.toMatchObject({ name: 'CustomKeyStoreHasCMKsException' })
  })
})

describe('the records of the house that has the keys', () => {
  it('tell each use, by whom it was, and of what it was part elsewhere', async () => {
    await owner.stop()
    const opened = await openSealtrail({ dataDir: ownerDir, account: OWNER, region: REGION })
    const records = (await opened.records({ limit: 1000 })).map(({ record }) => JSON.parse(record))
    await opened.close()
    const uses = records.filter(({ eventName, errorCode }) => {
      return errorCode === undefined && /crypt$/.test(eventName)
    })
    expect(uses.length).toBeGreaterThan(8)
    const elsewhere = await house.records()
    const ids = new Set(elsewhere.map(({ requestID }) => requestID))
    for (const use of uses) {
      expect(use).toMatchObject({
        userIdentity: { userName: 'kms-elsewhere', accountId: OWNER },
        requestParameters: { keyId: OFFERED, encryptionAlgorithm: 'AES_GCM' },
        resources: [{ ARN: `arn:aws:kms:${REGION}:${OWNER}:key/${OFFERED}` }],
        additionalEventData: {
          keyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
          xksRequestMetadata: { kmsKeyArn: expect.stringContaining(keyId) },
        },
      })
      expect(ids).toContain(use.additionalEventData.xksRequestMetadata.kmsRequestId)
    }
  })
})
