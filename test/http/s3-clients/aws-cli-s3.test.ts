/** `aws s3`, unmodified, on both fronts: each object is checked by its hash. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findAwsCli, runAwsCli } from '../aws-cli.js'
import {
  bytesOf,
  FRONTS,
  LARGE_BYTES,
  type ServedS3,
  serveS3,
  sha256,
  sha256OfStream,
} from './served.js'

const BUCKET = 'cli-objects'
const FILES: Readonly<Record<string, number>> = {
  'tree/empty': 0,
  'tree/small': 1500,
  'tree/below/two frames': 65_537,
  'tree/below/large': LARGE_BYTES,
}
let aws: string

beforeAll(async () => {
  aws = await findAwsCli()
})

describe.each(FRONTS)('`aws s3`, on the %s front,', (front) => {
  let served: ServedS3
  let kms: string[]
  let environment: Record<string, string>

  beforeAll(async () => {
    served = await serveS3(front)
    // S3 takes no older signature for what is encrypted under a KMS key.
    const AWS_CONFIG_FILE = join(served.folder, 'config')
    writeFileSync(AWS_CONFIG_FILE, '[default]\ns3 =\n  signature_version = s3v4\n')
    environment = { ...served.environment, AWS_CONFIG_FILE }
    kms = ['--sse', 'aws:kms', '--sse-kms-key-id', served.keys[0]]
    mkdirSync(join(served.folder, 'tree/below'), { recursive: true })
    for (const [name, size] of Object.entries(FILES)) {
      writeFileSync(join(served.folder, name), bytesOf(name, size))
    }
    await s3('mb', `s3://${BUCKET}`)
  })

  afterAll(() => served.close())

  async function s3(...args: string[]): Promise<string> {
    const given = ['s3', ...args]
    const { exitCode, stdout, stderr } = await runAwsCli(aws, given, environment)
    expect([args, exitCode, stderr]).toEqual([args, 0, ''])
    return stdout
  }

  async function expectStored(Key: string, name: string, more: object = {}): Promise<void> {
    const client = served.client()
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    expect(await sha256OfStream(Body)).toBe(sha256(bytesOf(name, FILES[name]!)))
    expect(await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))).toMatchObject(more)
    client.destroy()
  }

  function expectFile(path: string, name: string): void {
    expect(sha256(readFileSync(path))).toBe(sha256(bytesOf(name, FILES[name]!)))
  }

  it('copies up and down, small and in parts, under a KMS key', async () => {
    for (const name of Object.keys(FILES)) {
      const wanted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: served.keys[0] }
      await s3('cp', ...kms, join(served.folder, name), `s3://${BUCKET}/cp/${name}`)
      await expectStored(`cp/${name}`, name, wanted)
      await s3('cp', `s3://${BUCKET}/cp/${name}`, join(served.folder, 'back'))
      expectFile(join(served.folder, 'back'), name)
    }
  })

  it('syncs a folder up and down, and then has nothing to do', async () => {
    await s3('sync', ...kms, join(served.folder, 'tree'), `s3://${BUCKET}/sync`)
    expect(await s3('sync', join(served.folder, 'tree'), `s3://${BUCKET}/sync`)).toBe('')
    await s3('sync', `s3://${BUCKET}/sync`, join(served.folder, 'down'))
    for (const name of Object.keys(FILES)) {
      expectFile(join(served.folder, name.replace('tree', 'down')), name)
    }
  })

  it('copies and moves from one kind of encryption to another, and lists by folders', async () => {
    const large = 'tree/below/large'
    await s3('cp', '--sse', 'AES256', join(served.folder, large), `s3://${BUCKET}/kinds/plain`)
    await s3('cp', ...kms, `s3://${BUCKET}/kinds/plain`, `s3://${BUCKET}/kinds/sub/kms`)
    await expectStored('kinds/sub/kms', large, { SSEKMSKeyId: served.keys[0] })
    const other = ['--sse', 'aws:kms', '--sse-kms-key-id', served.keys[1]]
    await s3('mv', ...other, `s3://${BUCKET}/kinds/sub/kms`, `s3://${BUCKET}/kinds/moved`)
    await expectStored('kinds/moved', large, { SSEKMSKeyId: served.keys[1] })
    const listed = await s3('ls', `s3://${BUCKET}/kinds/`)
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).at(-1)),
    ).toEqual(['moved', 'plain'])
    expect(await s3('ls', `s3://${BUCKET}`)).toContain('PRE kinds/')
  })

  it('signs a URL that gives an object, and removes everything', async () => {
    const name = 'tree/small'
    await s3('cp', ...kms, join(served.folder, name), `s3://${BUCKET}/one`)
    const signed = (await s3('presign', `s3://${BUCKET}/one`)).trim()
    const got = await fetch(signed)
    expect(sha256(Buffer.from(await got.arrayBuffer()))).toBe(sha256(bytesOf(name, FILES[name]!)))
    await s3('rm', '--recursive', `s3://${BUCKET}`)
    expect(await s3('ls', '--recursive', `s3://${BUCKET}`)).toBe('')
    await s3('rb', `s3://${BUCKET}`)
  })
})
