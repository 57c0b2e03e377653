/**
 * What was done to what a trail delivered: found by us, each object by its name, and by the AWS CLI where it can.
 *
 * The CLI starts from what lies in the bucket and believes signatures only: it misses what is gone from the end, of two in a row
 * one, what is there besides, and whatever is behind a whole gzip member.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { findAwsCli, runAwsCli } from '../http/aws-cli.js'
import { temporaryFolder } from '../support/serve.js'

const [ACCOUNT, REGION, BUCKET] = ['111122223333', 'us-east-1', 'audit-logs']
const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/audit`
const DIGESTS = `AWSLogs/${ACCOUNT}/CloudTrail-Digest/`
const LOGS = `AWSLogs/${ACCOUNT}/CloudTrail/`
/** An hour takes a second. */
const HOUR = 1000
const folder = temporaryFolder('tampering')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

let house: Sealtrail
let aws: string
let url: string
/** Hourly ones, the oldest first. */
let digests: string[]
let backfills: string[]
let logs: string[]
beforeAll(async () => {
  aws = await findAwsCli()
  house = await openSealtrail({
    ...{ dataDir: `${folder.path}/data`, account: ACCOUNT, region: REGION },
    ...{ trailClock: 'scaled:3600', trailSlotSeconds: 1200 },
  })
  const policies = house.cloudtrail.trailPolicies('audit', BUCKET)
  const Policy = JSON.stringify(policies.bucketPolicy)
  await house.s3.createBucket({ Bucket: BUCKET })
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy })
  const { KeyMetadata } = await house.kms.createKey({ Policy: JSON.stringify(policies.keyPolicy) })
  await house.cloudtrail.createTrail({
    ...{ Name: 'audit', S3BucketName: BUCKET, KmsKeyId: KeyMetadata.Arn },
    EnableLogFileValidation: true,
  })
  await house.cloudtrail.startLogging({ Name: 'audit' })
  const use = async (hours: number) => {
    for (let quarter = 0; quarter < hours * 4; quarter++) {
      await house.kms.generateDataKey({ KeyId: KeyMetadata.Arn, KeySpec: 'AES_256' })
      await sleep(HOUR / 4)
    }
  }
  await use(4)
  // An outage, so that there are backfills.
  await house.s3.deleteBucketPolicy({ Bucket: BUCKET })
  await use(3)
  await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy })
  await use(2)
  await house.cloudtrail.stopLogging({ Name: 'audit' })
  await settled()
  const all = await keysBelow(DIGESTS)
  digests = all.filter((key) => !key.includes('_backfill'))
  backfills = all.filter((key) => key.includes('_backfill'))
  logs = await keysBelow(LOGS)
  url = (await house.listen({ port: 0 })).url
})

const undo: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const back of undo.splice(0).reverse()) await back()
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

/** Until nothing more is delivered. */
async function settled(): Promise<void> {
  for (let before = -1, now = 0; now !== before; ) {
    before = now
    await sleep(HOUR)
    now = (await keysBelow(DIGESTS)).length
  }
}

async function keysBelow(Prefix: string): Promise<string[]> {
  const { Contents = [] } = (await house.s3.listObjectsV2({ Bucket: BUCKET, Prefix })) as {
    readonly Contents?: ReadonlyArray<{ readonly Key: string }>
  }
  return Contents.map(({ Key }) => Key)
}

interface Stored {
  readonly bytes: Buffer
  readonly metadata: Record<string, string>
}

