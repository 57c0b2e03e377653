/**
 * Records beside those of a real account, member by member: calls that AWS recorded are made again, with AWS's SDKs over
 * TLS, by a user of the same account and name.
 *
 * What differs is a name, a time, or stands in {@link DIFFERENCES} with its reason. The records are those of
 * test/data/cloudtrail-real (see ORIGIN.md); every operation in them that is served here is compared.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as s3 from '@aws-sdk/client-s3'
import * as sts from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Api } from '../../src/aws/model.js'
import { IAM_API } from '../../src/iam/model.js'
import { STS_API } from '../../src/iam/sts/model.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { S3_API } from '../../src/s3/model.js'
import { openSealtrail, type Sealtrail } from '../../src/sealtrail.js'
import { CLOUDTRAIL_API } from '../../src/trail/model.js'
import { certificateFiles } from '../support/certificate.js'

const [ACCOUNT, REGION, USER] = ['123837392027', 'us-east-1', 'bert-jan']
const FOLDER = 'test/data/cloudtrail-real'

type Members = Readonly<Record<string, unknown>>

interface RealRecord {
  readonly eventSource: string
  readonly eventName: string
  readonly errorCode?: string
  readonly userIdentity: { readonly type: string; readonly sessionContext?: object }
  readonly requestParameters: Members | null
}

const REAL: readonly RealRecord[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')).Records)

/** Members that are names, or of another machine: there in both. */
const NAMES: readonly RegExp[] = [
  /^(sourceIPAddress|userAgent)$/,
  /^userIdentity\.(arn|userName|invokedBy)$/,
  /^requestParameters\.(bucketName|Host|keyId|policyArn|roleArn|roleName|trailName|userName)$/,
  /^requestParameters\.bucketPolicy\.Statement\[\]\.Resource$/,
  /^requestParameters\.encryptionContext\.PARAMETER_ARN$/,
  /^responseElements\.(trailARN|credentials\.sessionToken)$/,
  /^responseElements\.assumedRoleUser\.(arn|assumedRoleId)$/,
  /^additionalEventData\.x-amz-id-2$/,
  /^resources\[\]\.ARN$/,
  /^tlsDetails\.clientProvidedHostHeader$/,
]

/** Members that are there in one only, or are not alike. */
const DIFFERENCES: ReadonlyArray<readonly [why: string, path: RegExp, event?: RegExp]> = [
  ['the version of the format has grown since 2023', /^eventVersion$/],
  ['there are no VPCs here', /^vpcEndpointId$/],
  ['there is no console here', /^sessionCredentialFromConsole$/],
  [
    'whoever called AWS from its console, or through another service, did so with a session of it',
    /^userIdentity\.(sessionContext|accessKeyId)$/,
    /^(cloudtrail (DescribeTrails|LookupEvents)|kms|s3 (GetBucket|ListBuckets))/,
  ],
  ['AWS says nothing of TLS between its console and its services', /^tlsDetails$/, /^cloudtrail/],
  [
    'Secrets Manager and the Parameter Store call KMS for users there, and S3 here, which is one pair of the context',
    /^requestParameters\.encryptionContext\.(SecretARN|SecretVersionId|aws:s3:arn)$/,
    /^kms/,
  ],
  [
    'nobody here calls Encrypt for a user: it came from him, over TLS',
    /^(userIdentity\.invokedBy|tlsDetails)$/,
    /^kms Encrypt$/,
  ],
  ['KMS tells which material of a key it used since 2025', /^additionalEventData$/, /^kms/],
  [
    'the document that S3 answers is made behind its record: no record, no answer',
    /^additionalEventData\.bytesTransferredOut$/,
    /^s3 (Get|List)/,
  ],
  [
    "the namespace of a document is not kept: it is always S3's",
    /^requestParameters\.(Tagging|LifecycleConfiguration)\.xmlns$/,
  ],
  [
    'a text that reads as another kind of value stays the text that was sent',
    /^requestParameters\.Tagging\.TagSet\.Tag\.Value$/,
  ],
  [
    'CloudTrail and S3 are one process here: their calls come by no network, and are of no account of AWS',
    /^(requestID|requestParameters\.Host|sharedEventID|additionalEventData\.(?!bytesTransferredIn).*)$/,
    /^s3 GetBucketAcl of a service$/,
  ],
]

const SDKS = { cloudtrail, iam, kms, s3, sts } as const
type Service = keyof typeof SDKS
interface Client {
  send(command: never): Promise<unknown>
  destroy(): void
}

