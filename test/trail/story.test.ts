/**
 * The story, told with the AWS CLI against a fresh server: a trail with a key, key use, log files, who read them, and
 * that nobody changed any of it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findAwsCli, runAwsCli } from '../http/aws-cli.js'
import { type ServerProcess, startServer } from '../support/serve.js'
import { bucketPolicy, keyPolicy } from './trail-house.js'

const [ACCOUNT, REGION, BUCKET] = ['111122223333', 'us-west-2', 'example-bucket-for-ct-logs']
const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/Default`
/** A slot of five minutes takes 0.2 seconds, an hour 2.4. */
const CLOCK = 'scaled:1500'
const here = (policy: string) => policy.replaceAll('eu-west-1', REGION)

let aws: string
let folder: string
let server: ServerProcess
beforeAll(async () => {
  aws = await findAwsCli()
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-story-'))
  const args = ['--account', ACCOUNT, '--region', REGION, '--trail-clock', CLOCK]
  server = await startServer(join(folder, 'data'), { args })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** `more` are arguments with spaces in them. */
async function cli(line: string, ...more: string[]) {
  const args = [...line.split(' '), ...more]
  const { exitCode, stdout, stderr } = await runAwsCli(aws, args, {
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'data/credentials'),
  })
  expect([line, exitCode, stderr]).toEqual([line, 0, ''])
  return stdout
}
const json = async (line: string, ...more: string[]) => JSON.parse(await cli(line, ...more))

interface Event {
  readonly eventTime: string
  readonly eventName: string
  readonly requestParameters: { encryptionContext?: Record<string, string> } | null
}

async function logKeys(kind: string): Promise<string[]> {
  const prefix = `AWSLogs/${ACCOUNT}/${kind}/`
  const { Contents = [] } = await json(
    `s3api list-objects-v2 --bucket ${BUCKET} --prefix ${prefix} --query`,
    '{Contents: Contents[].Key}',
  )
  return Contents ?? []
}

const seed = (name: string) =>
  JSON.parse(readFileSync(`test/data/seed-records/${name}.json`, 'utf8')) as Record<string, unknown>

/** What differs from 2015: names, times, ids, and the field set since. */
function comparable(record: Record<string, unknown>, object: string | undefined) {
  const text = JSON.stringify(record)
    .replaceAll(/arn:aws:kms:us-west-2:111122223333:key\/[0-9a-f-]{36}/g, 'KEY')
    .replaceAll(
      /arn:aws:s3:::example-bucket-for-ct-logs\/AWSLogs\/111122223333\/CloudTrail\/[^"]*/gi,
      'OBJECT',
    )
    .replaceAll(object ?? 'OBJECT', 'OBJECT')
    .replaceAll('example-bucket-for-CT-logs', BUCKET)
    .replaceAll('alias/ExampleAliasForCloudTrailKMS key', 'alias/ExampleAliasForCloudTrailKMSkey')
  const { requestParameters, responseElements, resources, readOnly, ...rest } = JSON.parse(text)
  const { eventSource, eventName, awsRegion, recipientAccountId } = rest
  const { encryptionAlgorithm: _, ...parameters } = requestParameters
  return {
    ...{ eventSource, eventName, awsRegion, recipientAccountId, readOnly, responseElements },
    requestParameters: parameters,
    resources: resources.map(({ ARN, accountId }: Record<string, string>) => ({ ARN, accountId })),
  }
}

/**
 * What a record of a call by way of a service has in common with a real one of 2023: its members in their order, and what
 * is fixed of them. Since then the version has gone on, and keyMaterialId has come (additionalEventData); those calls came
 * through a VPC endpoint.
 */
function shape({
  eventVersion: _,
  vpcEndpointId: __,
  additionalEventData: ___,
  ...record
}: Record<string, unknown>) {
  const { eventSource, eventName, readOnly, responseElements, eventType } = record
  const { managementEvent, eventCategory, userIdentity, sourceIPAddress, userAgent } = record
  const { invokedBy } = userIdentity as { invokedBy: string }
  const parameters = Object.keys(record.requestParameters as object).sort()
  const resources = (record.resources as object[]).map((resource) => Object.keys(resource))
  return {
    ...{ members: Object.keys(record), parameters, resources, eventSource, eventName, readOnly },
    ...{ responseElements, eventType, managementEvent, eventCategory },
    isByService: sourceIPAddress === invokedBy && userAgent === invokedBy,
  }
}

/** A real record of a call that a service made for somebody. */
function real(eventName: string): Record<string, unknown> {
  const folder = 'test/data/cloudtrail-real'
  const records = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).Records)
  return records.find((record) => {
    const { invokedBy } = record.userIdentity
    return record.eventName === eventName && invokedBy === 'secretsmanager.amazonaws.com'
  })
}

