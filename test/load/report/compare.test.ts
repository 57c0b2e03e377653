/** Two runs compared: like ones are told to be alike, a tenth slower is found, and the same reports have the same answer. */
import { describe, expect, it } from 'vitest'
import { compareRuns, type Verdict } from '../../../src/load/report/compare/compare.js'
import type { RunReport } from '../../../src/load/report/run.js'
import { type Simulation, simulatedRun } from './simulated-run.js'

const RUNS = 50

/** Of a hundred comparisons of simulated runs, how many have which verdict of what was planted in the second. */
function verdicts(planted: Partial<Simulation>, common: Partial<Simulation> = {}) {
  const found: Partial<Record<Verdict, number>> = {}
  for (let i = 0; i < RUNS; i++) {
    const before = simulatedRun({ seed: 2 * i, ...common })
    const after = simulatedRun({ seed: 2 * i + 1, ...common, ...planted })
    const { verdict } = compareRuns(before, after)
    found[verdict] = (found[verdict] ?? 0) + 100 / RUNS
  }
  return found
}

describe('a comparison of two runs', () => {
  it.each([
    { windows: 120, noise: 0.08, persistence: 0.6 },
    { windows: 120, noise: 0.3, persistence: 0.3 },
    { windows: 600, noise: 0.15, persistence: 0.6 },
    { windows: 600, noise: 0.1, persistence: 0.8 },
  ])('finds no difference between like ones, 95 times of a hundred: %o', (machine) => {
    expect(verdicts({}, machine)['no difference']).toBeGreaterThanOrEqual(95)
  })

  it.each([
    { windows: 30, noise: 0.02, persistence: 0 },
    { windows: 120, noise: 0.08, persistence: 0.6 },
    { windows: 600, noise: 0.15, persistence: 0.6 },
  ])('finds a slowdown of a tenth, 90 times of a hundred: %o', (machine) => {
    expect(verdicts({ slowdown: 1.1 }, machine).worse).toBeGreaterThanOrEqual(90)
  })

  it('finds what has become faster', () => {
    expect(verdicts({ slowdown: 1 / 1.1 }).better).toBeGreaterThanOrEqual(90)
  })

  it('finds a hundredth more errors', () => {
    expect(verdicts({ errorPercent: 1 }).worse).toBeGreaterThanOrEqual(95)
  })

  it('has the same answer each time', () => {
    const [before, after] = [simulatedRun({ seed: 1 }), simulatedRun({ seed: 2, slowdown: 1.1 })]
    expect(compareRuns(before, after)).toEqual(compareRuns(before, after))
  })

  it('of a report with itself finds nothing at all', () => {
    const run = simulatedRun({ seed: 3, errorPercent: 1 })
    const { verdict, confidence, measures, parameters, environment } = compareRuns(run, run)
    expect({ verdict, confidence, parameters, environment }).toEqual({
      ...{ verdict: 'no difference', confidence: null, parameters: [], environment: [] },
    })
    for (const { change, chance } of measures) expect([change, chance]).toEqual([0, 1])
  })

  it('tells how much has changed, and between what bounds that is', () => {
    const machine = { windows: 600, noise: 0.05, drift: 0 }
    const after = simulatedRun({ seed: 5, slowdown: 1.25, ...machine })
    const { measures } = compareRuns(simulatedRun({ seed: 4, ...machine }), after)
    for (const name of ['p50', 'p90', 'p99', 'raw.p50', 'mean']) {
      const { low, high, verdict, detectable } = measures.find((one) => one.name === name)!
      expect(low, name).toBeLessThan(0.25)
      expect(high, name).toBeGreaterThan(0.25)
      expect(verdict, name).toBe('worse')
      expect(detectable!, name).toBeLessThan(0.1)
    }
  })

  it('looks at all percentiles, from when an operation was due and from when it was sent, and at rates', () => {
    const names = compareRuns(simulatedRun({ seed: 1 }), simulatedRun({ seed: 2 })).measures
    const latencies = ['p50', 'p90', 'p99', 'p999', 'mean']
    expect(names.map(({ name }) => name)).toEqual([
      ...latencies,
      ...latencies.map((name) => `raw.${name}`),
      ...['rate', 'throughput', 'errors'],
    ])
  })

  it('names what was set otherwise, and what is otherwise with the machine', () => {
    const before = simulatedRun({ seed: 1 })
    const after = {
      ...simulatedRun({ seed: 2 }),
      scenario: { name: 'simulated', shape: { kind: 'ramp', rate: 5000, to: 9 }, work: [] },
      environment: { ...before.environment, cores: 8, flags: ['aes'] },
    }
    const { parameters, environment } = compareRuns(before, after)
    expect(parameters).toEqual([
      { place: 'shape.kind', before: '"constant"', after: '"ramp"' },
      { place: 'shape.to', before: undefined, after: '9' },
      { place: 'work[0]', before: '"kms.Decrypt"', after: undefined },
    ])
    expect(environment).toEqual([
      { place: 'cores', before: '2', after: '8' },
      { place: 'flags[1]', before: '"vaes"', after: undefined },
    ])
  })

  it('notes what makes a run worth less', () => {
    const before = simulatedRun({ seed: 1 })
    const after: RunReport = {
      ...simulatedRun({ seed: 2 }),
      ended: 'interrupted',
      checks: [{ name: 'a check', count: 10, failed: 2, examples: [] }],
    }
    expect(compareRuns(before, after).notes).toEqual([
      'the second run was interrupted',
      'the second run failed 2 checks of its answers',
    ])
  })

  it('is unclear when there are too few windows', () => {
    const few = { windows: 8 }
    const { verdict, measures } = compareRuns(
      simulatedRun({ seed: 1, ...few }),
      simulatedRun({ seed: 2, slowdown: 3, ...few }),
    )
    expect(verdict).toBe('unclear')
    expect(measures.every(({ detectable }) => detectable === null)).toBe(true)
  })

  it('is unclear when half as much again could pass unseen', () => {
    const noisy = { windows: 30, noise: 0.6, persistence: 0.3 }
    const [before, after] = [1, 2].map((seed) => simulatedRun({ seed, ...noisy }))
    const { verdict, detectable } = compareRuns(before!, after!)
    expect(verdict).toBe('unclear')
    expect(detectable).toBeGreaterThan(0.5)
  })

  it('tells what other guests took of a run, as no difference of machines', () => {
    const before = simulatedRun({ seed: 1 })
    const after = { ...before, environment: { ...before.environment, stealMs: 12_000 } }
    const { environment, notes } = compareRuns(before, after)
    expect(environment).toEqual([])
    expect(notes).toEqual(['other guests of its host took 5 % of the second run'])
  })

  it('is unclear of runs in which nothing happened', () => {
    const empty = simulatedRun({ seed: 1, windows: 0 })
    expect(compareRuns(empty, empty).verdict).toBe('unclear')
  })
})
