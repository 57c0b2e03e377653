/**
 * The engines of this machine, as contenders.
 *
 * @module
 */
import { openEngine, surveyEngines } from '../engine/choose.js'
import type { Engine } from '../engine/engine.js'
import type { Needs } from './question.js'

/** Those that serve; why others do not is noted. */
export function usableEngines({ note }: Pick<Needs, 'note'>): Engine[] {
  return surveyEngines().flatMap(({ name, usable, reason }) => {
    if (usable) return [openEngine(name)]
    note(`the ${name} engine does not take part: ${reason}`)
    return []
  })
}
