/** `sealtrail objects`: buckets and objects from the command line. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../src/index.js'
import { sealtrail, sealtrailProcess } from '../support/command.js'
import { startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('objects')
const dataDir = `${folder.path}/data`
const at = (name: string) => `${folder.path}/${name}`
const run = (args: string[], input?: Uint8Array) =>
  sealtrail(['objects', ...args, '--data-dir', dataDir], input)
/** All that need not be read well. */
const bytes = randomBytes(3_000_000)
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

async function json(...args: string[]) {
  const { code, out } = await run([...args, '--json'])
  expect(code).toBe(0)
  return JSON.parse(out.toString())
}

beforeAll(async () => {
  writeFileSync(at('plain'), bytes)
  await sealtrail(['keys', 'create', '--alias', 'logs', '--data-dir', dataDir])
  for (const bucket of ['first-bucket', 's3://second-bucket']) {
    expect((await run(['mb', bucket])).code).toBe(0)
  }
})
afterAll(() => folder.remove())

describe('buckets', () => {
  it('are listed, and removed when they are empty', async () => {
    expect((await json('ls')).map(({ Name }: { Name: string }) => Name)).toEqual([
      'first-bucket',
      'second-bucket',
    ])
    await run(['mb', 'third-bucket'])
    await run(['put', at('plain'), 'third-bucket'])
    const { code, said } = await run(['rb', 'third-bucket'])
    expect([code, said]).toEqual([
      1,
      'sealtrail: The bucket you tried to delete is not empty (BucketNotEmpty)\n',
    ])
    await run(['rm', 'third-bucket/plain'])
    expect((await run(['rb', 'third-bucket'])).code).toBe(0)
    expect((await run(['ls'])).out.toString()).not.toContain('third-bucket')
  })

  it('have names as S3 wants them', async () => {
    const { code, said } = await run(['mb', 'No_Bucket'])
    expect([code, said]).toEqual([
      2,
      'sealtrail: The specified bucket is not valid. (InvalidBucketName)\n',
    ])
    expect((await run(['mb', 'first-bucket/key'])).code).toBe(2)
  })
})

