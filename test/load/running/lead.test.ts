/** A run led from beginning to end: what is wanted meanwhile, when it is steady, when its target is gone. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import { Counts } from '../../../src/load/recording/counts.js'
import type { Window } from '../../../src/load/report/run.js'
import { isLost, isSteady } from '../../../src/load/running/judging.js'
import { runLoad } from '../../../src/load/running/lead.js'
import type { Sender } from '../../../src/load/running/sender.js'
import { Windows } from '../../../src/load/running/windows.js'
import { checkedScenario } from '../../../src/load/scenario/read.js'
import { openSealtrail } from '../../../src/sealtrail.js'
import { temporaryFolder } from '../../support/serve.js'
import { childrenOf } from './children.js'
import { memoryTarget, sendTo } from './memory-target.js'

const folder = temporaryFolder('load-lead')
afterAll(() => folder.remove())

const around = () => ({
  ...{ clock: systemClock, access: { accessKeyId: 'a', secretAccessKey: 'b' }, out: undefined },
  ...{ signal: new AbortController().signal, onBegin: () => undefined },
})
const scenario = (more: object) =>
  checkedScenario(
    {
      ...{ target: { kind: 'embedded' }, work: [{ kind: 'kms.Encrypt' }], duration: '1s' },
      ...{ shape: { kind: 'constant', rate: 50 }, ...more },
    },
    'the test',
  )
const window = (more: object): Window => {
  const latency = { ...{ count: 1, min: 1, mean: 1, max: 1, p50: 1, p90: 1, p99: 100, p999: 1 } }
  return {
    ...{ at: 0, ms: 1000, planned: 100, sent: 100, ok: 100, errors: {}, dropped: 0, inFlight: 0 },
    ...{ bytes: 0, corrected: latency, raw: latency, clientCpu: 0, target: null, ...more },
  }
}

/** Returns when it has ended: nothing of the run happens meanwhile, and its end is what this process hears next. */
const killNow = (pid: number) => {
  process.kill(pid, 'SIGKILL')
  const pause = new Int32Array(new SharedArrayBuffer(4))
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) Atomics.wait(pause, 0, 0, 5)
}

