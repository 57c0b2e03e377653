/** A run of several processes that is stopped from outside: there is a report of it, and nothing is left over. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import type { RunReport, Window } from '../../../src/load/report/run.js'
import { runLoad } from '../../../src/load/running/lead.js'
import { checkedScenario } from '../../../src/load/scenario/read.js'
import { childrenOf } from './children.js'

describe('a run of several processes', () => {
  it.each<readonly [string, NodeJS.Signals]>([
    ['a service manager that tells each of them', 'SIGTERM'],
    ['Ctrl-C, which a terminal tells each of them', 'SIGINT'],
  ])('has its report when it is stopped by %s', async (_, signal) => {
    const what = ['--target', 'server', '--work', 'kms.Encrypt', '--rate', '50', '--clients', '2']
    const args = ['dist/cli/main.js', 'load', '--json', ...what, '--duration', '60s']
    const running = spawn(process.execPath, args, {
      ...{ detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    })
    const pieces: Buffer[] = []
    running.stdout!.on('data', (piece) => pieces.push(piece))
    let isStopped = false
    createInterface(running.stderr!).on('line', (line) => {
      if (isStopped || !line.startsWith('{') || JSON.parse(line).ok === 0) return
      isStopped = true
      process.kill(-running.pid!, signal)
    })
    const [code] = await once(running, 'close')
    const report = JSON.parse(Buffer.concat(pieces).toString()) as RunReport
    expect([code, report.ended]).toEqual([1, 'interrupted'])
    const { ok } = report.totals
    expect(ok).toBeGreaterThan(0)
    expect(report.windows.reduce((sum, window) => sum + window.ok, 0)).toBe(ok)
  })

  it.runIf(process.platform === 'linux')(
    'ends when one of them does not: he is given up, and the others are told',
    async () => {
      const controller = new AbortController()
      let isStopped = false
      const onWindow = ({ ok }: Window) => {
        if (isStopped || ok < 4) return
        isStopped = true
        process.kill(childrenOf('running/client-process.js')[0]!, 'SIGSTOP')
        controller.abort()
      }
      const given = {
        ...{ target: { kind: 'server' }, work: [{ kind: 'kms.Encrypt' }], clients: 2 },
        ...{ shape: { kind: 'constant', rate: 50 }, duration: '60s', window: '200ms' },
      }
      const { report, notes } = await runLoad(checkedScenario(given, 'the test'), {
        ...{ clock: systemClock, access: undefined, signal: controller.signal, out: undefined },
        ...{ onBegin: () => undefined, onWindow },
      })
      expect(report.ended).toBe('interrupted')
      expect(report.totals.ok).toBeGreaterThan(0)
      expect(notes.join()).toContain('a process that sends did not end within 15 s')
    },
  )

  it('fails once, when it is stopped before its processes are ready', async () => {
    const controller = new AbortController()
    const key = { KeyMetadata: { Arn: 'arn', AWSAccountId: '111122223333' } }
    // Stopped while the target is made ready.
    const server = createServer((_, answer) => {
      controller.abort(new Error('stopped by SIGINT'))
      answer.end(JSON.stringify(key))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const target = { kind: 'aws', kms: `http://127.0.0.1:${port}`, s3: `http://127.0.0.1:${port}` }
    const work = [{ kind: 'kms.Encrypt' }]
    const shape = { kind: 'constant', rate: 5 }
    const unheard: unknown[] = []
    const hear = (reason: unknown) => unheard.push(reason)
    process.on('unhandledRejection', hear)
    const run = runLoad(checkedScenario({ target, work, shape, clients: 2 }, 'the test'), {
      ...{ clock: systemClock, access: { accessKeyId: 'a', secretAccessKey: 'b' } },
      ...{ signal: controller.signal, out: undefined, onBegin: () => undefined },
    })
    await expect(run).rejects.toThrow('stopped by SIGINT')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', hear)
    server.close()
    expect(unheard).toEqual([])
  })
})
