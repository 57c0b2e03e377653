/**
 * Every version in a bucket, page by page, each with how it stands among those of its key.
 *
 * @module
 */
import { readVersions } from '../listing/versions.js'
import type { Kept } from '../objects/rows.js'
import type { ObjectVersion } from '../objects/version.js'
import type { Standing } from './due.js'

const PAGE_ROWS = 500

/**
 * From the key `from` on, those that begin with `prefix`. A page is not empty, but for the last.
 * @throws SealtrailError `StoreDamaged`
 */
export async function* pagesOf(
  kept: Kept,
  bucketId: string,
  prefix: string,
  from: string,
): AsyncGenerator<readonly Standing[]> {
  let after: { readonly key: string; readonly order?: number } = { key: from }
  // Whether it is the oldest, the row behind it says.
  let held: Standing | undefined
  for (;;) {
    const rows = await readVersions(kept, bucketId, prefix, after, PAGE_ROWS)
    const page: Standing[] = []
    for (const version of rows) {
      const next = standingOf(version, held)
      if (held !== undefined) page.push({ ...held, isOldest: held.version.key !== version.key })
      held = next
    }
    if (rows.length < PAGE_ROWS) {
      if (held !== undefined) page.push(held)
      yield page
      return
    }
    yield page
    const { key, order } = rows.at(-1)!
    after = { key, order }
  }
}

/** @param before the row before it. */
function standingOf(version: ObjectVersion, before: Standing | undefined): Standing {
  if (before?.version.key !== version.key) {
    return { version, noncurrentSince: undefined, newerNoncurrent: 0, isOldest: true }
  }
  const { version: newer, noncurrentSince, newerNoncurrent } = before
  const isCounted = noncurrentSince !== undefined && !newer.isMarker
  return {
    version,
    noncurrentSince: newer.modifiedAt,
    newerNoncurrent: newerNoncurrent + Number(isCounted),
    isOldest: true,
  }
}
