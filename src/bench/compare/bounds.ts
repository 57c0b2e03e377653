/**
 * How much two reports may hold to be compared: who sends one does not say how long that takes.
 *
 * All benches of this version, with every engine and peer, have some 9,000 values and six million draws.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { BenchReport } from '../report/report.js'

/** Rounds of contenders, and of each beside each baseline. */
const VALUES_MAX = 1_000_000
/** Of labels, of all measures: half a minute. */
const DRAWS_MAX = 100_000_000

/** Before anything is made of a report. @throws SealtrailError `InputInvalid` */
export function checkValues({ questions }: BenchReport): void {
  let values = 0
  for (const { outcomes } of questions) {
    for (const { baselines, standings } of outcomes) {
      for (const { rounds } of standings) values += rounds.length * (1 + baselines.length)
    }
  }
  if (values > VALUES_MAX) throw tooMuch('rounds of contenders')
}

/** @throws SealtrailError `InputInvalid` */
export function checkDraws(measures: number, draws: number): void {
  if (measures * draws > DRAWS_MAX) throw tooMuch('contenders')
}

function tooMuch(of: string): SealtrailError {
  return new SealtrailError('InputInvalid', `the reports have more ${of} than can be compared`)
}
