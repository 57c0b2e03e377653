/** Two reports of benches compared: like ones are told to be alike, what was planted is found, and a machine's mood is none of ours. */
import { describe, expect, it } from 'vitest'
import { type BenchComparison, compareBenches } from '../../src/bench/compare/compare.js'
import { contestRows, verdictText } from '../../src/bench/compare/telling.js'
import type { BenchReport } from '../../src/bench/report/report.js'
import { type Simulation, simulatedReport } from './simulated-report.js'

const RUNS = 100

/** Verdicts of a hundred comparisons of simulated reports: of what was planted in the second. */
function verdicts(planted: Partial<Simulation>, common: Partial<Simulation> = {}) {
  const found: Partial<Record<BenchComparison['verdict'], number>> = {}
  for (let i = 0; i < RUNS; i++) {
    const before = simulatedReport({ seed: 2 * i, contests: 2, ...common })
    const after = simulatedReport({ seed: 2 * i + 1, contests: 2, ...common, ...planted })
    const { verdict } = compareBenches(before, after)
    found[verdict] = (found[verdict] ?? 0) + 1
  }
  return found
}

function on(report: BenchReport, environment: Partial<BenchReport['environment']>): BenchReport {
  return { ...report, environment: { ...report.environment, ...environment } }
}

function without(report: BenchReport, name: string): BenchReport {
  const questions = report.questions.map((question) => ({
    ...question,
    outcomes: question.outcomes.map((outcome) => ({
      ...outcome,
      standings: outcome.standings.filter((one) => one.name !== name),
    })),
  }))
  return { ...report, questions }
}

const seenIn = ({ contenders }: BenchComparison, name: string) =>
  contenders.filter((one) => one.name === name).map(({ verdict }) => verdict)

