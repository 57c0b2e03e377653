import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { userWith } from '../../kms/bound.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import { BucketsHouse, here, inRegion, root, STRANGER, strangersRoot } from './buckets-house.js'

let house: BucketsHouse
beforeAll(async () => {
  house = await BucketsHouse.open()
})
afterAll(async () => {
  await house.remove()
})

const virginia = inRegion(root, 'us-east-1')

describe('a bucket', () => {
  it('is made, found, located, listed and deleted', async () => {
    const made = await house.call('CreateBucket', { Bucket: 'first-of-all', ...here(REGION) })
    const BucketArn = 'arn:aws:s3:::first-of-all'
    expect(made).toEqual({ Location: 'http://first-of-all.s3.amazonaws.com/', BucketArn })
    expect(await house.call('HeadBucket', { Bucket: 'first-of-all' })).toEqual({
      ...{ BucketRegion: REGION, BucketArn, AccessPointAlias: false },
    })
    const location = await house.call('GetBucketLocation', { Bucket: 'first-of-all' })
    expect(location).toEqual({ LocationConstraint: REGION })
    const { Buckets } = await house.call('ListBuckets', {})
    const CreationDate = new Date(house.kms.clock.now())
    expect(Buckets).toEqual([{ Name: 'first-of-all', CreationDate }])
    await house.call('DeleteBucket', { Bucket: 'first-of-all' })
    expect(await house.refusal('HeadBucket', { Bucket: 'first-of-all' })).toEqual({
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist',
      detail: { BucketName: 'first-of-all' },
    })
    expect((await house.call('ListBuckets', {})).Buckets).toEqual([])
  })

  it('of us-east-1 has no location, and a path for one', async () => {
    const made = await house.call('CreateBucket', { Bucket: 'oldest' }, virginia)
    expect(made.Location).toBe('/oldest')
    expect(await house.call('GetBucketLocation', { Bucket: 'oldest' })).toEqual({})
  })

  it('is located from every region', async () => {
    await house.bucket('somewhere')
    const location = await house.call('GetBucketLocation', { Bucket: 'somewhere' }, virginia)
    expect(location).toEqual({ LocationConstraint: REGION })
  })

  it('of another region is where AWS would send the caller', async () => {
    await house.bucket('elsewhere')
    expect(await house.refusal('HeadBucket', { Bucket: 'elsewhere' }, virginia)).toEqual({
      code: 'PermanentRedirect',
      message:
        'The bucket you are attempting to access must be addressed using the specified endpoint. ' +
        'Please send all future requests to this endpoint.',
      detail: {
        Endpoint: `elsewhere.s3.${REGION}.amazonaws.com`,
        Bucket: 'elsewhere',
        'x-amz-bucket-region': REGION,
      },
    })
  })

  it.each([
    ...['ab', 'a'.repeat(64), 'Upper-case', 'under_score', '-start', 'end-', '.start', 'end.'],
    ...['two..dots', '192.168.5.4', 'xn--bucket', 'sthree-bucket', 'amzn-s3-demo-bucket'],
    ...['bucket-s3alias', 'bucket--ol-s3', 'bucket.mrap', 'bucket--x-s3', 'bucket--table-s3'],
    ...['bucket-an', 'bücket', 'space bar', 'a/b', ''],
  ])('is not called %j', async (Bucket) => {
    const { code, message } = await house.refusal('CreateBucket', { Bucket, ...here(REGION) })
    expect(code).toBe('InvalidBucketName')
    expect(message).toBe('The specified bucket is not valid.')
  })

  it.each(['abc', 'a'.repeat(63), 'dots.and-hyphens.9', '123', 'a.b', '1.2.3.4.5'])(
    'may be called %s',
    async (Bucket) => {
      await house.call('CreateBucket', { Bucket, ...here(REGION) })
      await house.call('DeleteBucket', { Bucket })
    },
  )

  it('may have the namespace of its account, where its name ends in it', async () => {
    const more = { BucketNamespace: 'account-regional', ...here(REGION) } as const
    const Bucket = `logs-${ACCOUNT}-${REGION}-an`
    await house.call('CreateBucket', { Bucket, ...more })
    for (const Bucket of ['logs', `logs-${STRANGER}-${REGION}-an`]) {
      const { code } = await house.refusal('CreateBucket', { Bucket, ...more })
      expect(code).toBe('InvalidBucketName')
    }
  })

  it('is not asked for by what is no name at all', async () => {
    for (const Bucket of ['ab', 'a b c', '']) {
      expect((await house.refusal('HeadBucket', { Bucket })).code).toBe('InvalidBucketName')
    }
    expect((await house.refusal('HeadBucket', { Bucket: 'Old_Name' })).code).toBe('NoSuchBucket')
  })

  it('is made where the call is meant for, and nowhere else', async () => {
    const illegal = 'IllegalLocationConstraintException'
    expect(await house.refusal('CreateBucket', { Bucket: 'nowhere' })).toMatchObject({
      code: illegal,
      message:
        'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
    })
    const other = { Bucket: 'nowhere', ...here('eu-north-1') }
    expect(await house.refusal('CreateBucket', other)).toMatchObject({
      code: illegal,
      message:
        'The eu-north-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
    })
    const CreateBucketConfiguration = { LocationConstraint: 'us-east-1' } as const
    const oldest = { Bucket: 'nowhere', CreateBucketConfiguration }
    expect(await house.refusal('CreateBucket', oldest, virginia)).toMatchObject({
      code: 'InvalidLocationConstraint',
      message: 'The specified location-constraint is not valid',
    })
    const directory = { Bucket: { Type: 'Directory' }, LocationConstraint: REGION } as const
    const input = { Bucket: 'nowhere', CreateBucketConfiguration: directory }
    expect((await house.refusal('CreateBucket', input)).code).toBe('NotImplemented')
    expect((await house.refusal('HeadBucket', { Bucket: 'nowhere' })).code).toBe('NoSuchBucket')
  })

  it('is made anywhere from us-east-1, and in Ireland by its old name', async () => {
    await house.call('CreateBucket', { Bucket: 'from-afar', ...here('EU') }, virginia)
    const location = await house.call('GetBucketLocation', { Bucket: 'from-afar' })
    expect(location).toEqual({ LocationConstraint: 'eu-west-1' })
  })

  it('has one owner', async () => {
    await house.bucket('taken')
    const again = { Bucket: 'taken', ...here(REGION) }
    expect(await house.refusal('CreateBucket', again)).toEqual({
      code: 'BucketAlreadyOwnedByYou',
      message: 'Your previous request to create the named bucket succeeded and you already own it.',
      detail: { BucketName: 'taken' },
    })
    expect(await house.refusal('CreateBucket', again, strangersRoot)).toEqual({
      code: 'BucketAlreadyExists',
      message:
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      detail: { BucketName: 'taken' },
    })
  })

  it('of us-east-1 is made again as if nothing was', async () => {
    await house.bucket('again', [], virginia)
    await house.call('PutBucketVersioning', versions('again'), virginia)
    await house.call('CreateBucket', { Bucket: 'again' }, virginia)
    const versioning = await house.call('GetBucketVersioning', { Bucket: 'again' }, virginia)
    expect(versioning).toEqual({ Status: 'Enabled' })
    const { code } = await house.refusal('CreateBucket', { Bucket: 'again', ...here(REGION) })
    expect(code).toBe('BucketAlreadyOwnedByYou')
  })

  it('is of one caller when many make it at once', async () => {
    const callers = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? root : strangersRoot))
    const input = { Bucket: 'wanted-by-all', ...here(REGION) }
    const codes = await Promise.all(
      callers.map(async (caller) => (await house.refusal('CreateBucket', input, caller)).code),
    )
    expect(codes.filter((code) => code === 'done')).toHaveLength(1)
  })

  it('is another one when it is made anew', async () => {
    const ids = []
    for (let i = 0; i < 2; i++) {
      await house.bucket('phoenix', [])
      ids.push((await house.parts.buckets.find('phoenix'))?.id)
      await house.call('DeleteBucket', { Bucket: 'phoenix' })
    }
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(ids[1]).not.toBe(ids[0])
  })

  it('whose owner is not whom the caller expects is none for him', async () => {
    await house.bucket('expected')
    const asked = (ExpectedBucketOwner: string) =>
      house.refusal('HeadBucket', { Bucket: 'expected', ExpectedBucketOwner })
    expect((await asked(ACCOUNT)).code).toBe('done')
    expect(await asked(STRANGER)).toMatchObject({
      ...{ code: 'AccessDeniedException', message: 'Access Denied' },
    })
    expect((await asked('me')).code).toBe('InvalidBucketOwnerAWSAccountID')
    const location = { Bucket: 'expected', ExpectedBucketOwner: STRANGER }
    expect((await house.refusal('GetBucketLocation', location)).code).toBe('AccessDeniedException')
  })

  it('tells where it is even to whom it says nothing else', async () => {
    await house.bucket('secretive')
    const { code, detail } = await house.refusal(
      'HeadBucket',
      { Bucket: 'secretive' },
      userWith({}),
    )
    expect(code).toBe('AccessDeniedException')
    expect(detail['x-amz-bucket-region']).toBe(REGION)
  })

  it('begins with versions where objects are to be locked', async () => {
    const ObjectLockEnabledForBucket = true
    await house.call('CreateBucket', {
      Bucket: 'locked',
      ...here(REGION),
      ObjectLockEnabledForBucket,
    })
    expect(await house.call('GetBucketVersioning', { Bucket: 'locked' })).toEqual({
      Status: 'Enabled',
    })
    expect(await house.call('GetObjectLockConfiguration', { Bucket: 'locked' })).toEqual({
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
    })
  })

  it('begins with the tags and the ownership that it was made with', async () => {
    const Tags = [{ Key: 'team', Value: 'logs' }]
    const CreateBucketConfiguration = { LocationConstraint: REGION, Tags } as const
    await house.call('CreateBucket', {
      ...{ Bucket: 'furnished', CreateBucketConfiguration, ObjectOwnership: 'ObjectWriter' },
    })
    const { TagSet } = await house.call('GetBucketTagging', { Bucket: 'furnished' })
    expect(TagSet).toEqual(Tags)
    const controls = await house.call('GetBucketOwnershipControls', { Bucket: 'furnished' })
    expect(controls).toEqual({
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    })
  })
})