async function read(Key: string): Promise<Stored> {
  const answer = (await house.s3.getObject({ Bucket: BUCKET, Key })) as {
    readonly Body: Uint8Array
    readonly Metadata?: Record<string, string>
  }
  const bytes = answer.Body instanceof Uint8Array ? answer.Body : await buffer(answer.Body)
  return { bytes: Buffer.from(bytes), metadata: answer.Metadata ?? {} }
}
async function put(Key: string, { bytes, metadata }: Stored): Promise<void> {
  await house.s3.putObject({ Bucket: BUCKET, Key, Body: bytes, Metadata: metadata })
}
async function replace(key: string, change: (old: Stored) => Partial<Stored>): Promise<void> {
  const old = await read(key)
  undo.push(() => put(key, old))
  await put(key, { ...old, ...change(old) })
}
async function remove(Key: string): Promise<void> {
  const old = await read(Key)
  undo.push(() => put(Key, old))
  await house.s3.deleteObject({ Bucket: BUCKET, Key })
}
async function add(Key: string, stored: Stored): Promise<void> {
  undo.push(async () => void (await house.s3.deleteObject({ Bucket: BUCKET, Key })))
  await put(Key, stored)
}
async function swap(a: string, b: string): Promise<void> {
  const [first, second] = [await read(a), await read(b)]
  await replace(a, () => second)
  await replace(b, () => first)
}
const edited = ({ bytes }: Stored, from: string | RegExp, to: string) => ({
  bytes: gzipSync(gunzipSync(bytes).toString().replace(from, to)),
})
const lyingOfItsTime = (old: Stored) =>
  edited(old, /"newestEventTime":[^,]*/, '"newestEventTime":"2001-01-01T00:00:00Z"')
const without = ({ metadata: { ...metadata } }: Stored, name: string) => {
  delete metadata[name]
  return metadata
}
const withSecondMember = ({ bytes }: Stored) => ({
  bytes: Buffer.concat([bytes, gzipSync('{"Records":[]}')]),
})
const cut = ({ bytes }: Stored) => ({ bytes: bytes.subarray(0, bytes.length - 12) })

/** Of a digest without its log files, signed by a key of the forger's. */
function forged({ bytes, metadata }: Stored, key: KeyObject, fingerprint?: string): Stored {
  const members = JSON.parse(gunzipSync(bytes).toString())
  const digest = {
    ...members,
    ...{ oldestEventTime: '2001-01-01T00:00:00Z', logFiles: [] },
    digestPublicKeyFingerprint: fingerprint ?? members.digestPublicKeyFingerprint,
  }
  const plain = Buffer.from(JSON.stringify(digest))
  const { digestEndTime, digestS3Bucket, digestS3Object, previousDigestSignature } = digest
  const place = `${digestS3Bucket}/${digestS3Object}`
  const text = `${digestEndTime}\n${place}\n${sha256(plain)}\n${previousDigestSignature ?? 'null'}`
  const signature = sign('sha256', Buffer.from(text), key).toString('hex')
  return { bytes: gzipSync(plain), metadata: { ...metadata, signature } }
}

interface Told {
  readonly kind: 'digest' | 'log file'
  readonly problem: string
  readonly key: string
}

async function ours(): Promise<Told[]> {
  const { findings } = await house.cloudtrail.validateTrail('audit')
  return findings.map(({ kind, problem, object }) => {
    return { kind, problem, key: object.slice(`s3://${BUCKET}/`.length) }
  })
}

/** What `aws cloudtrail validate-logs` says is invalid, and its last lines. */
async function theirs() {
  const times = ['--start-time', '2020-01-01T00:00:00Z', '--end-time', '2100-01-01T00:00:00Z']
  const args = ['cloudtrail', 'validate-logs', '--trail-arn', TRAIL, ...times]
  const { exitCode, stdout, stderr } = await runAwsCli(aws, args, {
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: `${folder.path}/data/credentials`,
  })
  const told = [...stderr.matchAll(/s3:\/\/[^/]+\/(\S+)\tINVALID: (.*)/g)]
  return { exitCode, stdout, told: told.map(([, key, problem]) => ({ key, problem })) }
}

const log = (problem: string, key: string): Told => ({ kind: 'log file', problem, key })
const digest = (problem: string, key: string): Told => ({ kind: 'digest', problem, key })

interface Tampering {
  readonly what: string
  readonly tamper: () => Promise<void>
  readonly ours: () => Told[]
  /** What the CLI says of which object; nothing where it cannot see it. */
  readonly cli: () => ReadonlyArray<readonly [key: string, problem: RegExp]>
}

