/**
 * The story as AWS told it in 2015, typed into the AWS CLI: its three records are ours, member by member.
 *
 * All that differs stands in DIFFERENCES, with the reason: names and times. The key, the account, the region and the trail are
 * AWS's own, by a seed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findAwsCli, runAwsCli } from '../http/aws-cli.js'
import { type ServerProcess, startServer } from '../support/serve.js'
import { bucketPolicy, keyPolicy } from './trail-house.js'

const [ACCOUNT, REGION] = ['111122223333', 'us-west-2']
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const BUCKET = 'example-bucket-for-ct-logs'
const ALIAS = 'alias/ExampleAliasForCloudTrailKMSkey'
const READER = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

interface Difference {
  /** The path of the member. */
  readonly at: string
  readonly aws: RegExp
  readonly ours: RegExp
  readonly because: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const OBJECT = `AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/YYYY/MM/DD/${ACCOUNT}_CloudTrail_${REGION}_TIME_RANDOM.json.gz`

const EACH: readonly Difference[] = [
  { at: 'eventTime', aws: TIME, ours: TIME, because: 'a time' },
  { at: 'eventID', aws: UUID, ours: UUID, because: 'the id of a call' },
  { at: 'requestID', aws: UUID, ours: UUID, because: 'the id of a call' },
  {
    at: 'userIdentity.sessionContext.attributes.creationDate',
    ...{ aws: TIME, ours: TIME, because: 'a time' },
  },
]

const DIFFERENCES: { readonly [record: string]: readonly Difference[] } = {
  '1-configure-GenerateDataKey': [
    ...EACH,
    {
      at: 'requestParameters.keyId',
      aws: /:alias\/ExampleAliasForCloudTrailKMS key$/,
      ours: /:alias\/ExampleAliasForCloudTrailKMSkey$/,
      because: 'no alias can have a space in its name',
    },
    {
      at: 'requestParameters.encryptionContext.aws:s3:arn',
      aws: /^arn:aws:s3:::example-bucket-for-CT-logs\/AWSLogs\/111122223333\/$/,
      ours: /^arn:aws:s3:::example-bucket-for-ct-logs\/AWSLogs\/111122223333\/$/,
      because: 'names of buckets are in lower case',
    },
  ],
  '2-put-log-file-GenerateDataKey': [
    ...EACH,
    {
      at: 'requestParameters.encryptionContext.aws:s3:arn',
      ...objects(),
      because:
        'the bucket is in lower case; when the log file is from, and what is drawn for its name',
    },
  ],
  '3-get-log-file-Decrypt': [
    ...EACH,
    {
      at: 'requestParameters.encryptionContext.aws:s3:arn',
      ...objects(),
      because:
        'the bucket is in lower case; when the log file is from, and what is drawn for its name',
    },
    {
      at: 'userIdentity.principalId',
      aws: /^AIDACKCEVSQ6C2EXAMPLE$/,
      ours: /^AIDA[A-Z0-9]{17}$/,
      because: 'unique ids are drawn',
    },
    {
      at: 'userIdentity.accessKeyId',
      aws: /^AKIAIOSFODNN7EXAMPLE$/,
      ours: /^ASIA[A-Z0-9]{16}$/,
      because: 'access keys of sessions are drawn',
    },
    {
      at: 'userIdentity.arn',
      aws: /:role\/cloudtrail-admin$/,
      ours: /:user\/cloudtrail-admin$/,
      because: 'AWS’s example names a role where the type is IAMUser',
    },
    {
      at: 'userIdentity.invokedBy',
      aws: /^signin\.amazonaws\.com$/,
      ours: /^internal\.amazonaws\.com$/,
      because: 'AWS’s reader came by the console, ours by S3 alone, as its sourceIPAddress says',
    },
  ],
}

function objects(): Pick<Difference, 'aws' | 'ours'> {
  const of = (bucket: string) => {
    const source = OBJECT.replace('YYYY/MM/DD', '\\d{4}/\\d\\d/\\d\\d')
      .replace('TIME', '\\d{8}T\\d{4}Z')
      .replace('RANDOM', '\\w{16}')
    return new RegExp(`^arn:aws:s3:::${bucket}/${source}$`)
  }
  return { aws: of('example-bucket-for-CT-logs'), ours: of(BUCKET) }
}

