/**
 * Sentences about a report that its page and its tables have in common.
 *
 * @module
 */
import { durationText } from '../../load/report/figures.js'
import { FULL } from '../contest.js'
import type { BenchReport } from './report.js'

export function paceText({ pace, questions }: BenchReport): string {
  const seconds = questions.reduce((sum, one) => sum + one.seconds, 0)
  return `${pace.rounds} rounds of ${pace.sliceMs} ms for each contender, ${durationText(seconds)} in all`
}

export function againText({ pace, questions }: BenchReport): string {
  // Words that a shell reads as they are: a report may come from anywhere.
  const names = questions.map(({ name }) => name.replace(/[^\w./-]/g, '?'))
  const quick = pace.rounds < FULL.rounds ? ' --quick' : ''
  return `npx sealtrail bench ${names.join(' ')}${quick}`
}
