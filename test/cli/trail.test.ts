/** `sealtrail trail`: what an operator asks of a trail. */
import { writeFileSync } from 'node:fs'
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
      await expect.poll(digested).toHaveProperty('LatestDigestDeliveryTime')
    } finally {
      await house.close()
    }
  })

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

describe('trail ingest', () => {
  const events = Array.from({ length: 40 }, (_, i) => ({
    ...{ eventID: `e${i}`, eventTime: '2026-01-02T03:04:05Z', awsRegion: 'eu-west-1' },
    ...{ eventName: 'Login', text: 'x'.repeat(100) },
  }))
  const lines = events.map((event) => `${JSON.stringify(event)}\n`)
  const logging = async (operation: 'startLogging' | 'stopLogging') => {
    const house = await openSealtrail({ dataDir, account: '111122223333', region: 'eu-west-1' })
    await house.cloudtrail[operation]({ Name: 'Default' })
    await house.close()
  }

  it('puts the events of a file into log files, and says how many; the second time they are there', async () => {
    writeFileSync(`${folder.path}/events.ndjson`, lines.join(''))
    await logging('startLogging')
    const first = await run('ingest', 'Default', `${folder.path}/events.ndjson`, '--json')
    expect(first.code).toBe(0)
    expect(JSON.parse(first.out.toString())).toMatchObject({
      ...{ trail: 'Default', events: 40, files: 1, knownFiles: 0 },
      bytes: Buffer.byteLength(lines.join('')),
    })
    const again = await run('ingest', 'Default', `${folder.path}/events.ndjson`)
    expect(again.out.toString()).toMatch(
      /events\.ndjson → Default: 40 events in 0 log files, 1 there already, [\d.]+ MB\/s\n$/,
    )
  })

  it('takes them from stdin, and says which line is no event, and what is safe', async () => {
    const args = ['ingest', 'Default', '--data-dir', dataDir]
    const place = ['--account', '111122223333', '--region', 'eu-west-1']
    const stdin = Buffer.from(`${lines.slice(0, 3).join('')}no event\n`)
    const { code, said } = await sealtrail(['trail', ...args, ...place], stdin)
    expect(code).toBe(2)
    expect(said).toContain('3 events are safe')
    expect(said).toContain('line 4 is no event: it is not one JSON object (InputInvalid)')
  })

  it('puts events of which query shows people what is there, and programs the text', async () => {
    const odd =
      '{"eventID":"odd","eventTime":"2026-01-02T05:00:00Z","awsRegion":"eu-west-1","n":1e400}'
    const other = JSON.stringify({
      ...{ eventID: 'other', eventTime: '2026-01-02T05:00:01Z', awsRegion: 'eu-west-1' },
      ...{ eventName: 7, userIdentity: null, resources: [null], sourceIPAddress: {} },
    })
    writeFileSync(`${folder.path}/odd.ndjson`, `${odd}\n${other}\n`)
    expect((await run('ingest', 'Default', `${folder.path}/odd.ndjson`)).code).toBe(0)
    const time = ['--from', '2026-01-02T05:00:00Z', '--until', '2026-01-02T05:00:02Z']
    const shown = await run('query', ...time)
    expect([shown.code, shown.out.toString()]).toEqual([
      0,
      expect.stringMatching(/^2026-01-02T05:00:00Z +write\n2026-01-02T05:00:01Z +write\n$/),
    ])
    expect((await run('query', ...time, '--json')).out.toString()).toBe(`${odd}\n${other}\n`)
  })

  it('takes none when the trail is not logging', async () => {
    await logging('stopLogging')
    const { code, said } = await run('ingest', 'Default', `${folder.path}/events.ndjson`)
    expect([code, said]).toEqual([1, expect.stringContaining('is not logging')])
  })
})
