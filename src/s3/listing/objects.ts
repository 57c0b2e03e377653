/**
 * The objects of a bucket in the order of their keys, those below a delimiter rolled up: a page of them.
 *
 *     a/1  a/2  a/3  b  c/1        with the delimiter /:  a/  b  c/
 *
 * What is rolled up is skipped in the index, not read: a page costs as many steps as it has entries, however many
 * objects there are. But for delimiters that begin as the second half of an escape does (objects/stored-key.ts): the index
 * cannot tell one from the other, so keys are read and rolled up as they are.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Row } from '../../store/view/schema.js'
import { type Kept, versionOf } from '../objects/rows.js'
import { beginsInEscape, keyOfStored, storedKey } from '../objects/stored-key.js'
import type { ObjectVersion } from '../objects/version.js'
import { behindAll, commonPrefix, endOf, justAfter } from './text-range.js'
import { walkPage } from './walk.js'

export interface Wanted {
  readonly prefix: string
  readonly delimiter: string | undefined
  /** At or after it. */
  readonly from: string
  readonly limit: number
}

export type Entry = { readonly version: ObjectVersion } | { readonly commonPrefix: string }

/** At most `limit` entries. @throws SealtrailError `StoreDamaged` */
export async function listObjects(kept: Kept, bucketId: string, wanted: Wanted): Promise<Entry[]> {
  if (wanted.limit === 0) return []
  const { prefix, delimiter } = wanted
  if (delimiter !== undefined && beginsInEscape(delimiter)) {
    return await listReading(kept, bucketId, wanted, delimiter)
  }
  const rows =
    delimiter === undefined
      ? await readRun(kept, bucketId, wanted)
      : await readSkipping(kept, bucketId, wanted, delimiter)
  return rows.map((row) => {
    const rolled = delimiter && commonPrefix(keyOfStored(row.object_key), prefix, delimiter)
    return rolled ? { commonPrefix: rolled } : { version: versionOf(kept.root, row) }
  })
}

async function listReading(
  kept: Kept,
  bucketId: string,
  wanted: Wanted,
  delimiter: string,
): Promise<Entry[]> {
  const { entries } = await walkPage<{ readonly key: string; readonly row: Row<'s3_version'> }>(
    async (after, limit) => {
      const rows = await readRun(kept, bucketId, { ...wanted, from: behind(after, wanted), limit })
      return rows.map((row) => ({ key: keyOfStored(row.object_key), row }))
    },
    { ...wanted, delimiter },
  )
  return entries.map((entry) =>
    'item' in entry ? { version: versionOf(kept.root, entry.item.row) } : entry,
  )
}

function behind(
  after:
    | { readonly item: { readonly key: string } }
    | { readonly commonPrefix: string }
    | undefined,
  { from }: Wanted,
): string {
  if (after === undefined) return from
  return 'item' in after ? justAfter(after.item.key) : behindAll(after.commonPrefix)
}

async function readRun(
  { store }: Kept,
  bucketId: string,
  { prefix, from, limit }: Wanted,
): Promise<Row<'s3_version'>[]> {
  const end = endOf(prefix)
  return await store.read(
    store.query
      .selectFrom('s3_version')
      .selectAll()
      .where('bucket_id', '=', bucketId)
      .where('is_latest', '=', 1)
      .where('is_marker', '=', 0)
      .where('object_key', '>=', storedKey(from))
      .$if(end !== undefined, (query) => query.where('object_key', '<', storedKey(end!)))
      .orderBy('object_key')
      .limit(limit)
      .compile(),
  )
}

/**
 * One row for each entry: from each key to the next that is not rolled up with it. Bytes are counted, not characters, so
 * that no text means two things.
 */
async function readSkipping(
  { store }: Kept,
  bucketId: string,
  { prefix, from, limit }: Wanted,
  delimiter: string,
): Promise<Row<'s3_version'>[]> {
  const prefixBytes = Buffer.byteLength(storedKey(prefix))
  const mark = Buffer.from(storedKey(delimiter))
  // Behind all that begins with a text that ends with the delimiter.
  const behind = storedKey(behindAll(delimiter))
  const last = endOf(prefix)
  const end = last === undefined ? null : storedKey(last)
  const rest = sql`substr(cast(walk.k as blob), ${prefixBytes + 1})`
  const at = sql<number>`instr(${rest}, ${mark})`
  const rolledEnd = sql`cast(substr(cast(walk.k as blob), 1, ${prefixBytes} + ${at} - 1) as text) || ${behind}`
  const next = sql`case when ${at} > 0 then ${rolledEnd} else walk.k || char(1) end`
  const first = (bound: ReturnType<typeof sql>) => sql`(
    select object_key from s3_version
    where bucket_id = ${bucketId} and is_latest = 1 and is_marker = 0
      and object_key >= ${bound} and (${end} is null or object_key < ${end})
    order by object_key limit 1)`
  const walk = sql<{ k: string }>`(
    with recursive walk(k, n) as (
      select ${first(sql`${storedKey(from)}`)}, 1
      union all
      select ${first(next)}, walk.n + 1 from walk where walk.k is not null and walk.n < ${limit}
    )
    select k from walk where k is not null)`
  return await store.read(
    store.query
      .selectFrom(walk.as('walked'))
      // SQLite leaves the order of a cross join: the walk first, not every row of the bucket.
      .crossJoin('s3_version')
      .whereRef('s3_version.object_key', '=', 'walked.k')
      .where('s3_version.bucket_id', '=', bucketId)
      .where('s3_version.is_latest', '=', 1)
      .where('s3_version.is_marker', '=', 0)
      .selectAll('s3_version')
      .orderBy('s3_version.object_key')
      .compile(),
  )
}
