/** Faults as clients meet them: AWS's SDK, whose retries come through, S3, and calls that a lane would answer. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as aws from '@aws-sdk/client-kms'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { Faults } from '../../src/faults/faults.js'
import { ERRORS } from '../../src/faults/schema.js'
import { Lane } from '../../src/http/front/lane.js'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { readCredentials, startServer, temporaryFolder } from '../support/serve.js'

const region = 'us-east-1'

const ends: Array<() => unknown> = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0).reverse()) await end()
})

function folderWith(faults: object[]): { dataDir: string; file: string } {
  const folder = temporaryFolder('faults')
  ends.push(() => folder.remove())
  const file = join(folder.path, 'faults.yaml')
  writeFileSync(file, JSON.stringify({ faults }))
  return { dataDir: join(folder.path, 'data'), file }
}

interface House {
  readonly house: Sealtrail
  readonly server: Listening
  readonly key: string
  readonly credentials: ReturnType<typeof readCredentials>
  client(maxAttempts: number): aws.KMSClient
}

/** With a key, which is made whatever the faults say; without any, they are off. */
async function open(faults: object[], options = {}): Promise<House> {
  const { dataDir, file } = folderWith(faults)
  const first = await openSealtrail({ dataDir })
  const { KeyId: key } = (await first.kms.createKey({})).KeyMetadata
  await first.close()
  const script = faults.length === 0 ? {} : { faults: file }
  const house = await openSealtrail({ dataDir, ...script, ...options })
  ends.push(() => house.close())
  const server = await house.listen({ port: 0 })
  const credentials = readCredentials(dataDir)
  return {
    ...{ house, server, key, credentials },
    client(maxAttempts) {
      const endpoint = server.url
      const client = new aws.KMSClient({ endpoint, region, credentials, maxAttempts })
      ends.push(() => client.destroy())
      return client
    },
  }
}

const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    ({ name }: Error) => name,
  )

describe('a client that tries again', () => {
  it.each(ERRORS)('comes through two of %s, which are recorded', async (error) => {
    const { house, key, client } = await open([
      { operations: ['GenerateDataKey'], error, first: 2 },
    ])
    const command = new aws.GenerateDataKeyCommand({ KeyId: key, KeySpec: 'AES_256' })
    const { Plaintext, $metadata } = await client(3).send(command)
    expect(Plaintext).toHaveLength(32)
    expect($metadata.attempts).toBe(3)
    const records = await house.records({ eventName: 'GenerateDataKey' })
    const codes = records.map(({ record }) => JSON.parse(record).errorCode)
    expect(codes).toEqual([undefined, error, error])
  })

  it.each([
    ['ThrottlingException', 400],
    ['KMSInternalException', 500],
    ['DependencyTimeoutException', 500],
    ['KeyUnavailableException', 500],
  ])('and one that does not is told %s as AWS tells it, by %i', async (error, httpStatusCode) => {
    const { key, client } = await open([{ error, every: 1 }])
    const described = client(1).send(new aws.DescribeKeyCommand({ KeyId: key }))
    await expect(described).rejects.toMatchObject({ name: error, $metadata: { httpStatusCode } })
  })
})

describe('a house that is closed', () => {
  it('waits for no fault that a client waits for', async () => {
    const { house, key, client } = await open([
      { delayMs: 60_000, operations: ['Encrypt'], every: 1 },
    ])
    const pass = vi.spyOn(Faults.prototype, 'pass')
    const Plaintext = Buffer.from('text')
    const encrypting = client(1).send(new aws.EncryptCommand({ KeyId: key, Plaintext }))
    await expect.poll(() => pass.mock.calls.length).toBeGreaterThan(0)
    await house.close()
    expect((await encrypting).KeyId).toContain(key)
  })
})

describe.runIf(loadAddon() !== undefined)('calls word for word alike', () => {
  /** Of twelve, one after the other; and whether a lane was there for them. */
  async function twelve(faults: object[], options = {}) {
    const listener = vi.spyOn(Lane.prototype, 'listener')
    const { key, client } = await open(faults, options)
    const kms = client(1)
    const { CiphertextBlob } = await kms.send(
      new aws.EncryptCommand({ KeyId: key, Plaintext: Buffer.from('text') }),
    )
    const outcomes: string[] = []
    for (let i = 0; i < 12; i++) {
      outcomes.push(await outcomeOf(kms.send(new aws.DecryptCommand({ CiphertextBlob }))))
    }
    return { outcomes, hasLane: listener.mock.calls.length > 0 }
  }
  const done = Array<string>(12).fill('done')

  it('have a lane where nothing counts them', async () => {
    expect(await twelve([])).toEqual({ outcomes: done, hasLane: true })
  })

  it('are all counted by faults', async () => {
    const error = 'KeyUnavailableException'
    const outcomes = done.map((name, i) => (i % 3 === 2 ? error : name))
    const faults = [{ operations: ['Decrypt'], error, every: 3 }]
    expect(await twelve(faults)).toEqual({ outcomes, hasLane: false })
  })

  it('are all counted towards quotas', async () => {
    const quotas = 'aws:us-east-1'
    expect(await twelve([], { quotas })).toEqual({ outcomes: done, hasLane: false })
  })
})

describe('S3', () => {
  it('tells its client what KMS told it, and its client tries again', async () => {
    const { house, server, credentials } = await open([
      { operations: ['GenerateDataKey'], error: 'ThrottlingException', first: 1 },
      { operations: ['GenerateDataKey'], error: 'DependencyTimeoutException', every: 2 },
    ])
    await house.s3.createBucket({ Bucket: 'logs' })
    const clientOf = (maxAttempts: number) => {
      const client = new S3Client({
        ...{ endpoint: server.url, region, credentials, maxAttempts, forcePathStyle: true },
      })
      ends.push(() => client.destroy())
      return client
    }
    const put = () =>
      new PutObjectCommand({
        ...{ Bucket: 'logs', Key: 'a', Body: 'text', ServerSideEncryption: 'aws:kms' },
      })
    await expect(clientOf(1).send(put())).rejects.toMatchObject({
      name: 'SlowDown',
      message: 'Please reduce your request rate for operations involving AWS KMS.',
      $metadata: { httpStatusCode: 503 },
    })
    await expect(clientOf(1).send(put())).rejects.toMatchObject({ name: 'InternalError' })
    const { $metadata } = await clientOf(3).send(put())
    expect($metadata.httpStatusCode).toBe(200)
  })
})

describe('sealtrail serve', () => {
  it('says loudly that faults are on', async () => {
    const { dataDir, file } = folderWith([{ delayMs: 1, every: 1 }])
    const server = await startServer(dataDir, { args: ['--faults', file, '--quotas', 'off'] })
    await expect.poll(() => server.said()).toContain('FAULTS ARE ON')
    expect(server.said()).toContain(file)
    expect(await server.stop()).toBe(0)
  })
})