describe('a run', () => {
  it('sends as many times its plan as somebody wants, and says what it was', async () => {
    const onBegin = (change: (factor: number) => void) => change(3)
    const { report } = await runLoad(scenario({}), { ...around(), onBegin })
    expect([report.totals.planned, report.totals.ok]).toEqual([150, 150])
    expect(report.plannedRate).toBeCloseTo(150, 0)
  })

  it('has log files of its own events in an embedded house, whose trail delivers nothing else', async () => {
    const dataDir = `${folder.path}/house`
    const target = { kind: 'embedded', dataDir }
    const work = [{ kind: 'logs.write', batchAge: '50ms' }]
    const { report } = await runLoad(scenario({ target, work, duration: '300ms' }), around())
    expect(report.ended).toBe('complete')
    const house = await openSealtrail({ dataDir })
    const selected = await house.cloudtrail.getEventSelectors({ TrailName: 'load' })
    await house.close()
    expect(selected).toMatchObject({ EventSelectors: [{ IncludeManagementEvents: false }] })
  })

  it('is given up when its target answers nothing well any more', async () => {
    let asked = 0
    // Makes a key, and then nothing.
    const server = createServer((_, answer) => {
      const key = { KeyMetadata: { Arn: 'arn', AWSAccountId: '111122223333' } }
      if (asked++ === 0) return answer.end(JSON.stringify(key))
      answer.statusCode = 500
      return answer.end('{"__type":"KMSInternalException"}')
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const target = { kind: 'aws', kms: `http://127.0.0.1:${port}`, s3: `http://127.0.0.1:${port}` }
    const { report, notes } = await runLoad(
      scenario({ target, duration: '60s', window: '100ms' }),
      around(),
    )
    asked = 0
    const short = await runLoad(scenario({ target, duration: '200ms' }), around())
    server.close()
    // Too short to be given up, and nothing that passes.
    expect(short.report.ended).toBe('failed')
    expect(report.ended).toBe('aborted')
    expect(report.totals.errors.KMSInternalException).toBeGreaterThan(5)
    expect(notes.join()).toContain('given up')
  })

  it.runIf(process.platform === 'linux')(
    'is given up when the server that was started for it is killed, however short it is',
    async () => {
      const target = { kind: 'server', dataDir: `${folder.path}/killed` }
      let isKilled = false
      const onWindow = ({ ok }: Window) => {
        if (isKilled || ok === 0) return
        isKilled = true
        killNow(childrenOf('server/process.js')[0]!)
      }
      const short = scenario({ target, duration: '1500ms', window: '100ms' })
      const { report, notes } = await runLoad(short, { ...around(), onWindow })
      expect(report.totals.ok).toBeGreaterThan(0)
      expect(report.ended).toBe('aborted')
      expect(notes.join()).toContain('ended: SIGKILL')
    },
  )

  it.runIf(process.platform === 'linux')(
    'whose target is asked by several processes ends with what the others counted when one is killed',
    async () => {
      let [isKilled, answered] = [false, 0]
      const onWindow = ({ ok }: Window) => {
        answered += ok
        // Each of the three has some by then.
        if (isKilled || answered < 60) return
        process.kill(childrenOf('running/client-process.js')[0]!, 'SIGKILL')
        isKilled = true
      }
      const target = { kind: 'server' }
      const long = scenario({ target, clients: 3, duration: '60s', window: '100ms' })
      const { report, notes } = await runLoad(long, { ...around(), onWindow })
      expect(report.ended).toBe('aborted')
      expect(report.totals.ok).toBeGreaterThan(0)
      const shown = report.windows.reduce((sum, { ok }) => sum + ok, 0)
      expect(shown).toBeGreaterThan(report.totals.ok)
      expect(notes.join()).toContain('a process that sends ended: SIGKILL: the run was given up')
    },
  )

  it('of which nothing came has shown nothing', async () => {
    const idle = { shape: { kind: 'constant', rate: 0.001 }, duration: '100ms' }
    const { report } = await runLoad(scenario(idle), around())
    expect([report.totals.planned, report.ended]).toEqual([0, 'failed'])
  })

  it.runIf(process.platform === 'linux')(
    'whose raw log has no room says so, and all that it measured',
    async () => {
      const out = `${folder.path}/full`
      mkdirSync(out)
      symlinkSync('/dev/full', `${out}/raw-0.csv`)
      const { report } = await runLoad(scenario({ raw: true }), { ...around(), out })
      expect([report.ended, report.totals.ok]).toEqual(['failed', 50])
      const { examples } = report.checks.find(({ name }) => name === 'the raw log is whole')!
      expect(examples.join()).toContain('ENOSPC')
    },
  )

  it('that ends early says the rate that there was, not what its plan had still to come', async () => {
    const controller = new AbortController()
    const ramp = { shape: { kind: 'ramp', from: 20, to: 2000 }, duration: '60s', window: '100ms' }
    const onWindow = () => controller.abort()
    const { signal } = controller
    const { report } = await runLoad(scenario(ramp), { ...around(), signal, onWindow })
    expect(report.ended).toBe('interrupted')
    expect(report.plannedRate).toBeLessThan(100)
  })

  it('that is stopped in its warm-up has rates of nothing', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const onBegin = () => setTimeout(() => controller.abort(), 100)
    const run = runLoad(scenario({ warmup: '60s' }), { ...around(), signal, onBegin })
    const { plannedRate, totals } = (await run).report
    expect([plannedRate, totals.ok, totals.seconds]).toEqual([0, 0, 0])
  })

  it('that is stopped while its target does not answer does not wait for it', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const silent = createServer(() => controller.abort(new Error('stopped by Ctrl-C')))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const target = { kind: 'server', url: `http://127.0.0.1:${port}` }
    const run = runLoad(scenario({ target }), { ...around(), signal })
    await expect(run).rejects.toThrow('stopped by Ctrl-C')
    silent.closeAllConnections()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('that is stopped while it looks behind its answers ends, and says that it was stopped', async () => {
    const never = memoryTarget()
    const list: typeof never.objects = { ...never.objects!, list: () => undefined }
    const plan = { shape: { kind: 'constant', rate: 50 }, duration: '100ms', stop: {} }
    const put = { kind: 's3.PutObject' }
    const stop = (sender: Sender) => setTimeout(() => sender.stop('interrupted'), 300)
    const { checks } = await sendTo({ ...never, objects: list }, put, 1, plan, stop)
    expect(checks.map(({ failed }) => failed)).toEqual([0])
  })

  it('that is stopped before it began says so', async () => {
    const controller = new AbortController()
    controller.abort(new Error('stopped by SIGINT'))
    const stopped = runLoad(scenario({}), { ...around(), signal: controller.signal })
    await expect(stopped).rejects.toThrow('stopped by SIGINT')
  })
})

describe('windows', () => {
  it('of several processes are one when all have told theirs, and the target is asked once', () => {
    const counts = (ok: number) => Object.assign(new Counts(), { ok }).data()
    const part = (index: number, ok: number) => ({
      ...{ index, at: index * 1000, ms: 1000, inFlight: 2, clientCpu: 0.5, ...counts(ok) },
    })
    let asked = 0
    const windows = new Windows(2, () => {
      asked++
      return null
    })
    expect(windows.add(0, part(0, 5))).toEqual([])
    expect(windows.add(1, part(0, 7))).toMatchObject([{ ok: 12, inFlight: 4, clientCpu: 1 }])
    expect(windows.add(1, part(1, 1))).toEqual([])
    expect(windows.done(0)).toMatchObject([{ ok: 1, at: 1000, ms: 1000 }])
    expect([asked, windows.whole.length]).toEqual([2, 2])
  })

  it('are steady when throughput and p99 of the last ones lie close together', () => {
    const steady = { windows: 3, percent: 5 }
    const alike = [window({ ok: 1 }), window({}), window({ ok: 103 }), window({ ok: 99 })]
    expect(isSteady(alike, steady)).toBe(true)
    expect(isSteady(alike.slice(0, 3), steady)).toBe(false)
    expect(isSteady(alike, undefined)).toBe(false)
    const tail = { ...window({}).corrected, p99: 120 }
    expect(isSteady([...alike, window({ corrected: tail })], steady)).toBe(false)
  })

  it('show a lost target when five in a row, and five seconds, have errors only', () => {
    const barren = window({ ok: 0, errors: { ECONNREFUSED: 3 } })
    expect(isLost(Array(5).fill(barren))).toBe(true)
    expect(isLost([...Array(4).fill(barren), window({})])).toBe(false)
    const short = window({ ok: 0, errors: { SlowDown: 3 }, ms: 10 })
    expect(isLost(Array(499).fill(short))).toBe(false)
    expect(isLost(Array(500).fill(short))).toBe(true)
    expect(isLost(Array(5).fill(window({ ok: 0 })))).toBe(false)
  })
})
