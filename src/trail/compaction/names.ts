/**
 * Where compacted files lie, and what they are called: by what is in them.
 *
 * Source: docs/FORMAT.md §11.3.
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import { uniqueName } from '../delivery/names.js'
import { logsPrefix } from '../delivery/service.js'
import type { FilePlace } from '../reading/files.js'

/** The log files of a region and a day. */
export interface Folder {
  readonly place: FilePlace
  readonly region: string
  /** `2026-01-02`, UTC. */
  readonly day: string
}

const PLAN = '.sources.json'
const FILE = '.json.gz'

/** With a slash at its end, as both. */
export function sourceFolder({ place, region, day }: Folder): string {
  const { account, prefix } = place
  return `${logsPrefix(account, prefix)}CloudTrail/${region}/${day.replaceAll('-', '/')}/`
}

export function compactedFolder({ place, region, day }: Folder): string {
  const { account, prefix } = place
  return `${logsPrefix(account, prefix)}CloudTrail-Compacted/${region}/${day.replaceAll('-', '/')}/`
}

/** Of the file that has these sources. */
export function compactedKey(root: Root, folder: Folder, sources: readonly string[]): string {
  const { place, region, day } = folder
  const { bucket, account } = place
  const unique = uniqueName(root, ['trail-compacted', bucket, sourceFolder(folder), ...sources])
  const name = `${account}_CloudTrail-Compacted_${region}_${day.replaceAll('-', '')}_${unique}`
  return `${compactedFolder(folder)}${name}${FILE}`
}

/** Of the plan of a compacted file. */
export function planKey(key: string): string {
  return `${key.slice(0, -FILE.length)}${PLAN}`
}

/** Of the compacted file of a plan; undefined for the key of another object. */
export function plannedKey(key: string): string | undefined {
  return key.endsWith(PLAN) ? `${key.slice(0, -PLAN.length)}${FILE}` : undefined
}
