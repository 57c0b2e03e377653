/** What is told of benches: a form that is published, a page that asks nobody for anything, and text that stays text. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, it } from 'vitest'
import { benchMarkdown } from '../../src/bench/report/markdown.js'
import { benchPage } from '../../src/bench/report/page.js'
import { readBench } from '../../src/bench/report/read-report.js'
import type { BenchReport } from '../../src/bench/report/report.js'
import { BENCH_SCHEMA } from '../../src/bench/report/schema.js'
import { judgeBenches } from '../../src/bench/thresholds/judge.js'
import { parseBenchThreshold } from '../../src/bench/thresholds/parse.js'
import { complaintOf } from '../../src/seed/check.js'
import { temporaryFolder } from '../support/serve.js'
import { simulatedReport } from './simulated-report.js'

const published = JSON.parse(readFileSync('docs/bench-report.schema.json', 'utf8')) as object
const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published)
const ATTACK = `<script>alert(1)</script><img src="//x.example/y" onerror='z()'>&amp;\u202e\u0007](javascript:a) |\n#`
const THRESHOLDS = ['wrap:native>=2x', 'wrap:wasm<1ns', 'seal:native>=1x'].map(parseBenchThreshold)

const folder = temporaryFolder('bench-report')
afterAll(() => folder.remove())

/** A report in which every text is another. */
function saying(text: string): BenchReport {
  const report = simulatedReport({ seed: 1 })
  const [question] = report.questions
  const outcomes = question!.outcomes.map((outcome, i) => ({
    ...outcome,
    ...{ title: `${text}${i}`, baselines: [`${text}b`] },
    sweep: { of: text, at: 2 ** i, unit: 'bytes' as const },
    standings: outcome.standings.map((one, k) => ({
      ...one,
      ...{ name: `${text}${k === 3 ? 'b' : k}`, ratios: { [`${text}b`]: 2 } },
    })),
  }))
  const environment = {
    ...report.environment,
    ...{ cpu: text, flags: [text], kernel: text, node: text, openssl: text },
    ...{ engine: text, commit: text, governor: text },
  }
  const said = { name: text, asks: text, failed: text, notes: [text], outcomes }
  return { ...report, environment, questions: [{ ...question!, ...said }] }
}
/** Elements of a page, and names of their attributes. */
const elements = (page: string) => [
  ...page.matchAll(/<([a-z0-9]+)((?:\s+[\w-]+="[^"]*")*)\s*\/?>/g),
]

describe('the form of a report of benches', () => {
  it('is published as it is checked', () => {
    expect(published).toEqual(BENCH_SCHEMA)
  })

  it.each([
    ['benches', simulatedReport({ seed: 1 })],
    ['none', { ...simulatedReport({ seed: 1 }), questions: [] }],
    ['one that is hostile', saying(ATTACK)],
  ])('is that of %s', (_, report) => {
    expect([isValid(report), complaintOf(BENCH_SCHEMA, report)]).toEqual([true, undefined])
  })

  it('is still that of the report in test/vectors', async () => {
    const report = await readBench('test/vectors/bench-report/version-1.json')
    expect(isValid(report)).toBe(true)
    expect(report.questions.map(({ name }) => name)).toEqual(['engine/wrap', 'gzip/level'])
  })

  it.each([
    ['version', { version: 2 }],
    ['startedAt', { startedAt: 'yesterday' }],
    ['pace', { pace: {} }],
    ['environment', { environment: null }],
    ['questions', { questions: {} }],
    ['questions[0]', { questions: [null] }],
    ['questions[0].outcomes', withQuestion({ outcomes: null })],
    ['questions[0].core', withQuestion({ core: 'one' })],
    ['questions[0].outcomes[0].standings[0].rounds', withStanding({ rounds: [] })],
    ['questions[0].outcomes[0].standings[0].median', withStanding({ median: -1 })],
  ])('is refused where it is another, by its place: %s', (place, more) => {
    const report = JSON.parse(JSON.stringify({ ...simulatedReport({ seed: 1 }), ...more }))
    expect(isValid(report)).toBe(false)
    expect(complaintOf(BENCH_SCHEMA, report)).toContain(place)
  })

  it('is read as it was written, and refused by its name when it is none', async () => {
    const path = join(folder.path, 'bench.json')
    writeFileSync(path, JSON.stringify(simulatedReport({ seed: 1 })))
    expect(await readBench(path)).toEqual(simulatedReport({ seed: 1 }))
    writeFileSync(path, '{"version":1}')
    await expect(readBench(path)).rejects.toMatchObject({
      code: 'InputInvalid',
      message: `the report ${path} is no report of benches: the whole must have startedAt`,
    })
  })

  function withQuestion(more: object) {
    const [question] = simulatedReport({ seed: 1 }).questions
    return { questions: [{ ...question, ...more }] }
  }

  function withStanding(more: object) {
    const [outcome] = simulatedReport({ seed: 1 }).questions[0]!.outcomes
    const [standing] = outcome!.standings
    return withQuestion({ outcomes: [{ ...outcome, standings: [{ ...standing, ...more }] }] })
  }
})

describe('the page of a report of benches', () => {
  it('asks nobody for anything, and runs nothing', () => {
    for (const report of [simulatedReport({ seed: 1 }), saying(ATTACK)]) {
      const page = benchPage(report, judgeBenches(THRESHOLDS, report))
      const found = elements(page)
      expect(found.length).toBeGreaterThan(200)
      const names = new Set(found.map(([, name]) => name))
      for (const name of ['script', 'img', 'link', 'iframe', 'a', 'image', 'use', 'form']) {
        expect(names).not.toContain(name)
      }
      expect(page).not.toMatch(/<[^>]*\s(?:src|href|srcset|on\w+|style)\s*=\s*"/)
      expect(page).not.toMatch(/url\(|@import/)
      expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
      expect(page).toContain('prefers-color-scheme: dark')
    }
  })

  it('has the same elements whatever a report says', () => {
    const shapes = [saying('plain'), saying(ATTACK)].map((report) => {
      return elements(benchPage(report)).map(([, name]) => name)
    })
    expect(shapes[1]).toEqual(shapes[0])
    expect(benchPage(saying(ATTACK))).not.toContain('\u202e')
  })

  it('shows contenders and what they are held against, a sweep as a chart, thresholds, and the machine', () => {
    const report = simulatedReport({ seed: 1 })
    const page = benchPage(report, judgeBenches(THRESHOLDS, report))
    for (const text of [
      ...['engine/wrap', 'wrap 8 keys', 'native, batch of 256', 'vs node:crypto', '4 KiB'],
      ...['not kept', 'no bench seal was asked', 'a simulated CPU', 'pinned', 'a note'].filter(
        (one) => one !== 'pinned',
      ),
      ...['on CPU 1', 'npx sealtrail bench engine/wrap', '15 rounds of 100 ms'],
    ]) {
      expect(page).toContain(text)
    }
    expect(page.match(/<svg/g)).toHaveLength(5)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('is there for benches of which none was answered', () => {
    const report = simulatedReport({ seed: 1, contests: 0 })
    expect(benchPage(report)).not.toMatch(/NaN|undefined|Infinity/)
    expect(benchMarkdown({ ...report, questions: [] })).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('the tables of a report of benches', () => {
  it('have a row for each contender, and thresholds above them', () => {
    const report = simulatedReport({ seed: 1 })
    const text = benchMarkdown(report, judgeBenches(THRESHOLDS, report))
    expect(text).toContain('#### engine/wrap: how fast is one data key wrapped?')
    expect(text).toMatch(/^\| native \| \d{3} ns \| .* \| [56]\.\d\dx \|$/m)
    expect(text).toContain('| wrap:wasm&#60;1ns |')
    expect(text).toContain('**not kept**')
    expect(text).toContain('Again: `npx sealtrail bench engine/wrap`')
  })

  it('have no more lines or columns whatever a report says', () => {
    const [plain, hostile] = [saying('plain'), saying(ATTACK)].map((one) => benchMarkdown(one))
    expect(hostile).not.toMatch(/[<>]|\]\(|\u202e/)
    const shape = (text: string) => text.split('\n').map((line) => line.split('|').length)
    expect(shape(hostile!)).toEqual(shape(plain!))
  })
})
