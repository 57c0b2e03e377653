/**
 * How many audit records a second does one core write?
 *
 * From templates (audit/record.ts) beside JSON.stringify of the same record as an object; both say the same, or nothing is
 * timed. Each record is of another call: its ids, its time and its context are new. It counts when it is bytes, as the
 * journal takes it. What a call knows (AuditEvent), and the object for JSON.stringify, are made before: that is no
 * encoder's work. The goal is 300,000 a second. Counted is CPU time, of which there is as much beside other processes.
 */
import type { AuditEvent, AuditObject } from '../../src/audit/event.js'
import { newEventId } from '../../src/audit/event-id.js'
import type { Identity } from '../../src/audit/identity.js'
import { buildRecord } from '../../src/audit/record.js'
import { standingsTable } from '../../src/bench/report/standings.js'
import { randomId } from '../../src/bytes/random.js'
import type { Standing } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'

const GOAL = 300_000
const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = IS_SHORT ? 5 : 15
const RECORDS = IS_SHORT ? 20_000 : 100_000
/** Calls that differ. */
const CALLS = 4096
const TIME = Date.UTC(2026, 10, 23, 12, 0, 0)

const ACCOUNT = '111122223333'
const KEY = `arn:aws:kms:us-west-2:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const SESSION: Identity = {
  ...{ type: 'AssumedRole', principalId: 'AROACKCEVSQ6C2EXAMPLE:writer' },
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/writer/writer`,
  ...{ accountId: ACCOUNT, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' },
  sessionContext: {
    sessionIssuer: {
      ...{ type: 'Role', principalId: 'AROACKCEVSQ6C2EXAMPLE' },
      arn: `arn:aws:iam::${ACCOUNT}:role/writer`,
      ...{ accountId: ACCOUNT, userName: 'writer' },
    },
    attributes: { creationDate: '2026-11-23T11:00:00Z', mfaAuthenticated: 'false' },
  },
}
const TLS = {
  ...{ tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
  clientProvidedHostHeader: 'kms.us-west-2.amazonaws.com',
}
const target = Buffer.alloc(64 * 1024)

// Without spreads: objects of calls have one hidden class.
const decrypt = (i: number): AuditEvent => ({
  eventId: newEventId(TIME + i),
  eventTime: TIME + i,
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  account: ACCOUNT,
  region: 'us-west-2',
  identity: SESSION,
  sourceIpAddress: '192.0.2.7',
  userAgent: 'aws-sdk-js/3.1164.0',
  requestId: randomId(),
  readOnly: true,
  requestParameters: {
    encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::logs/2026/11/23/part-${i}.json.gz` },
    encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  },
  responseElements: null,
  additionalEventData: { keyMaterialId: '0b7fd7ddbac6eef27907413567cad8c810e2883dc8a75340' },
  resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', arn: KEY }],
  isDataEvent: false,
  tls: TLS,
})

const putObject = (i: number): AuditEvent => ({
  eventId: newEventId(TIME + i),
  eventTime: TIME + i,
  eventSource: 's3.amazonaws.com',
  eventName: 'PutObject',
  account: ACCOUNT,
  region: 'us-west-2',
  identity: SESSION,
  sourceIpAddress: '192.0.2.7',
  userAgent: 'aws-sdk-js/3.1164.0',
  requestId: randomId().slice(0, 16),
  readOnly: false,
  requestParameters: {
    bucketName: 'logs',
    key: `2026/11/23/part-${i}.json.gz`,
    Host: 'logs.s3.example.com',
    'x-amz-server-side-encryption': 'aws:kms',
  },
  responseElements: {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': KEY,
  },
  additionalEventData: {
    SignatureVersion: 'SigV4',
    CipherSuite: 'TLS_AES_128_GCM_SHA256',
    AuthenticationMethod: 'AuthHeader',
    'x-amz-id-2': 'M2Q5ZTY2Y2MtMWE1Yi00ZDNjLTlhNTItYmExYjJhNWEwMDAx',
    bytesTransferredOut: 0,
    bytesTransferredIn: i,
    SSEApplied: 'SSE_KMS',
  },
  resources: [
    { type: 'AWS::S3::Object', arn: `arn:aws:s3:::logs/2026/11/23/part-${i}.json.gz` },
    { accountId: ACCOUNT, type: 'AWS::S3::Bucket', arn: 'arn:aws:s3:::logs' },
  ],
  isDataEvent: true,
  tls: TLS,
})

stayOnOneCore()
for (const [title, event] of [
  ['a Decrypt by a session, over TLS', decrypt],
  ['a PutObject by a session, over TLS', putObject],
] as const) {
  const events = Array.from({ length: CALLS }, (_, i) => event(i))
  const objects = events.map(recordOf)
  const contenders: readonly Contender[] = [
    { name: 'templates', write: (i) => buildRecord(events[i]!) },
    { name: 'JSON.stringify', write: (i) => JSON.stringify(objects[i]) },
  ]
  for (const i of events.keys()) {
    const [first, second] = contenders.map(({ write }) => write(i))
    if (first !== second) throw new Error(`${title}: they do not agree:\n${first}\n${second}`)
  }
  const standings = race(contenders)
  const question = { title: `${title}, CPU time`, baselines: ['JSON.stringify'] }
  console.log(`\n${standingsTable({ ...question, bytesPerOp: null, standings }).join('\n')}`)
  const perSecond = 1e9 / standings[0]!.median
  console.log(`  goal: ${GOAL} records a second and core, ${perSecond >= GOAL ? 'met' : 'MISSED'}`)
}

interface Contender {
  readonly name: string
  readonly write: (i: number) => string
}

/** In turns. */
function race(contenders: readonly Contender[]): Standing[] {
  const rounds = contenders.map(() => [] as number[])
  for (let round = -1; round < ROUNDS; round++) {
    for (const [i, { write }] of contenders.entries()) {
      globalThis.gc?.({ type: 'minor', execution: 'sync' })
      const perRecord = cpuOf(write)
      // The first warms up.
      if (round >= 0) rounds[i]!.push(perRecord)
    }
  }
  const sorted = rounds.map((times) => [...times].sort((a, b) => a - b))
  return contenders.map(({ name }, i) => {
    const ratios = rounds[1]!.map((time, round) => time / rounds[i]![round]!)
    return {
      name,
      median: at(sorted[i]!, 0.5),
      p99: at(sorted[i]!, 0.99),
      spread: (at(sorted[i]!, 0.75) - at(sorted[i]!, 0.25)) / at(sorted[i]!, 0.5),
      ratios: {
        'JSON.stringify': at(
          [...ratios].sort((a, b) => a - b),
          0.5,
        ),
      },
      rounds: rounds[i]!,
    }
  })
}

/** Nanoseconds for a record. */
function cpuOf(write: Contender['write']): number {
  const before = process.cpuUsage()
  let bytes = 0
  for (let i = 0; i < RECORDS; i++) bytes += target.write(write(i % CALLS))
  const { user, system } = process.cpuUsage(before)
  if (bytes < RECORDS * 1000) throw new Error('not all was written')
  return ((user + system) * 1000) / RECORDS
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!
}

/** The same record as an object, its members in the same order. */
function recordOf(event: AuditEvent): AuditObject {
  const { isDataEvent = false, resources = [], additionalEventData } = event
  return {
    eventVersion: '1.11',
    userIdentity: event.identity as unknown as AuditObject,
    eventTime: `${new Date(event.eventTime).toISOString().slice(0, 19)}Z`,
    ...{ eventSource: event.eventSource, eventName: event.eventName, awsRegion: event.region },
    ...{ sourceIPAddress: event.sourceIpAddress, userAgent: event.userAgent },
    ...{ requestParameters: event.requestParameters, responseElements: event.responseElements },
    additionalEventData: additionalEventData!,
    ...{ requestID: event.requestId, eventID: event.eventId, readOnly: event.readOnly },
    resources: resources.map(({ accountId, type, arn }) => ({
      ...(accountId === undefined ? {} : { accountId }),
      ...{ type, ARN: arn },
    })),
    ...{ eventType: 'AwsApiCall', managementEvent: !isDataEvent },
    ...{ recipientAccountId: event.account, eventCategory: isDataEvent ? 'Data' : 'Management' },
    tlsDetails: event.tls as unknown as AuditObject,
  }
}
