/** Houses opened with a seed, and what they say. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Seed } from '../../src/seed/schema.js'

export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'
export const REGION = 'eu-central-1'
export const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'

type Draft<Value> = Value extends readonly (infer Item)[]
  ? Draft<Item>[]
  : Value extends object
    ? { -readonly [Name in keyof Value]: Draft<Value[Name]> }
    : Value
/** A seed that a test changes. */
export type MutableSeed = Draft<Seed>

/** The example of docs/SEED.md, as it stands there. */
export function exampleText(): string {
  return /```yaml seed\n([\s\S]*?)```/.exec(readFileSync('docs/SEED.md', 'utf8'))![1]!
}

/** A copy of the example, to be changed. */
export function example(): MutableSeed {
  return parse(exampleText()) as MutableSeed
}

export function writeSeed(folder: string, seed: unknown, mode = 0o600): string {
  const path = join(folder, 'seed.yaml')
  mkdirSync(folder, { recursive: true })
  const isWritten = typeof seed === 'string' || seed instanceof Uint8Array
  writeFileSync(path, isWritten ? seed : JSON.stringify(seed), { mode })
  return path
}

/** Opens the house in `folder` with `seed`, which is a text, or a value to be written as JSON. */
export async function openSeeded(folder: string, seed: unknown): Promise<Sealtrail> {
  return await openSealtrail({
    dataDir: join(folder, 'data'),
    seed: writeSeed(folder, seed),
    ...{ account: ACCOUNT, region: REGION, threads: 1 },
  })
}

export async function openAgain(folder: string): Promise<Sealtrail> {
  const dataDir = join(folder, 'data')
  return await openSealtrail({ dataDir, account: ACCOUNT, region: REGION, threads: 1 })
}

export interface SeedRecord {
  readonly eventName: string
  readonly userAgent: string
  readonly userIdentity: Record<string, string>
  readonly requestParameters: Record<string, unknown> | null
  readonly responseElements: Record<string, unknown> | null
  readonly additionalEventData?: Record<string, unknown>
}

/** Of both accounts, oldest first. */
export async function recordsOf(sealtrail: Sealtrail): Promise<SeedRecord[]> {
  const all = await Promise.all(
    [ACCOUNT, OTHER].map(async (account) => {
      const identity = { type: 'Root', accountId: account } as const
      const whose = sealtrail.as({ account, region: REGION, identity })
      return await whose.records({ afterSeq: 0, limit: 1000 })
    }),
  )
  return all.flat().map(({ record }) => JSON.parse(record) as SeedRecord)
}
