/** What must hold of a target's answers: one that does less than it says is found out, however fast it is. */
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import { openAddress } from '../../../src/load/targets/open-address.js'
import type { KmsRecords } from '../../../src/load/targets/records.js'
import { asked, type KmsCalls, type ObjectCalls } from '../../../src/load/targets/target.js'
import { openSealtrail } from '../../../src/sealtrail.js'
import { temporaryFolder } from '../../support/serve.js'
import { type Faults, memoryTarget, sendTo } from './memory-target.js'

const PUT = { kind: 's3.PutObject', size: '1KiB' }
const GET = { kind: 's3.GetObject', size: '1KiB', objects: 50 }
const WRITE = { kind: 'logs.write', batchBytes: '64KiB', batchAge: '10ms' }

const failuresOf = async (faults: Faults, work: object, operations: number, more = {}) => {
  const { checks } = await sendTo(memoryTarget(faults), work, operations, more)
  expect(checks.length).toBeGreaterThan(0)
  return Object.fromEntries(
    checks.filter(({ failed }) => failed > 0).map(({ name, failed }) => [name, failed]),
  )
}

describe('a target that does what it says', () => {
  it.each([
    ...[
      PUT,
      GET,
      WRITE,
      { kind: 's3.PutObject', sizes: { kind: 'log2', least: '16B', most: '64KiB' } },
      { kind: 's3.GetObject', sizes: { kind: 'real' }, objects: 50 },
      { kind: 's3.ListObjectsV2', objects: 20 },
      { kind: 'logs.read', files: 3 },
    ],
    ...[{ kind: 'kms.Decrypt', contexts: 3 }, { kind: 'kms.Encrypt' }, { kind: 'kms.Sign' }],
    { kind: 'kms.GenerateDataKey', context: { a: 'b' } },
    { kind: 'cloudtrail-data.PutAuditEvents', events: 7 },
  ])('passes: $kind', async (work) => {
    expect(await failuresOf({}, work, 400)).toEqual({})
  })
})

describe('a target', () => {
  it('that answers late is not told to be fast', async () => {
    const target = memoryTarget()
    const send: KmsCalls['send'] = (request, done) => {
      setTimeout(() => target.kms!.send(request, done), 400)
    }
    const slow = { ...target, kms: { ...target.kms!, send } }
    const planned = { shape: { kind: 'constant', rate: 500 }, duration: '100ms', stop: {} }
    const { seconds } = await sendTo(slow, { kind: 'kms.Encrypt' }, 1, { ...planned, check: 0 })
    expect(seconds).toBeGreaterThan(0.4)
  })

  it('stores what was given in the warm-up, which is counted apart', async () => {
    const more = { shape: { kind: 'constant', rate: 200 }, duration: '100ms', warmup: '300ms' }
    const { warmup, operations } = await sendTo(memoryTarget(), WRITE, 20, more)
    const { bytes, storedBytes } = operations['logs.write']!
    expect(warmup.storedBytes).toBeGreaterThan(warmup.bytes / 2)
    // What is stored is not compressed there.
    expect(storedBytes).toBeLessThan(bytes * 1.5)
  })

  it('that stores the warm-up and what is behind it in one log file stores a share for each', async () => {
    const all = { kind: 'logs.write', batchBytes: '1MiB', batchAge: '1h' }
    const more = { shape: { kind: 'constant', rate: 200 }, duration: '100ms', warmup: '300ms' }
    const { warmup, operations } = await sendTo(memoryTarget(), all, 20, more)
    const { ok, bytes, storedBytes } = operations['logs.write']!
    expect([warmup.ok, ok]).toEqual([60, 20])
    const head = '{"Records":['.length
    expect(Math.abs(warmup.storedBytes! - warmup.bytes)).toBeLessThan(2 * head)
    expect(Math.abs(storedBytes! - bytes)).toBeLessThan(2 * head)
  })

  it('that loses one object of a thousand is found out, though few are read back', async () => {
    const failures = await failuresOf({ losesEach: 1000 }, PUT, 2000, { check: 0.001 })
    expect(failures).toMatchObject({ 's3 lists what was put': 2 })
  })

  it('that gives another object is found out', async () => {
    expect(await failuresOf({ mixesEach: 100 }, GET, 400)).toEqual({
      's3 gives back what was put': 4,
    })
    expect(await failuresOf({ mixesEach: 100 }, PUT, 400)).toEqual({
      's3 gives back what was put': 4,
    })
  })

  it('that says which object it gave instead is told of so', async () => {
    const { checks } = await sendTo(memoryTarget({ mixesEach: 100 }), GET, 400)
    expect(checks[0]?.examples[0]).toMatch(/^get\/0-0\/\d{9} is number \d+ of process 0$/)
  })

  it('that takes any encryption context is found out', async () => {
    const failures = await failuresOf({ anyContext: true }, { kind: 'kms.Encrypt' }, 100)
    expect(failures).toEqual({ 'kms refuses another context': 100 })
  })

  it('that loses a log file is found out', async () => {
    const { 'no event that was acknowledged is lost': lost } = await failuresOf(
      { losesEach: 3 },
      WRITE,
      400,
    )
    expect(lost).toBeGreaterThan(0)
  })

  it('that keeps one log file twice, and another not at all, is found out', async () => {
    const failures = await failuresOf({ repeatsEach: 3 }, WRITE, 400)
    expect(Object.keys(failures)).toEqual(['no event that was acknowledged is lost'])
  })

  it('that loses a log file is found out when few are read back', async () => {
    const failures = await failuresOf({ losesEach: 3 }, WRITE, 400, { check: 0.01 })
    expect(Object.keys(failures)).toEqual(['log files that were acknowledged are listed'])
  })

  it('that gives an empty log file in the run is found out, and before it at once', async () => {
    const read = { kind: 'logs.read', files: 3 }
    const failures = await failuresOf({ emptiesEach: 10 }, read, 100, { check: 0 })
    expect(failures).toEqual({ 'log files are read as they were written': 10 })
    const prepared = failuresOf({ emptiesEach: 3 }, read, 100)
    await expect(prepared).rejects.toThrow('of 600 events that were put in log files')
  })

  it('that takes any signature is found out', async () => {
    const failures = await failuresOf({ anySignature: true }, { kind: 'kms.Sign' }, 100)
    expect(failures).toEqual({ 'kms.Verify refuses another message': 100 })
  })

  it('that gives a data key twice is found out', async () => {
    const failures = await failuresOf({ sameKey: true }, { kind: 'kms.GenerateDataKey' }, 100)
    expect(failures).toEqual({ 'kms gives each data key once': 99 })
  })

  it('that lists other keys, and as many, is found out', async () => {
    const target = memoryTarget()
    const list: typeof target.objects = {
      ...target.objects!,
      list: (prefix, after, done) =>
        target.objects!.list(prefix, after, (code, keys) =>
          done(code, keys && [...keys.slice(1), `${keys.at(-1)}0`]),
        ),
    }
    const work = { kind: 's3.ListObjectsV2', objects: 20 }
    const { checks } = await sendTo({ ...target, objects: list }, work, 50)
    expect(checks).toMatchObject([{ name: 's3 lists what was put', count: 50, failed: 50 }])
  })

  it.each([
    ['loses', 'lost', { 'events that were put are in log files': 4 }],
    [
      'changes',
      'another',
      { 'events are kept as they were put': 4, 'events that were put are in log files': 4 },
    ],
    [
      'mixes up',
      'renamed',
      { 'events are kept as they were put': 4, 'events that were put are in log files': 4 },
    ],
    ['keeps twice', 'twice', { 'events are kept as they were put': 4 }],
  ] as const)('that %s an event of PutAuditEvents is found out', async (_, become, expected) => {
    const work = { kind: 'cloudtrail-data.PutAuditEvents', events: 5 }
    const failures = await failuresOf({ events: { each: 100, become } }, work, 80)
    expect(failures).toEqual(expected)
  })

  it('has few of its events looked for where few are asked for, and those whole', async () => {
    const work = { kind: 'cloudtrail-data.PutAuditEvents', events: 5 }
    const { checks } = await sendTo(memoryTarget(), work, 200, { check: 0.1 })
    expect(checks.map(({ count, failed }) => [count, failed])).toEqual([
      ...[
        [100, 0],
        [100, 0],
      ],
    ])
  })

  it('that changes an event is found out', async () => {
    const failures = await failuresOf({ changesEvents: true }, WRITE, 400)
    expect(failures).toHaveProperty('log files hold the events that were given')
  })
})