const files = certificateFiles()
let dataDir: string
let house: Sealtrail
let url: string
const clients: Client[] = []
/** By service, of the user. */
const ofUser = new Map<Service, Client>()
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'sealtrail-real-'))
  house = await openSealtrail({ dataDir, account: ACCOUNT, region: REGION })
  const { tlsCert, tlsKey } = files
  const listening = await house.listen({ port: 0, tlsCert, tlsKey })
  url = listening.url.replace('127.0.0.1', 'localhost')
  const { accessKeyId, secretAccessKey } = listening.created!
  const root = clientOf('iam', { accessKeyId, secretAccessKey: secretAccessKey as string })
  await send('iam', root, 'CreateUser', { UserName: USER })
  const all = { Effect: 'Allow', Action: '*', Resource: '*' }
  await send('iam', root, 'PutUserPolicy', {
    ...{ UserName: USER, PolicyName: 'all' },
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [all] }),
  })
  const { AccessKey } = (await send('iam', root, 'CreateAccessKey', { UserName: USER })) as {
    readonly AccessKey: { readonly AccessKeyId: string; readonly SecretAccessKey: string }
  }
  const key = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
  for (const service of Object.keys(SDKS) as Service[]) ofUser.set(service, clientOf(service, key))
})
afterAll(async () => {
  for (const client of clients) client.destroy()
  await house.close()
  files.remove()
  rmSync(dataDir, { recursive: true, force: true })
})

function clientOf(service: Service, credentials: { accessKeyId: string; secretAccessKey: string }) {
  const classes = { ...SDKS[service] } as unknown as Record<string, new (of: object) => Client>
  const name = { cloudtrail: 'CloudTrailClient', iam: 'IAMClient', kms: 'KMSClient' }
  const Class = classes[{ ...name, s3: 'S3Client', sts: 'STSClient' }[service]]!
  const requestHandler = { httpsAgent: new Agent({ ca: files.ca }) }
  const options = { endpoint: url, region: REGION, credentials, requestHandler, maxAttempts: 1 }
  const client = new Class({ ...options, forcePathStyle: true })
  clients.push(client)
  return client
}

async function send(service: Service, client: Client, name: string, input: object) {
  const commands = { ...SDKS[service] } as unknown as Record<string, new (of: object) => never>
  return (await client.send(new commands[`${name}Command`]!(input))) as object
}

interface Step {
  readonly service: Service
  /** As CloudTrail names it. */
  readonly event: string
  readonly error?: string
  /** As the API names it; none where the step before has made a service call it. */
  readonly operation?: string
  /** Which of the real ones, where they differ. */
  readonly is?: (parameters: Members) => boolean
  /** Instead of what the real one shows. */
  readonly input?: (parameters: Members) => object
  /** Who called, in the real one, was an AWS service. */
  readonly invokedBy?: true
  /** Made before, by the user as well. */
  readonly before?: () => Promise<unknown>
}

const made: Record<string, string> = {}
const user = (service: Service, name: string, input: object) =>
  send(service, ofUser.get(service)!, name, input)

const [BUCKET, LOGS] = [
  'stratus-red-team-bdbp-lhfzvgcamn',
  'stratus-red-team-ctlr-bucket-zqfsvooxqj',
]
const TRAIL = 'stratus-red-team-ctlr-trail-zqfsvooxqj'
const [ROLE, POLICY] = [
  'stratus-red-team-ec2lui-role-pcccexdthk',
  'stratus-red-team-ec2lui-policy-pcccexdthk',
]
const POLICY_ARN = `arn:aws:iam::${ACCOUNT}:policy/${POLICY}`
const NAME = 'stratus-red-team-backdoor-u-user'
const ASSUMED = 'stratus-red-team-ec2-get-password-data-role'

const of =
  (service: Service) =>
  (event: string, more: Partial<Step> = {}): Step => ({
    ...{ service, event },
    ...more,
  })
const [ofIam, ofTrail, ofSts] = [of('iam'), of('cloudtrail'), of('sts')]
const bucket = (event: string, more: Partial<Step> = {}): Step => ({
  ...{ service: 's3', event, is: ({ bucketName }) => bucketName === BUCKET },
  input: () => ({ Bucket: BUCKET }),
  ...more,
})
const named = (members: Members) => (parameters: Members) =>
  Object.entries(members).every(([name, value]) => parameters[name] === value)

