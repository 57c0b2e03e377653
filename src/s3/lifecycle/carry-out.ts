/**
 * What is due is done: versions hidden or removed, uploads given up; each in a commit of its own.
 *
 * Asked again under the lock, as it may have changed since: what is not due any more stays. Nobody calls for it, so it
 * leaves no record, as at AWS, where CloudTrail sees nothing of it.
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import type { Bucket } from '../buckets/bucket.js'
import { readOpenUploads } from '../multipart/rows.js'
import { readBefore } from '../objects/rows.js'
import type { S3Parts } from '../parts.js'
import { giveUpUpload } from '../versions/give-up.js'
import { type Commit, removeVersion } from '../versions/remove.js'
import { after, dueOf, type Standing } from './due.js'
import type { Rule } from './rules.js'

/** Done side by side. */
const AT_ONCE = 32
const PAGE_UPLOADS = 500

/** @throws SealtrailError `StoreFailed`, `StoreDamaged` */
export async function carryOut(
  parts: S3Parts,
  bucket: Bucket,
  rules: readonly Rule[],
  page: readonly Standing[],
  now: number,
): Promise<void> {
  const due = page.filter((standing) => dueOf(rules, standing, now) !== undefined)
  for (let at = 0; at < due.length; at += AT_ONCE) {
    const some = due.slice(at, at + AT_ONCE)
    await Promise.all(some.map((standing) => carryOutOne(parts, bucket, rules, standing, now)))
  }
}

async function carryOutOne(
  parts: S3Parts,
  bucket: Bucket,
  rules: readonly Rule[],
  standing: Standing,
  now: number,
): Promise<void> {
  const { key, id, order, isLatest, isMarker } = standing.version
  const action = dueOf(rules, standing, now)
  const removal = {
    ...{ key, conditions: {}, bypassesGovernance: false },
    versionId: action === 'hide' ? undefined : id,
    isStill: async (version: Standing['version']) => {
      if (version.order !== order || version.isLatest !== isLatest) return false
      if (dueOf(rules, { ...standing, version }, now) !== action) return false
      const isAlone = isLatest && isMarker
      return !isAlone || (await readBefore(parts, bucket.id, key, order)) === undefined
    },
  }
  await unlessRefused(() => removeVersion(parts, bucket, removal, committing(parts)))
}

/** Uploads of the bucket that were begun too long ago. @throws SealtrailError `StoreFailed`, `StoreDamaged` */
export async function giveUpUploads(
  parts: S3Parts,
  bucket: Bucket,
  { prefix, abortDays }: Rule,
  now: number,
): Promise<void> {
  if (abortDays === undefined) return
  let last = { key: prefix, uploadId: '' }
  for (;;) {
    const uploads = await readOpenUploads(parts, bucket.id, last, prefix, PAGE_UPLOADS)
    for (const { id, initiatedAt } of uploads) {
      if (after(initiatedAt, abortDays) > now) continue
      await unlessRefused(() => giveUpUpload(parts, bucket, id, committing(parts)))
    }
    const end = uploads.at(-1)
    if (end === undefined || uploads.length < PAGE_UPLOADS) return
    last = { key: end.key, uploadId: end.id }
  }
}

/** A bucket or an upload that went meanwhile, a lock that came: somebody was faster. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isSealtrailError(error) || error.fault !== 'client' || error.code === 'Closed') throw error
  }
}

function committing({ store }: S3Parts): Commit {
  return (changes) => store.commit({ changes })
}