const MISMATCH = /hash value doesn't match/
const extraLog = () => logs[4]!.replace(/_[0-9A-Za-z]{16}\.json/, '_AAAAAAAAAAAAAAAA.json')
const elsewhere = (key: string) => key.replace(/\/(\d\d)\/([^/]+)$/, '/$1/moved/$2')
/** A second that is not the digest's own. */
const backdated = () =>
  digests[1]!.replace(/T(\d{4})(\d\d)Z/, (_, minute, second) => {
    return `T${minute}${second === '59' ? '58' : '59'}Z`
  })

const TAMPERINGS: readonly Tampering[] = [
  {
    what: 'a log file that was edited',
    tamper: () => replace(logs[3]!, (old) => edited(old, '"1.11"', '"1.10"')),
    ours: () => [log('edited', logs[3]!)],
    cli: () => [[logs[3]!, MISMATCH]],
  },
  {
    what: 'a log file that was deleted',
    tamper: () => remove(logs[3]!),
    ours: () => [log('missing', logs[3]!)],
    cli: () => [[logs[3]!, /not found/]],
  },
  {
    what: 'two log files that were swapped',
    tamper: () => swap(logs[2]!, logs[5]!),
    ours: () => [log('edited', logs[2]!), log('edited', logs[5]!)],
    cli: () => [
      [logs[2]!, MISMATCH],
      [logs[5]!, MISMATCH],
    ],
  },
  {
    what: 'a digest that was edited',
    tamper: () => replace(digests[2]!, lyingOfItsTime),
    ours: () => [digest('edited', digests[2]!)],
    cli: () => [[digests[2]!, /signature verification failed/]],
  },
  {
    what: 'a digest that was deleted',
    tamper: () => remove(digests[2]!),
    ours: () => [digest('missing', digests[2]!)],
    cli: () => [[digests[2]!, /not found/]],
  },
  {
    what: 'digests in another order',
    tamper: () => swap(digests[1]!, digests[2]!),
    ours: () => [digest('moved', digests[1]!), digest('moved', digests[2]!)],
    cli: () => [
      [digests[1]!, /moved from its original location/],
      [digests[2]!, /moved from its original location/],
    ],
  },
  {
    what: 'a digest that somebody else signed',
    tamper: () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      return replace(digests[2]!, (old) => forged(old, privateKey))
    },
    ours: () => [digest('edited', digests[2]!)],
    cli: () => [[digests[2]!, /signature verification failed/]],
  },
  {
    what: 'two digests in a row that are gone',
    async tamper() {
      await remove(digests[2]!)
      await remove(digests[3]!)
    },
    ours: () => [digest('missing', digests[2]!), digest('missing', digests[3]!)],
    cli: () => [[digests[3]!, /not found/]],
  },
  {
    what: 'the newest digest that is gone',
    tamper: () => remove(digests.at(-1)!),
    ours: () => [digest('missing', digests.at(-1)!)],
    cli: () => [],
  },
  {
    what: 'a public key that was replaced by a forger’s',
    tamper() {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const der = publicKey.export({ type: 'pkcs1', format: 'der' })
      return replace(digests[2]!, (old) => forged(old, privateKey, sha256(der).slice(0, 32)))
    },
    ours: () => [digest('unknown key', digests[2]!)],
    cli: () => [[digests[2]!, /public key not found/]],
  },
  {
    what: 'a log file that was moved',
    async tamper() {
      await add(elsewhere(logs[3]!), await read(logs[3]!))
      await remove(logs[3]!)
    },
    ours: () => [log('missing', logs[3]!), log('unreferenced', elsewhere(logs[3]!))],
    cli: () => [[logs[3]!, /not found/]],
  },
  {
    what: 'a digest that was moved',
    async tamper() {
      await add(backdated(), await read(digests[2]!))
      await remove(digests[2]!)
    },
    ours: () => [digest('missing', digests[2]!), digest('unreferenced', backdated())],
    cli: () => [
      [digests[2]!, /not found/],
      [backdated(), /moved from its original location/],
    ],
  },
  {
    what: 'a log file that was cut',
    tamper: () => replace(logs[3]!, cut),
    ours: () => [log('damaged', logs[3]!)],
    cli: () => [[logs[3]!, MISMATCH]],
  },
  {
    what: 'a digest that was cut',
    tamper: () => replace(digests[2]!, cut),
    ours: () => [digest('damaged', digests[2]!)],
    cli: () => [[digests[2]!, /invalid format/]],
  },
  {
    what: 'a log file with a second gzip member',
    tamper: () => replace(logs[3]!, withSecondMember),
    ours: () => [log('damaged', logs[3]!)],
    cli: () => [],
  },
  {
    what: 'a digest with a second gzip member',
    tamper: () => replace(digests[2]!, withSecondMember),
    ours: () => [digest('damaged', digests[2]!)],
    cli: () => [],
  },
  {
    what: 'a log file that nobody delivered',
    tamper: () => add(extraLog(), { bytes: gzipSync('{"Records":[]}'), metadata: {} }),
    ours: () => [log('unreferenced', extraLog())],
    cli: () => [],
  },
  {
    what: 'a digest that does not say how it was signed',
    tamper: () =>
      replace(digests[2]!, (old) => ({ metadata: without(old, 'signature-algorithm') })),
    ours: () => [digest('wrong signature', digests[2]!)],
    cli: () => [[digests[2]!, /signature verification failed/]],
  },
  {
    what: 'a backfill digest that does not say when it was made',
    tamper: () =>
      replace(backfills[0]!, (old) => ({
        metadata: without(old, 'backfill-generation-timestamp'),
      })),
    ours: () => [digest('edited', backfills[0]!)],
    cli: () => [[backfills[0]!, /invalid format/]],
  },
  {
    what: 'a backfill digest that was deleted',
    tamper: () => remove(backfills[0]!),
    ours: () => [digest('missing', backfills[0]!)],
    cli: () => [[backfills[0]!, /not found/]],
  },
  {
    what: 'a backfill digest that was edited',
    tamper: () => replace(backfills[0]!, lyingOfItsTime),
    ours: () => [digest('edited', backfills[0]!)],
    cli: () => [[backfills[0]!, /signature verification failed/]],
  },
]

