/** A proxy over TLS, as AWS has them: believed under the name that the key store has, wherever it is. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CertificateFiles, certificateFiles } from '../../support/certificate.js'
import { type ServerProcess, startServer, temporaryFolder } from '../../support/serve.js'
import { PROXY_KEY } from './proxy.js'
import { STORE } from './store-house.js'

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab'
const region = 'us-east-1'
const folder = temporaryFolder('xks-tls')
const text = Buffer.from('text')

let files: CertificateFiles
let owner: ServerProcess
let user: ServerProcess
let client: KMSClient

beforeAll(async () => {
  files = certificateFiles()
  const seed = join(folder.path, 'seed.json')
  const account = '444455556666'
  const Statement = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const accessKey = {
    accessKeyId: PROXY_KEY.AccessKeyId,
    secretAccessKey: PROXY_KEY.RawSecretAccessKey,
  }
  const inlinePolicies = { use: { Version: '2012-10-17', Statement } }
  const users = [{ name: 'kms-elsewhere', inlinePolicies, accessKeys: [accessKey] }]
  const keys = [{ account, region, keyId: KEY }]
  const seeded = { accounts: [{ account, users }], keys }
  writeFileSync(seed, JSON.stringify(seeded), { mode: 0o600 })
  const tls = ['--tls-cert', files.tlsCert, '--tls-key', files.tlsKey]
  owner = await startServer(join(folder.path, 'owner'), { args: ['--seed', seed, ...tls] })
  // Whom Node believes is told to a process when it starts.
  process.env.NODE_EXTRA_CA_CERTS = files.tlsCert
  const { host } = new URL(owner.url)
  const map = `https://localhost=https://${host},https://proxy.test=https://${host}`
  user = await startServer(join(folder.path, 'user'), { args: ['--xks-proxy-endpoints', map] })
  client = new KMSClient({ endpoint: user.url, region, credentials: user.credentials })
})
afterAll(async () => {
  client.destroy()
  await user.stop()
  await owner.stop()
  files.remove()
  folder.remove()
})

/** A busy machine may not answer within AWS's 250 ms: that says so, and is tried again. */
async function eventually<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!/did not respond in time/.test((error as Error).message)) throw error
    }
  }
}

async function connected(CustomKeyStoreId: string): Promise<void> {
  await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }))
  for (;;) {
    const asking = new DescribeCustomKeyStoresCommand({ CustomKeyStoreId })
    const [store] = (await client.send(asking)).CustomKeyStores!
    if (store!.ConnectionState === 'CONNECTED') return
    if (store!.ConnectionState === 'FAILED') {
      expect(store!.ConnectionErrorCode).toBe('XKS_PROXY_TIMED_OUT')
      await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }))
    }
    if (store!.ConnectionState === 'DISCONNECTED') {
      await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }))
    }
  }
}

describe('a proxy over TLS', () => {
  it('is asked where the certificate has the name of the endpoint', async () => {
    const input = {
      ...STORE,
      XksProxyUriEndpoint: 'https://localhost',
      XksProxyUriPath: '/kms/xks/v1',
    }
    const making = () => client.send(new CreateCustomKeyStoreCommand(input))
    const { CustomKeyStoreId } = await eventually(making)
    await connected(CustomKeyStoreId!)
    const wanted = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: KEY } as const
    const { KeyMetadata } = await eventually(() => client.send(new CreateKeyCommand(wanted)))
    const { KeyId } = KeyMetadata!
    const encrypting = () => client.send(new EncryptCommand({ KeyId, Plaintext: text }))
    const { CiphertextBlob } = await eventually(encrypting)
    const opened = await eventually(() => client.send(new DecryptCommand({ CiphertextBlob })))
    expect(Buffer.from(opened.Plaintext!)).toEqual(text)
  })

  it('is not believed under another name', async () => {
    const making = () => client.send(new CreateCustomKeyStoreCommand({ ...STORE }))
    await expect(eventually(making)).rejects.toMatchObject({
      name: 'XksProxyUriUnreachableException',
      message: expect.stringMatching(/^AWS KMS cannot establish a TLS connection/),
    })
  })
})
