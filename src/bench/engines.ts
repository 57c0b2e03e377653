/**
 * The engines of this machine, as contenders.
 *
 * @module
 */
import { openEngine, surveyEngines } from '../engine/choose.js'
import type { Engine, EngineName } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import type { Needs } from './question.js'

/** Those that serve, or the one that was asked for; why others do not is noted. @throws SealtrailError `EngineUnavailable` */
export function usableEngines({ engine, note }: Pick<Needs, 'engine' | 'note'>): Engine[] {
  if (engine !== 'auto') return [openEngine(engine)]
  const engines = surveyEngines().flatMap(({ name, usable, reason }) => {
    if (usable) return [openEngine(name)]
    note(`the ${name} engine does not take part: ${reason}`)
    return []
  })
  if (engines.length > 0) return engines
  throw new SealtrailError('EngineUnavailable', 'no engine is usable: sealtrail doctor says why')
}

/** Names of those that would take part. */
export function engineNames(engine: Needs['engine']): EngineName[] {
  if (engine !== 'auto') return [engine]
  return surveyEngines().flatMap(({ name, usable }) => (usable ? [name] : []))
}
