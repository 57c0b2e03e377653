/** boto3 and s3cmd, unmodified, on both fronts: each object is checked by its hash. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPythonTools, type PythonTools } from './python-tools.js'
import {
  bytesOf,
  FRONTS,
  LARGE_BYTES,
  REGION,
  type ServedS3,
  serveS3,
  sha256,
  sha256OfStream,
} from './served.js'

const run = promisify(execFile)
let tools: PythonTools

beforeAll(async () => {
  tools = await findPythonTools()
})

describe.each(FRONTS)('on the %s front,', (front) => {
  let served: ServedS3

  beforeAll(async () => {
    served = await serveS3(front)
  })

  afterAll(() => served.close())

  async function launch(command: string, args: readonly string[]): Promise<string> {
    const env = {
      PATH: process.env.PATH,
      HOME: served.folder,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...served.environment,
    }
    const { stdout } = await run(command, [...args], { env, timeout: 240_000 })
    return stdout
  }

  it('boto3 puts, gets, uploads in parts, copies, signs URLs, lists and deletes', async () => {
    const walk = 'test/http/s3-clients/boto3-walk.py'
    const args = [walk, 'boto3-objects', served.keys[0], served.folder, `${LARGE_BYTES}`]
    const done = (await launch(tools.python, args)).trim().split('\n')
    const steps = done.map((line) => JSON.parse(line) as [string, boolean])
    expect(steps.filter(([, isRight]) => !isRight)).toEqual([])
    expect(steps.map(([what]) => what)).toHaveLength(21)
  })

  it('s3cmd puts, gets, syncs, copies, moves, lists and deletes', async () => {
    const { host } = new URL(served.url)
    const bucket = 's3cmd-objects'
    const s3cmd = (...args: string[]) =>
      launch(tools.s3cmd, [
        ...['--no-ssl', '--host', host, '--host-bucket', host, '--region', REGION],
        ...['--multipart-chunk-size-mb', '8', '--no-progress', ...args],
      ])
    const files = join(served.folder, 's3cmd')
    mkdirSync(join(files, 'up/below'), { recursive: true })
    const sizes = { 'up/small': 1500, 'up/below/frame': 65_537, 'up/large': LARGE_BYTES }
    for (const [name, size] of Object.entries(sizes)) {
      writeFileSync(join(files, name), bytesOf(name, size))
    }
    const s3 = served.client()
    const expectStored = async (Key: string, name: keyof typeof sizes) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
      expect(await sha256OfStream(Body)).toBe(sha256(bytesOf(name, sizes[name])))
    }

    await s3cmd('mb', `s3://${bucket}`)
    const kms = ['--server-side-encryption', '--server-side-encryption-kms-id', served.keys[0]]
    await s3cmd('put', ...kms, join(files, 'up/large'), `s3://${bucket}/large`)
    await expectStored('large', 'up/large')
    expect(await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'large' }))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: served.keys[0],
    })
    await s3cmd('get', `s3://${bucket}/large`, join(files, 'back'))
    expect(sha256(readFileSync(join(files, 'back')))).toBe(sha256(bytesOf('up/large', LARGE_BYTES)))

    await s3cmd('sync', `${join(files, 'up')}/`, `s3://${bucket}/tree/`)
    for (const name of Object.keys(sizes) as Array<keyof typeof sizes>) {
      await expectStored(name.replace('up/', 'tree/'), name)
    }
    await s3cmd('cp', `s3://${bucket}/tree/small`, `s3://${bucket}/copied`)
    await s3cmd('mv', `s3://${bucket}/tree/below/frame`, `s3://${bucket}/moved`)
    await expectStored('copied', 'up/small')
    await expectStored('moved', 'up/below/frame')
    const listed = await s3cmd('ls', `s3://${bucket}/`)
    expect(listed.match(/s3:\S+/g)).toEqual([
      `s3://${bucket}/tree/`,
      ...['copied', 'large', 'moved'].map((key) => `s3://${bucket}/${key}`),
    ])
    await s3cmd('del', '--recursive', '--force', `s3://${bucket}`)
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(KeyCount).toBe(0)
    await s3cmd('rb', `s3://${bucket}`)
    s3.destroy()
  })
})
