import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail, type SealtrailOptions } from '../../src/sealtrail.js'
import { filesIn } from '../store/blobs/support.js'
import { temporaryDirs } from '../store/temporary.js'
import { sealtrail } from '../support/command.js'
import { BUCKET, type ServedUpstream, serveUpstream } from './served.js'

const newDir = temporaryDirs('upstream-house')
let upstream: ServedUpstream
let houses = 0

beforeAll(async () => {
  upstream = await serveUpstream(newDir())
})
afterAll(() => upstream.close())

/** Settings of a house with a prefix of its own. */
function withUpstream(): SealtrailOptions & { dataDir: string } {
  return {
    dataDir: newDir(),
    threads: 1,
    s3Upstream: `${upstream.url}/${BUCKET}/house/${houses++}`,
    s3UpstreamAccess: upstream.access,
  }
}

async function bytesOf(house: Sealtrail, key: string, range?: string): Promise<Buffer> {
  const asked = { Bucket: 'logs', Key: key, ...(range === undefined ? {} : { Range: range }) }
  const { Body } = await house.s3.getObject(asked)
  const pieces: Uint8Array[] = []
  if (Body instanceof Uint8Array) pieces.push(Body)
  else for await (const piece of Body as Readable) pieces.push(piece)
  return Buffer.concat(pieces)
}

const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

describe('a house with an upstream', () => {
  it('keeps objects of all sizes there, sealed, and none in its own directory', async () => {
    const options = withUpstream()
    const marker = 'a text that nobody may find upstream '
    const objects = new Map([
      ['empty', Buffer.alloc(0)],
      ['small', Buffer.from(marker.repeat(10))],
      ['large', Buffer.from(marker.repeat(10_000))],
      ['very large', Buffer.concat([Buffer.from(marker), randomBytes(20_000_000)])],
    ])
    const first = await openSealtrail(options)
    await first.s3.createBucket({ Bucket: 'logs' })
    const { KeyMetadata } = await first.kms.createKey({})
    for (const [Key, Body] of objects) {
      const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata!.KeyId! } as const
      await first.s3.putObject({ Bucket: 'logs', Key, Body, ...sse })
    }
    await first.close()
    expect(filesIn(options.dataDir)).toEqual([])
    const prefix = new URL(options.s3Upstream!).pathname.slice(`/${BUCKET}/`.length)
    const keys = await upstream.keys(prefix)
    expect(keys.filter((key) => key.startsWith('packs/'))).toHaveLength(2)
    expect(keys.filter((key) => key.startsWith('files/'))).toHaveLength(2)
    for (const key of keys) {
      const { Body } = await upstream.house.s3.getObject({
        ...{ Bucket: BUCKET, Key: `${prefix}/${key}` },
      })
      const pieces: Uint8Array[] = []
      if (Body instanceof Uint8Array) pieces.push(Body)
      else for await (const piece of Body as Readable) pieces.push(piece)
      expect(Buffer.concat(pieces).includes(marker)).toBe(false)
    }
    const second = await openSealtrail(options)
    for (const [key, bytes] of objects) {
      expect(Buffer.compare(await bytesOf(second, key), bytes)).toBe(0)
    }
    const part = await bytesOf(second, 'very large', 'bytes=9999990-10000009')
    expect(part).toEqual(objects.get('very large')!.subarray(9_999_990, 10_000_010))
    for (const Key of objects.keys()) await second.s3.deleteObject({ Bucket: 'logs', Key })
    await expect.poll(() => upstream.keys(prefix)).toEqual([])
    await second.close()
  })

  it('still has what it kept in its own directory before', async () => {
    const { s3Upstream, s3UpstreamAccess, ...options } = withUpstream()
    const before = await openSealtrail(options)
    await before.s3.createBucket({ Bucket: 'logs' })
    await before.s3.putObject({ Bucket: 'logs', Key: 'here', Body: 'here' })
    await before.close()
    const house = await openSealtrail({ ...options, s3Upstream: s3Upstream!, s3UpstreamAccess })
    await house.s3.putObject({ Bucket: 'logs', Key: 'there', Body: 'there' })
    expect((await bytesOf(house, 'here')).toString()).toBe('here')
    expect((await bytesOf(house, 'there')).toString()).toBe('there')
    await house.close()
    const without = await openSealtrail(options)
    expect((await bytesOf(without, 'here')).toString()).toBe('here')
    await expect(bytesOf(without, 'there')).rejects.toEqual(
      refused('StoreFailed', /lies upstream, and the setting s3Upstream is not there/),
    )
    await without.s3.deleteObject({ Bucket: 'logs', Key: 'there' })
    await without.close()
  })

  it('does not share its prefix', async () => {
    const options = withUpstream()
    await (await openSealtrail(options)).close()
    await (await openSealtrail(options)).close()
    await expect(openSealtrail({ ...options, dataDir: newDir() })).rejects.toEqual(
      refused('ConfigInvalid', /belongs to another data directory/),
    )
  })

  it('says how many bytes fsck did not read', async () => {
    const options = withUpstream()
    const house = await openSealtrail(options)
    await house.s3.createBucket({ Bucket: 'logs' })
    await house.s3.putObject({ Bucket: 'logs', Key: 'a', Body: 'a' })
    await house.close()
    const { out, code } = await sealtrail(['fsck', '--data-dir', options.dataDir])
    expect(out.toString()).toContain('bytes of 1 lie upstream, and were not read')
    expect(code).toBe(0)
  })
})

