/**
 * kill -9 at any moment: nothing that a client was told is lost.
 *
 * Four clients with the AWS SDK make keys and aliases and encrypt under them, writing down what was
 * acknowledged; the server is killed at a random moment and started again on the same directory. More rounds:
 * TEST_KILLS=200 npx vitest run test/acceptance/kill
 */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { afterAll, describe, expect, it } from 'vitest'
import { seededChance } from '../support/seed.js'
import { type ServerProcess, startServer, temporaryFolder } from '../support/serve.js'

const ROUNDS = Number(process.env.TEST_KILLS ?? 5)
const CLIENTS = 4

interface Acknowledged {
  readonly alias: string
  readonly keyId: string
  readonly blob: Uint8Array
  readonly plain: Uint8Array
}

const chance = seededChance()
const folder = temporaryFolder('kill')
const dataDir = `${folder.path}/data`
const acknowledged: Acknowledged[] = []
let names = 0
afterAll(() => folder.remove())

function clientOf({ url, credentials }: ServerProcess): KMSClient {
  return new KMSClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 })
}

/** Works until the server is gone. */
async function work(kms: KMSClient): Promise<void> {
  try {
    for (;;) {
      const keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!
      const alias = `alias/kill-${++names}`
      await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }))
      const dataKey = { KeyId: alias, KeySpec: 'AES_256', EncryptionContext: { alias } } as const
      const made = await kms.send(new GenerateDataKeyCommand(dataKey))
      acknowledged.push({ alias, keyId, blob: made.CiphertextBlob!, plain: made.Plaintext! })
    }
  } catch (error) {
    // The kill shows as a broken connection; an answer that names a fault would be a finding.
    expect((error as { $fault?: string }).$fault).toBeUndefined()
  }
}

async function check(kms: KMSClient, one: Acknowledged): Promise<void> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: one.alias }))
  expect(KeyMetadata?.KeyId).toBe(one.keyId)
  const input = { CiphertextBlob: one.blob, EncryptionContext: { alias: one.alias } }
  const { Plaintext } = await kms.send(new DecryptCommand(input))
  expect(Buffer.from(Plaintext!).equals(one.plain)).toBe(true)
}

describe('a server that is killed again and again', () => {
  it(
    `has every acknowledged key, alias and blob after ${ROUNDS} kills`,
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const server = await startServer(dataDir)
        const kms = clientOf(server)
        for (const one of acknowledged.slice(-50)) await check(kms, one)
        const before = acknowledged.length
        const workers = Array.from({ length: CLIENTS }, () => work(kms))
        await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(before)
        await new Promise((resolve) => setTimeout(resolve, chance() * 250))
        await server.stop('SIGKILL')
        await Promise.all(workers)
        kms.destroy()
      }
      const server = await startServer(dataDir)
      const kms = clientOf(server)
      expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS)
      for (const one of acknowledged) await check(kms, one)
      kms.destroy()
      expect(await server.stop()).toBe(0)
    },
    120_000 + ROUNDS * 5_000,
  )
})