describe('DeleteBucket', () => {
  const version = (bucketId: string) => ({
    ...{ bucket_id: bucketId, object_key: 'a', version_order: -1, version_id: 'null' },
    ...{ is_latest: 1, is_marker: 1, bytes: 0, etag: '', modified_at: 0, blob: null },
    ...{ upload_id: null, facts: '{}', mac: Buffer.alloc(32) },
  })
  const upload = (bucketId: string) => ({
    ...{ upload_id: `u-${bucketId}`, bucket_id: bucketId, object_key: 'a', initiated_at: 0 },
    ...{ is_complete: 0, facts: '{}', mac: Buffer.alloc(32) },
  })

  it('spares a bucket that a version is in, be it a delete marker', async () => {
    await house.bucket('full')
    const { id } = (await house.parts.buckets.find('full'))!
    const row = version(id)
    await house.kms.store.commit({ changes: [{ put: 's3_version', row }] })
    expect(await house.refusal('DeleteBucket', { Bucket: 'full' })).toEqual({
      code: 'BucketNotEmpty',
      message: 'The bucket you tried to delete is not empty',
      detail: { BucketName: 'full' },
    })
    await house.call('PutBucketVersioning', versions('full'))
    expect((await house.refusal('DeleteBucket', { Bucket: 'full' })).message).toBe(
      'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
    )
    const { bucket_id, object_key, version_order } = row
    const key = { bucket_id, object_key, version_order }
    await house.kms.store.commit({ changes: [{ drop: 's3_version', key }] })
    await house.call('DeleteBucket', { Bucket: 'full' })
  })

  it('spares a bucket with an upload under way', async () => {
    await house.bucket('uploading')
    const { id } = (await house.parts.buckets.find('uploading'))!
    await house.kms.store.commit({ changes: [{ put: 's3_upload', row: upload(id) }] })
    const { code } = await house.refusal('DeleteBucket', { Bucket: 'uploading' })
    expect(code).toBe('BucketNotEmpty')
  })

  it('and who writes into the bucket do not meet: one of them is to try again', async () => {
    await house.bucket('contended')
    const { writes } = house.parts.buckets
    let end = (): void => undefined
    const writing = writes.write('contended', () => new Promise<void>((resolve) => (end = resolve)))
    expect(await house.refusal('DeleteBucket', { Bucket: 'contended' })).toMatchObject({
      code: 'OperationAborted',
      message:
        'A conflicting conditional operation is currently in progress against this resource. Please try again.',
    })
    end()
    await writing
    const dropping = writes.drop('contended', () => new Promise<void>((resolve) => (end = resolve)))
    await expect(writes.write('contended', async () => undefined)).rejects.toMatchObject({
      code: 'OperationAborted',
    })
    end()
    await dropping
    await house.call('DeleteBucket', { Bucket: 'contended' })
  })
})

