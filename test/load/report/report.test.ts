/** What is told of a run: a form that is published, a page that asks nobody for anything, and text that stays text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, inflateSync } from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { curveOf, percentileOf } from '../../../src/load/report/latency-curve.js'
import { reportMarkdown } from '../../../src/load/report/markdown.js'
import { reportPage } from '../../../src/load/report/page/page.js'
import { readRun } from '../../../src/load/report/read-run.js'
import type { ClientReport, RunReport } from '../../../src/load/report/run.js'
import { RUN_SCHEMA } from '../../../src/load/report/schema.js'
import { judge } from '../../../src/load/report/thresholds/judge.js'
import { parseThreshold } from '../../../src/load/report/thresholds/parse.js'
import { complaintOf } from '../../../src/seed/check.js'
import { histogram, latencyOf, simulatedRun } from './simulated-run.js'

const published = JSON.parse(readFileSync('docs/load-report.schema.json', 'utf8')) as object
const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published)
const ATTACK = `<script>alert(1)</script><img src="//x.example/y" onerror='z()'>&amp;\u202e\u0007](javascript:a) |\n#`

/** A run in which every text is an attack. */
function hostile(): RunReport {
  const run = simulatedRun({ seed: 1, windows: 20 })
  const errors = { [ATTACK]: 3 }
  const totals = { ...run.totals, errors }
  return {
    ...run,
    totals,
    scenario: { name: ATTACK, [ATTACK]: ATTACK },
    operations: { [ATTACK]: totals },
    windows: run.windows.map((window) => ({ ...window, errors })),
    checks: [{ name: ATTACK, count: 1, failed: 1, examples: [ATTACK] }],
    environment: {
      ...run.environment,
      ...{ cpu: ATTACK, flags: [ATTACK], kernel: ATTACK, node: ATTACK, openssl: ATTACK },
      ...{ engine: ATTACK, commit: ATTACK, governor: ATTACK },
    },
    clients: [{ ...clientOf(run), address: ATTACK }, lostClient(ATTACK)],
  }
}
function clientOf({ environment, totals }: RunReport): ClientReport {
  const { hdr: _, ...lateness } = totals.raw
  const clock = { offsetMs: -90_000.5, uncertaintyMs: 1.5 }
  const late = { begunLateMs: 0.25, lateness }
  return { address: 'far.example:4610', environment, clock, ...late, totals, lost: null }
}
function lostClient(text: string): ClientReport {
  const run = simulatedRun({ seed: 3, windows: 20 })
  const environment = { ...run.environment, cpu: text, node: text }
  const nothing = { clock: null, begunLateMs: null, lateness: null, totals: null }
  return { ...clientOf(run), environment, ...nothing, lost: text }
}
function ofMachines(): RunReport {
  const run = simulatedRun({ seed: 1, windows: 20 })
  return { ...run, ended: 'aborted', clients: [clientOf(run), lostClient('was silent')] }
}
/** Elements of a page, and names of their attributes. */
const elements = (page: string) => [
  ...page.matchAll(/<([a-z0-9]+)((?:\s+[\w-]+="[^"]*")*)\s*\/?>/g),
]

describe('a run over several machines', () => {
  it('is told with each client, on the page and in Markdown', () => {
    const run = ofMachines()
    for (const told of [reportPage(run), reportMarkdown(run)]) {
      expect(told).toContain('far.example:4610')
      expect(told).toContain('−90 s')
      expect(told).toContain('was silent')
    }
    const { clients: _, ...own } = run
    expect(reportPage(own)).not.toContain('Clients')
  })
})

describe('the form of a report', () => {
  it('is published as it is checked', () => {
    expect(published).toEqual(RUN_SCHEMA)
  })

  it.each([
    ['a run', simulatedRun({ seed: 1 })],
    ['a closed loop', { ...simulatedRun({ seed: 1 }), plannedRate: null }],
    [
      'one with a warm-up',
      { ...simulatedRun({ seed: 1 }), warmup: simulatedRun({ seed: 2 }).totals },
    ],
    ['one whose target is not seen', withoutTarget()],
    ['one that is hostile', hostile()],
    ['one of two machines, of which one was lost', ofMachines()],
  ])('is that of %s', (_, run) => {
    expect([isValid(run), complaintOf(RUN_SCHEMA, run)]).toEqual([true, undefined])
  })

  it('is still that of the report in test/vectors', async () => {
    const path = 'test/vectors/load-report/version-1.json'
    const run = await readRun(path)
    expect(isValid(run)).toBe(true)
    expect(percentileOf(run.totals.corrected, 95)).toBeGreaterThan(run.totals.corrected.p90)
  })

  it.each([
    ['version', { version: 2 }],
    ['ended', { ended: 'well' }],
    ['plannedRate', { plannedRate: '5' }],
    ['startedAt', { startedAt: 'yesterday' }],
    ['windows', { windows: {} }],
    ['windows[0]', { windows: [null] }],
    ['totals', { totals: null }],
    ['environment', { environment: { cpu: 'x' } }],
    ['the whole', { totals: undefined }],
  ])('is refused where it is another, by its place: %s', (place, more) => {
    const run = JSON.parse(JSON.stringify({ ...simulatedRun({ seed: 1 }), ...more }))
    expect(isValid(run)).toBe(false)
    expect(complaintOf(RUN_SCHEMA, run)).toContain(place)
  })

  function withoutTarget(): RunReport {
    const run = simulatedRun({ seed: 1 })
    return { ...run, windows: run.windows.map((window) => ({ ...window, target: null })) }
  }
})

describe('a report that is read', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sealtrail-report-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is as it was written', async () => {
    const run = simulatedRun({ seed: 1 })
    writeFileSync(join(folder, 'report.json'), JSON.stringify(run))
    expect(await readRun(join(folder, 'report.json'))).toEqual(run)
  })

  it.each([
    ['is not JSON', '{'],
    ['is no report of a run: the whole must be an object', '[]'],
    ['is no report of a run: the whole must have scenario', '{"version":1}'],
  ])('%s: that is said with its name', async (message, text) => {
    const path = join(folder, 'report.json')
    writeFileSync(path, text)
    await expect(readRun(path)).rejects.toMatchObject({
      ...{
        code: 'InputInvalid',
        message: expect.stringContaining(`the report ${path} ${message}`),
      },
    })
  })

  it('is missed when it is not there', async () => {
    await expect(readRun(join(folder, 'none.json'))).rejects.toThrow('is not there')
    await expect(readRun(folder)).rejects.toThrow('is not a file')
  })
})

