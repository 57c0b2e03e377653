/** `sealtrail trail`: what an operator asks of a trail. */
import { afterAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../src/index.js'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-trail')
const dataDir = `${folder.path}/data`
const run = (...args: string[]) =>
  sealtrail([
    'trail',
    ...args,
    '--data-dir',
    dataDir,
    '--account',
    '111122223333',
    '--region',
    'eu-west-1',
  ])
afterAll(() => folder.remove())

describe('trail policy', () => {
  it('prints policies with which a trail can be made, bucket key or not', async () => {
    const { code, out } = await run(
      'policy',
      'Default',
      '--bucket',
      'logs-of-ours',
      '--prefix',
      'p',
      '--json',
    )
    expect(code).toBe(0)
    const { bucketPolicy, keyPolicy } = JSON.parse(out.toString())
    const house = await openSealtrail({ dataDir, account: '111122223333', region: 'eu-west-1' })
    try {
      const Bucket = 'logs-of-ours'
      await house.s3.createBucket({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      })
      await house.s3.putBucketPolicy({ Bucket, Policy: JSON.stringify(bucketPolicy) })
      const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(keyPolicy) })
      const trail = {
        Name: 'Default',
        S3BucketName: Bucket,
        S3KeyPrefix: 'p',
        KmsKeyId: KeyMetadata.Arn,
      }
      expect(
        await house.cloudtrail.createTrail({ ...trail, EnableLogFileValidation: true }),
      ).toMatchObject({
        KmsKeyId: KeyMetadata.Arn,
      })
      await house.cloudtrail.startLogging({ Name: 'Default' })
      await house.cloudtrail.stopLogging({ Name: 'Default' })
      // The last digest comes by itself.
      const digested = async () => {
        return (await house.cloudtrail.getTrailStatus({ Name: 'Default' })) as object
      }
      await expect.poll(digested, { timeout: 10_000 }).toHaveProperty('LatestDigestDeliveryTime')
    } finally {
      await house.close()
    }
  }, 60_000)

  it('of a trail that is there needs no bucket, of another one does', async () => {
    const { code, out } = await run('policy', 'Default')
    expect([code, out.toString()]).toEqual([
      0,
      expect.stringContaining('arn:aws:s3:::logs-of-ours/p/AWSLogs/111122223333/*'),
    ])
    expect(await run('policy', 'Other')).toMatchObject({ code: 2 })
  })
})

describe('trail validate', () => {
  it('says that all is as it was', async () => {
    const { code, out } = await run('validate', 'Default')
    expect([code, out.toString()]).toEqual([
      0,
      '1 digests, 1 log files: all as they were delivered\n',
    ])
  })

  it('names what was deleted, and ends with 3', async () => {
    const house = await openSealtrail({ dataDir, account: '111122223333', region: 'eu-west-1' })
    const { Contents = [] } = (await house.s3.listObjectsV2({ Bucket: 'logs-of-ours' })) as {
      Contents?: Array<{ Key: string }>
    }
    const [log] = Contents.map(({ Key }) => Key).filter((key) => key.includes('/CloudTrail/'))
    await house.s3.deleteObject({ Bucket: 'logs-of-ours', Key: log! })
    await house.close()
    const { code, out } = await run('validate', 'Default')
    expect(code).toBe(3)
    expect(out.toString()).toContain(`log file missing: s3://logs-of-ours/${log}`)
  })

  it('knows no trail that is not there', async () => {
    expect(await run('validate', 'Other')).toMatchObject({
      code: 1,
      said: expect.stringContaining('Unknown trail'),
    })
  })
})
