/**
 * A mixed load of calls, answered and refused, on a server that is killed in the midst of it: each has one record in the
 * files of the trail and one in LookupEvents, and both say what the client was told.
 *
 * The client's own log is what records are held against: request id, operation, error. A call that a kill left without an
 * answer may have a record, or none. Calls that the house makes in this process, before and behind the server's lives, are
 * nobody's here: how often it is asked whether all was delivered is a matter of the machine's pace. The trail delivers
 * every second, so that kills come while files are put.
 */
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { STS } from '@aws-sdk/client-sts'
import { openSealtrail } from '../../../dist/index.js'
import { clientsOf, startServe } from '../../s3/proofs/served.mjs'
import { chanceOf } from '../../store/proofs/clients.mjs'

const [ACCOUNT, REGION, BUCKET, NAME] = ['111122223333', 'us-east-1', 'audit-logs', 'audit']
const CALLERS = 8
const SLOT_SECONDS = 1
const FINDINGS_MAX = 20
const SETTLE_MS_MAX = 10 * 60 * 1000
/** As a house has it in records of the calls that are made in its own process. */
const EMBEDDED = 'sealtrail'

/**
 * @param wanted { folder: an empty directory; calls: to be answered; kills; seed; onState; invents: the log has a call that
 * was never made, which must be missed; forgets: the log lacks a call that was answered, whose record must be found }
 * @returns { states: kills; answers: calls that were answered; refused: of those; unanswered; told: answers by operation and
 * error; delivered, looked: records in files, and in LookupEvents; files; findings }
 */
export async function exactlyOnce(wanted) {
  const { folder, calls, kills, seed, onState, invents = 0, forgets = 0 } = wanted
  const report = { states: 0, answers: 0, refused: 0, findings: [] }
  const find = (finding) => report.findings.push(finding)
  const dataDir = join(folder, 'data')
  const options = { dataDir, account: ACCOUNT, region: REGION, trailSlotSeconds: SLOT_SECONDS }
  const things = await inside(options, setUp)
  const log = new Map()
  /** Operations of the calls that had no answer. */
  const unanswered = []
  const chance = chanceOf(seed)
  for (let life = 0; life <= kills; life++) {
    const isLast = life === kills
    const until = isLast ? calls : Math.floor((calls * (life + chance())) / (kills + 1))
    await liveOnce({ dataDir, things, log, unanswered, until, isLast })
    if (!isLast) report.states++
    onState?.({ ...report, states: log.size }, calls)
  }
  if (invents) log.set('never-made', { name: 'Decrypt', error: undefined })
  const [first] = log.keys()
  if (forgets) log.delete(first)
  report.answers = log.size
  report.unanswered = unanswered.length
  report.refused = [...log.values()].filter(({ error }) => error !== undefined).length
  report.told = countsOf([...log.values()])
  await inside(options, async (house) => {
    const { findings, uncovered, logFiles } = await stopAndValidate(house)
    for (const finding of findings) find({ validation: finding })
    if (uncovered > 0) find({ uncovered })
    report.files = logFiles
    const delivered = await deliveredBy(house)
    report.delivered = delivered.length
    hold('delivered', delivered, log, unanswered, find)
    const looked = await lookedUpIn(house)
    report.looked = looked.length
    hold('looked up', looked, log, unanswered, find)
  })
  return { ...report, findings: report.findings.slice(0, FINDINGS_MAX) }
}

async function inside(options, work) {
  const house = await openSealtrail(options)
  try {
    return await work(house)
  } finally {
    await house.close()
  }
}

async function setUp(house) {
  const policies = house.cloudtrail.trailPolicies(NAME, BUCKET)
  await house.s3.createBucket({ Bucket: BUCKET })
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(policies.bucketPolicy) })
  const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(policies.keyPolicy) })
  const { KeyMetadata: disabled } = await house.kms.createKey({})
  await house.kms.disableKey({ KeyId: disabled.KeyId })
  const KeyId = KeyMetadata.Arn
  await house.kms.createAlias({ AliasName: 'alias/taken', TargetKeyId: KeyId })
  const { CiphertextBlob: blob } = await house.kms.encrypt({
    ...{ KeyId, Plaintext: Buffer.from('what is sealed'), EncryptionContext: { tenant: 'acme' } },
  })
  await house.cloudtrail.createTrail({
    ...{ Name: NAME, S3BucketName: BUCKET, KmsKeyId: KeyId, EnableLogFileValidation: true },
  })
  await house.cloudtrail.startLogging({ Name: NAME })
  return { KeyId, disabledId: disabled.KeyId, blob }
}

