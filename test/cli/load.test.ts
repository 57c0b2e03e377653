/** `sealtrail load`: the examples in small, several processes, files, and how it ends when it cannot go on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { Latencies } from '../../src/load/recording/latencies.js'
import type { RunReport } from '../../src/load/report/run.js'
import { sealtrail } from '../support/command.js'
import { startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-load')
afterAll(() => folder.remove())
const at = (name: string) => `${folder.path}/${name}`

const load = async (...args: string[]) => {
  const { code, out, said } = await sealtrail(['load', '--json', ...args])
  const report = JSON.parse(out.toString() || '{}') as RunReport
  return { code, said, report }
}
const scenario = (name: string, value: object): string => {
  writeFileSync(at(name), JSON.stringify(value))
  return at(name)
}
const holds = ({ checks }: RunReport) => checks.filter(({ failed }) => failed > 0)

describe('the help of load', () => {
  it.each([[['load']], [['load', 'compare']]])(
    'of %j shows no option that it would refuse',
    async (words) => {
      const { out } = await sealtrail([...words, '--help'])
      expect(out.toString()).toContain('--json')
      expect(out.toString()).not.toMatch(
        /--(config|data-dir|root-key-file|engine|account|region)\b/,
      )
    },
  )
})

describe('the examples', () => {
  it.each(['ingest', 'kms', 'sse-kms'])('run in small, and hold: %s', async (name) => {
    const small = ['--duration', '1s', '--warmup', '300ms', '--rate', '120', '--check', '1']
    const { code, report } = await load(name, ...small)
    expect([code, report.ended, holds(report)]).toEqual([0, 'complete', []])
    const { planned, ok, dropped, errors } = report.totals
    expect({ planned, ok, dropped, errors }).toEqual({
      ...{ planned: 120, ok: 120, dropped: 0, errors: {} },
    })
    expect([report.plannedRate, report.warmup?.planned]).toEqual([120, 36])
    expect(report.checks.length).toBeGreaterThan(0)
    const windows = report.windows.reduce((sum, { ok }) => sum + ok, 0)
    expect([windows, report.totals.corrected.count]).toEqual([120, 120])
  })
})

describe('a server that is started for the run', () => {
  it('is asked by several processes, whose latencies add up to those of the report', async () => {
    const work = ['kms.Decrypt', 'kms.GenerateDataKey', 's3.PutObject', 's3.ListObjectsV2']
    const more = ['logs.write', 'logs.read', 'cloudtrail-data.PutAuditEvents']
    const path = scenario('server.json', {
      target: { kind: 'server' },
      work: [...work, ...more].map((kind) => ({ kind, weight: 1 })),
      ...{ shape: { kind: 'constant', rate: 140 }, duration: '1s', clients: 2, raw: true },
      check: 1,
    })
    const { code, report } = await load(path, '--out', at('out'))
    expect([code, report.ended, holds(report)]).toEqual([0, 'complete', []])
    expect(Object.values(report.operations).map(({ ok }) => ok)).toEqual(Array(7).fill(20))
    const names = report.checks.map(({ name }) => name)
    expect(names).toContain('each call has its record')
    expect(report.windows[0]?.target?.threads).toBeGreaterThan(1)

    const counted = new Latencies()
    for (const file of ['raw-0.csv', 'raw-1.csv']) {
      const lines = readFileSync(at(`out/${file}`), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
      expect(lines).toHaveLength(70)
      for (const line of lines) counted.record(Number(line.split(',')[2]) / 1e6)
    }
    const { hdr, ...summary } = report.totals.corrected
    // Least and most are exact only where they were counted.
    expect(Latencies.decode(counted.encode()).summary()).toEqual(summary)
    expect(counted.encode()).toBe(hdr)
    expect(readdirSync(at('out')).sort()).toEqual(
      expect.arrayContaining(['latency.hlog', 'report.html', 'report.md', 'windows.csv']),
    )
    const again = await sealtrail(['load', at('out/scenario.json'), '--target', 'nowhere'])
    expect(again).toMatchObject({ code: 2, said: expect.stringContaining('target.kind must be') })
    const compared = ['load', 'compare', at('out/report.json'), at('out/report.json')]
    expect((await sealtrail([...compared, '--threshold', 'errors==0'])).said).toBe('')
    expect(JSON.parse(readFileSync(at('out/report.json'), 'utf8'))).toEqual(report)
  })
})

describe('a server that runs already', () => {
  it('is asked with the access key of the environment, and its process is watched', async () => {
    const server = await startServer(at('served'))
    const { accessKeyId, secretAccessKey } = server.credentials
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const flags = ['--target', server.url, '--work', 'kms.Encrypt', '--rate', '50']
    const args = ['load', '--json', ...flags, '--duration', '1s']
    const { code, out, said } = await sealtrail(args, undefined, env)
    const report = JSON.parse(out.toString()) as RunReport
    expect([code, report.totals.ok, holds(report)]).toEqual([0, 50, []])
    expect(said).toContain('made for this run, and left: key arn:aws:kms:')
    expect(report.windows[0]?.target?.rssBytes).toBeGreaterThan(1 << 20)
    const refused = await sealtrail(args, undefined, { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' })
    expect([refused.code, refused.out.toString()]).toEqual([
      ...[1, expect.stringContaining('CreateKey ended with')],
    ])
    await server.stop()
  })
})

describe('a directory', () => {
  it('takes sealed log files, a closed loop of users, and stops at a count', async () => {
    const flags = ['--target', `dir:${at('sealed')}`, '--work', 'logs.write', '--users', '300']
    const { code, report } = await load(...flags, '--operations', '900', '--check', '1')
    expect([code, report.totals.ok, report.plannedRate]).toEqual([0, 900, null])
    expect([holds(report), report.totals.storedBytes! > 1000]).toEqual([[], true])
    expect(existsSync(at('sealed/data'))).toBe(true)
  })
})

describe('a threshold', () => {
  it('that is not kept fails the run, which is told', async () => {
    const flags = ['--duration', '1s', '--warmup', '0ms', '--rate', '50']
    const { code, said, out } = await sealtrail([
      ...['load', 'kms', ...flags, '--threshold', 'errors==0', '--threshold', 'p99<1ns'],
    ])
    expect([code, said]).toEqual([1, expect.stringContaining('Ctrl-C ends it')])
    expect(out.toString()).toMatch(/kept +errors==0: 0\nBROKEN +p99<1ns: /)
    const wrong = await sealtrail(['load', 'kms', ...flags, '--threshold', 'speed>9'])
    expect(wrong).toMatchObject({ code: 2 })
  })
})

describe('a run that cannot be, or not go on', () => {
  it('says what is wrong with a scenario, and where', async () => {
    const path = scenario('wrong.json', { target: { kind: 'embedded' }, work: [], shape: {} })
    expect(await sealtrail(['load', path])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('is no scenario: work must have at least 1') },
    })
    expect(
      await sealtrail(['load', '--target', 'embedded', '--work', 'kms.Decrypt']),
    ).toMatchObject({
      code: 2,
      said: expect.stringContaining('the command line is no scenario without --rate or --users'),
    })
    expect(await sealtrail(['load', 'kms', '--raw'])).toMatchObject({ code: 2 })
    const both = ['load', 'kms', '--rate', '1', '--users', '1']
    expect(await sealtrail(both)).toMatchObject({ code: 2 })
    expect(await sealtrail(['load', at('none.yaml')])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('none.yaml is not there') },
    })
    expect(await sealtrail(['load', 'none'])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('there are ingest, kms, sse-kms; a file is') },
    })
    expect(await sealtrail(['load', 'kms', '--data-dir', at('x')])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('dataDir is not for load') },
    })
  })

  it('says that nobody answers', async () => {
    const closed = await closedPort()
    const flags = ['--target', `http://127.0.0.1:${closed}`, '--work', 'kms.Encrypt', '--rate', '9']
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    expect(await sealtrail(['load', ...flags], undefined, env)).toMatchObject({
      ...{ code: 1, said: expect.stringContaining('CreateKey ended with ECONNREFUSED') },
    })
    const without = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    expect(await sealtrail(['load', ...flags], undefined, without)).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('wants an access key') },
    })
  })

  it('is stopped by a signal with a report of what was', async () => {
    const flags = ['--duration', '60s', '--warmup', '0ms', '--rate', '100', '--out', at('stopped')]
    const args = ['dist/cli/main.js', 'load', 'kms', '--json', ...flags]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const pieces: Buffer[] = []
    child.stdout.on('data', (piece) => pieces.push(piece))
    const gone = new Promise((resolve) => child.once('close', resolve))
    const [said] = await once(child.stderr, 'data')
    expect(String(said)).toContain('Ctrl-C ends it')
    child.kill('SIGINT')
    expect(await gone).toBe(1)
    const report = JSON.parse(Buffer.concat(pieces).toString()) as RunReport
    expect([report.ended, holds(report)]).toEqual(['interrupted', []])
    expect(existsSync(at('stopped/report.json'))).toBe(true)
  })
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
