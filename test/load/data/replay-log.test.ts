/** A log that is replayed by a run: as many arrivals as it has events, each in its order, when it is due. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import { readReplay } from '../../../src/load/data/replay-log.js'
import { ReplayStream } from '../../../src/load/data/replay-stream.js'
import { runLoad } from '../../../src/load/running/lead.js'
import { checkedScenario } from '../../../src/load/scenario/read.js'
import { ReplayPlan } from '../../../src/load/shape/replay-plan.js'
import { linesIn } from '../../../src/load/work/log-reading.js'
import { openSealtrail } from '../../../src/sealtrail.js'
import { temporaryFolder } from '../../support/serve.js'

const SAMPLES = 'test/data/cloudtrail-real'
const startMs = Date.UTC(2030, 0, 2, 3, 4, 5)
const temporary = temporaryFolder('replay-log')
const folder = temporary.path
const real = new Map<string, Record<string, unknown>>()
beforeAll(() => {
  mkdirSync(`${folder}/real`)
  for (const name of readdirSync(SAMPLES).filter((name) => name.endsWith('.json'))) {
    const file = readFileSync(`${SAMPLES}/${name}`)
    for (const record of JSON.parse(file.toString()).Records) real.set(record.eventID, record)
    writeFileSync(`${folder}/real/${name}.gz`, gzipSync(file))
  }
})
afterAll(() => temporary.remove())

const directory = () => `${folder}/real`
const write = (name: string, seconds: readonly number[]) => {
  const Records = seconds.map((second) => ({
    ...{ eventVersion: '1.08', eventID: `${name}-${second}`, recipientAccountId: '111122223333' },
    ...{ eventTime: new Date(startMs + second * 1000).toISOString().replace('.000', '') },
    ...{ awsRegion: 'us-east-1', eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' },
  }))
  mkdirSync(`${folder}/${name}`)
  writeFileSync(`${folder}/${name}/1.json.gz`, gzipSync(JSON.stringify({ Records })))
}

describe('a log that is replayed', () => {
  it('fits into its time when no speed is given, and is never slower than it was', async () => {
    write('short', [0, 1, 1, 4])
    const asked = { directory: `${folder}/short`, startMs, speed: undefined }
    const fast = await readReplay({ ...asked, durationMs: 2000 })
    expect([fast.speed, fast.dueMs, fast.events]).toEqual([2, [0, 500, 2000], [1, 3, 4]])
    const slow = await readReplay({ ...asked, durationMs: 60_000 })
    expect([slow.speed, slow.dueMs]).toEqual([1, [0, 1000, 4000]])
    const given = await readReplay({ ...asked, durationMs: 60_000, speed: 0.5 })
    expect(given.dueMs).toEqual([0, 2000, 8000])
  })

  it('has its arrivals when its events are due, and none behind the end', () => {
    const plan = new ReplayPlan({ dueMs: [0, 500, 2000], events: [1, 3, 4] }, 1000)
    const counts = [-1, 0, 499, 500, 999, 1000, 5000].map((ms) => plan.arrivalsBy(ms))
    expect(counts).toEqual([0, 1, 1, 3, 3, 3, 3])
    expect(plan.meanRate(0)).toBe(3)
  })

  it('gives each event once, in order, and its longest has room', async () => {
    const log = await readReplay({
      directory: directory(),
      startMs,
      speed: undefined,
      durationMs: 1,
    })
    const stream = new ReplayStream(log)
    await stream.open()
    const room = new Uint8Array(log.eventBytesMax)
    const ids = new Set<string>()
    let last = ''
    for (let left = log.events.at(-1)!; left > 0; left--) {
      while (!stream.isReady) await new Promise((resolve) => setImmediate(resolve))
      const event = JSON.parse(Buffer.from(room.subarray(0, stream.next(room))).toString())
      ids.add(event.eventID)
      last = event.eventTime
    }
    expect(ids).toEqual(new Set(real.keys()))
    expect(last.slice(0, 10)).toBe('2030-01-02')
    await new Promise((resolve) => setImmediate(resolve))
    expect([stream.isReady, stream.next(room)]).toEqual([false, 0])
    stream.close()
  })

  it('that can no longer be read says so at its end', async () => {
    const log = await readReplay({ directory: directory(), startMs, speed: 1, durationMs: 1 })
    const stream = new ReplayStream({ ...log, directory: `${folder}/nowhere` })
    await stream.open()
    expect(stream.isReady).toBe(false)
    expect(() => stream.close()).toThrow('the directory of log files cannot be read')
  })

  it('into which others write longer events meanwhile ends, and says why', async () => {
    write('grows', [0])
    const asked = { directory: `${folder}/grows`, startMs, speed: 1, durationMs: 1 }
    const stream = new ReplayStream({ ...(await readReplay(asked)), eventBytesMax: 100 })
    await stream.open()
    expect(stream.isReady).toBe(false)
    expect(() => stream.close()).toThrow('were changed while they were replayed')
  })

  it('without an event is refused', async () => {
    write('nothing', [])
    const asked = { directory: `${folder}/nothing`, startMs, speed: 1, durationMs: 1 }
    await expect(readReplay(asked)).rejects.toMatchObject({ code: 'InputInvalid' })
  })

  it('is not read on when nobody wants it any more', async () => {
    const asked = { directory: directory(), startMs, speed: 1, durationMs: 1 }
    const reason = new Error('stopped')
    await expect(readReplay(asked, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it.each(['embedded', 'directory'])(
    'is in the log files of a run whole, as it was, and told as of now: %s',
    async (kind) => {
      const begun = Date.now()
      const place = kind === 'embedded' ? { dataDir: `${folder}/house` } : { path: `${folder}/dir` }
      const scenario = checkedScenario(
        {
          ...{ target: { kind, ...place }, work: [{ kind: 'logs.write', batchAge: '200ms' }] },
          ...{ shape: { kind: 'replay', directory: directory() }, duration: '1s', check: 1 },
        },
        'the test',
      )
      const { report } = await runLoad(scenario, {
        ...{ clock: systemClock, access: undefined, out: undefined, onBegin: () => undefined },
        signal: new AbortController().signal,
      })
      expect([report.ended, report.totals.ok, report.plannedRate]).toEqual(['complete', 2900, 2900])
      const lost = report.checks.find(({ name }) => name.startsWith('no event'))
      expect(lost).toMatchObject({ count: 2900, failed: 0 })
      if (kind === 'directory') return
      for (const event of await eventsOf(`${folder}/house`)) {
        const { eventTime } = event
        expect({ ...event, eventTime: '' }).toEqual({
          ...real.get(`${event.eventID}`),
          eventTime: '',
        })
        expect(Date.parse(`${eventTime}`)).toBeGreaterThan(begun - 5000)
        expect(Date.parse(`${eventTime}`)).toBeLessThan(begun + 60_000)
      }
    },
  )
})

async function eventsOf(dataDir: string): Promise<Array<Record<string, unknown>>> {
  const house = await openSealtrail({ dataDir })
  const { trailList } = (await house.cloudtrail.describeTrails({})) as {
    trailList: Array<{ S3BucketName: string }>
  }
  const Bucket = trailList[0]!.S3BucketName
  const { Contents = [] } = (await house.s3.listObjectsV2({ Bucket, Prefix: 'AWSLogs/' })) as {
    Contents?: Array<{ Key: string }>
  }
  const events: Array<Record<string, unknown>> = []
  for (const { Key } of Contents.filter(({ Key }) => Key.endsWith('.json.gz'))) {
    const { Body } = (await house.s3.getObject({ Bucket, Key })) as { Body: Uint8Array }
    for (const line of linesIn(gunzipSync(Body))) events.push(JSON.parse(line.toString()))
  }
  await house.close()
  expect(events).toHaveLength(2900)
  return events
}