describe('the list of buckets', () => {
  const owner = { ...strangersRoot, account: '777788889999' }
  const lister = {
    ...owner,
    identity: { ...owner.identity, accountId: owner.account, principalId: owner.account },
  }
  const names = ['list-a', 'list-b', 'list-c', 'mist-a']
  beforeAll(async () => {
    for (const name of names) await house.bucket(name, [], lister)
  })

  it('holds those of the account, by name', async () => {
    const { Buckets, Owner } = await house.call('ListBuckets', {}, lister)
    expect(namesIn(Buckets)).toEqual(names)
    expect((Owner as { ID: string }).ID).toMatch(/^[0-9a-f]{64}$/)
    const { Owner: other } = await house.call('ListBuckets', {})
    expect(other).not.toEqual(Owner)
  })

  it('comes in pages', async () => {
    const seen: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await house.call('ListBuckets', { MaxBuckets: 3, ContinuationToken }, lister)
      expect(namesIn(page.Buckets).length).toBeLessThanOrEqual(3)
      seen.push(...namesIn(page.Buckets))
      ContinuationToken = page.ContinuationToken as string | undefined
    } while (ContinuationToken !== undefined)
    expect(seen).toEqual(names)
  })

  it('holds those with a prefix, and shows where each is', async () => {
    const { Buckets, Prefix } = await house.call('ListBuckets', { Prefix: 'list-' }, lister)
    expect(namesIn(Buckets)).toEqual(['list-a', 'list-b', 'list-c'])
    expect(Prefix).toBe('list-')
    expect(Buckets).toContainEqual({
      Name: 'list-a',
      CreationDate: new Date(house.kms.clock.now()),
      BucketRegion: REGION,
      BucketArn: 'arn:aws:s3:::list-a',
    })
  })

  it('holds those of the region, when the call is meant for it', async () => {
    const all = await house.call('ListBuckets', { BucketRegion: REGION }, lister)
    expect(namesIn(all.Buckets)).toEqual(names)
    const input = { BucketRegion: 'us-east-1' }
    const none = await house.call('ListBuckets', input, inRegion(lister, 'us-east-1'))
    expect(none.Buckets).toEqual([])
    expect((await house.refusal('ListBuckets', input, lister)).code).toBe('InvalidArgument')
  })

  it('refuses odd sizes and strange tokens', async () => {
    for (const MaxBuckets of [0, -1, 10_001]) {
      const { code } = await house.refusal('ListBuckets', { MaxBuckets }, lister)
      expect(['InvalidArgument', 'ValidationException']).toContain(code)
    }
    for (const ContinuationToken of ['x', Buffer.from('other:a').toString('base64url')]) {
      const { code, message } = await house.refusal('ListBuckets', { ContinuationToken }, lister)
      expect([code, message]).toEqual([
        ...['InvalidArgument', 'The continuation token provided is incorrect'],
      ])
    }
  })
})

function versions(Bucket: string) {
  return { Bucket, VersioningConfiguration: { Status: 'Enabled' } } as const
}

function namesIn(buckets: unknown): string[] {
  return (buckets as ReadonlyArray<{ readonly Name: string }>).map(({ Name }) => Name)
}