/** In an order in which each can be done. */
const STEPS: readonly Step[] = [
  ofSts('GetCallerIdentity'),
  ofIam('CreateUser', { is: named({ userName: NAME }) }),
  ofIam('CreateAccessKey', { is: named({ userName: NAME }) }),
  ofIam('GetUser', { is: (parameters) => Object.keys(parameters).length === 0 }),
  ofIam('GetUser', {
    is: ({ userName }) => userName !== undefined,
    input: () => ({ UserName: NAME }),
  }),
  ofIam('ListUsers'),
  ofIam('ListAccessKeys', { is: named({ userName: NAME }) }),
  ofIam('ListGroupsForUser', { input: () => ({ UserName: NAME }) }),
  ofIam('CreatePolicy', { is: named({ policyName: POLICY }) }),
  ofIam('GetPolicy', { is: named({ policyArn: POLICY_ARN }) }),
  ofIam('GetPolicyVersion', { is: named({ policyArn: POLICY_ARN }) }),
  ofIam('ListPolicyVersions', { is: named({ policyArn: POLICY_ARN }) }),
  ofIam('AttachUserPolicy', { input: () => ({ UserName: NAME, PolicyArn: POLICY_ARN }) }),
  ofIam('DetachUserPolicy', { input: () => ({ UserName: NAME, PolicyArn: POLICY_ARN }) }),
  ofIam('CreateRole', { is: named({ roleName: ROLE }) }),
  ofIam('CreateRole', { is: ({ tags }) => tags === undefined }),
  ofIam('GetRole', { is: named({ roleName: ROLE }) }),
  ofIam('GetRole', { error: 'NoSuchEntityException' }),
  ofIam('AttachRolePolicy', { is: named({ roleName: ROLE }) }),
  ofIam('ListAttachedRolePolicies', { is: named({ roleName: ROLE }) }),
  ofIam('ListEntitiesForPolicy', { is: named({ policyArn: POLICY_ARN }) }),
  ofIam('PutRolePolicy', {
    is: ofPolicy,
    input: ({ policyName, policyDocument }) => ({
      ...{ RoleName: ROLE, PolicyName: policyName, PolicyDocument: policyDocument },
    }),
  }),
  ofIam('GetRolePolicy', { is: ofPolicy, input: policyOfRole }),
  ofIam('ListRolePolicies', { is: named({ roleName: ROLE }) }),
  ofIam('DeleteRolePolicy', { is: ofPolicy, input: policyOfRole }),
  ofIam('ListInstanceProfilesForRole', { is: named({ roleName: ROLE }) }),
  ofIam('UpdateAssumeRolePolicy', {
    input: ({ policyDocument }) => ({ RoleName: ROLE, PolicyDocument: policyDocument }),
    is: ({ policyDocument }) => !String(policyDocument).includes('193672423079'),
  }),
  ofIam('GetAccountAuthorizationDetails'),
  ofSts('AssumeRole', {
    error: 'AccessDenied',
    input: () => ({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/${ASSUMED}`, RoleSessionName: 'me' }),
  }),
  ofSts('AssumeRole', {
    is: ({ durationSeconds }) => durationSeconds !== undefined,
    before: () => trustedRole(),
    input: ({ roleSessionName, durationSeconds }) => ({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/trusting`,
      ...{ RoleSessionName: roleSessionName, DurationSeconds: durationSeconds },
    }),
  }),
  ofIam('DetachRolePolicy', { is: named({ roleName: ROLE }) }),
  ofIam('DeleteRole', { is: named({ roleName: ROLE }) }),
  ofIam('DeletePolicy', { is: named({ policyArn: POLICY_ARN }) }),
  ofIam('DeleteAccessKey', {
    input: () => ({ UserName: NAME, AccessKeyId: made.accessKeyId }),
    before: async () => {
      const { AccessKeyMetadata } = (await user('iam', 'ListAccessKeys', { UserName: NAME })) as {
        readonly AccessKeyMetadata: ReadonlyArray<{ readonly AccessKeyId: string }>
      }
      made.accessKeyId = AccessKeyMetadata[0]!.AccessKeyId
    },
  }),
  ofIam('DeleteUser', { is: named({ userName: NAME }) }),
  bucket('CreateBucket', {
    is: ({ bucketName }) => bucketName !== undefined,
    input: ({ 'x-amz-acl': ACL }) => ({ Bucket: BUCKET, ACL }),
  }),
  bucket('GetBucketPolicy', { error: 'NoSuchBucketPolicy', is: () => true }),
  bucket('GetBucketPolicyStatus', { error: 'NoSuchBucketPolicy', is: () => true }),
  bucket('PutBucketPolicy', {
    input: () => ({ Bucket: BUCKET, Policy: JSON.stringify(policyOf(BUCKET)) }),
    is: ({ bucketName }) => bucketName !== BUCKET,
  }),
  bucket('GetBucketPolicy', { is: () => true }),
  bucket('GetBucketPolicyStatus', { is: () => true }),
  bucket('GetBucketAcl', { is: () => true }),
  bucket('GetBucketCors', { error: 'NoSuchCORSConfiguration', is: () => true }),
  bucket('GetBucketEncryption', { is: () => true }),
  bucket('GetBucketLifecycle', {
    ...{ error: 'NoSuchLifecycleConfiguration', operation: 'GetBucketLifecycleConfiguration' },
    is: () => true,
  }),
  bucket('GetBucketLocation', { is: () => true }),
  bucket('GetBucketObjectLockConfiguration', {
    ...{ error: 'ObjectLockConfigurationNotFoundError', operation: 'GetObjectLockConfiguration' },
    is: () => true,
  }),
  bucket('GetBucketPublicAccessBlock', { operation: 'GetPublicAccessBlock', is: () => true }),
  bucket('GetBucketPublicAccessBlock', {
    ...{ operation: 'GetPublicAccessBlock', error: 'NoSuchPublicAccessBlockConfiguration' },
    before: () => user('s3', 'DeletePublicAccessBlock', { Bucket: BUCKET }),
    is: () => true,
  }),
  bucket('GetBucketTagging', { error: 'NoSuchTagSet', is: () => true }),
  bucket('PutBucketTagging', {
    input: () => ({
      Bucket: BUCKET,
      Tagging: { TagSet: [{ Key: 'StratusRedTeam', Value: 'true' }] },
    }),
    is: () => true,
  }),
  bucket('GetBucketTagging', { is: () => true }),
  bucket('GetBucketVersioning', { is: () => true }),
  bucket('ListBuckets', { is: () => true, input: () => ({}) }),
  bucket('PutBucketLifecycle', {
    ...{ operation: 'PutBucketLifecycleConfiguration', is: () => true },
    input: () => ({
      Bucket: BUCKET,
      LifecycleConfiguration: {
        Rules: [
          {
            ...{ ID: 'nuke-cloudtrail-logs-after-1-day', Status: 'Enabled' },
            ...{ Filter: { Prefix: '*' }, Expiration: { Days: 1 } },
          },
        ],
      },
    }),
  }),
  bucket('DeleteBucketLifecycle', { is: () => true }),
  ofTrail('CreateTrail', {
    is: named({ name: TRAIL }),
    before: async () => {
      await user('s3', 'CreateBucket', { Bucket: LOGS })
      await user('s3', 'PutBucketPolicy', { Bucket: LOGS, Policy: JSON.stringify(policyOf(LOGS)) })
    },
  }),
  bucket('GetBucketAcl', { invokedBy: true, operation: '', is: () => true }),
  ofTrail('DescribeTrails', {
    is: ({ includeShadowTrails }) => includeShadowTrails !== undefined,
    input: (parameters) => parameters,
  }),
  ofTrail('DescribeTrails', {
    is: ({ includeShadowTrails, trailNameList }) =>
      includeShadowTrails === undefined && String(trailNameList) === TRAIL,
    input: (parameters) => parameters,
  }),
  ofTrail('GetTrailStatus', { input: () => ({ Name: TRAIL }) }),
  ofTrail('GetEventSelectors', { input: () => ({ TrailName: TRAIL }) }),
  ofTrail('PutEventSelectors', {
    is: ({ eventSelectors }) => JSON.stringify(eventSelectors).includes('"All"'),
    input: ({ eventSelectors }) => ({
      ...{ TrailName: TRAIL, EventSelectors: capitalised(eventSelectors) },
    }),
  }),
  ofTrail('ListTags', { is: ({ resourceIdList }) => String(resourceIdList).endsWith(TRAIL) }),
  ofTrail('LookupEvents', { is: ({ eventCategory }) => eventCategory !== undefined }),
  ofTrail('LookupEvents', { is: ({ eventCategory }) => eventCategory === undefined }),
  ofTrail('StartLogging', { input: () => ({ Name: TRAIL }) }),
  ofTrail('StartLogging', { error: 'TrailNotFoundException' }),
  ofTrail('StopLogging', { error: 'TrailNotFoundException' }),
  ofTrail('DeleteTrail', { is: named({ name: TRAIL }) }),
  ofTrail('DeleteTrail', { error: 'TrailNotFoundException' }),
  bucket('DeleteBucketPolicy', { is: () => true }),
  bucket('DeleteBucket', {
    ...{ error: 'BucketNotEmpty', is: () => true },
    before: async () => {
      made.key = await keyOfUser()
      const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: made.key }
      await user('s3', 'PutObject', { Bucket: BUCKET, Key: 'k', Body: 'x', ...sse })
    },
  }),
  {
    ...{ service: 'kms', event: 'GenerateDataKey', operation: '' },
    is: () => true,
  },
  {
    ...{ service: 'kms', event: 'Decrypt', operation: '' },
    before: async () => {
      const { Body } = (await user('s3', 'GetObject', { Bucket: BUCKET, Key: 'k' })) as {
        readonly Body: { transformToString(): Promise<string> }
      }
      await Body.transformToString()
    },
  },
  {
    ...{ service: 'kms', event: 'Encrypt' },
    input: () => ({
      ...{ KeyId: made.key, Plaintext: Buffer.from('x') },
      EncryptionContext: { PARAMETER_ARN: 'a' },
    }),
  },
  bucket('DeleteBucket', {
    is: () => true,
    before: () => user('s3', 'DeleteObject', { Bucket: BUCKET, Key: 'k' }),
  }),
]

