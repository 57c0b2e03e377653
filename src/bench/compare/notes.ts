/**
 * What makes a report of benches worth less, and what its baselines say of the machine.
 *
 * @module
 */

import { stolenNotes } from '../../load/report/compare/stolen.js'
import { digits, shareText } from '../../load/report/figures.js'
import type { BenchReport } from '../report/report.js'

/** Of a baseline's time, in the middle of all. */
const MOOD_TOLD = 0.05
/** As many processes for each core that were ready to run are others' work, not that of the bench before. */
const BUSY_TOLD = 1.5

export function notesOn({ questions, environment }: BenchReport, which: string): string[] {
  const seconds = questions.reduce((sum, one) => sum + one.seconds, 0)
  const busiest = Math.max(0, ...questions.map(({ load }) => load))
  return [
    ...questions.flatMap(({ name, failed }) =>
      failed === null ? [] : [`${which} has no whole answer to ${name}: ${failed}`],
    ),
    ...(busiest > BUSY_TOLD * environment.cores
      ? [`the machine of ${which} was busy: load ${digits(busiest)} on ${environment.cores} cores`]
      : []),
    ...stolenNotes(environment, seconds, which),
  ]
}

/** @param given changes of the times of all baselines */
export function controlNotes(given: readonly number[], isOneMachine: boolean): string[] {
  if (given.length === 0) return []
  const changes = [...given].sort((a, b) => a - b)
  const middle = changes[Math.floor(changes.length / 2)]!
  if (!isOneMachine) return ['the machines differ: times are compared, and not by the baselines']
  if (Math.abs(middle) < MOOD_TOLD) return []
  const way = middle > 0 ? 'slower' : 'faster'
  return [
    `the machine was ${way}: its baselines took ${shareText(Math.abs(middle))} ${middle > 0 ? 'more' : 'less'} time in the middle`,
  ]
}
