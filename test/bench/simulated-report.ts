/** Reports of benches that nobody asked: rounds with the noise of a real machine, so that what is planted in them is known. */
import type { Standing } from '../../src/bench/contest.js'
import type { BenchReport, Outcome } from '../../src/bench/report/report.js'
import { Random } from '../../src/load/data/random.js'

export interface Simulation {
  readonly seed: number
  readonly rounds?: number
  /** Of a round, as a share of its level. */
  readonly noise?: number
  /** Of one contender, from one process to the next. */
  readonly drift?: number
  /** How many times as long everything takes, baselines too. */
  readonly mood?: number
  /** How many times as long `native` takes in the first contest. */
  readonly slowdown?: number
  /** How many times as long node:crypto takes. */
  readonly baseline?: number
  readonly contests?: number
}

export const CONTENDERS = ['native', 'native, batch of 256', 'wasm', 'node:crypto'] as const
const NS = { native: 800, 'native, batch of 256': 350, wasm: 1600, 'node:crypto': 5000 } as const

export function simulatedReport(simulation: Simulation): BenchReport {
  const { seed, rounds = 15, noise = 0.03, drift = 0.01, mood = 1 } = simulation
  const { slowdown = 1, baseline = 1, contests = 4 } = simulation
  const random = new Random(seed)
  const normal = () => {
    // The sum of twelve evens has a variance of one.
    let sum = -6
    for (let i = 0; i < 12; i++) sum += random.below(2 ** 20) / 2 ** 20
    return sum
  }
  const outcomes = Array.from({ length: contests }, (_, contest): Outcome => {
    const moods = Array.from({ length: rounds }, () => mood * Math.exp(noise * normal()))
    const timesOf = (name: (typeof CONTENDERS)[number]) => {
      const planted = name === 'native' && contest === 0 ? slowdown : 1
      const level = NS[name] * planted * (name === 'node:crypto' ? baseline : 1)
      const own = level * Math.exp(drift * normal())
      return moods.map((one) => own * one * Math.exp((noise / 2) * normal()))
    }
    const all = CONTENDERS.map((name) => ({ name, rounds: timesOf(name) }))
    const beside = all.at(-1)!.rounds
    return {
      ...{ title: `wrap ${2 ** contest} keys`, baselines: ['node:crypto', '@noble/ciphers'] },
      bytesPerOp: 2 ** contest * 1024,
      sweep: { of: 'wrap', at: 2 ** contest * 1024, unit: 'bytes' },
      standings: all.map((one) => standing(one.name, one.rounds, beside)),
    }
  })
  const question = {
    ...{ name: 'engine/wrap', asks: 'how fast is one data key wrapped?', core: 1, load: 0.5 },
    ...{ seconds: 40, failed: null, notes: ['a note'], outcomes },
  }
  return {
    version: 1,
    startedAt: '2026-01-02T03:04:05.678Z',
    environment: {
      ...{ cpu: 'a simulated CPU', cores: 2, flags: ['aes', 'vaes'], kernel: '6.1' },
      ...{ node: 'v20.20.2', openssl: '3.0.15', engine: 'native, wasm', commit: '4cebc78' },
      ...{ governor: null, stealMs: 120 },
    },
    pace: { rounds, sliceMs: 100, warmUpMs: 500 },
    questions: [question],
  }
}

export function standing(
  name: string,
  rounds: readonly number[],
  beside: readonly number[],
): Standing {
  const middle = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  const ratio = middle(rounds.map((own, i) => beside[i]! / own))
  const median = middle(rounds)
  return { name, median, p99: median * 3, spread: 0.02, ratios: { 'node:crypto': ratio }, rounds }
}
