/** CloudTrail Data by HTTP, with the AWS CLI as its client: channels made, events put, and found in the log files. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { temporaryFolder } from '../support/serve.js'
import { findAwsCli, runAwsCli } from './aws-cli.js'

const [ACCOUNT, REGION, BUCKET] = ['111122223333', 'us-west-2', 'audit-logs']
const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/Default`

const folder = temporaryFolder('cloudtrail-data')
let aws: string
let house: Sealtrail
let url: string
let channelArn: string
beforeAll(async () => {
  aws = await findAwsCli()
  const dataDir = join(folder.path, 'data')
  house = await openSealtrail({ dataDir, account: ACCOUNT, region: REGION })
  url = (await house.listen({ port: 0 })).url
  await house.s3.createBucket({
    ...{ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } },
  })
  const { bucketPolicy } = house.cloudtrail.trailPolicies('Default', BUCKET)
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(bucketPolicy) })
  await house.cloudtrail.createTrail({ Name: 'Default', S3BucketName: BUCKET })
  await house.cloudtrail.startLogging({ Name: 'Default' })
  const made = await json(
    `cloudtrail create-channel --name app --source Custom --destinations Type=EVENT_DATA_STORE,Location=${TRAIL}`,
  )
  channelArn = made.ChannelArn
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

function cli(line: string) {
  return runAwsCli(aws, line.split(' '), {
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: join(folder.path, 'data/credentials'),
  })
}

async function json(line: string) {
  const { exitCode, stdout, stderr } = await cli(line)
  expect([line, exitCode, stderr]).toEqual([line, 0, ''])
  return JSON.parse(stdout)
}

function given(name: string, events: ReadonlyArray<readonly [id: string, data: object]>): string {
  const path = join(folder.path, name)
  const auditEvents = events.map(([id, data]) => {
    const eventData = JSON.stringify(data)
    const eventDataChecksum = createHash('sha256').update(eventData).digest('base64')
    return { id, eventData, eventDataChecksum }
  })
  writeFileSync(path, JSON.stringify(auditEvents))
  return `file://${path}`
}

const login = (more: object = {}) => ({
  ...{ version: '1.0', UID: 'request-1', eventTime: '2026-01-02T03:01:00Z', eventName: 'Login' },
  ...{ eventSource: 'app.example.com', recipientAccountId: ACCOUNT },
  userIdentity: { type: 'Customer', principalId: 'alice' },
  ...more,
})

/** Bodies of all log files that hold `text`. */
async function logsWith(text: string): Promise<string[]> {
  const page = await json(`s3api list-objects-v2 --bucket ${BUCKET} --prefix AWSLogs/`)
  const found = []
  for (const { Key } of page.Contents as Array<{ Key: string }>) {
    const { Body } = (await house.s3.getObject({ Bucket: BUCKET, Key })) as { Body: Uint8Array }
    const plain = gunzipSync(Body).toString()
    if (plain.includes(text)) found.push(plain)
  }
  return found
}

describe('aws cloudtrail-data put-audit-events', () => {
  it('puts events into the log files of the trail before it answers', async () => {
    const events = given('events', [
      ['good', login()],
      ['bad', login({ recipientAccountId: '444455556666' })],
    ])
    const answer = await json(
      `cloudtrail-data put-audit-events --channel-arn ${channelArn} --audit-events ${events}`,
    )
    expect(answer).toEqual({
      successful: [{ id: 'good', eventID: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
      failed: [
        {
          ...{ id: 'bad', errorCode: 'InvalidRecipient' },
          errorMessage: 'The recipientAccountId is not the account that owns the channel.',
        },
      ],
    })
    const [file] = await logsWith(answer.successful[0].eventID)
    expect(JSON.parse(file!).Records).toMatchObject([
      { eventType: 'ActivityLog', eventData: { eventName: 'Login' } },
    ])
    expect(await json(`cloudtrail get-channel --channel ${channelArn}`)).toMatchObject({
      IngestionStatus: { LatestIngestionSuccessEventID: answer.successful[0].eventID },
    })
  })

  it('takes as much as AWS does: 1 MB', async () => {
    const large = Array.from({ length: 100 }, (_, i) => {
      return [`large-${i}`, login({ requestParameters: { text: 'x'.repeat(10_000) } })] as const
    })
    const answer = await json(
      `cloudtrail-data put-audit-events --channel-arn ${channelArn} --audit-events ${given('large', large)}`,
    )
    expect(answer.failed).toEqual([])
    expect(answer.successful).toHaveLength(100)
  })

  it('is told AWS names of what is wrong', async () => {
    const events = given('one', [['one', login()]])
    const put = (arn: string, file = events) =>
      cli(`cloudtrail-data put-audit-events --channel-arn ${arn} --audit-events ${file}`)
    const other = channelArn.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    expect((await put(other)).stderr).toContain(
      `An error occurred (ChannelNotFound) when calling the PutAuditEvents operation: Channel ${other} does not exist.`,
    )
    expect((await put(TRAIL)).stderr).toContain('(InvalidChannelARN)')
    const twice = given('twice', [
      ['one', login()],
      ['one', login()],
    ])
    expect((await put(channelArn, twice)).stderr).toContain('(DuplicatedAuditEventId)')
  })

  it('is refused without a signature, and with more than there may be', async () => {
    const path = `${url}/PutAuditEvents?channelArn=${encodeURIComponent(channelArn)}`
    const bare = await fetch(path, { method: 'POST', body: '{}' })
    expect([bare.status, bare.headers.get('x-amzn-errortype')]).toEqual([
      403,
      'MissingAuthenticationTokenException',
    ])
    const long = await fetch(path, { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024 + 1) })
    expect(long.status).toBe(413)
  })
})

describe('aws cloudtrail', () => {
  it('lists, changes and deletes channels', async () => {
    expect(await json('cloudtrail list-channels')).toEqual({
      Channels: [{ ChannelArn: channelArn, Name: 'app' }],
    })
    expect(
      await json(`cloudtrail update-channel --channel ${channelArn} --name apps`),
    ).toMatchObject({ Name: 'apps' })
    expect((await cli(`cloudtrail delete-channel --channel ${channelArn}`)).exitCode).toBe(0)
    expect((await cli(`cloudtrail get-channel --channel ${channelArn}`)).stderr).toContain(
      '(ChannelNotFoundException)',
    )
  })
})