describe('a comparison of benches', () => {
  it.each([{ noise: 0.1 }, { noise: 0.03, rounds: 13, drift: 0.02 }])(
    'tells like ones to differ 5 times of a hundred at most, and mostly that they do not: %o',
    (machine) => {
      const found = verdicts({}, machine)
      const told = (found.worse ?? 0) + (found.better ?? 0) + (found.mixed ?? 0)
      expect(told).toBeLessThanOrEqual(5)
      expect(found['no difference']).toBeGreaterThanOrEqual(90)
    },
  )

  it.each([{ noise: 0.03 }, { noise: 0.05, rounds: 13 }])(
    'finds one contender of many that takes a fifth more, 90 times of a hundred: %o',
    (machine) => {
      expect(verdicts({ slowdown: 1.2 }, machine).worse).toBeGreaterThanOrEqual(90)
    },
  )

  it.each([
    ['contenders', { contests: 400 }],
    ['rounds of contenders', { contests: 4, rounds: 25_000 }],
  ])('is not made of reports with more %s than it ends with', (what, simulation) => {
    const report = simulatedReport({ seed: 1, ...simulation })
    expect(() => compareBenches(report, report)).toThrow(
      `the reports have more ${what} than can be compared`,
    )
  })

  it('finds what has become faster', () => {
    expect(verdicts({ slowdown: 1 / 1.2 }).better).toBeGreaterThanOrEqual(90)
  })

  it('says which contender of which contest differs, and how much', () => {
    const compared = compareBenches(
      simulatedReport({ seed: 1 }),
      simulatedReport({ seed: 2, slowdown: 1.5 }),
    )
    expect(seenIn(compared, 'native')).toEqual(['worse', ...Array(3).fill('no difference')])
    const { change, low, high, chance } = compared.contenders[0]!
    expect(low).toBeLessThan(0.5)
    expect(high).toBeGreaterThan(0.5)
    expect(change).toBeCloseTo(0.5, 1)
    expect(chance).toBeLessThan(0.05)
    expect(verdictText(compared)).toMatch(/^worse than before \(confidence 9\d\.\d %\)$/)
  })

  it('finds it among as many contenders as all benches have', () => {
    const many = { contests: 60 }
    const before = simulatedReport({ seed: 1, ...many })
    const compared = compareBenches(before, simulatedReport({ seed: 2, slowdown: 1.5, ...many }))
    expect(compared.verdict).toBe('worse')
    expect(compared.contenders.filter(({ verdict }) => verdict === 'worse')).toHaveLength(1)
  })

  it('takes a machine that has become slower for what it is, and says so', () => {
    const machine = { seed: 2, mood: 1.5 }
    const compared = compareBenches(simulatedReport({ seed: 1 }), simulatedReport(machine))
    expect(compared.verdict).toBe('no difference')
    expect(compared.notes).toEqual([
      expect.stringMatching(/^the machine was slower: its baselines took [45]\d.* % more time/),
    ])
    const also = compareBenches(
      simulatedReport({ seed: 1 }),
      simulatedReport({ ...machine, slowdown: 1.5 }),
    )
    expect(seenIn(also, 'native')[0]).toBe('worse')
  })

  it('takes a baseline that has become faster for no matter of ours', () => {
    const faster = simulatedReport({ seed: 2, baseline: 0.5 })
    const compared = compareBenches(simulatedReport({ seed: 1 }), faster)
    expect(compared.verdict).toBe('no difference')
    expect(seenIn(compared, 'node:crypto')).toEqual(Array(4).fill(null))
    expect(compared.contenders[0]!.relative['node:crypto']).toBeCloseTo(1, 0)
  })

  it('of two machines compares times alone, and names what is otherwise with them', () => {
    const other = on(simulatedReport({ seed: 2, mood: 0.5 }), { cpu: 'another CPU', cores: 8 })
    const compared = compareBenches(simulatedReport({ seed: 1 }), other)
    expect(compared.verdict).toBe('better')
    expect(compared.environment).toEqual([
      { place: 'cpu', before: '"a simulated CPU"', after: '"another CPU"' },
      { place: 'cores', before: '2', after: '8' },
    ])
    expect(compared.notes).toEqual([
      'the machines differ: times are compared, and not by the baselines',
    ])
  })

  it('of two builds on one machine names the builds, and goes by the baselines', () => {
    const other = on(simulatedReport({ seed: 2, mood: 1.5 }), { commit: 'bd7c431', stealMs: null })
    const compared = compareBenches(simulatedReport({ seed: 1 }), other)
    expect(compared.environment.map(({ place }) => place)).toEqual(['commit'])
    expect(compared.verdict).toBe('no difference')
  })

  it('sees through rounds in which the machine was elsewhere', () => {
    const disturbed = (seed: number, slowdown: number) => {
      const report = simulatedReport({ seed, slowdown })
      for (const { outcomes } of report.questions) {
        for (const { standings } of outcomes) {
          for (const { rounds } of standings) (rounds as number[])[seed] = rounds[seed]! * 20
        }
      }
      return report
    }
    expect(compareBenches(disturbed(1, 1), disturbed(2, 1)).verdict).toBe('no difference')
    expect(compareBenches(disturbed(1, 1), disturbed(2, 1.4)).verdict).toBe('worse')
  })

  it('is unclear when there are too few rounds, or too noisy ones', () => {
    const few = { rounds: 5 }
    const [before, after] = [1, 2].map((seed) => simulatedReport({ seed, ...few }))
    const compared = compareBenches(before!, after!)
    expect(compared.verdict).toBe('unclear')
    expect(compared.contenders[0]).toMatchObject({ low: null, high: null, detectable: null })
    const noisy = { noise: 0.8 }
    const [one, other] = [1, 2].map((seed) => simulatedReport({ seed, ...noisy }))
    expect(compareBenches(one!, other!).verdict).toBe('unclear')
  })

  it('is unclear when a contender of ours is gone, and names it; a baseline that is not installed is no matter', () => {
    const [before, after] = [1, 2].map((seed) => simulatedReport({ seed }))
    const gone = compareBenches(before!, without(after!, 'wasm'))
    expect(gone).toMatchObject({ verdict: 'unclear', confidence: null })
    expect(gone.onlyBefore).toHaveLength(4)
    expect(gone.onlyBefore[0]).toMatchObject({ title: 'wrap 1 keys', name: 'wasm' })
    const bare = compareBenches(before!, without(after!, 'node:crypto'))
    expect(bare.verdict).toBe('no difference')
    expect(compareBenches(without(before!, 'wasm'), after!).onlyAfter).toHaveLength(4)
  })

  it('passes over benches that were not asked the second time', () => {
    const [before, after] = [1, 2].map((seed) => simulatedReport({ seed }))
    const also = { ...before!.questions[0]!, name: 'engine/seal' }
    const more = { ...before!, questions: [...before!.questions, also] }
    const compared = compareBenches(more, after!)
    expect(compared.verdict).toBe('no difference')
    expect(compared.onlyBefore.every(({ wasAsked }) => !wasAsked)).toBe(true)
  })

  it('is unclear of reports that have nothing in common', () => {
    const report = simulatedReport({ seed: 1 })
    expect(compareBenches(report, { ...report, questions: [] }).verdict).toBe('unclear')
  })

  it('names how benches were asked otherwise, and what was not answered', () => {
    const before = simulatedReport({ seed: 1 })
    const [question] = before.questions
    const after = {
      ...before,
      pace: { ...before.pace, sliceMs: 15 },
      questions: [{ ...question!, core: null, load: 7, failed: 'no more disk' }],
    }
    const { parameters, notes } = compareBenches(before, after)
    expect(parameters).toEqual([
      { place: 'pace.sliceMs', before: '100', after: '15' },
      { place: '["engine/wrap"].pinned', before: 'true', after: 'false' },
    ])
    expect(notes).toEqual([
      'the second report has no whole answer to engine/wrap: no more disk',
      'the machine of the second report was busy: load 7 on 2 cores',
    ])
  })

  it('has the same answer each time, and of a report with itself finds nothing at all', () => {
    const [before, after] = [
      simulatedReport({ seed: 1 }),
      simulatedReport({ seed: 2, slowdown: 1.2 }),
    ]
    expect(compareBenches(before, after)).toEqual(compareBenches(before, after))
    const { verdict, confidence, contenders } = compareBenches(before, before)
    expect([verdict, confidence]).toEqual(['no difference', null])
    for (const { change, relative } of contenders) {
      expect([change, ...Object.values(relative)].every((one) => one === 0)).toBe(true)
    }
  })

  it('is told contest by contest, with the change of each contender and that beside the baselines', () => {
    const compared = compareBenches(
      simulatedReport({ seed: 1 }),
      simulatedReport({ seed: 2, slowdown: 2 }),
    )
    const [first] = contestRows(compared)
    expect(first!.title).toBe('engine/wrap: wrap 1 keys')
    expect(first!.rows[1]).toEqual([
      'native',
      expect.stringMatching(/^\d{3} ns$/),
      expect.stringMatching(/^1\.\d+ µs$/),
      expect.stringMatching(/^\+(9|10)\d %$/),
      expect.stringMatching(/^\+\d+ % … \+\d+ %$/),
      expect.stringMatching(/^\+(9|10)\d % node:crypto$/),
      'worse',
      expect.stringMatching(/^[\d.]+ %$/),
    ])
    expect(first!.rows.at(-1)![6]).toBe('baseline')
  })
})