describe('put and get', () => {
  it('bring a file back, and say so', async () => {
    const put = await run(['put', at('plain'), 'first-bucket/a/b c'])
    expect(put.said).toContain(`plain → s3://first-bucket/a/b c: ${bytes.length} → `)
    const got = await run(['get', 's3://first-bucket/a/b c', at('got')])
    expect([put.code, got.code]).toEqual([0, 0])
    expect(readFileSync(at('got')).equals(bytes)).toBe(true)
  })

  it('replace a file only with --force, and an object always', async () => {
    writeFileSync(at('there'), 'there')
    const refused = await run(['get', 'first-bucket/a/b c', at('there')])
    expect([refused.code, readFileSync(at('there'), 'utf8')]).toEqual([2, 'there'])
    const forced = await run(['get', 'first-bucket/a/b c', at('there'), '--force'])
    expect([forced.code, readFileSync(at('there')).equals(bytes)]).toEqual([0, true])
    await run(['put', '-', 'first-bucket/twice'], Buffer.from('once'))
    await run(['put', '-', 'first-bucket/twice'], Buffer.from('twice'))
    expect((await run(['get', 'first-bucket/twice', '-'])).out.toString()).toBe('twice')
  })

  it('bring any bytes from stdin to stdout, and say nothing there', async () => {
    const process = (args: string[], input?: Uint8Array) =>
      sealtrailProcess(['objects', ...args, '--data-dir', dataDir], input ?? new Uint8Array(0))
    expect((await process(['put', '-', 'first-bucket/stdin'], bytes)).code).toBe(0)
    const { out } = await process(['get', 'first-bucket/stdin', '-', '--json'])
    expect(out.equals(bytes)).toBe(true)
  })

  it('take a long stream in parts, which are one object, and an empty one', async () => {
    const long = randomBytes(9 * 1024 * 1024)
    await run(['put', '-', 'first-bucket/long'], long)
    expect((await json('stat', 'first-bucket/long')).ETag).toMatch(/-1"$/)
    const { out } = await run(['get', 'first-bucket/long', '-'])
    expect(sha256(out)).toBe(sha256(long))
    await run(['put', '-', 'first-bucket/empty'])
    expect((await run(['get', 'first-bucket/empty', '-'])).out.length).toBe(0)
  })

  it('put a file under its own name where a folder is named', async () => {
    await run(['put', at('plain'), 'second-bucket/folder/'])
    await run(['put', at('plain'), 'second-bucket'])
    const { Contents } = await openedList('second-bucket')
    expect(Contents).toEqual(['folder/plain', 'plain'])
    expect((await run(['put', '-', 'second-bucket'], bytes)).code).toBe(2)
  })

  it.each([
    ['0-99', 0, 100],
    ['bytes=65530-65600', 65530, 65601],
    ['2999990-', 2_999_990, 3_000_000],
    ['-10', 2_999_990, 3_000_000],
  ])('get the range %s', async (range, from, to) => {
    const { out } = await run(['get', 'first-bucket/a/b c', '-', `--range=${range}`])
    expect(out.equals(bytes.subarray(from, to))).toBe(true)
  })

  it('refuse ranges that are none, and leave no file', async () => {
    const nothing = ['get', 'first-bucket/a/b c', at('never')]
    expect((await run([...nothing, '--range', 'a-b'])).code).toBe(2)
    const { code, said } = await run([...nothing, '--range', '9000000-'])
    expect(code).toBe(1)
    expect(said).toContain('(InvalidRange)')
    expect(existsSync(at('never'))).toBe(false)
  })

  it('tell machines what they did', async () => {
    expect(await json('put', at('plain'), 'first-bucket/told')).toMatchObject({
      ...{ source: at('plain'), target: 's3://first-bucket/told', bytesIn: bytes.length },
      ...{ ETag: expect.any(String), ServerSideEncryption: 'AES256' },
    })
    const got = await json('get', 'first-bucket/told', at('told'))
    expect(got).toMatchObject({ bytesOut: bytes.length, target: at('told') })
  })

  it('say what is not there, and leave nothing behind', async () => {
    const cases: Array<[string[], RegExp]> = [
      [['get', 'first-bucket/none', at('never')], /\(NoSuchKey\)/],
      [['get', 'no-bucket/none', at('never')], /\(NoSuchBucket\)/],
      [['put', at('none'), 'first-bucket/none'], /ENOENT/],
      [['put', at('plain'), 'no-bucket/none'], /\(NoSuchBucket\)/],
    ]
    for (const [args, sentence] of cases) {
      const { code, said } = await run(args)
      expect(code).toBe(1)
      expect(said).toMatch(sentence)
    }
    const left = readdirSync(folder.path).filter((name) => /never|part/.test(name))
    expect(left).toEqual([])
  })
})

describe('encryption', () => {
  const kms = ['--sse', 'aws:kms', '--sse-kms-key-id', 'alias/logs']

  it('is under the KMS key that is named, with its context', async () => {
    const context = ['--context', 'tenant=acme', '--context', 'path=a=b']
    const put = await run(['put', at('plain'), 'first-bucket/kms', ...kms, ...context])
    expect(put.code).toBe(0)
    expect(await json('stat', 'first-bucket/kms')).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: expect.stringMatching(/^arn:aws:kms:.*:key\//),
    })
    const house = await openSealtrail({ dataDir })
    const [made] = await house.records({ eventName: 'GenerateDataKey', limit: 1 })
    await house.close()
    expect(JSON.parse(made!.record).requestParameters.encryptionContext).toEqual({
      ...{ tenant: 'acme', path: 'a=b' },
      'aws:s3:arn': 'arn:aws:s3:::first-bucket/kms',
    })
  })

  it('may be under a bucket key, also of a long stream', async () => {
    const long = randomBytes(9 * 1024 * 1024)
    await run(['put', '-', 'first-bucket/bk', ...kms, '--bucket-key'], long)
    expect(await json('stat', 'first-bucket/bk')).toMatchObject({ BucketKeyEnabled: true })
    expect((await run(['get', 'first-bucket/bk', '-'])).out.equals(long)).toBe(true)
  })

  it('is another one for a copy that says so', async () => {
    await run(['cp', 'first-bucket/a/b c', 'second-bucket/copy', ...kms])
    expect(await json('stat', 'second-bucket/copy')).toMatchObject({
      ServerSideEncryption: 'aws:kms',
    })
    expect((await run(['get', 'second-bucket/copy', '-'])).out.equals(bytes)).toBe(true)
  })

  it('is refused under a key that is not there, and where its options do not fit', async () => {
    const put = ['put', at('plain'), 'first-bucket/never']
    const { code, said } = await run([...put, '--sse-kms-key-id', 'alias/nobody'])
    expect(code).toBe(1)
    expect(said).toContain('(KMS.NotFoundException)')
    expect((await run([...put, '--sse', 'none'])).code).toBe(2)
    expect((await run([...put, '--sse', 'AES256', '--sse-kms-key-id', 'alias/logs'])).code).toBe(2)
    expect((await run(['stat', 'first-bucket/never'])).code).toBe(1)
  })
})