describe('latencies of a report', () => {
  const counted = histogram()
  for (let i = 1; i <= 100_000; i++) counted.recordValue(i * 100)
  const latency = latencyOf(counted)

  it('are a curve up to the last of them', () => {
    const curve = curveOf(latency)
    expect(curve.map(({ ns }) => ns)).toEqual(curve.map(({ ns }) => ns).sort((a, b) => a - b))
    expect(curve[0]).toEqual({ percentile: 0, ns: 100 })
    expect(curve.at(-1)!.ns / 10_000_000).toBeCloseTo(1, 2)
    expect(percentileOf(latency, 95) / 9_500_000).toBeCloseTo(1, 2)
    expect(percentileOf(latency, 99)).toBe(latency.p99)
  })

  it('are none of nothing', () => {
    const nothing = latencyOf(histogram())
    expect(curveOf({ ...nothing, count: 0 })).toEqual([])
    expect(percentileOf({ ...nothing, count: 0 }, 95)).toBe(0)
  })

  it.each([
    ['nothing', ''],
    ['other bytes', Buffer.from('not a histogram at all').toString('base64')],
    ['what unpacks to more than any histogram', packed(Buffer.alloc(64 * 1024 * 1024))],
    // A run of 2⁴⁸ empty counts, which the library would count up to.
    ['words that name what no histogram has', packed(words('ff ff ff ff ff ff 7f 02'))],
    ['a count beyond 32 bits, which would be another', packed(words('82 80 80 80 20'))],
    ['a word that is cut off', packed(words('02 80'))],
    ['words that are not there', packed(words('02').fill(9, 4, 8))],
  ])('are refused when they are %s', (_, hdr) => {
    expect(() => curveOf({ ...latency, hdr })).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
  })

  /** A histogram of ours, with these words in place of its own. */
  function words(hex: string): Buffer {
    const own = inflateSync(Buffer.from(latency.hdr, 'base64').subarray(8))
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    own.writeInt32BE(bytes.length, 4)
    return Buffer.concat([own.subarray(0, 40), bytes])
  }

  function packed(plain: Buffer): string {
    const bytes = deflateSync(plain)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(0x1c849314)
    head.writeUInt32BE(bytes.length, 4)
    return Buffer.concat([head, bytes]).toString('base64')
  }
})

