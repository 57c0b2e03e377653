/** Thresholds of benches: a small grammar, errors that say what there can be, and what was not measured is not kept. */
import { describe, expect, it } from 'vitest'
import type { BenchReport } from '../../src/bench/report/report.js'
import { judgeBenches } from '../../src/bench/thresholds/judge.js'
import { parseBenchThreshold } from '../../src/bench/thresholds/parse.js'
import { benchJudgedTexts } from '../../src/bench/thresholds/telling.js'
import { KIND_NAMES, KINDS } from '../support/kinds.js'
import { simulatedReport, standing } from './simulated-report.js'

/** native takes 1 and 2 µs, node:crypto 4 µs; of 1,000 bytes each. */
function report(more: Partial<BenchReport['questions'][0]> = {}): BenchReport {
  const simulated = simulatedReport({ seed: 1, contests: 2 })
  const [question] = simulated.questions
  const outcomes = question!.outcomes.map((outcome, i) => ({
    ...outcome,
    ...{ title: ['seal 64 bytes', 'open 64 bytes'][i]!, bytesPerOp: 1000 },
    standings: [
      standing('native', [1000 * (i + 1)], [4000]),
      standing('native, batch of 256', [500], [4000]),
      standing('node:crypto', [4000], [4000]),
    ],
  }))
  return { ...simulated, questions: [{ ...question!, name: 'engine/seal', outcomes, ...more }] }
}
const judged = (text: string, of = report()) => judgeBenches([parseBenchThreshold(text)], of)[0]!

describe('a threshold of benches', () => {
  it.each([
    ['engine/seal:native>=2x', true],
    ['engine/seal:native>2x', false],
    ['engine/seal : native >= 2 x', true],
    ['engine/seal[seal]:native>=4x', true],
    ['engine/seal[seal 64 bytes]:native==4x', true],
    ['seal:native>=2x node:crypto', true],
    ['engine/seal:native, batch of 256>=8x', true],
    ['engine/seal:native<=2us', true],
    ['engine/seal:native<2µs', false],
    ['engine/seal[seal]:native<1.5us', true],
    ['engine/seal:native>=500000/s', true],
    ['engine/seal:native>0.6MB/s', true],
    ['engine/seal[open]:native>=500MB/s', true],
    ['engine/seal[open]:native>0.51GB/s', false],
    ['engine/seal:node:crypto<=4us', true],
  ])('is kept or not: %s', (text, isKept) => {
    expect(judged(text)).toMatchObject({ text, isKept, why: null })
  })

  it('of several contests tells the one that is furthest from it', () => {
    expect(judged('engine/seal:native>=3x')).toMatchObject({
      ...{ isKept: false, measured: 2, limit: 3, where: 'native, open 64 bytes' },
    })
    expect(judged('engine/seal:native<9us')).toMatchObject({ measured: 2000, limit: 9000 })
    expect(judged('engine/seal:native>1ns')).toMatchObject({ measured: 1000 })
  })

  it('means a contender by its whole name first, then by what stands before a comma', () => {
    const [, batch] = report().questions[0]!.outcomes[0]!.standings
    const outcomes = report().questions[0]!.outcomes.map((one) => ({ ...one, standings: [batch!] }))
    expect(judged('engine/seal:native>=8x', report({ outcomes }))).toMatchObject({ isKept: true })
    expect(judged('engine/seal:nati>=8x', report({ outcomes }))).toMatchObject({ isKept: false })
  })

  it.each([
    ['engine/sign:native>=1x', 'no bench engine/sign was asked'],
    ['engine/seal[wrap]:native>=1x', 'no contest has wrap in its title'],
    ['engine/seal:sodium<1s', 'sodium did not take part'],
    ['engine/seal:native>=1x @noble/ciphers', 'seal 64 bytes: @noble/ciphers did not take part'],
    ['engine/seal:native>=1x __proto__', 'seal 64 bytes: __proto__ did not take part'],
  ])('is not kept where nothing was measured: %s', (text, why) => {
    expect(judged(text)).toMatchObject({ isKept: false, measured: null, why })
  })

  it('is not kept of a bench that was not answered, nor of bytes where there are none', () => {
    const failed = report({ failed: 'contenders disagree' })
    expect(judged('engine/seal:native>=1x', failed)).toMatchObject({
      ...{ isKept: false, why: 'engine/seal was not answered: contenders disagree' },
    })
    const outcomes = report().questions[0]!.outcomes.map((one) => ({ ...one, bytesPerOp: null }))
    expect(judged('engine/seal:native>=1B/s', report({ outcomes }))).toMatchObject({
      ...{ isKept: false, why: 'seal 64 bytes has no bytes' },
    })
  })

  it('is told in its own unit, with where that was', () => {
    const texts = ['seal:native>=3x', 'seal:native<1us', 'seal:native>1/s', 'seal:native>1GB/s']
    const told = benchJudgedTexts(judgeBenches(texts.map(parseBenchThreshold), report()))
    expect(told.map(({ measured }) => measured)).toEqual([
      '2x (native, open 64 bytes)',
      '2 µs (native, open 64 bytes)',
      '500,000/s (native, open 64 bytes)',
      '500 MB/s (native, open 64 bytes)',
    ])
  })

  it.each([
    ['', 'a threshold must be a string that is not empty'],
    [' ', 'it must be a bench, a colon, a contender'],
    ['native>=2x', 'it must be a bench'],
    ['engine/seal>=2x', 'it must be a bench'],
    ['engine/seal:>=2x', 'it must be a bench'],
    ['engine/seal:native=2x', 'it must be a bench'],
    ['engine/seal:native>=x', 'it must be a bench'],
    ['engine/seal:native>=2', 'its number needs a unit: x, /s, ns'],
    ['engine/seal:native>=2 parsecs', "'parsecs' is no unit of it: there are x, /s, ns"],
    ['engine/seal:native<2us node:crypto', 'a baseline is for x only'],
    [`engine/seal:${'n'.repeat(600)}>=2x`, 'it must be a bench'],
  ])('is refused when it is none: %s', (text, why) => {
    expect(() => parseBenchThreshold(text)).toThrow(
      expect.objectContaining({ code: 'InputInvalid', message: expect.stringContaining(why) }),
    )
  })

  it.each(KIND_NAMES)('is not %s', (kind) => {
    expect(() => parseBenchThreshold(KINDS[kind]() as never)).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
  })
})
