/**
 * How far the daily walk has come: the row `lifecycle` of the table `meta`.
 *
 * It is there since the first rules were put; without it there is nothing to walk for. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import type { Change } from '../../store/change.js'
import type { S3Parts } from '../parts.js'
import { DAY_MS } from './due.js'

export interface Progress {
  /** The last day whose walk is done: days since the epoch. */
  readonly day: number
  /** Where the walk of a later day stands. */
  readonly at?: Place
}

export interface Place {
  readonly day: number
  readonly bucket: string
  /** Before it all has been looked at. */
  readonly key: string
}

const META_LIFECYCLE = 'lifecycle'

export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS)
}

export async function readProgress({
  store,
}: Pick<S3Parts, 'store'>): Promise<Progress | undefined> {
  const [row] = await store.read(
    store.query.selectFrom('meta').select('value').where('name', '=', META_LIFECYCLE).compile(),
  )
  return row && (JSON.parse(Buffer.from(row.value).toString()) as Progress)
}

export function putProgress(progress: Progress): Change {
  return {
    put: 'meta',
    row: { name: META_LIFECYCLE, value: Buffer.from(JSON.stringify(progress)) },
  }
}

/** To be committed with rules: time counts from then on, and the first walk is the next day's. */
export async function waitingForRules(parts: S3Parts): Promise<Change[]> {
  const { seenTime } = parts
  const kept = seenTime.kept()
  if ((await readProgress(parts)) !== undefined) return [kept]
  return [kept, putProgress({ day: dayOf(seenTime.now()) })]
}
