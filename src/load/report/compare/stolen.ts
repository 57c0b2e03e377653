/**
 * What other guests of a host took, where it is worth a word beside what was measured.
 *
 * @module
 */
import { shareText } from '../figures.js'
import type { Environment } from '../run.js'

/** Of the time of all cores: from here on it is told. */
const STOLEN_TOLD = 0.01

/** A sentence on `which`, or none. @param seconds that were measured */
export function stolenNotes(
  { stealMs, cores }: Environment,
  seconds: number,
  which: string,
): string[] {
  const all = cores * seconds
  const stolen = all > 0 ? (stealMs ?? 0) / 1000 / all : 0
  return stolen >= STOLEN_TOLD
    ? [`other guests of its host took ${shareText(stolen)} of ${which}`]
    : []
}