describe('the story', () => {
  let keyId: string
  let logFile: string

  it('is configured: a key, a bucket, their policies, a trail that asks for a data key', async () => {
    const created = await json('kms create-key --policy', here(keyPolicy()))
    keyId = created.KeyMetadata.Arn
    const alias = 'alias/ExampleAliasForCloudTrailKMSkey'
    await cli(`kms create-alias --alias-name ${alias} --target-key-id ${keyId}`)
    await cli(`s3 mb s3://${BUCKET}`)
    const policy = here(bucketPolicy(BUCKET))
    await cli(`s3api put-bucket-policy --bucket ${BUCKET} --policy`, policy)
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:${alias}`
    const options = `--s3-bucket-name ${BUCKET} --kms-key-id ${arn} --enable-log-file-validation`
    const trail = await json(`cloudtrail create-trail --name Default ${options}`)
    expect(trail).toEqual({
      ...{ Name: 'Default', S3BucketName: BUCKET, TrailARN: TRAIL, KmsKeyId: keyId },
      ...{ IncludeGlobalServiceEvents: true, IsMultiRegionTrail: false },
      ...{ LogFileValidationEnabled: true, IsOrganizationTrail: false },
    })
    const [asked] = await lookup('GenerateDataKey')
    expect(comparable(asked!, undefined)).toEqual(
      comparable(seed('1-configure-GenerateDataKey'), undefined),
    )
    expect(shape(asked!)).toEqual(shape(real('GenerateDataKey')))
    expect(asked!.userIdentity).toEqual({
      type: 'AWSService',
      invokedBy: 'cloudtrail.amazonaws.com',
    })
  })

  it('puts log files under the key, each with a record that names trail, object and key', async () => {
    await cli('cloudtrail start-logging --name Default')
    await cli(`kms generate-data-key --key-id ${keyId} --key-spec AES_256`)
    await expect.poll(() => logKeys('CloudTrail')).not.toEqual([])
    logFile = (await logKeys('CloudTrail'))[0]!
    const object = `arn:aws:s3:::${BUCKET}/${logFile}`
    const puts = (await lookup('GenerateDataKey')).filter((event) => {
      const { encryptionContext } = event.requestParameters as { encryptionContext?: object }
      return (encryptionContext as Record<string, string> | undefined)?.['aws:s3:arn'] === object
    })
    expect(puts).toHaveLength(1)
    expect(shape(puts[0]!)).toEqual(shape(real('GenerateDataKey')))
    expect(comparable(puts[0]!, object)).toEqual(
      comparable(seed('2-put-log-file-GenerateDataKey'), undefined),
    )
  })

  it('lets a reader get a log file, and records who it was', async () => {
    const file = join(folder, 'log.json.gz')
    await cli(`s3 cp s3://${BUCKET}/${logFile} ${file} --quiet`)
    const { Records } = JSON.parse(gunzipSync(readFileSync(file)).toString())
    expect((Records as Event[]).map(({ eventName }) => eventName)).toContain('StartLogging')
    const object = `arn:aws:s3:::${BUCKET}/${logFile}`
    const [read] = await lookup('Decrypt')
    expect(comparable(read!, object)).toEqual(comparable(seed('3-get-log-file-Decrypt'), undefined))
    expect(shape(read!)).toEqual(shape(real('Decrypt')))
    expect(read!.userIdentity).toMatchObject({ type: 'Root', invokedBy: 's3.amazonaws.com' })
  })

  it('is valid, as the AWS CLI finds, over hours; and what is edited or deleted is not', async () => {
    await expect.poll(async () => (await logKeys('CloudTrail-Digest')).length).toBeGreaterThan(2)
    await cli('cloudtrail stop-logging --name Default')
    const { all, digests, logs } = await validated()
    expect(all).toContain(`${digests.length}/${digests.length} digest files valid`)
    expect(all).toContain(`${logs.length}/${logs.length} log files valid`)

    await cli(`s3 rm s3://${BUCKET}/${logs[1]} --quiet`)
    const other = join(folder, 'other.json.gz')
    await cli(`s3 cp s3://${BUCKET}/${logs[2]} ${other} --quiet`)
    await cli(`s3 cp ${other} s3://${BUCKET}/${logs[3]} --quiet`)
    const tampered = await validate()
    expect(tampered).toContain(
      `${logs.length - 2}/${logs.length} log files valid, 2/${logs.length} log files INVALID`,
    )
    await cli(`s3 rm s3://${BUCKET}/${digests[1]} --quiet`)
    expect(await validate()).toContain('INVALID: not found')
  })

  it('is told in the status of the trail', async () => {
    const status = await json(`cloudtrail get-trail-status --name ${TRAIL}`)
    expect(status).toMatchObject({ IsLogging: false })
    expect(status).not.toHaveProperty('LatestDeliveryError')
    expect(status).not.toHaveProperty('LatestDigestDeliveryError')
    expect(Object.keys(status)).toContain('LatestDigestDeliveryTime')
  })

  /** What is found of all that there is; where the trail was late, in digests that were filled in later too. */
  async function validated() {
    for (;;) {
      const [kept, logs] = [await logKeys('CloudTrail-Digest'), await logKeys('CloudTrail')]
      await sleep(1000)
      const all = await validate()
      const now = [...(await logKeys('CloudTrail-Digest')), ...(await logKeys('CloudTrail'))]
      const digests = kept.filter((key) => !key.includes('_backfill'))
      if (now.length === kept.length + logs.length) return { all, digests, logs }
    }
  }

  async function validate(): Promise<string> {
    const times = '--start-time 2020-01-01T00:00:00Z --end-time 2100-01-01T00:00:00Z'
    const args = `cloudtrail validate-logs --trail-arn ${TRAIL} ${times} --verbose`.split(' ')
    const { stdout, stderr } = await runAwsCli(aws, args, {
      AWS_ENDPOINT_URL: server.url,
      AWS_DEFAULT_REGION: REGION,
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'data/credentials'),
    })
    return stdout + stderr
  }

  async function lookup(name: string): Promise<Array<Record<string, unknown>>> {
    const attribute = `AttributeKey=EventName,AttributeValue=${name}`
    const { Events } = await json(`cloudtrail lookup-events --lookup-attributes ${attribute}`)
    return (Events as Array<{ CloudTrailEvent: string }>).map(({ CloudTrailEvent }) =>
      JSON.parse(CloudTrailEvent),
    )
  }
})
