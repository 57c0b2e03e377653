import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, describe, expect, it } from 'vitest'
import { type ServerProcess, startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('serve-fault')
const dataDir = `${folder.path}/data`
afterAll(() => folder.remove())

function clientOf({ url, credentials }: ServerProcess): KMSClient {
  return new KMSClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 })
}

describe('a server whose disk fails under it', () => {
  it('acknowledges nothing more, ends with 1, and has all it acknowledged when started again', async () => {
    const failing = await startServer(dataDir, { fileBytesMax: 1_200_000 })
    const acknowledged: string[] = []
    const work = async () => {
      for (;;) {
        const made = await clientOf(failing).send(
          new CreateKeyCommand({ Description: 'x'.repeat(4000) }),
        )
        acknowledged.push(made.KeyMetadata!.KeyId!)
      }
    }
    await expect(work()).rejects.toThrow(expect.objectContaining({ name: 'KMSInternalException' }))
    expect(await failing.gone).toBe(1)

    const again = await startServer(dataDir)
    expect(acknowledged.length).toBeGreaterThan(0)
    for (const KeyId of acknowledged) {
      const { KeyMetadata } = await clientOf(again).send(new DescribeKeyCommand({ KeyId }))
      expect(KeyMetadata?.Enabled).toBe(true)
    }
    expect(await again.stop()).toBe(0)
  })
})