/** The server works until the log has so many calls, and is killed then, or stopped when it is the last time. */
async function liveOnce({ dataDir, things, log, unanswered, until, isLast }) {
  const more = ['--account', ACCOUNT, '--trail-slot-seconds', String(SLOT_SECONDS)]
  // Who is throttled was not let in, and has no record: on a slow machine calls wait.
  const settings = { SEALTRAIL_QUEUE_MS_MAX: String(SETTLE_MS_MAX) }
  const { child, gone, url } = startServe(dataDir, { more, settings })
  const endpoint = await url
  if (endpoint === undefined) throw new Error(`no server: ${JSON.stringify(await gone)}`)
  const served = clientsOf(endpoint, dataDir)
  const shared = { endpoint, region: REGION, maxAttempts: 1 }
  const own = { ...shared, credentials: served.credentials }
  const iam = new IAM(own)
  things.nobody ??= await userWithoutPolicies(iam, log)
  const nobody = new KMS({ ...shared, credentials: things.nobody })
  const clients = { ...served, iam, nobody, sts: new STS(own), cloudtrail: new CloudTrail(own) }
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let i = caller; !isGone() && !(isLast && log.size >= until); i++) {
      const call = CALLS[i % CALLS.length]
      if (await callOnce(call, clients, things, log)) continue
      unanswered.push(call[0])
      // Of a server that is killed, the end is known a little later than that it does not answer.
      if (child.killed) return
    }
  })
  if (!isLast) {
    while (!isGone() && log.size < until) await sleep(5)
    child.kill('SIGKILL')
  }
  await Promise.all(callers)
  if (isLast) child.kill('SIGTERM')
  const { how, said } = await gone
  if (how !== (isLast ? 0 : 'SIGKILL')) throw new Error(`the server ended with ${how}: ${said}`)
  for (const client of Object.values(clients)) client.destroy?.()
  served.destroy()
}

async function userWithoutPolicies(iam, log) {
  const UserName = 'nobody'
  const user = await iam.createUser({ UserName })
  const { $metadata, AccessKey } = await iam.createAccessKey({ UserName })
  log.set(user.$metadata.requestId, { name: 'CreateUser', error: undefined })
  log.set($metadata.requestId, { name: 'CreateAccessKey', error: undefined })
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
}

/** What is asked, in turns; refused are those whose name says so. */
const CALLS = [
  ['GenerateDataKey', ({ kms }, { KeyId }) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })],
  ['Decrypt', ({ kms }, { blob }) => kms.decrypt(sealed(blob, 'acme'))],
  ['Encrypt', ({ kms }, { KeyId }) => kms.encrypt({ KeyId, Plaintext: Buffer.from('plain') })],
  ['DescribeKey', ({ kms }) => kms.describeKey({ KeyId: 'alias/no-such-key' })],
  ['Decrypt', ({ kms }, { blob }) => kms.decrypt(sealed(blob, 'acme'))],
  ['Decrypt', ({ kms }, { blob }) => kms.decrypt(sealed(blob, 'another tenant'))],
  ['GenerateDataKey', ({ kms }, { KeyId }) => kms.generateDataKey({ KeyId, KeySpec: 'AES_128' })],
  [
    'Encrypt',
    ({ kms }, { disabledId: KeyId }) => kms.encrypt({ KeyId, Plaintext: new Uint8Array(1) }),
  ],
  ['GetCallerIdentity', ({ sts }) => sts.getCallerIdentity({})],
  ['Decrypt', ({ nobody }, { blob }) => nobody.decrypt(sealed(blob, 'acme'))],
  ['GetUser', ({ iam }) => iam.getUser({ UserName: 'no-such-user' })],
  [
    'UpdateKeyDescription',
    ({ kms }, { KeyId }) => kms.updateKeyDescription({ KeyId, Description: '' }),
  ],
  ['GetTrail', ({ cloudtrail }) => cloudtrail.getTrail({ Name: 'no-such-trail' })],
  [
    'CreateAlias',
    ({ kms }, { KeyId }) => kms.createAlias({ AliasName: 'alias/taken', TargetKeyId: KeyId }),
  ],
  ['ListBuckets', ({ s3 }) => s3.listBuckets({})],
]