let aws: string
let folder: string
let server: ServerProcess
beforeAll(async () => {
  aws = await findAwsCli()
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-story-2015-'))
  const here = (policy: string) => JSON.parse(policy.replaceAll('eu-west-1', REGION))
  const Statement = { Effect: 'Allow', Action: ['s3:GetObject', 'kms:Decrypt'], Resource: '*' }
  const seed = {
    accounts: [
      {
        account: ACCOUNT,
        users: [
          {
            ...{ name: 'cloudtrail-admin', accessKeys: [READER] },
            inlinePolicies: { read: { Version: '2012-10-17', Statement } },
          },
        ],
      },
    ],
    keys: [
      {
        ...{ account: ACCOUNT, region: REGION, keyId: KEY.split('/')[1], aliases: [ALIAS] },
        policy: here(keyPolicy()),
      },
    ],
  }
  writeFileSync(join(folder, 'seed.json'), JSON.stringify(seed), { mode: 0o600 })
  writeFileSync(join(folder, 'bucket.json'), JSON.stringify(here(bucketPolicy(BUCKET))))
  const profile = ['--trail-profile', 'seed-2015', '--trail-slot-seconds', '1']
  const place = ['--account', ACCOUNT, '--region', REGION, '--seed', join(folder, 'seed.json')]
  server = await startServer(join(folder, 'data'), { args: [...profile, ...place] })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function cli(line: string, access: Record<string, string> = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runAwsCli(aws, line.split(' '), {
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: REGION,
    ...(Object.keys(access).length > 0
      ? access
      : { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'data/credentials') }),
  })
  expect([line, exitCode, stderr]).toEqual([line, 0, ''])
  return stdout
}

type Members = Record<string, unknown>

async function lookup(name: string): Promise<Members[]> {
  const attribute = `AttributeKey=EventName,AttributeValue=${name}`
  const { Events } = JSON.parse(
    await cli(`cloudtrail lookup-events --lookup-attributes ${attribute}`),
  )
  return (Events as Array<{ CloudTrailEvent: string }>).map(({ CloudTrailEvent }) =>
    JSON.parse(CloudTrailEvent),
  )
}

async function logKeys(): Promise<string[]> {
  const prefix = `AWSLogs/${ACCOUNT}/CloudTrail/`
  const listed = await cli(`s3 ls s3://${BUCKET}/${prefix} --recursive`).catch(() => '')
  return [...listed.matchAll(/ (AWSLogs\/\S+)$/gm)].map(([, key]) => key!)
}

const objectOf = ({ requestParameters }: Members) =>
  (requestParameters as { encryptionContext?: Record<string, string> }).encryptionContext?.[
    'aws:s3:arn'
  ]

/** Both records with what may differ in the place of it; each difference must be there. */
function expectAlike(ours: Members, name: string): void {
  const theirs = JSON.parse(readFileSync(`test/data/seed-records/${name}.json`, 'utf8')) as Members
  for (const { at, aws, ours: here, because } of DIFFERENCES[name]!) {
    replace(theirs, at, aws, because)
    replace(ours, at, here, because)
  }
  expect(ours).toEqual(theirs)
}

function replace(record: Members, path: string, pattern: RegExp, because: string): void {
  const steps = path.split('.')
  const last = steps.pop()!
  const holder = steps.reduce((at, step) => at[step] as Members, record)
  expect([path, holder[last]]).toEqual([path, expect.stringMatching(pattern)])
  holder[last] = because
}

describe('the story of 2015, by the AWS CLI', () => {
  let logFile: string

  it('begins with the record of the configuration', async () => {
    await cli(`s3 mb s3://${BUCKET}`)
    const policy = `file://${join(folder, 'bucket.json')}`
    await cli(`s3api put-bucket-policy --bucket ${BUCKET} --policy ${policy}`)
    const key = `arn:aws:kms:${REGION}:${ACCOUNT}:${ALIAS}`
    await cli(
      `cloudtrail create-trail --name Default --s3-bucket-name ${BUCKET} --kms-key-id ${key}`,
    )
    const [asked] = await lookup('GenerateDataKey')
    expectAlike(asked!, '1-configure-GenerateDataKey')
  })

  it('goes on with the record of a log file that is put', async () => {
    await cli('cloudtrail start-logging --name Default')
    await expect.poll(async () => (await logKeys()).length).toBeGreaterThan(0)
    logFile = (await logKeys())[0]!
    const object = `arn:aws:s3:::${BUCKET}/${logFile}`
    const puts = (await lookup('GenerateDataKey')).filter((event) => objectOf(event) === object)
    expect(puts).toHaveLength(1)
    expectAlike(puts[0]!, '2-put-log-file-GenerateDataKey')
  })

  it('ends with the record of its reader, and what he reads is in the form of 2015', async () => {
    const user = {
      AWS_ACCESS_KEY_ID: READER.accessKeyId,
      AWS_SECRET_ACCESS_KEY: READER.secretAccessKey,
    }
    const { Credentials } = JSON.parse(await cli('sts get-session-token', user))
    const session = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    }
    const file = join(folder, 'log.json.gz')
    await cli(`s3api get-object --bucket ${BUCKET} --key ${logFile} ${file}`, session)
    const { Records } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
      Records: Members[]
    }
    expect(Records.length).toBeGreaterThan(0)
    expect(Records.map(({ eventVersion }) => eventVersion)).toEqual(Records.map(() => '1.02'))
    const [read] = await lookup('Decrypt')
    expect(objectOf(read!)).toBe(`arn:aws:s3:::${BUCKET}/${logFile}`)
    expectAlike(read!, '3-get-log-file-Decrypt')
  })
})
