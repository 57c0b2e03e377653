/**
 * A question put to this machine, and what came of it.
 *
 * @module
 */
import { holdContest, type Pace, type Standing } from './contest.js'
import { type Machine, machine, stayOnOneCore } from './machine.js'
import type { Question } from './question.js'

export interface Outcome {
  readonly title: string
  readonly baselines: readonly string[]
  readonly bytesPerOp?: number
  readonly standings: readonly Standing[]
}

/** The form of `sealtrail bench --json`, one for each question. */
export interface Answered {
  readonly version: 1
  readonly name: string
  readonly machine: Machine
  /** The CPU that it was kept on; null where it had all of them. */
  readonly core: number | null
  readonly notes: readonly string[]
  readonly outcomes: readonly Outcome[]
}

/** To be told of what comes, as it comes. */
export interface Listening {
  begun(machine: Machine, core: number | null): unknown
  outcome(outcome: Outcome): unknown
}

/**
 * The process is kept on one CPU from then on where the question says so.
 * @throws Error when contenders disagree.
 */
export async function ask(
  question: Question,
  folder: string,
  pace: Pace,
  tell: Listening,
): Promise<Answered> {
  const about = machine()
  const core = question.cores === 'one' ? (stayOnOneCore() ?? null) : null
  await tell.begun(about, core)
  const closers: Array<() => unknown> = []
  const notes: string[] = []
  const outcomes: Outcome[] = []
  try {
    const needs = { folder, closers, note: (sentence: string) => void notes.push(sentence) }
    const { contests } = await question.load()
    for await (const { contenders, ...contest } of contests(needs)) {
      const { title, baselines, bytesPerOp } = contest
      const standings = await holdContest(contest, contenders, pace)
      const outcome = { title, baselines, ...(bytesPerOp && { bytesPerOp }), standings }
      outcomes.push(outcome)
      await tell.outcome(outcome)
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
  return { version: 1, name: question.name, machine: about, core, notes, outcomes }
}