describe('the access key of an upstream', () => {
  it('is taken from a file that nobody else can read', async () => {
    const { s3UpstreamAccess: access, ...options } = withUpstream()
    const file = join(options.dataDir, '..', 'upstream-access')
    const section = [
      '[default]',
      `aws_access_key_id = ${access!.accessKeyId}`,
      `aws_secret_access_key = ${access!.secretAccessKey}`,
    ]
    writeFileSync(file, section.join('\n'), { mode: 0o600 })
    const withFile = { ...options, s3UpstreamCredentials: file }
    await (await openSealtrail(withFile)).close()
    chmodSync(file, 0o644)
    await expect(openSealtrail(withFile)).rejects.toEqual(refused('ConfigInvalid', /mode 0644/))
    for (const [text, why] of [
      ['[other]\naws_access_key_id = AKIA', /no section \[default\]/],
      ['[default]\naws_access_key_id = AKIA', /secret and session token/],
      ['[default]\nno sense', /line 2/],
    ] as const) {
      chmodSync(file, 0o600)
      writeFileSync(file, text)
      await expect(openSealtrail(withFile)).rejects.toEqual(refused('ConfigInvalid', why))
    }
    const nowhere = { ...options, s3UpstreamCredentials: `${file}-gone` }
    await expect(openSealtrail(nowhere)).rejects.toEqual(refused('ConfigInvalid', /is not there/))
  })

  it('is taken from the environment by the command', async () => {
    const { s3Upstream, dataDir } = withUpstream()
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' }
    const env = { ...none, SEALTRAIL_S3_UPSTREAM: s3Upstream!, SEALTRAIL_DATA_DIR: dataDir }
    const without = await sealtrail(['keys', 'list'], undefined, env)
    expect(without.code).not.toBe(0)
    expect(without.said).toContain('s3Upstream needs an access key')
    const given = await sealtrail(['keys', 'list'], undefined, {
      ...env,
      AWS_ACCESS_KEY_ID: upstream.access.accessKeyId,
      AWS_SECRET_ACCESS_KEY: upstream.access.secretAccessKey,
    })
    expect(given).toMatchObject({ code: 0 })
    const wrong = await sealtrail(['keys', 'list'], undefined, {
      ...env,
      AWS_ACCESS_KEY_ID: upstream.access.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'a-secret-that-is-another-one',
    })
    expect(wrong.said).toContain('SignatureDoesNotMatch')
    expect(wrong.said).not.toContain('a-secret-that-is-another-one')
  })
})