describe('the page of a report', () => {
  const thresholds = ['p99<20ms', 'errors==0', 's3.Get:p99<1s'].map(parseThreshold)

  it('asks nobody for anything, and runs nothing', () => {
    for (const run of [simulatedRun({ seed: 1 }), hostile()]) {
      const page = reportPage(run, judge(thresholds, run))
      const found = elements(page)
      expect(found.length).toBeGreaterThan(300)
      const names = new Set(found.map(([, name]) => name))
      for (const name of [
        'script',
        'img',
        'link',
        'iframe',
        'object',
        'a',
        'image',
        'use',
        'form',
      ]) {
        expect(names).not.toContain(name)
      }
      expect(page).not.toMatch(/<[^>]*\s(?:src|href|srcset|on\w+|style)\s*=\s*"/)
      expect(page).not.toMatch(/url\(|@import/)
      expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    }
  })

  it('has the same elements whatever a report says', () => {
    const run = simulatedRun({ seed: 1, windows: 20 })
    const plain: RunReport = JSON.parse(
      JSON.stringify(hostile()).replaceAll(JSON.stringify(ATTACK).slice(1, -1), 'plain'),
    )
    const shapes = [plain, hostile()].map((one) => {
      return elements(reportPage(one, judge(thresholds, one))).map(([, name]) => name)
    })
    expect(shapes[1]).toEqual(shapes[0])
    expect(reportPage(hostile())).not.toContain('\u202e')
    expect(elements(reportPage(run)).length).toBeGreaterThan(100)
  })

  it('shows what was measured, errors by code, thresholds, the machine, and how to do it again', () => {
    const run = simulatedRun({ seed: 1, errorPercent: 1 })
    const page = reportPage(run, judge(thresholds, run))
    for (const text of [
      ...['simulated', 'kms.Decrypt', 'ThrottlingException', '4,950/s', 'a simulated CPU'],
      ...['errors==0', 'not kept', 'npx sealtrail load scenario.json', '&quot;rate&quot;: 5000'],
      ...['from when it was due', 'from when it was sent', '99.99'],
    ]) {
      expect(page).toContain(text)
    }
    expect(page).not.toContain('\ufffd')
  })

  it('is there for a run in which nothing happened', () => {
    const page = reportPage(simulatedRun({ seed: 1, windows: 0 }))
    expect(page).toContain('nothing was measured')
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('stays small, however long the run was', () => {
    const page = reportPage(simulatedRun({ seed: 1, windows: 20_000 }))
    expect(page.length).toBeLessThan(1_000_000)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('the summary of a report', () => {
  it('is a table of the operations, with thresholds under it', () => {
    const run = simulatedRun({ seed: 1 })
    const text = reportMarkdown(run, judge([parseThreshold('p99<1ns')], run))
    expect(text).toContain('### simulated: complete')
    expect(text).toMatch(/\| kms\.Decrypt \| 5,0\d\d\/s \|/)
    expect(text).toContain('| p99&#60;1ns |')
    expect(text).toContain('**not kept**')
    expect(text.split('\n').length).toBeLessThan(20)
  })

  it('has no more lines or columns whatever a report says', () => {
    const text = reportMarkdown(hostile())
    expect(text).not.toMatch(/[<>]|\]\(|\u202e/)
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    // Its operations, and its clients.
    expect(new Set(rows.map((row) => row.split('|').length)).size).toBe(2)
    expect(text.split('\n').length).toBe(reportMarkdown(ofMachines()).split('\n').length + 2)
  })
})
