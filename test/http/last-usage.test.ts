/** GetKeyLastUsage over HTTP, where most uses of a key are answered natively and stand in the journal only. */
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GetKeyLastUsageCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServerProcess, startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('last-usage')
const dataDir = `${folder.path}/data`

let server: ServerProcess
let client: KMSClient
async function start(): Promise<void> {
  server = await startServer(dataDir)
  const { url: endpoint, credentials } = server
  client = new KMSClient({ endpoint, region: 'us-east-1', credentials })
}
beforeAll(start)
afterAll(async () => {
  await server.stop()
  folder.remove()
})

describe('the last use of a key, over HTTP', () => {
  let KeyId: string
  let last: string

  const lastUse = async () =>
    (await client.send(new GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage

  it('is the one that was answered last, whoever answered it', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
    KeyId = KeyMetadata!.KeyId!
    expect(await lastUse()).toEqual({})
    const Plaintext = Buffer.from('x')
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext }))
    for (let i = 0; i < 50; i++) {
      const { $metadata } = await client.send(new DecryptCommand({ CiphertextBlob }))
      last = $metadata.requestId!
    }
    expect(await lastUse()).toMatchObject({ Operation: 'Decrypt', KmsRequestId: last })
  })

  it('is known after the process was killed', async () => {
    const before = await lastUse()
    await server.stop('SIGKILL')
    await start()
    expect(await lastUse()).toEqual(before)
  })
})
