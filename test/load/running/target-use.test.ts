/** What a run says of its target's process: of the right one, and no more than is known. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import { Counts } from '../../../src/load/recording/counts.js'
import { Latencies } from '../../../src/load/recording/latencies.js'
import { environment } from '../../../src/load/recording/machine.js'
import type { RunReport } from '../../../src/load/report/run.js'
import { runLoad } from '../../../src/load/running/lead.js'
import type { Machine } from '../../../src/load/running/machine.js'
import { checkedScenario } from '../../../src/load/scenario/read.js'
import { startServer, temporaryFolder } from '../../support/serve.js'

const folder = temporaryFolder('load-target-use')
afterAll(() => folder.remove())

const loaded = async (target: object, more: object = {}): Promise<RunReport> => {
  const given = {
    ...{ target, work: [{ kind: 'kms.GenerateDataKey' }], duration: '1s', window: '250ms' },
    ...{ shape: { kind: 'closed', users: 2 }, warmup: '300ms', check: 0, ...more },
  }
  const { report } = await runLoad(checkedScenario(given, 'the test'), {
    ...{ clock: systemClock, access: { accessKeyId: 'a', secretAccessKey: 'b' }, out: undefined },
    ...{ signal: new AbortController().signal, onBegin: () => undefined },
  })
  return report
}
const syncsOf = ({ windows }: RunReport) => windows.map(({ target }) => target?.fsyncs)
const sum = (numbers: ReadonlyArray<number | null | undefined>) =>
  numbers.reduce<number>((sum, one) => sum + (one ?? Number.NaN), 0)
const threadsOf = (pid: number) =>
  Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

describe.runIf(process.platform === 'linux')('a target that is', () => {
  it.each([
    ['embedded', { kind: 'embedded' }],
    ['a server that was started', { kind: 'server' }],
  ])(
    '%s has waited for the disk in each window, in all as often as the windows say',
    async (_, target) => {
      const report = await loaded(target)
      expect(report.totals.ok).toBeGreaterThan(0)
      // Two at a time: each block of the journal has one record, or both.
      expect(report.target?.fsyncs).toBeGreaterThanOrEqual(report.totals.ok / 2)
      expect(sum(syncsOf(report))).toBe(report.target?.fsyncs)
      for (const { target: use } of report.windows) {
        // Nothing may be answered in the last one.
        expect(use?.fsyncs).toEqual(expect.any(Number))
        expect(use?.rssBytes).toBeGreaterThan(30 << 20)
      }
      const most = Math.max(...report.windows.map(({ target }) => target?.rssBytes ?? 0))
      expect(report.target?.rssBytesMax).toBe(most)
      const cpu = report.windows.reduce((sum, { ms, target }) => sum + (target?.cpu ?? 0) * ms, 0)
      expect(report.target?.cpuSeconds).toBeCloseTo(cpu / 1000, 0)
    },
  )

  it('at a url of this machine is seen as its own process', async () => {
    const dataDir = `${folder.path}/served`
    const server = await startServer(dataDir)
    const credentials = `${dataDir}/credentials`
    const report = await loaded({ kind: 'server', url: server.url, credentials })
    const threads = threadsOf(server.child.pid!)
    await server.stop()
    expect(threads).not.toBe(threadsOf(process.pid))
    expect(report.windows.map(({ target }) => target?.threads)).toContain(threads)
    expect(report.target?.fsyncs).toBeGreaterThanOrEqual(report.totals.ok / 2)
    expect(sum(syncsOf(report))).toBe(report.target?.fsyncs)
  })

  it('no sealtrail server has threads and memory, and nobody knows its syncs', async () => {
    const key = { KeyMetadata: { Arn: 'arn', AWSAccountId: '111122223333' } }
    const answer = {
      ...key,
      Plaintext: Buffer.alloc(32).toString('base64'),
      CiphertextBlob: 'AA==',
    }
    const stranger = createServer((_, response) => response.end(JSON.stringify(answer)))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
    const report = await loaded({ kind: 'aws', kms: url, s3: url })
    stranger.closeAllConnections()
    stranger.close()
    expect(report.target).toMatchObject({ threadsMax: threadsOf(process.pid), fsyncs: null })
    expect(new Set(syncsOf(report))).toEqual(new Set([null]))
  })

  it('asked from other machines is watched from when they begin, and not from when they were told to', async () => {
    const key = { KeyMetadata: { Arn: 'arn', AWSAccountId: '111122223333' } }
    const server = createServer((_, answer) => answer.end(JSON.stringify(key)))
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const counts = new Counts().data()
    const lateness = new Latencies().summary()
    // The target, which is this process, is busy until they begin, and idle then.
    const run = async (at: number) => {
      while (Date.now() < at) await new Promise((resolve) => setImmediate(resolve))
      await wait(300)
      hear({ index: 0, at: 0, ms: 300, inFlight: 0, clientCpu: 0, ...counts })
      const seconds = { seconds: 0.3, plannedSeconds: 0.3, begunLateMs: 0 }
      return { warmup: counts, operations: {}, checks: [], lateness, ...seconds }
    }
    let hear: Parameters<Machine['client']>[2]
    const nothing = () => undefined
    const machine: Machine = {
      ...{ name: '127.0.0.1:1', environment: environment(null), clock: null },
      client(_options, _address, onWindow) {
        hear = onWindow
        const client = { prepare: async () => undefined, stop: nothing, change: nothing }
        return { ...client, run: (at = 0) => run(at), close: async () => undefined }
      },
    }
    const given = {
      ...{ target: { kind: 'server', url: `http://127.0.0.1:${port}` }, machines: [machine.name] },
      ...{ work: [{ kind: 'kms.Encrypt' }], shape: { kind: 'constant', rate: 1 } },
    }
    const { report } = await runLoad(checkedScenario({ ...given, duration: '300ms' }, 'it'), {
      ...{ clock: systemClock, access: { accessKeyId: 'a', secretAccessKey: 'b' }, out: undefined },
      ...{ signal: new AbortController().signal, onBegin: nothing, machines: [machine] },
    })
    server.close()
    expect(report.target?.cpuSeconds).toBeLessThan(0.2)
  })
})
