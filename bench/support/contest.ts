/**
 * A fair race: contenders that agree, timed in turns, compared round by round.
 *
 * Every round gives each contender a slice of time, in an order that turns from round to round, after a
 * collection of the others' young garbage. A sample is long enough for the clock; ratios are taken within a
 * round, where the machine was in one mood, and their median is told. tinybench takes the samples; what is
 * printed is in report.ts.
 *
 * @module
 */
import { Bench } from 'tinybench'
import { report } from './report.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = IS_SHORT ? 5 : 15
const SLICE_MS = IS_SHORT ? 40 : 100
/** Below this the clock, not the contender, is what a sample shows. */
const SAMPLE_MS = 0.1
const WARM_UP_MS = IS_SHORT ? 100 : 500

export interface Contest {
  /** The question, with its parameters: `seal a frame of 65536 bytes`. */
  readonly title: string
  /** Ratios are told against these contenders, if they take part. */
  readonly baselines: readonly string[]
  /** Tells MB/s too. */
  readonly bytesPerOp?: number
  /** For contenders that take seconds. */
  readonly rounds?: number
}

export interface Contender {
  readonly name: string
  /** Does the work once and gives what all contenders must agree on. */
  readonly answer: () => Uint8Array | Promise<Uint8Array>
  /** May return a promise, which is then awaited. */
  readonly run: () => unknown
  /** Operations in one `run`; 1 unless it is a batch. */
  readonly opsPerRun?: number
}

export interface Standing {
  readonly name: string
  /** Nanoseconds for one operation. */
  readonly median: number
  readonly p99: number
  /** Interquartile range of the rounds' medians, relative to the median. */
  readonly spread: number
  /** How many times as fast as each baseline. */
  readonly ratios: ReadonlyMap<string, number>
}

/** Holds the contest and prints it. @throws when contenders disagree. */
export async function contest(question: Contest, contenders: Contender[]): Promise<Standing[]> {
  await agree(question, contenders)
  const entries: Entry[] = []
  for (const contender of contenders) {
    const runs = await calibrate(contender)
    entries.push({ contender, runs, samples: [], medians: [] })
  }
  for (let round = 0; round < (question.rounds ?? ROUNDS); round++) {
    const first = round % entries.length
    for (const entry of [...entries.slice(first), ...entries.slice(0, first)]) await slice(entry)
  }
  const standings = entries.map((entry) => stand(entry, entries, question.baselines))
  report(question, standings)
  return standings
}

interface Entry {
  readonly contender: Contender
  /** Runs in one sample. */
  readonly runs: number
  /** Nanoseconds for one operation, of all rounds. */
  readonly samples: number[]
  /** The median of each round. */
  readonly medians: number[]
}

async function agree({ title }: Contest, contenders: Contender[]): Promise<void> {
  let first: Uint8Array | undefined
  for (const { name, answer } of contenders) {
    const given = await answer()
    first ??= given
    if (Buffer.compare(first, given) !== 0) {
      throw new Error(`${title}: ${name} does not agree with ${contenders[0]?.name}`)
    }
  }
}

/** Warms up, and finds how many runs fill a sample. */
async function calibrate({ run }: Contender): Promise<number> {
  let runs = 1
  const start = performance.now()
  for (;;) {
    const before = performance.now()
    await repeat(run, runs)()
    const after = performance.now()
    if (after - before < SAMPLE_MS) runs *= 2
    else if (after - start > WARM_UP_MS) return runs
  }
}

async function slice({ contender, runs, samples, medians }: Entry): Promise<void> {
  // A full collection would throw away the compiled code of whoever did not run lately.
  globalThis.gc?.({ type: 'minor', execution: 'sync' })
  const bench = new Bench({
    time: SLICE_MS,
    iterations: 1,
    warmup: false,
    retainSamples: true,
    throws: true,
  })
  bench.add(contender.name, repeat(contender.run, runs))
  const [task] = await bench.run()
  if (task?.result.state !== 'completed') throw new Error(`${contender.name} did not complete`)
  const { latency } = task.result
  const toNanoseconds = 1e6 / (runs * (contender.opsPerRun ?? 1))
  for (const sample of latency.samples ?? []) samples.push(sample * toNanoseconds)
  medians.push(latency.p50 * toNanoseconds)
}

/** Asynchronous only where `run` is: awaiting would cost more than a small run does. */
function repeat(run: () => unknown, runs: number): () => unknown {
  return () => {
    for (let i = 1; i <= runs; i++) {
      const pending = run()
      if (pending instanceof Promise) return rest(pending, run, runs - i)
    }
  }
}

async function rest(pending: Promise<unknown>, run: () => unknown, runs: number): Promise<void> {
  await pending
  for (let i = 0; i < runs; i++) await run()
}

function stand(entry: Entry, entries: Entry[], baselines: readonly string[]): Standing {
  const median = quantile(entry.samples, 0.5)
  const ratios = new Map<string, number>()
  for (const name of baselines) {
    const baseline = entries.find(({ contender }) => contender.name === name)
    if (baseline === undefined) continue
    const perRound = entry.medians.map((own, round) => baseline.medians[round]! / own)
    ratios.set(name, quantile(perRound, 0.5))
  }
  return {
    name: entry.contender.name,
    median,
    p99: quantile(entry.samples, 0.99),
    spread: (quantile(entry.medians, 0.75) - quantile(entry.medians, 0.25)) / median,
    ratios,
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
