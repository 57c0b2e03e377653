/**
 * A contest of src/bench, printed; how long it takes is the runner's to say (bench/run.mjs).
 *
 * @module
 */
import {
  type Contender,
  type Contest,
  FULL,
  holdContest,
  QUICK,
  type Standing,
} from '../../src/bench/contest.js'
import { standingsTable } from '../../src/bench/report/standings.js'
import { showMachine } from './machine.js'

export type { Contender, Contest, Standing }

const PACE = process.env.SEALTRAIL_BENCH_SHORT === undefined ? FULL : QUICK

/** @throws when contenders disagree. */
export async function contest(question: Contest, contenders: Contender[]): Promise<Standing[]> {
  const standings = await holdContest(question, contenders, PACE)
  showMachine()
  const { title, baselines, bytesPerOp = null } = question
  console.log(`\n${standingsTable({ title, baselines, bytesPerOp, standings }).join('\n')}`)
  return standings
}
