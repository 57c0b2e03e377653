/**
 * Settings that are not for load: they are of a house that a command opens, and load's targets are its scenario's to say.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

const SETTINGS = ['config', 'dataDir', 'rootKeyFile', 'engine', 'account', 'region']

/** @throws SealtrailError `ConfigInvalid` */
export function refuseSettings(given: Readonly<Record<string, unknown>>): void {
  const [name] = SETTINGS.filter((name) => given[name] !== undefined)
  if (name === undefined) return
  throw new SealtrailError(
    'ConfigInvalid',
    `${name} is not for load: its scenario names the target`,
  )
}
