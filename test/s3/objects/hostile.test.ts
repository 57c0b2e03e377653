/** What callers of objects may try, against a whole house. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../../src/index.js'
import { temporaryDirs } from '../../store/temporary.js'

const newDir = temporaryDirs('s3-hostile')
const REGION = 'eu-west-1'
const here = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const
const code = (name: string) => expect.objectContaining({ code: name })

let house: Sealtrail
let user: Sealtrail
beforeAll(async () => {
  house = await openSealtrail({ dataDir: newDir(), region: REGION })
  const { account } = house.caller
  const arn = `arn:aws:iam::${account}:user/bob`
  const identity = { type: 'IAMUser', principalId: 'AIDABOB', arn, accountId: account } as const
  user = house.as({ account, region: REGION, identity })
})
afterAll(() => house.close())

async function bucketWith(name: string, ...statements: readonly object[]): Promise<string> {
  await house.s3.createBucket({ Bucket: name, ...here })
  const given = statements.map((one) => ({ Principal: '*', ...one }))
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: given })
  if (given.length > 0) await house.s3.putBucketPolicy({ Bucket: name, Policy })
  return name
}

describe('a key with a NUL in it', () => {
  it('is not the key before the NUL, for whoever may not have that one', async () => {
    const Bucket = await bucketWith('nul-read', {
      ...{ Effect: 'Deny', Action: ['s3:GetObject', 's3:DeleteObject'] },
      Resource: 'arn:aws:s3:::nul-read/secret',
    })
    await house.s3.putObject({ Bucket, Key: 'secret', Body: 'hush' })
    await expect(user.s3.getObject({ Bucket, Key: 'secret' })).rejects.toThrow(
      code('AccessDeniedException'),
    )
    const Key = 'secret\0.txt'
    await expect(user.s3.getObject({ Bucket, Key })).rejects.toThrow(code('NoSuchKey'))
    await expect(user.s3.headObject({ Bucket, Key })).rejects.toThrow(code('NoSuchKey'))
    const CopySource = 'nul-read/secret%00.txt'
    await expect(user.s3.copyObject({ Bucket, Key: 'copy', CopySource })).rejects.toThrow(
      code('NoSuchKey'),
    )
    await user.s3.deleteObject({ Bucket, Key })
    const many = await user.s3.deleteObjects({ Bucket, Delete: { Objects: [{ Key }] } })
    expect(many.Errors).toEqual([])
    const { Contents } = await house.s3.listObjectsV2({ Bucket })
    expect(Contents).toMatchObject([{ Key: 'secret' }])
  })
})

describe('a key that is too long', () => {
  it('is refused before a body is read', async () => {
    const Bucket = await bucketWith('long-write')
    // biome-ignore lint/correctness/useYield: it must not come so far.
    async function* body(): AsyncGenerator<Uint8Array> {
      throw new Error('the body was read')
    }
    await expect(
      house.s3.putObject({ Bucket, Key: 'k'.repeat(1025), Body: body() }),
    ).rejects.toThrow(code('KeyTooLongError'))
  })
})

describe('a delete marker', () => {
  it('is of a key that could be an object', async () => {
    const Bucket = await bucketWith('long-markers')
    await house.s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    const Key = 'k'.repeat(1025)
    const { Errors } = await house.s3.deleteObjects({ Bucket, Delete: { Objects: [{ Key }] } })
    expect(Errors).toMatchObject([{ Code: 'KeyTooLongError' }])
    expect((await house.s3.listObjectVersions({ Bucket })).DeleteMarkers).toEqual([])
  })
})

describe('a list', () => {
  it('leaves nothing out between two pages, whatever stands in keys', async () => {
    const Bucket = await bucketWith('nul-pages')
    const keys = ['a', 'a\0', 'a\0/b', 'a\0\0', 'a\x01', 'a\x01b', 'a/b', 'b\0']
    for (const Key of keys) await house.s3.putObject({ Bucket, Key, Body: '' })
    const seen: string[] = []
    for (let ContinuationToken: string | undefined, pages = 0; pages < keys.length; pages++) {
      const page = await house.s3.listObjectsV2({ Bucket, MaxKeys: 1, ContinuationToken })
      seen.push(...(page.Contents as { Key: string }[]).map(({ Key }) => Key))
      ContinuationToken = page.NextContinuationToken
    }
    expect(seen).toEqual(keys.sort())
  })

  it('goes on behind the last key of the page before', async () => {
    const Bucket = await bucketWith('pages')
    for (const Key of ['a', 'b', 'c']) await house.s3.putObject({ Bucket, Key, Body: '' })
    const seen: unknown[] = []
    for (let ContinuationToken: string | undefined, pages = 0; pages < 4; pages++) {
      const page = await house.s3.listObjectsV2({ Bucket, MaxKeys: 1, ContinuationToken })
      seen.push(...page.Contents.map((entry: unknown) => (entry as { Key: string }).Key))
      ContinuationToken = page.NextContinuationToken
      if (ContinuationToken === undefined) break
    }
    expect(seen).toEqual(['a', 'b', 'c'])
    const { Contents } = await house.s3.listObjects({ Bucket, Marker: 'b' })
    expect(Contents).toMatchObject([{ Key: 'c' }])
  })
})

describe('an object that is locked', () => {
  const until = new Date(Date.now() + 24 * 60 * 60 * 1000)

  it.each([
    ['COMPLIANCE', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until }],
    ['GOVERNANCE', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until }],
    ['a hold', { ObjectLockLegalHoldStatus: 'ON' }],
  ] as const)('by %s is not given a key that somebody could take away', async (_, lock) => {
    const Bucket = `locked-${crypto.randomUUID()}`
    await house.s3.createBucket({ Bucket, ObjectLockEnabledForBucket: true, ...here })
    const { VersionId } = (await house.s3.putObject({ Bucket, Key: 'a', Body: '1', ...lock })) as {
      VersionId: string
    }
    const { KeyMetadata } = await house.kms.createKey({})
    const ObjectEncryption = { SSEKMS: { KMSKeyArn: KeyMetadata.Arn! } }
    for (const named of [{}, { VersionId }]) {
      const update = { Bucket, Key: 'a', ...named, ObjectEncryption }
      await expect(house.s3.updateObjectEncryption(update)).rejects.toThrow(
        expect.objectContaining({
          code: 'InvalidRequest',
          message: expect.stringContaining('protected by S3 Object Lock'),
        }),
      )
    }
    const { ServerSideEncryption } = await house.s3.headObject({ Bucket, Key: 'a' })
    expect(ServerSideEncryption).toBe('AES256')
  })
})

describe('a denial of UpdateObjectEncryption', () => {
  it('is one for a version that is named, too', async () => {
    const Bucket = await bucketWith('no-update', {
      ...{ Effect: 'Deny', Action: 's3:UpdateObjectEncryption' },
      Resource: 'arn:aws:s3:::no-update/*',
    })
    await house.s3.putObject({ Bucket, Key: 'a', Body: '1' })
    const { KeyMetadata } = await house.kms.createKey({})
    const ObjectEncryption = { SSEKMS: { KMSKeyArn: KeyMetadata.Arn! } }
    const update = { Bucket, Key: 'a', VersionId: 'null', ObjectEncryption }
    await expect(user.s3.updateObjectEncryption(update)).rejects.toThrow(
      code('AccessDeniedException'),
    )
  })
})

describe('tags of a copy', () => {
  it('are what policies look at, not those that the request says for nothing', async () => {
    const Bucket = await bucketWith('copied-tags', {
      ...{ Effect: 'Deny', Action: 's3:PutObjectTagging', Resource: 'arn:aws:s3:::copied-tags/*' },
      Condition: { StringEquals: { 's3:RequestObjectTag/level': 'secret' } },
    })
    await bucketWith('any-tags')
    await user.s3.putObject({ Bucket: 'any-tags', Key: 'a', Body: '1', Tagging: 'level=secret' })
    const copy = { Bucket, Key: 'a', CopySource: 'any-tags/a' }
    for (const Tagging of [undefined, 'level=open']) {
      await expect(user.s3.copyObject({ ...copy, Tagging })).rejects.toThrow(
        code('AccessDeniedException'),
      )
    }
    const replaced = { TaggingDirective: 'REPLACE', Tagging: 'level=open' } as const
    await user.s3.copyObject({ ...copy, ...replaced })
  })
})

describe('metadata', () => {
  it('has no name that would be more than the name of a header', async () => {
    const Bucket = await bucketWith('metadata')
    for (const name of ['a\r\nset-cookie: x=1\r\nb', 'a b', 'a:b', 'ä', 'a\0']) {
      const put = { Bucket, Key: 'a', Body: '', Metadata: { [name]: '1' } }
      await expect(house.s3.putObject(put)).rejects.toThrow(code('InvalidArgument'))
    }
  })
})
