/**
 * A file of faults, read: YAML, or JSON, checked whole before anybody is served.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { complaintOf } from '../seed/check.js'
import { valueInYaml } from '../seed/yaml-text.js'
import { readPublicFile } from '../store/files/public-file.js'
import { FAULTS_SCHEMA, type FaultRule, type FaultScript } from './schema.js'

const FILE_BYTES_MAX = 1 << 20
const WHEN = ['first', 'every', 'percent'] as const

/** @throws SealtrailError `ConfigInvalid`, naming the place. */
export async function readFaultsFile(path: string): Promise<FaultScript> {
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError('ConfigInvalid', `faults file ${path} ${reason}`, {}, { cause })
  const bytes = await readPublicFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  const given = valueInYaml(bytes, unusable)
  const complaint = complaintOf(FAULTS_SCHEMA, given) ?? halfRuleIn(given as FaultScript)
  if (complaint !== undefined) throw unusable(`is no script of faults: ${complaint}`)
  return given as FaultScript
}

/** The first rule that does nothing, or does not say when. */
function halfRuleIn({ faults }: FaultScript): string | undefined {
  for (const [index, rule] of faults.entries()) {
    const complaint = half(rule)
    if (complaint !== undefined) return `faults[${index}] ${complaint}`
  }
  return undefined
}

function half(rule: FaultRule): string | undefined {
  if (rule.error === undefined && rule.delayMs === undefined) {
    return 'must have error, delayMs, or both'
  }
  if (WHEN.filter((name) => rule[name] !== undefined).length === 1) return undefined
  return `must have one of ${WHEN.join(', ')}`
}