const sorted = (told: readonly Told[]) => told.map((one) => JSON.stringify(one)).sort()

describe('validation', () => {
  it('finds nothing where nothing was done, and neither does the AWS CLI', async () => {
    expect(digests.length).toBeGreaterThanOrEqual(8)
    expect(backfills.length).toBeGreaterThanOrEqual(2)
    expect(await house.cloudtrail.validateTrail('audit')).toEqual({
      ...{ digests: digests.length + backfills.length, logFiles: logs.length },
      ...{ uncovered: 0, findings: [] },
    })
    const { exitCode, stdout, told } = await theirs()
    expect([exitCode, told]).toEqual([0, []])
    const count = (all: readonly string[]) => `${all.length}/${all.length}`
    expect(stdout).toContain(`\n${count(digests)} digest files valid`)
    expect(stdout).toContain(`\n${count(backfills)} backfill digest files valid`)
    expect(stdout).toContain(`\n${count(logs)} log files valid`)
  })

  it.each(TAMPERINGS.map((one) => [one.what, one] as const))(
    'finds %s',
    async (_, { tamper, ours: expected, cli }) => {
      await tamper()
      // Log files that a digest tells of which cannot be believed are in no chain.
      const found = (await ours()).filter(({ kind, problem, key }) => {
        const isBesides = kind === 'log file' && problem === 'unreferenced'
        return !isBesides || !logs.includes(key)
      })
      expect(sorted(found)).toEqual(sorted(expected()))
      const { exitCode, told } = await theirs()
      const seen = cli()
      if (seen.length > 0) expect(exitCode).toBe(1)
      for (const [key, problem] of seen) {
        expect(told).toContainEqual({ key, problem: expect.stringMatching(problem) })
      }
    },
  )
})
