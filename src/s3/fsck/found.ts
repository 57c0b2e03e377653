/**
 * What rows of a closed data directory name: every version that has bytes, and every upload that is open.
 *
 * Read page by page in the order of their keys. A row that is not as it was put is told with why, and the rest goes on.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Root } from '../../root/root.js'
import type { ClosedStore } from '../../store/fsck/closed-store.js'
import type { Tables } from '../../store/view/dialect.js'
import { stretchesOf } from '../contents/lying.js'
import { stretchOf } from '../contents/part-blocks.js'
import { readParts, uploadOf } from '../multipart/rows.js'
import { versionOf } from '../objects/rows.js'
import type { Rewrapped, Sse, Stretch } from '../objects/version.js'

interface Named {
  readonly bucketId: string
  readonly key: string
  readonly name: { readonly version?: string; readonly upload?: string }
}

/** A sealed message, and which part it is, where parts may be lacking. */
type NumberedStretch = Stretch & { readonly number?: number }

interface Whole extends Named {
  readonly sse: Sse
  /** What stands beside the sealed bytes. */
  readonly wraps: Rewrapped | undefined
  readonly stretches: readonly NumberedStretch[]
  readonly isInParts: boolean
}

interface Broken extends Named {
  readonly fault: unknown
}

export type Found = Whole | Broken

const PAGE_ROWS = 500

interface Parts {
  readonly store: ClosedStore
  readonly root: Root
}

export async function* foundIn(parts: Parts): AsyncGenerator<Found> {
  yield* versionsIn(parts)
  yield* uploadsIn(parts)
}

async function* versionsIn({ store, root }: Parts): AsyncGenerator<Found> {
  let [bucketId, key, order] = ['', '', 0]
  for (;;) {
    const behind = sql<boolean>`("bucket_id", "object_key", "version_order") > (${bucketId}, ${key}, ${order})`
    const rows = await store.read(
      store.query
        .selectFrom('s3_version')
        .selectAll()
        .where(behind)
        .orderBy('bucket_id')
        .orderBy('object_key')
        .orderBy('version_order')
        .limit(PAGE_ROWS)
        .compile(),
    )
    for (const row of rows) {
      const named = {
        ...{ bucketId: row.bucket_id, key: row.object_key, name: { version: row.version_id } },
      }
      const found = await orBroken(named, async () => {
        const version = versionOf(root, row)
        if (version.isMarker) return undefined
        const { sse, wraps } = version.facts
        const stretches = await stretchesOf({ store, root }, version)
        const isInParts = version.uploadId !== undefined
        return { ...named, sse: sse!, wraps, stretches, isInParts }
      })
      if (found !== undefined) yield found
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) return
    ;[bucketId, key, order] = [last.bucket_id, last.object_key, last.version_order]
  }
}

async function* uploadsIn({ store, root }: Parts): AsyncGenerator<Found> {
  for (let after = ''; ; ) {
    const rows = await store.read(
      store.query
        .selectFrom('s3_upload')
        .selectAll()
        .where('is_complete', '=', 0)
        .where('upload_id', '>', after)
        .orderBy('upload_id')
        .limit(PAGE_ROWS)
        .compile(),
    )
    for (const row of rows) {
      const named = {
        ...{ bucketId: row.bucket_id, key: row.object_key, name: { upload: row.upload_id } },
      }
      const found = await orBroken(named, async () => {
        const { sse, wraps } = uploadOf(root, row).facts
        const stretches = (await readParts({ store, root }, row.upload_id)).map((part) => ({
          ...stretchOf(part),
          number: part.number,
        }))
        return { ...named, sse, wraps, stretches, isInParts: true }
      })
      if (found !== undefined) yield found
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) return
    after = last.upload_id
  }
}

async function orBroken(
  named: Named,
  read: () => Promise<Whole | undefined>,
): Promise<Found | undefined> {
  try {
    return await read()
  } catch (fault) {
    return { ...named, fault }
  }
}

/** Of all versions, as their rows say it: how much there is to read. */
export async function plainBytesIn(store: Tables): Promise<number> {
  const [row] = await store.read(
    store.query
      .selectFrom('s3_version')
      .select(({ fn }) => fn.sum<number | null>('bytes').as('bytes'))
      .compile(),
  )
  return row?.bytes ?? 0
}
