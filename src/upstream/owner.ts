/**
 * Whose prefix it is: one data directory's, and no other's, as each sweeps away what its own rows do not name.
 *
 *     the data directory has an id of its own (in its journal) → the object `owner` says the same, or is put if it is new
 *
 * That it is put once, whoever starts at the same moment, needs conditional puts (probe.ts). Source: docs/FORMAT.md §10.1.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { newFileId } from '../store/blobs/ref.js'
import type { Store } from '../store/store.js'
import { sendingOf, type UpstreamBucket } from './client/bucket.js'
import { OWNER_KEY } from './keys.js'

const META_OWNER = 'upstream-owner'
const TITLE = 'sealtrail upstream 1'
const READ_BYTES = 1024

/** 32 hex digits: of this data directory, made when there are none. */
export async function ownerOf(store: Store): Promise<string> {
  const [row] = await store.read(
    store.query.selectFrom('meta').select('value').where('name', '=', META_OWNER).compile(),
  )
  if (row !== undefined) return Buffer.from(row.value).toString('hex')
  const owner = newFileId()
  const value = Buffer.from(owner, 'hex')
  await store.commit({ changes: [{ put: 'meta', row: { name: META_OWNER, value } }] })
  return owner
}

/** @throws SealtrailError `ConfigInvalid` when the prefix is another's; `StoreFailed` */
export async function claim(bucket: UpstreamBucket, owner: string): Promise<void> {
  const ours = Buffer.from(`${TITLE}\n${owner}\n`)
  if (await isOurs(bucket, ours)) return
  // Somebody may be first in this moment.
  if ((await bucket.putNew(OWNER_KEY, sendingOf(ours))) === 'put') return
  if (!(await isOurs(bucket, ours))) {
    const says = `the upstream says of ${OWNER_KEY} that it is there, and that it is not`
    throw new SealtrailError('StoreFailed', says)
  }
}

/** False when it is nobody's yet. */
async function isOurs(bucket: UpstreamBucket, ours: Buffer): Promise<boolean> {
  const there = await bucket.read(OWNER_KEY, { offset: 0, bytes: READ_BYTES })
  if (there === undefined) return false
  if (ours.equals(there.bytes)) return true
  const says =
    's3Upstream: this prefix belongs to another data directory, whose objects would be swept away: give each one its own'
  throw new SealtrailError('ConfigInvalid', says)
}
