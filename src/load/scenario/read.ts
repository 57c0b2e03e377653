/**
 * A scenario file, read: YAML or JSON, with what the command line says in its place.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { complaintOf } from '../../seed/check.js'
import { valueInYaml } from '../../seed/yaml-text.js'
import { impossible } from './possible.js'
import { type Scenario, scenarioOf } from './scenario.js'
import { SCENARIO_SCHEMA } from './schema.js'

/** Members that stand in for those of the file; undefined ones do not. */
export type Overrides = Readonly<Record<string, unknown>>

/** @param source what the bytes are of, for errors. @throws SealtrailError `ConfigInvalid`, naming the place. */
export function readScenario(
  bytes: Uint8Array,
  source: string,
  overrides: Overrides = {},
): Scenario {
  const given = valueInYaml(bytes, (reason) => unusable(`${source} ${reason}`))
  const said = Object.entries(overrides).filter(([, value]) => value !== undefined)
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  return checkedScenario(isObject ? { ...given, ...Object.fromEntries(said) } : given, source)
}

/** @throws SealtrailError `ConfigInvalid`, naming the place. */
export function checkedScenario(given: unknown, source: string): Scenario {
  const wrong = complaintOf(SCENARIO_SCHEMA, given)
  if (wrong !== undefined) throw unusable(`${source} is no scenario: ${wrong}`)
  const scenario = scenarioOf(given as object)
  const cannot = impossible(scenario)
  if (cannot !== undefined) throw unusable(`${source} cannot be run: ${cannot}`)
  return scenario
}

function unusable(message: string): SealtrailError {
  return new SealtrailError('ConfigInvalid', message)
}
