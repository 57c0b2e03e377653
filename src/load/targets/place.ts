/**
 * Where a house of a run lies, and names that no other run has.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { randomId } from '../../bytes/random.js'

export interface HousePlace {
  readonly dataDir: string
  readonly notes: readonly string[]
  remove(): Promise<void>
}

/** The data directory that was named, which stays, or a temporary one. */
export async function placeOf(named: string | undefined): Promise<HousePlace> {
  if (named !== undefined) {
    const dataDir = resolve(named)
    return { dataDir, notes: [`the house stays in ${dataDir}`], remove: async () => undefined }
  }
  const folder = await mkdtemp(join(tmpdir(), 'sealtrail-load-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  return { dataDir: join(folder, 'house'), notes: [], remove }
}

/** 12 hex digits. */
export function runName(): string {
  return randomId().replaceAll('-', '').slice(0, 12)
}