function sealed(CiphertextBlob, tenant) {
  return { CiphertextBlob, EncryptionContext: { tenant } }
}

/** False when there was no answer. */
async function callOnce([name, ask], clients, things, log) {
  try {
    const { $metadata } = await ask(clients, things)
    log.set($metadata.requestId, { name, error: undefined })
  } catch (error) {
    const requestId = error.$metadata?.requestId
    if (requestId === undefined) return false
    // As CloudTrail has it.
    const code = error.name === 'AccessDeniedException' ? 'AccessDenied' : error.name
    log.set(requestId, { name, error: code })
  }
  return true
}

/** Once all has been delivered, last digest and all. */
async function stopAndValidate({ cloudtrail }) {
  await cloudtrail.stopLogging({ Name: NAME })
  for (const begun = Date.now(); ; await sleep(200)) {
    const status = await cloudtrail.getTrailStatus({ Name: NAME })
    if (status.LatestDigestDeliveryTime > status.StopLoggingTime) break
    if (Date.now() > begun + SETTLE_MS_MAX) throw new Error(JSON.stringify(status))
  }
  return await cloudtrail.validateTrail(NAME)
}

async function deliveredBy({ s3 }) {
  const records = []
  let token
  do {
    const page = await s3.listObjectsV2({
      ...{ Bucket: BUCKET, Prefix: `AWSLogs/${ACCOUNT}/CloudTrail/` },
      ...(token === undefined ? {} : { ContinuationToken: token }),
    })
    for (const { Key } of page.Contents) {
      const { Body } = await s3.getObject({ Bucket: BUCKET, Key })
      const bytes = Body instanceof Uint8Array ? Body : await buffer(Body)
      records.push(...JSON.parse(gunzipSync(bytes).toString()).Records.map(factsOf))
    }
    token = page.NextContinuationToken
  } while (token !== undefined)
  return records
}

async function lookedUpIn({ cloudtrail }) {
  const records = []
  let token
  do {
    const page = await cloudtrail.lookupEvents(token === undefined ? {} : { NextToken: token })
    records.push(...page.Events.map(({ CloudTrailEvent }) => factsOf(JSON.parse(CloudTrailEvent))))
    token = page.NextToken
  } while (token !== undefined)
  return records
}

function factsOf({ eventID, requestID, eventName, errorCode, sourceIPAddress, userAgent }) {
  const isClients = sourceIPAddress === '127.0.0.1' && userAgent !== EMBEDDED
  return { id: eventID, requestId: requestID, name: eventName, error: errorCode, isClients }
}

/** Every call of the log once, and as it was told; besides, of the client's, at most one of each that had no answer. */
function hold(where, records, log, unanswered, find) {
  const byRequest = new Map()
  const ids = new Set()
  const untold = [...unanswered]
  for (const { id, requestId, name, error, isClients } of records) {
    if (ids.has(id)) find({ where, twice: id, requestId, name, error })
    ids.add(id)
    if (log.has(requestId)) {
      const told = byRequest.get(requestId) ?? []
      byRequest.set(requestId, [...told, { name, error }])
    } else if (isClients) {
      const i = untold.indexOf(name)
      if (i < 0) find({ where, nobodys: id, requestId, name, error, unanswered })
      else untold.splice(i, 1)
    }
  }
  for (const [requestId, { name, error }] of log) {
    const told = byRequest.get(requestId) ?? []
    const isSame = told.length === 1 && told[0].name === name && told[0].error === error
    if (!isSame) find({ where, requestId, expected: { name, error }, told })
  }
  const counts = countsOf([...byRequest.values()].flat())
  const expected = countsOf([...log.values()])
  if (JSON.stringify(counts) !== JSON.stringify(expected)) find({ where, counts, expected })
}

/** How many of each operation and error. */
function countsOf(calls) {
  const counts = {}
  for (const { name, error } of calls) {
    const what = error === undefined ? name : `${name} ${error}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}