function ofPolicy({ policyName }: Members): boolean {
  return policyName === 'inline-policy'
}

function policyOfRole({ policyName }: Members) {
  return { RoleName: ROLE, PolicyName: policyName }
}

/** As the real ones are. */
function policyOf(Bucket: string) {
  const Principal = { Service: 'cloudtrail.amazonaws.com' }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Action: 's3:GetBucketAcl', Effect: 'Allow', Principal },
        ...{ Resource: `arn:aws:s3:::${Bucket}`, Sid: 'AWSCloudTrailAclCheck' },
      },
      {
        Action: 's3:PutObject',
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
        ...{ Effect: 'Allow', Principal, Resource: `arn:aws:s3:::${Bucket}/*` },
        Sid: 'AWSCloudTrailWrite',
      },
    ],
  }
}

async function trustedRole(): Promise<void> {
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:user/${USER}` }
  await user('iam', 'CreateRole', {
    RoleName: 'trusting',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
    }),
  })
}

async function keyOfUser(): Promise<string> {
  const { KeyMetadata } = (await user('kms', 'CreateKey', {})) as {
    readonly KeyMetadata: { readonly Arn: string }
  }
  return KeyMetadata.Arn
}

/** The record of the step's call. */
async function ours(step: Step, real: RealRecord): Promise<Members> {
  await step.before?.()
  const { service, event, operation = event, input = capitalised } = step
  if (operation !== '') {
    await user(service, operation, input(real.requestParameters ?? {}) as object).catch((error) => {
      if (step.error === undefined) throw error
    })
  }
  const records = await house.records({ eventName: event, limit: 100 })
  const members = records.map(({ record }) => JSON.parse(record) as Members & RealRecord)
  const isCalled = ({ userIdentity }: RealRecord) =>
    (userIdentity.type === 'AWSService') === (step.invokedBy === true)
  return members.find(isCalled)!
}

/** Members as the API names them. */
function capitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalised)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name[0]!.toUpperCase() + name.slice(1),
      capitalised(member),
    ]),
  )
}

/** What a text is, where its value is another each time. */
const FORMS: ReadonlyArray<readonly [name: string, form: RegExp]> = [
  ['a UUID', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/],
  ['a request of S3', /^[0-9A-Z]{16}$/],
  ['a time', /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
  ['a date', /^[A-Z][a-z]{2} \d{1,2}, 20\d\d \d{1,2}:\d\d:\d\d [AP]M$/],
  ['a date with a comma', /^[A-Z][a-z]{2} \d{1,2}, 20\d\d, \d{1,2}:\d\d:\d\d [AP]M$/],
  ['the id of a user', /^AIDA[0-9A-Z]{16,17}$/],
  ['the id of a role', /^AROA[0-9A-Z]{16,17}$/],
  ['the id of a policy', /^ANPA[0-9A-Z]{16,17}$/],
  ['an access key', /^AKIA[0-9A-Z]{16}$/],
  ['an access key of a session', /^ASIA[0-9A-Z]{16}$/],
  ['a version of TLS', /^TLSv1\.[23]$/],
  ['a cipher suite', /^(ECDHE|TLS)[A-Z0-9_-]+$/],
]

function formOf(value: unknown): unknown {
  if (typeof value === 'number') return 'a number'
  if (typeof value !== 'string') return value
  return FORMS.find(([, form]) => form.test(value))?.[0] ?? value
}

interface Difference {
  /** Such as `resources[].ARN`. */
  readonly path: string
  readonly theirs: unknown
  readonly ours: unknown
}

/** Members that are in one only, or of another form. */
function differences(theirs: unknown, ours: unknown, path = ''): Difference[] {
  if (isMembers(theirs) && isMembers(ours)) {
    const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    return names.flatMap((name) => differences(theirs[name], ours[name], `${path}.${name}`))
  }
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    return theirs.flatMap((item, i) => differences(item, ours[i], `${path}[]`))
  }
  return formOf(theirs) === formOf(ours) ? [] : [{ path: path.slice(1), theirs, ours }]
}

/** The reason; undefined when there is none. */
function reasonOf({ path, theirs, ours }: Difference, event: string): string | undefined {
  const isName = typeof theirs === 'string' && typeof ours === 'string'
  if (isName && NAMES.some((name) => name.test(path))) return 'a name'
  return DIFFERENCES.find(([, of, events = /^/]) => of.test(path) && events.test(event))?.[0]
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The real record of a step: of those with a long-term access key, if there is one. */
function realOf({ service, event, error, invokedBy, is = () => true }: Step): RealRecord {
  const fitting = REAL.filter(
    (record) =>
      record.eventSource === `${service}.amazonaws.com` &&
      record.eventName === event &&
      record.errorCode === error &&
      (record.userIdentity.type === 'AWSService') === (invokedBy === true) &&
      is(record.requestParameters ?? {}),
  )
  const plain = fitting.find(({ userIdentity }) => userIdentity.sessionContext === undefined)
  return (plain ?? fitting[0])!
}

const titleOf = ({ service, event, error = '', invokedBy }: Step) =>
  `${service} ${event}${invokedBy ? ' of a service' : ''} ${error}`.trim()

describe('a record beside the real one', () => {
  it.each(STEPS.map((step) => ({ title: titleOf(step), step })))('of $title', async (given) => {
    const real = realOf(given.step)
    const found = differences(real, await ours(given.step, real))
    expect(found.filter((one) => reasonOf(one, given.title) === undefined)).toEqual([])
    for (const one of found) used.add(reasonOf(one, given.title)!)
  })

  it('is one of each operation and refusal that is in both', () => {
    const served = REAL.filter(isServed)
    const theirs = new Set(served.map(nameOf))
    const compared = new Set(STEPS.map(realOf).map(nameOf))
    expect([...theirs].filter((name) => !compared.has(name))).toEqual([])
    expect(theirs.size).toBeGreaterThan(60)
  })

  it('differs in nothing that is listed for nothing', () => {
    expect(DIFFERENCES.map(([why]) => why).filter((why) => !used.has(why))).toEqual([])
  })
})

/** Reasons that something was found for. */
const used = new Set<string>()

const nameOf = ({ eventSource, eventName, errorCode = '', userIdentity }: RealRecord) =>
  [eventSource, eventName, errorCode, userIdentity.type === 'AWSService'].join(' ')

const APIS: Readonly<Record<string, Api>> = {
  'kms.amazonaws.com': KMS_API,
  'iam.amazonaws.com': IAM_API,
  'sts.amazonaws.com': STS_API,
  's3.amazonaws.com': S3_API,
  'cloudtrail.amazonaws.com': CLOUDTRAIL_API,
}
const OTHER_NAMES = new Set(STEPS.flatMap(({ event, operation }) => (operation ? [event] : [])))

function isServed({ eventSource, eventName, userIdentity }: RealRecord): boolean {
  const api = APIS[eventSource]
  // No service of AWS's takes on a role here.
  if (api === STS_API && userIdentity.type === 'AWSService') return false
  return api?.operation(eventName) !== undefined || (api === S3_API && OTHER_NAMES.has(eventName))
}
