/**
 * A fair race: contenders that agree, timed in turns, compared round by round.
 *
 * Every round gives each contender a slice of time, in an order that turns from round to round, after a
 * collection of the others' young garbage. A sample is long enough for the clock; ratios are taken within a
 * round, where the machine was in one mood, and their median is told. How it is shown is in report/.
 *
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Contest {
  /** The question, with its parameters: `seal a frame of 65536 bytes`. */
  readonly title: string
  /** Ratios are told against these contenders, if they take part. */
  readonly baselines: readonly string[]
  /** Tells MB/s too. */
  readonly bytesPerOp?: number
  /** One of several that differ in one number only. */
  readonly sweep?: Sweep
}

export interface Sweep {
  /** What they have in common: `seal`. */
  readonly of: string
  readonly at: number
  readonly unit: 'bytes' | 'at once'
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
  readonly ratios: Readonly<Record<string, number>>
  /** The median of each round. */
  readonly rounds: readonly number[]
}

/** How long a contest takes. */
export interface Pace {
  readonly rounds: number
  readonly sliceMs: number
  readonly warmUpMs: number
}

export const FULL: Pace = { rounds: 15, sliceMs: 100, warmUpMs: 500 }
/** A fraction of the time, for a first look; with as few rounds as can still be told from others (compare/). */
export const QUICK: Pace = { rounds: 13, sliceMs: 15, warmUpMs: 100 }

/** Below this the clock, not the contender, is what a sample shows. */
const SAMPLE_MS = 0.1

interface Entry {
  readonly contender: Contender
  /** Runs in one sample. */
  readonly runs: number
  /** Nanoseconds for one operation, of all rounds. */
  readonly samples: number[]
  /** The median of each round. */
  readonly medians: number[]
}

/** @throws Error when contenders disagree. */
export async function holdContest(
  question: Contest,
  contenders: readonly Contender[],
  pace: Pace,
): Promise<Standing[]> {
  await agree(question, contenders)
  const collect = collector()
  const entries: Entry[] = []
  for (const contender of contenders) {
    const runs = await calibrate(contender, pace)
    entries.push({ contender, runs, samples: [], medians: [] })
  }
  for (let round = 0; round < pace.rounds; round++) {
    const first = round % entries.length
    for (const entry of [...entries.slice(first), ...entries.slice(0, first)]) {
      // Who asks may have gone meanwhile: contenders that never wait would not let this process hear of it.
      await turn()
      // A full collection would throw away the compiled code of whoever did not run lately.
      collect()
      await slice(entry, pace.sliceMs)
    }
  }
  return entries.map((entry) => stand(entry, entries, question.baselines))
}

async function agree({ title }: Contest, contenders: readonly Contender[]): Promise<void> {
  let first: Uint8Array | undefined
  for (const { name, answer } of contenders) {
    const given = await answer()
    first ??= given
    if (Buffer.compare(first, given) !== 0) {
      throw new Error(`${title}: ${name} does not agree with ${contenders[0]?.name}`)
    }
  }
}

/** Of young garbage. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as NodeJS.GCFunction
  return () => void gc({ type: 'minor', execution: 'sync' })
}

/** Warms up, and finds how many runs fill a sample. */
async function calibrate({ run }: Contender, { warmUpMs }: Pace): Promise<number> {
  let runs = 1
  const start = performance.now()
  for (;;) {
    const before = performance.now()
    await repeat(run, runs)
    const after = performance.now()
    if (after - before < SAMPLE_MS) runs *= 2
    else if (after - start > warmUpMs) return runs
  }
}

async function slice({ contender, runs, samples, medians }: Entry, sliceMs: number): Promise<void> {
  const { run, opsPerRun = 1 } = contender
  const toNanoseconds = 1e6 / (runs * opsPerRun)
  const own: number[] = []
  const end = performance.now() + sliceMs
  for (let before = performance.now(); before < end; ) {
    const pending = repeat(run, runs)
    if (pending !== undefined) await pending
    const after = performance.now()
    own.push((after - before) * toNanoseconds)
    before = performance.now()
  }
  samples.push(...own)
  medians.push(quantile(own, 0.5))
}

/** Asynchronous only where `run` is: awaiting would cost more than a small run does. */
function repeat(run: () => unknown, runs: number): Promise<void> | undefined {
  for (let i = 1; i <= runs; i++) {
    const pending = run()
    if (pending instanceof Promise) return rest(pending, run, runs - i)
  }
  return undefined
}

async function rest(pending: Promise<unknown>, run: () => unknown, runs: number): Promise<void> {
  await pending
  for (let i = 0; i < runs; i++) await run()
}

function stand(entry: Entry, entries: readonly Entry[], baselines: readonly string[]): Standing {
  const { contender, samples, medians } = entry
  const median = quantile(samples, 0.5)
  const ratios: Record<string, number> = {}
  for (const name of baselines) {
    const baseline = entries.find((other) => other.contender.name === name)
    if (baseline === undefined) continue
    const perRound = medians.map((own, round) => baseline.medians[round]! / own)
    ratios[name] = quantile(perRound, 0.5)
  }
  return {
    name: contender.name,
    median,
    p99: quantile(samples, 0.99),
    spread: (quantile(medians, 0.75) - quantile(medians, 0.25)) / median,
    ratios,
    rounds: medians,
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
