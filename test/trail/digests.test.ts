/** Digests: hourly, signed, chained; and what was done to what they tell of is found. */
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { storeLike } from '../support/kms.js'
import {
  ACCOUNT,
  BUCKET,
  bucketPolicy,
  HOUR_MS,
  REGION,
  SLOT_MS,
  TrailHouse,
} from './trail-house.js'

const DIGESTS = `AWSLogs/${ACCOUNT}/CloudTrail-Digest/`
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

interface Digest {
  readonly digestStartTime: string
  readonly digestEndTime: string
  readonly digestPublicKeyFingerprint: string
  readonly newestEventTime: string | null
  readonly oldestEventTime: string | null
  readonly previousDigestS3Object: string | null
  readonly previousDigestHashValue: string | null
  readonly previousDigestSignature: string | null
  readonly logFiles: ReadonlyArray<{ s3Object: string; hashValue: string }>
}

async function digestsOf(house: TrailHouse) {
  const found: Array<{ key: string; plain: Buffer; signature: string; digest: Digest }> = []
  for (const key of await house.keys(DIGESTS)) {
    const { plain, metadata } = await house.object(key)
    found.push({ key, plain, signature: metadata.signature!, digest: JSON.parse(plain.toString()) })
  }
  return found
}

describe('a trail that validates', () => {
  let house: TrailHouse
  beforeEach(async () => {
    house = await TrailHouse.open()
  })
  afterEach(() => house.remove())

  it('writes a digest for every hour, each signed, each with the hash of the one before', async () => {
    const keyId = await house.logging()
    await house.hours(3)
    house = await house.reopen()
    await house.hours(1)
    const digests = await digestsOf(house)
    const { PublicKeyList } = (await house.trail.listPublicKeys({})) as {
      PublicKeyList: Array<{ Value: Uint8Array; Fingerprint: string }>
    }
    const [{ Value, Fingerprint }] = PublicKeyList as [{ Value: Uint8Array; Fingerprint: string }]
    expect(digests).toHaveLength(4)
    for (const [i, { key, plain, signature, digest }] of digests.entries()) {
      const stamp = digest.digestEndTime.replace(/[-:]/g, '')
      expect(key).toBe(
        `${DIGESTS}${REGION}/2026/01/02/${ACCOUNT}_CloudTrail-Digest_${REGION}_Default_${REGION}_${stamp}.json.gz`,
      )
      const before = digests[i - 1]
      expect(digest).toMatchObject({
        ...{ awsAccountId: ACCOUNT, digestS3Bucket: BUCKET, digestS3Object: key },
        ...{ digestSignatureAlgorithm: 'SHA256withRSA', digestPublicKeyFingerprint: Fingerprint },
        digestStartTime: before?.digest.digestEndTime ?? '2026-01-02T03:00:00Z',
        previousDigestS3Bucket: before === undefined ? null : BUCKET,
        previousDigestS3Object: before?.key ?? null,
        previousDigestHashValue: before === undefined ? null : sha256(before.plain),
        previousDigestHashAlgorithm: before === undefined ? null : 'SHA-256',
        previousDigestSignature: before?.signature ?? null,
      })
      expect(Date.parse(digest.digestEndTime) - Date.parse(digest.digestStartTime)).toBe(HOUR_MS)
      const text = `${digest.digestEndTime}\n${BUCKET}/${key}\n${sha256(plain)}\n${before?.signature ?? 'null'}`
      const publicKey = createPublicKey({ key: Buffer.from(Value), format: 'der', type: 'pkcs1' })
      expect(verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'hex'))).toBe(
        true,
      )
    }
    const told = digests.flatMap(({ digest }) => digest.logFiles)
    for (const { s3Object, hashValue } of told) {
      expect(sha256((await house.object(s3Object)).plain)).toBe(hashValue)
    }
    expect(await house.s3.headObject({ Bucket: BUCKET, Key: digests[0]!.key })).toMatchObject({
      ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId },
      Metadata: { 'signature-algorithm': 'SHA256withRSA' },
    })
    expect(await house.validate()).toMatchObject({ digests: 4, findings: [] })
  })

  it('writes one also when nothing happened, with nothing in it', async () => {
    await house.logging()
    await house.trail.putEventSelectors({
      TrailName: 'Default',
      AdvancedEventSelectors: [
        {
          FieldSelectors: [
            { Field: 'eventCategory', Equals: ['Management'] },
            { Field: 'eventName', Equals: ['NoSuchEvent'] },
          ],
        },
      ],
    })
    await house.pass(3 * HOUR_MS)
    const digests = await digestsOf(house)
    expect(digests).toHaveLength(3)
    for (const { digest } of digests) {
      expect(digest).toMatchObject({ newestEventTime: null, oldestEventTime: null, logFiles: [] })
    }
  })

  it('ends its chain when it stops, and begins another when it logs again', async () => {
    await house.logging()
    await house.hours(1)
    await house.pass(SLOT_MS)
    await house.trail.stopLogging({ Name: 'Default' })
    await house.pass(0)
    const [first, last] = await digestsOf(house)
    expect(last!.digest.previousDigestS3Object).toBe(first!.key)
    expect(last!.digest.logFiles.length).toBeGreaterThan(0)
    await house.pass(5 * HOUR_MS)
    expect(await digestsOf(house)).toHaveLength(2)
    await house.trail.startLogging({ Name: 'Default' })
    await house.hours(1)
    const digests = await digestsOf(house)
    expect(digests).toHaveLength(3)
    expect(digests[2]!.digest.previousDigestS3Object).toBeNull()
    await house.trail.deleteTrail({ Name: 'Default' })
    expect(await house.validate().catch(({ code }) => code)).toBe('TrailNotFoundException')
    await house.pass(0)
    expect(await digestsOf(house)).toHaveLength(4)
    house = await house.reopen()
    await house.pass(HOUR_MS)
    expect(await digestsOf(house)).toHaveLength(4)
  })

  it('has one last digest, also when the process dies between its put and its commit', async () => {
    await house.logging()
    await house.hours(1)
    await house.trail.stopLogging({ Name: 'Default' })
    let isBroken = false
    house = await house.reopen((store) => ({
      ...storeLike(store),
      async commit(entry) {
        if (entry.changes?.some((change) => 'drop' in change)) isBroken = true
        if (isBroken) throw new SealtrailError('StoreFailed', 'gone')
        await store.commit(entry)
      },
    }))
    await house.pass(0)
    expect(isBroken).toBe(true)
    const [, last, ...more] = await house.keys(DIGESTS)
    expect([last === undefined, more]).toEqual([false, []])
    const then = await house.object(last!)
    house = await house.reopen()
    await house.pass(HOUR_MS)
    expect((await house.keys(DIGESTS)).slice(1)).toEqual([last])
    expect(await house.object(last!)).toEqual(then)
    expect(await house.validate()).toMatchObject({ digests: 2, findings: [] })
  })

  it('ends its chain when nothing is validated any more, and begins another when it is again', async () => {
    await house.logging()
    await house.hours(1)
    await house.trail.updateTrail({ Name: 'Default', EnableLogFileValidation: false })
    await house.hours(2)
    expect(await house.keys(DIGESTS)).toHaveLength(2)
    await house.trail.updateTrail({ Name: 'Default', EnableLogFileValidation: true })
    await house.hours(1)
    const digests = await digestsOf(house)
    expect(digests.map(({ digest }) => digest.previousDigestS3Object)).toEqual([
      null,
      digests[0]!.key,
      null,
    ])
    const { uncovered, findings } = await house.validate()
    expect([uncovered > 0, findings]).toEqual([true, []])
  })

  it('goes on with its chain in another bucket, and validation follows it back', async () => {
    await house.logging()
    await house.hours(2)
    const [log] = await house.keys()
    await house.bucket('other-bucket', bucketPolicy('other-bucket'))
    const place = { S3BucketName: 'other-bucket', S3KeyPrefix: 'p' }
    await house.trail.updateTrail({ Name: 'Default', ...place })
    await house.hours(2)
    expect(await house.validate()).toMatchObject({ digests: 4, findings: [] })
    await house.s3.deleteObject({ Bucket: BUCKET, Key: log! })
    expect((await house.validate()).findings).toEqual([
      { kind: 'log file', problem: 'missing', object: `s3://${BUCKET}/${log}` },
    ])
  })

  it('signs with a new key after 90 days, and lists the old one', async () => {
    await house.logging()
    await house.pass(HOUR_MS)
    await house.trail.stopLogging({ Name: 'Default' })
    await house.pass(0)
    house.kms.clock.time += 91 * 24 * HOUR_MS
    await house.trail.startLogging({ Name: 'Default' })
    await house.pass(HOUR_MS)
    const fingerprints = (await digestsOf(house)).map(
      ({ digest }) => digest.digestPublicKeyFingerprint,
    )
    expect(new Set(fingerprints).size).toBe(2)
    const { PublicKeyList } = (await house.trail.listPublicKeys({
      StartTime: new Date(0),
      EndTime: new Date(house.kms.clock.time),
    })) as { PublicKeyList: Array<{ Fingerprint: string }> }
    const listed = PublicKeyList.map(({ Fingerprint }) => Fingerprint)
    expect(listed).toEqual([...new Set(fingerprints)])
    expect((await house.trail.listPublicKeys({})) as object).toMatchObject({
      PublicKeyList: [{ Fingerprint: fingerprints.at(-1) }],
    })
    expect(await house.validate()).toMatchObject({ findings: [] })
  })
})

