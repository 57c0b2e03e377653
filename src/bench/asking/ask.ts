/**
 * A question put to this process, and what came of it.
 *
 * @module
 */
import { loadavg } from 'node:os'
import { FULL, holdContest, QUICK } from '../contest.js'
import { stayOnOneCore } from '../machine.js'
import type { Needs, Question } from '../question.js'
import type { Answered, Outcome } from '../report/report.js'

/** How it is to be asked. */
export type Asking = Pick<Needs, 'folder' | 'engine' | 'isQuick'>

/** To be told of what comes, as it comes. */
export interface Listening {
  begun(load: number, core: number | null): void
  outcome(outcome: Outcome): void
}

export function paceOf({ isQuick }: Pick<Needs, 'isQuick'>) {
  return isQuick ? QUICK : FULL
}

/**
 * The process is kept on one CPU from then on where the question says so. What fails, such as contenders that disagree, is
 * told with what was measured before.
 */
export async function ask(
  { name, asks, cores, load: read }: Question,
  asking: Asking,
  tell: Listening,
): Promise<Answered> {
  const load = loadavg()[0] ?? 0
  const core = cores === 'one' ? (stayOnOneCore() ?? null) : null
  const begun = performance.now()
  tell.begun(load, core)
  const closers: Array<() => unknown> = []
  const notes: string[] = []
  const outcomes: Outcome[] = []
  let failed: string | null = null
  try {
    const needs = { ...asking, closers, note: (sentence: string) => void notes.push(sentence) }
    const { contests } = await read()
    for await (const { contenders, ...contest } of contests(needs)) {
      const { title, baselines, bytesPerOp = null, sweep = null } = contest
      const standings = await holdContest(contest, contenders, paceOf(asking))
      const outcome = { title, baselines, bytesPerOp, sweep, standings }
      outcomes.push(outcome)
      tell.outcome(outcome)
    }
  } catch (error) {
    failed = reasonOf(error)
  }
  for (const close of closers.reverse()) {
    try {
      await close()
    } catch (error) {
      failed ??= reasonOf(error)
    }
  }
  const seconds = (performance.now() - begun) / 1000
  return { name, asks, core, load, seconds, failed, notes, outcomes }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
