/**
 * Which log files of a folder are compacted, and which are still to be.
 *
 * A plan lies beside its file, and was there before it. What a plan says is believed when it has the name of it: nobody
 * else can give it one. Source: docs/FORMAT.md §11.3.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { isSealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import { slotEndOf } from '../reading/files.js'
import { pagesBelow } from '../validation/read.js'
import { compactedFolder, compactedKey, type Folder, plannedKey, sourceFolder } from './names.js'

/** So many log files go into one file at most, however small they are. */
export const SOURCES_MAX = 20_000
/** Names of S3 have at most 1,024 bytes. */
const PLAN_BYTES_MAX = 32 * 1024 * 1024

export interface Standing {
  /** Names of log files that are in no file. */
  readonly rest: readonly string[]
  /** Plans whose file is not there, and can be made. */
  readonly unfinished: ReadonlyArray<readonly string[]>
}

/** @throws SealtrailError as S3 does */
export async function standingOf(root: Root, folder: Folder): Promise<Standing> {
  const { s3, bucket } = folder.place
  const names = new Set<string>()
  const below = sourceFolder(folder)
  for await (const { Contents = [] } of pagesBelow(s3, bucket, below)) {
    for (const { Key } of Contents) {
      if (slotEndOf(Key) !== undefined) names.add(Key.slice(below.length))
    }
  }
  const keys = new Set<string>()
  for await (const { Contents = [] } of pagesBelow(s3, bucket, compactedFolder(folder))) {
    for (const { Key } of Contents) keys.add(Key)
  }
  const rest = new Set(names)
  const unfinished: Array<readonly string[]> = []
  for (const key of keys) {
    const file = plannedKey(key)
    const sources = file === undefined ? undefined : await planIn(folder, key)
    if (sources === undefined || compactedKey(root, folder, sources) !== file) continue
    if (!keys.has(file)) {
      if (!sources.every((name) => names.has(name))) continue
      unfinished.push(sources)
    }
    for (const name of sources) rest.delete(name)
  }
  return { rest: [...rest], unfinished }
}

export function planText(sources: readonly string[]): string {
  return JSON.stringify({ version: 1, sources })
}

/** Undefined for what is no plan. */
async function planIn({ place }: Folder, key: string): Promise<readonly string[] | undefined> {
  const { s3, bucket } = place
  try {
    const { Body, ContentLength } = (await s3.getObject({ Bucket: bucket, Key: key })) as {
      readonly Body: Uint8Array | Readable
      readonly ContentLength: number
    }
    if (ContentLength > PLAN_BYTES_MAX) {
      if (!(Body instanceof Uint8Array)) Body.destroy()
      return undefined
    }
    const bytes = Body instanceof Uint8Array ? Body : await buffer(Body)
    const { version, sources } = JSON.parse(Buffer.from(bytes).toString()) ?? {}
    const isPlan = version === 1 && Array.isArray(sources) && sources.every(isText)
    return isPlan ? sources : undefined
  } catch (error) {
    const isGone = isSealtrailError(error) && error.code === 'NoSuchKey'
    if (isGone || error instanceof SyntaxError) return undefined
    throw error
  }
}

function isText(given: unknown): boolean {
  return typeof given === 'string'
}