describe('validation', () => {
  let house: TrailHouse
  let digests: string[]
  let logs: string[]
  const undo: Array<() => Promise<void>> = []
  beforeAll(async () => {
    house = await TrailHouse.open()
    await house.logging()
    await house.hours(6)
    digests = await house.keys(DIGESTS)
    logs = await house.keys()
  })
  afterEach(async () => {
    for (const back of undo.splice(0).reverse()) await back()
  })
  afterAll(() => house.remove())

  async function raw(Key: string) {
    const { Body, Metadata = {} } = (await house.s3.getObject({ Bucket: BUCKET, Key })) as {
      Body: Uint8Array
      Metadata?: Record<string, string>
    }
    const bytes = Body instanceof Uint8Array ? Body : await buffer(Body)
    return { bytes: Buffer.from(bytes), Metadata }
  }
  async function put(Key: string, Body: Uint8Array, Metadata: Record<string, string> = {}) {
    await house.s3.putObject({ Bucket: BUCKET, Key, Body, Metadata })
  }
  async function replace(key: string, bytes: Uint8Array, metadata?: Record<string, string>) {
    const old = await raw(key)
    undo.push(() => put(key, old.bytes, old.Metadata))
    await put(key, bytes, metadata ?? old.Metadata)
  }
  async function remove(Key: string) {
    const old = await raw(Key)
    undo.push(() => put(Key, old.bytes, old.Metadata))
    await house.s3.deleteObject({ Bucket: BUCKET, Key })
  }
  async function add(Key: string, bytes: Uint8Array, metadata = {}) {
    undo.push(async () => void (await house.s3.deleteObject({ Bucket: BUCKET, Key })))
    await put(Key, bytes, metadata)
  }
  async function found() {
    const { findings } = await house.validate()
    return findings.map(({ kind, problem, object }) => [
      kind,
      problem,
      object.slice(`s3://${BUCKET}/`.length),
    ])
  }

  it('finds nothing where nothing was done', async () => {
    expect(digests).toHaveLength(6)
    const told = await house.validate()
    expect(told).toEqual({ digests: 6, logFiles: logs.length, uncovered: 0, findings: [] })
  })

  it('finds a log file that was edited, deleted, or swapped with another', async () => {
    const { plain } = await house.object(logs[1]!)
    await replace(logs[1]!, gzipSync(plain.toString().replace('GenerateDataKey', 'ListKeys')))
    await remove(logs[2]!)
    await replace(logs[3]!, (await raw(logs[4]!)).bytes)
    expect((await found()).sort()).toEqual([
      ['log file', 'edited', logs[1]],
      ['log file', 'edited', logs[3]],
      ['log file', 'missing', logs[2]],
    ])
  })

  it('finds a log file that was cut, or has a second member of gzip', async () => {
    const { bytes } = await raw(logs[1]!)
    await replace(logs[1]!, bytes.subarray(0, bytes.length - 9))
    const second = (await raw(logs[2]!)).bytes
    await replace(logs[2]!, Buffer.concat([second, gzipSync('{}')]))
    expect((await found()).sort()).toEqual([
      ['log file', 'damaged', logs[1]],
      ['log file', 'damaged', logs[2]],
    ])
  })

  it('finds a file that nobody delivered, and one of a time before', async () => {
    const extra = logs[2]!.replace(/_[0-9A-Za-z]{16}\.json/, '_AAAAAAAAAAAAAAAA.json')
    await add(extra, gzipSync('{"Records":[]}'))
    expect(await found()).toEqual([['log file', 'unreferenced', extra]])
    const before = extra.replace(/_2026\d{4}T\d{4}Z_/, '_20250101T0000Z_')
    await add(before, gzipSync('{"Records":[]}'))
    expect(await house.validate()).toMatchObject({ uncovered: 1 })
  })

  it('finds a digest that was edited, moved, or swapped', async () => {
    const { plain, metadata } = await house.object(digests[1]!)
    const edited = JSON.parse(plain.toString())
    edited.logFiles = []
    await replace(digests[1]!, gzipSync(JSON.stringify(edited)), metadata)
    const other = await raw(digests[4]!)
    await replace(digests[3]!, other.bytes, other.Metadata)
    const problems = await found()
    expect(problems).toContainEqual(['digest', 'edited', digests[1]])
    expect(problems).toContainEqual(['digest', 'moved', digests[3]])
    expect(problems.filter(([kind]) => kind === 'digest')).toHaveLength(2)
  })

  it.each([
    ['one', [2]],
    ['two in a row', [2, 3]],
    ['the newest', [5]],
    ['the newest two', [4, 5]],
    ['the first', [0]],
    ['all', [0, 1, 2, 3, 4, 5]],
  ])('finds digests that were deleted: %s', async (_, which) => {
    for (const i of which) await remove(digests[i]!)
    const missing = (await found()).filter(([kind]) => kind === 'digest')
    expect(missing.sort()).toEqual(which.map((i) => ['digest', 'missing', digests[i]]))
  })

  it('finds a digest that somebody signed himself, or whose signature was taken away', async () => {
    const { plain, metadata } = await house.object(digests[5]!)
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(publicKey.asymmetricKeyType).toBe('rsa')
    const text = plain.toString().replace(/"logFiles":\[.*\]/, '"logFiles":[]')
    const { digestEndTime, previousDigestSignature } = JSON.parse(text)
    const toSign = `${digestEndTime}\n${BUCKET}/${digests[5]}\n${sha256(Buffer.from(text))}\n${previousDigestSignature}`
    const signature = sign('sha256', Buffer.from(toSign), privateKey).toString('hex')
    await replace(digests[5]!, gzipSync(text), { ...metadata, signature })
    const other = await house.object(digests[1]!)
    await replace(digests[1]!, gzipSync(other.plain), {})
    const problems = (await found()).filter(([kind]) => kind === 'digest')
    expect(problems).toEqual([
      ['digest', 'edited', digests[5]],
      ['digest', 'wrong signature', digests[1]],
    ])
  })

  it('finds a digest of ours put under another time', async () => {
    const backdated = digests[0]!.replace('T040000Z', 'T033000Z')
    const { bytes, Metadata } = await raw(digests[0]!)
    await add(backdated, bytes, Metadata)
    expect(await found()).toEqual([['digest', 'unreferenced', backdated]])
  })

  it('finds a digest with a second member of gzip, or one that was cut', async () => {
    const { bytes } = await raw(digests[1]!)
    await replace(digests[1]!, Buffer.concat([bytes, gzipSync('{}')]))
    const cut = await raw(digests[3]!)
    await replace(digests[3]!, cut.bytes.subarray(0, 40))
    const problems = (await found()).filter(([kind]) => kind === 'digest')
    expect(problems).toEqual([
      ['digest', 'damaged', digests[3]],
      ['digest', 'damaged', digests[1]],
    ])
  })
})