describe('ls', () => {
  beforeAll(async () => {
    await run(['mb', 'listed-bucket'])
    for (const key of ['a', 'b/1', 'b/2', 'b/c/1', 'red \u001b[31m\n']) {
      await run(['put', '-', `listed-bucket/${key}`], Buffer.from(key))
    }
  })

  it('shows what lies at a place, and all below it when told to', async () => {
    const names = async (...args: string[]) =>
      (await json('ls', ...args)).map(
        (one: { Key?: string; Prefix?: string }) => one.Key ?? one.Prefix,
      )
    expect(await names('listed-bucket')).toEqual(['b/', 'a', 'red \u001b[31m\n'])
    expect(await names('listed-bucket/b/')).toEqual(['b/c/', 'b/1', 'b/2'])
    expect(await names('listed-bucket/b', '--recursive')).toEqual(['b/1', 'b/2', 'b/c/1'])
    expect(await names('listed-bucket/none')).toEqual([])
  })

  it('tells people time, bytes and key, without power over their terminal', async () => {
    const { out } = await run(['ls', 's3://listed-bucket'])
    expect(out.toString()).toMatch(/^\d{4}-\S+Z\s+1\s+a$/m)
    expect(out.toString()).toMatch(/red \\u001b\[31m\\u000a$/m)
  })

  it('goes on over many pages', async () => {
    const house = await openSealtrail({ dataDir })
    const Bucket = 'listed-bucket'
    const keys = Array.from({ length: 1100 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
    for (const Key of keys) await house.s3.putObject({ Bucket, Key, Body: '' })
    await house.close()
    const listed = await json('ls', 'listed-bucket/many/')
    expect(listed.map(({ Key }: { Key: string }) => Key)).toEqual(keys)
    const { out } = await run(['ls', 'listed-bucket/many/'])
    expect(out.toString().split('\n')).toHaveLength(keys.length + 1)
  })
})

describe('rm', () => {
  it('removes all below a place when told to, and nothing else', async () => {
    const { out } = await run(['rm', 'listed-bucket/many/', '--recursive'])
    expect(out.toString()).toBe('removed: 1100\n')
    const { Contents } = await openedList('listed-bucket')
    expect(Contents).toHaveLength(5)
  })

  it.each([
    ['a whole bucket without being told to', ['listed-bucket']],
    ['versions of one object', ['listed-bucket/a', '--versions']],
    ['a version of many', ['listed-bucket/a', '--recursive', '--version-id', 'x']],
  ])('does not remove %s', async (_, args) => {
    expect((await run(['rm', ...args])).code).toBe(2)
    expect((await run(['stat', 'listed-bucket/a'])).code).toBe(0)
  })

  it('hides what has versions, shows them, and removes one or all for good', async () => {
    const house = await openSealtrail({ dataDir })
    const Bucket = 'versioned-bucket'
    await house.s3.createBucket({ Bucket })
    await house.s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    await house.close()
    for (const text of ['1', '2', '3']) await run(['put', '-', `${Bucket}/a`], Buffer.from(text))
    await run(['rm', `${Bucket}/a`])
    expect((await run(['get', `${Bucket}/a`, '-'])).code).toBe(1)
    const versions = await json('ls', Bucket, '--versions')
    expect(versions).toHaveLength(4)
    const first = versions[2].VersionId
    const old = await run(['get', `${Bucket}/a`, '-', '--version-id', first])
    expect(old.out.toString()).toBe('1')
    await run(['cp', `${Bucket}/a`, `${Bucket}/again`, '--version-id', first])
    expect((await run(['get', `${Bucket}/again`, '-'])).out.toString()).toBe('1')
    await run(['rm', `${Bucket}/a`, '--version-id', first])
    expect(await json('ls', `${Bucket}/a`, '--versions')).toHaveLength(4)
    expect(await json('rm', Bucket, '--recursive', '--versions')).toEqual({
      removed: 4,
      errors: [],
    })
    expect((await run(['rb', Bucket])).code).toBe(0)
  })

  it('tells what is under a lock, removes the rest, and fails', async () => {
    const house = await openSealtrail({ dataDir })
    const Bucket = 'locked-bucket'
    await house.s3.createBucket({ Bucket, ObjectLockEnabledForBucket: true })
    const held = { ObjectLockLegalHoldStatus: 'ON' as const }
    await house.s3.putObject({ Bucket, Key: 'held', Body: '', ...held })
    await house.s3.putObject({ Bucket, Key: 'free', Body: '' })
    await house.close()
    const { code, out } = await run(['rm', Bucket, '--recursive', '--versions'])
    expect(code).toBe(1)
    expect(out.toString()).toMatch(/^not removed: s3:\/\/locked-bucket\/held: .*\nremoved: 1\n$/)
  })
})

describe('a directory that is served', () => {
  it('is for clients of the server', async () => {
    const server = await startServer(at('served'))
    const { code, said } = await sealtrail(['objects', 'ls', '--data-dir', at('served')])
    await server.stop()
    expect([code, said]).toEqual([1, expect.stringContaining('(StoreInUse)')])
  })
})

async function openedList(bucket: string): Promise<{ Contents: string[] }> {
  const listed = await json('ls', bucket, '--recursive')
  return { Contents: listed.map(({ Key }: { Key: string }) => Key) }
}
