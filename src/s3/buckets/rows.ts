/**
 * Buckets as rows, each under a MAC: put, dropped, and read back.
 *
 * The table is in store/view/schema/s3.ts. Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Tables } from '../../store/view/dialect.js'
import type { Row } from '../../store/view/schema.js'
import type { Bucket, BucketConfig } from './bucket.js'

type BucketRow = Row<'s3_bucket'>

export function putBucket(root: Root, bucket: Bucket): Change {
  const row = {
    name: bucket.name,
    account: bucket.account,
    region: bucket.region,
    created_at: bucket.createdAt,
    bucket_id: bucket.id,
    config: JSON.stringify(bucket.config),
  }
  return { put: 's3_bucket', row: { ...row, mac: macOf(root, row) } }
}

export function dropBucket({ name }: Bucket): Change {
  return { drop: 's3_bucket', key: { name } }
}

/** @throws SealtrailError `StoreDamaged` when the row is not as it was put there. */
export async function readBucket(
  store: Store,
  root: Root,
  name: string,
): Promise<Bucket | undefined> {
  const [row] = await store.read(
    store.query.selectFrom('s3_bucket').selectAll().where('name', '=', name).compile(),
  )
  return row && bucketOf(root, row)
}

/** @throws SealtrailError `StoreDamaged` */
export async function readBucketOfId(
  tables: Tables,
  root: Root,
  id: string,
): Promise<Bucket | undefined> {
  const [row] = await tables.read(
    tables.query.selectFrom('s3_bucket').selectAll().where('bucket_id', '=', id).compile(),
  )
  return row && bucketOf(root, row)
}

export interface BucketsWanted {
  /** The last name of the page before. */
  readonly after: string
  readonly prefix: string
  readonly region: string | undefined
  readonly limit: number
}

/** In the order of their names. */
export async function readBucketsOf(
  store: Store,
  root: Root,
  account: string,
  { after, prefix, region, limit }: BucketsWanted,
): Promise<Bucket[]> {
  let query = store.query
    .selectFrom('s3_bucket')
    .selectAll()
    .where('account', '=', account)
    .where('name', '>', after)
    // Names are of ASCII.
    .where('name', '>=', prefix)
    .where('name', '<', `${prefix}\u{10ffff}`)
  if (region !== undefined) query = query.where('region', '=', region)
  const rows = await store.read(query.orderBy('name').limit(limit).compile())
  return rows.map((row) => bucketOf(root, row))
}

/** Names behind `after` of buckets that have lifecycle rules, or say the word elsewhere. */
export async function readNamesWithRules(
  store: Store,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await store.read(
    store.query
      .selectFrom('s3_bucket')
      .select('name')
      .where('name', '>', after)
      .where('config', 'like', '%"lifecycle":%')
      .orderBy('name')
      .limit(limit)
      .compile(),
  )
  return rows.map(({ name }) => name)
}

/** At most `limit`: counting ends there. */
export async function countBucketsOf(
  store: Store,
  account: string,
  limit: number,
): Promise<number> {
  const rows = await store.read(
    store.query
      .selectFrom('s3_bucket')
      .select('name')
      .where('account', '=', account)
      .limit(limit)
      .compile(),
  )
  return rows.length
}

function bucketOf(root: Root, row: BucketRow): Bucket {
  const { name, account, region, created_at: createdAt, bucket_id: id, config, mac } = row
  if (!constantTimeEqual(mac, macOf(root, row))) {
    const message = `the row of bucket ${name} is not as it was written: stop, and start on the journal`
    throw new SealtrailError('StoreDamaged', message, { bucket: name })
  }
  return { name, account, region, createdAt, id, config: JSON.parse(config) as BucketConfig }
}

function macOf(root: Root, row: Omit<BucketRow, 'mac'>): Uint8Array {
  const { name, account, region, created_at, bucket_id, config } = row
  return root.authenticate(
    JSON.stringify(['s3_bucket', name, account, region, created_at, bucket_id, config]),
  )
}