describe('records', () => {
  const folder = temporaryFolder('load-records')
  afterAll(() => folder.remove())

  it('are there of each call, and one that is not is found out', async () => {
    const dataDir = `${folder.path}/data`
    const house = await openSealtrail({ dataDir })
    const { url, created } = await house.listen({ port: 0 })
    const { KeyMetadata } = await house.kms.createKey({})
    await house.s3.createBucket({ Bucket: 'logs' })
    const { accessKeyId, secretAccessKey } = created!
    const target = openAddress(
      {
        ...{ kms: url, s3: url, cloudtrail: url, cloudtrailData: url, region: 'us-east-1' },
        ...{ keyId: KeyMetadata.Arn, signingKeys: {}, account: '000000000000' },
        ...{ bucket: 'logs', channelArn: '', eventLogs: undefined },
        ...{ access: { accessKeyId, secretAccessKey }, prefix: '', dataDir },
      },
      ...([0, 8, systemClock] as const),
    )
    await target.records!.begin()
    const request = target.kms!.request('GenerateDataKey', {
      ...{ KeyId: target.keyId, KeySpec: 'AES_256' },
    })
    for (let i = 0; i < 20; i++) await asked((done) => target.kms!.send(request, done))
    const body = Buffer.from('an object')
    for (const encryption of ['SSE-KMS', 'SSE-S3'] as const) {
      await asked<void>((done) => target.objects!.put('a/b c', body, encryption, done))
    }
    const both = ['each call has its record', 'each object has the record of its data key']
    expect(await target.records!.check()).toMatchObject([
      ...[{ name: both[0], count: 20, failed: 0 }],
      ...[{ name: both[1], count: 1, failed: 0 }],
    ])
    const records = target.records as KmsRecords
    records.acknowledged(randomUUID())
    const acknowledging: ObjectCalls = {
      ...target.objects!,
      put: (_, __, ___, done) => done(undefined),
    }
    const noted = records.noting(acknowledging, (key) => `arn:aws:s3:::logs/${key}`)
    await asked<void>((done) => noted.put('never', body, 'SSE-KMS', done))
    expect(await target.records!.check()).toMatchObject([
      ...[
        { count: 21, failed: 1, examples: [expect.stringContaining('no record of the request')] },
      ],
      ...[{ count: 2, failed: 1, examples: ['1 of 2 objects'] }],
    ])
    await target.close()
    await house.close()
  })
})
