/**
 * What a run needs of its target and nobody has named: a key, a bucket, a trail with a channel. Made before it begins.
 *
 * A house of its own goes away with them. On an endpoint they stay, and the report says what they are called: deleting what one
 * did not wait for is not a load's to do.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import type { KeySpec } from '../../kms/specs/key-specs.js'
import { policiesFor } from '../../trail/delivery/policies.js'
import type { Resources, WorkSettings } from '../scenario/scenario.js'
import type { ServiceCaller } from './endpoint/caller.js'
import { type EventLogs, eventLogsIn, eventLogsOf } from './endpoint/event-logs.js'
import { jsonAnswer } from './endpoint/json-calls.js'
import { asked, CallFailed, type Done } from './target.js'

export interface Needs {
  readonly key: boolean
  readonly bucket: boolean
  readonly channel: boolean
  /** Of keys that sign: none has a name in a scenario, so that each is made. */
  readonly signing: readonly KeySpec[]
}

export interface Made {
  /** 12 digits. */
  readonly account: string
  readonly keyId: string
  readonly signingKeys: Readonly<Record<string, string>>
  readonly bucket: string
  readonly channelArn: string
  /** Where its events lie, if they can be read. */
  readonly eventLogs: EventLogs | undefined
}

export interface Services {
  readonly kms: ServiceCaller
  readonly s3: ServiceCaller
  readonly cloudtrail: ServiceCaller
}

const TRAIL = 'sealtrail-load'
/** Nothing is under one. */
const NO_KEY = { keyId: '', account: '000000000000' }

export function needsOf(work: readonly WorkSettings[]): Needs {
  const has = (pattern: RegExp) => work.some(({ kind }) => pattern.test(kind))
  const channel = has(/^cloudtrail-data\./)
  const isUnderKey = work.some(({ kind, encryption }) => {
    return (kind === 's3.PutObject' || kind === 's3.GetObject') && encryption.startsWith('SSE-KMS')
  })
  const key = channel || isUnderKey || has(/^(kms\.(?!Sign$)|logs\.)/)
  return { key, bucket: channel || has(/^(s3|logs)\./), channel, signing: signingSpecs(work) }
}

export function signingSpecs(work: readonly WorkSettings[]): KeySpec[] {
  const signing = work.filter(({ kind }) => kind === 'kms.Sign')
  return [...new Set(signing.map(({ keySpec }) => keySpec))]
}

/**
 * @param run a name of its own for this run
 * @throws SealtrailError `TargetFailed`
 */
export async function makeResources(
  services: Services,
  { key, bucket, channel }: Resources,
  needs: Needs,
  { region, run }: { readonly region: string; readonly run: string },
): Promise<Made> {
  const { keyId, account } = needs.key ? await keyOf(services.kms, key) : NO_KEY
  const bucketName = bucket ?? (needs.bucket ? `sealtrail-load-${run}` : '')
  if (bucket === undefined && needs.bucket) await makeBucket(services.s3, bucketName, region)
  const channelArn =
    channel ?? (needs.channel ? await makeChannel(services, bucketName, account, region) : '')
  const eventLogs =
    channel === undefined
      ? eventLogsIn(bucketName, { account, region })
      : await eventLogsOf(services.cloudtrail, channel)
  const signingKeys: Record<string, string> = {}
  for (const spec of needs.signing) signingKeys[spec] = await signingKey(services.kms, spec)
  return { account, keyId, signingKeys, bucket: bucketName, channelArn, eventLogs }
}

/** The one that is named, or one that is made. */
async function keyOf(kms: ServiceCaller, named: string | undefined) {
  const [operation, input] =
    named === undefined
      ? (['CreateKey', { Description: 'sealtrail load' }] as const)
      : (['DescribeKey', { KeyId: named }] as const)
  const answer = await tried(operation, jsonAnswer(kms, 'kms', operation, input))
  const { Arn, AWSAccountId } = answer.KeyMetadata as { Arn: string; AWSAccountId: string }
  return { keyId: Arn, account: AWSAccountId }
}

async function signingKey(kms: ServiceCaller, KeySpec: KeySpec): Promise<string> {
  const input = { KeySpec, KeyUsage: 'SIGN_VERIFY', Description: 'sealtrail load' }
  const answer = await tried('CreateKey', jsonAnswer(kms, 'kms', 'CreateKey', input))
  return (answer.KeyMetadata as { Arn: string }).Arn
}

async function makeBucket(s3: ServiceCaller, bucket: string, region: string): Promise<void> {
  const place = `<LocationConstraint>${region}</LocationConstraint>`
  const xml = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${place}</CreateBucketConfiguration>`
  const body = region === 'us-east-1' ? {} : { body: Buffer.from(xml) }
  await tried('CreateBucket', (done) =>
    s3.send({ method: 'PUT', path: `/${bucket}`, headers: {}, ...body }, done),
  )
}

/** As ours has them: AWS's own channels lead to event data stores of CloudTrail Lake, and must be named. */
async function makeChannel(
  { s3, cloudtrail }: Services,
  bucket: string,
  account: string,
  region: string,
): Promise<string> {
  const call = (operation: string, input: object) =>
    tried(operation, jsonAnswer(cloudtrail, 'cloudtrail', operation, input))
  const asked = { account, region, name: TRAIL, bucket, prefix: undefined }
  const body = Buffer.from(JSON.stringify(policiesFor(asked).bucketPolicy))
  const headers = { 'content-md5': hash('md5', body, 'base64') }
  await tried('PutBucketPolicy', (done) =>
    s3.send({ method: 'PUT', path: `/${bucket}`, query: 'policy=', headers, body }, done),
  )
  const { TrailARN: Location } = await call('CreateTrail', { Name: TRAIL, S3BucketName: bucket })
  await call('StartLogging', { Name: TRAIL })
  const Destinations = [{ Type: 'EVENT_DATA_STORE', Location }]
  const made = await call('CreateChannel', { Name: TRAIL, Source: 'Custom', Destinations })
  return made.ChannelArn as string
}

async function tried<Answer>(what: string, call: (done: Done<Answer>) => void): Promise<Answer> {
  try {
    return await asked(call)
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    const why = isUnreached(error.code) ? 'cannot be reached' : 'does not do what the run needs'
    const says = `the target ${why}: ${what} ended with ${error.code}`
    throw new SealtrailError('TargetFailed', says, { code: error.code })
  }
}

/** The system's codes, and the client's: nobody has answered. */
function isUnreached(code: string): boolean {
  return /^(E[A-Z]+|UND_ERR\w*|ConnectionFailed)$/.test(code)
}
