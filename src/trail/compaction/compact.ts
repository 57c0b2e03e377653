/**
 * The many small log files of days that are over, put together into a few, beside them.
 *
 *     folder → what no compacted file has yet → by key → read, one after the other → 64 MiB → the plan → the file → …
 *
 * Log files stay as they are: digests tell of them, and they are the evidence. A plan is put before its file; who is
 * stopped between the two makes the file of the plan when he comes again. Twice gives nothing new, and a log file that comes
 * later gets a file of its own. All is read and put as the caller. Source: docs/FORMAT.md §11.3.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import { logsPrefix, putMembers } from '../delivery/service.js'
import {
  type FilePlace,
  foldersIn,
  type LogFile,
  readLogFile,
  regionsOf,
} from '../reading/files.js'
import type { Trail } from '../trails/trail.js'
import { JoinedFile } from './joined-file.js'
import { compactedKey, type Folder, planKey, sourceFolder } from './names.js'
import { planText, SOURCES_MAX, standingOf } from './plans.js'
import { bySeal, type Seal } from './seals.js'

/** Plain bytes: few objects, each of which a reader still takes as one JSON text. */
const FILE_BYTES_MAX = 64 * 1024 * 1024
const DAY = /^\d{4}-\d\d-\d\d$/

/** A file that was made. */
export interface CompactedFile {
  /** `s3://bucket/key` */
  readonly object: string
  /** How many log files are in it. */
  readonly logFiles: number
  readonly records: number
  readonly plainBytes: number
}

export interface Compacting {
  readonly root: Root
  readonly trail: Trail
  readonly place: FilePlace
  /** The day that it is, `2026-01-02`. */
  readonly today: string
}

/** @throws SealtrailError `InputInvalid` */
export function checkDay(day: string | undefined, today: string): void {
  if (day === undefined) return
  const isDay = typeof day === 'string' && DAY.test(day) && isDate(day)
  const says = isDay ? `the day ${day} is not over yet` : 'a day is one such as 2026-01-31'
  if (!isDay || day >= today) throw new SealtrailError('InputInvalid', says)
}

/**
 * Of one day, or of all that are over.
 * @throws SealtrailError as reading and putting objects does; `ObjectDamaged` for what is no log file
 */
export async function compactFolders(given: Compacting, day?: string): Promise<CompactedFile[]> {
  const made: CompactedFile[] = []
  for (const region of await regionsOf(given.place)) {
    for (const one of day === undefined ? await daysOver(given, region) : [day]) {
      const folder = { place: given.place, region, day: one }
      for await (const file of compactFolder(given, folder)) made.push(file)
    }
  }
  return made
}

/** Not such as February 30. */
function isDate(day: string): boolean {
  const time = new Date(day)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day)
}

async function* compactFolder(given: Compacting, folder: Folder): AsyncGenerator<CompactedFile> {
  const { rest, unfinished } = await standingOf(given.root, folder)
  for (const sources of unfinished) {
    const [seal, ...others] = (await bySeal(folder, sources)).keys()
    if (others.length > 0) throw mixed(given, folder, sources)
    const file = await JoinedFile.begin()
    try {
      for (const name of sources) await file.add(await read(folder, name))
      yield await put(given, folder, { sources, seal }, file)
    } finally {
      file.release()
    }
  }
  for (const [seal, names] of await bySeal(folder, rest))
    yield* compactNames(given, folder, names, seal)
}

async function* compactNames(
  given: Compacting,
  folder: Folder,
  names: readonly string[],
  seal: Seal,
): AsyncGenerator<CompactedFile> {
  let next: LogFile | undefined
  for (let at = 0; at < names.length; ) {
    const file = await JoinedFile.begin()
    try {
      const first = at
      for (; at < names.length && at < first + SOURCES_MAX; at++) {
        next ??= await read(folder, names[at]!)
        if (at > first && file.plainBytes + next.plain.length > FILE_BYTES_MAX) break
        await file.add(next)
        next = undefined
      }
      yield await put(given, folder, { sources: names.slice(first, at), seal }, file)
    } finally {
      file.release()
    }
  }
}

/** Log files of a plan lie under other keys than when it was made. */
function mixed({ root }: Compacting, folder: Folder, sources: readonly string[]): SealtrailError {
  const plan = planKey(compactedKey(root, folder, sources))
  const says = `log files of s3://${folder.place.bucket}/${plan} lie under several keys: without it, they are compacted anew`
  return new SealtrailError('InputInvalid', says)
}

function read(folder: Folder, name: string): Promise<LogFile> {
  return readLogFile(folder.place, `${sourceFolder(folder)}${name}`)
}

async function put(
  { root, trail }: Compacting,
  folder: Folder,
  { sources, seal }: { readonly sources: readonly string[]; readonly seal: Seal },
  file: JoinedFile,
): Promise<CompactedFile> {
  const { s3, bucket: Bucket } = folder.place
  const member = await file.end()
  const Key = compactedKey(root, folder, sources)
  const members = {
    ...putMembers(trail, seal),
    ...({ ContentType: 'application/json', IfNoneMatch: '*' } as const),
  }
  const object = { Bucket, ...members }
  await unlessThere(s3.putObject({ ...object, Key: planKey(Key), Body: planText(sources) }))
  const Body = Readable.from(member)
  await unlessThere(s3.putObject({ ...object, Key, Body, ContentEncoding: 'gzip' }))
  const { records, plainBytes } = file
  return { object: `s3://${Bucket}/${Key}`, logFiles: sources.length, records, plainBytes }
}

/** What is there under this name already is the same. */
async function unlessThere(putting: Promise<unknown>): Promise<void> {
  try {
    await putting
  } catch (error) {
    if (!isSealtrailError(error, 'PreconditionFailed')) throw error
  }
}

async function daysOver({ place, today }: Compacting, region: string): Promise<string[]> {
  const below = `${logsPrefix(place.account, place.prefix)}CloudTrail/${region}/`
  const days: string[] = []
  for (const year of await foldersIn(place, below)) {
    for (const month of await foldersIn(place, `${below}${year}/`)) {
      for (const day of await foldersIn(place, `${below}${year}/${month}/`)) {
        days.push(`${year}-${month}-${day}`)
      }
    }
  }
  return days.filter((day) => DAY.test(day) && day < today)
}
