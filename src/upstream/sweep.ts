/**
 * After a start: what a crash left upstream goes, and packs of which little is named are told.
 *
 * An object is listed, then looked for among those that this process puts, then among the rows: what was settled in between
 * has a row by then. Reads page by page, and can be begun again at any time. The prefix is ours alone (owner.ts); what has
 * no name of ours is left.
 *
 * @module
 */
import type { BlobRows } from '../store/blobs/blobs.js'
import { PACK_HEAD_BYTES, recordBytes } from '../store/blobs/packs/layout.js'
import { isFileId } from '../store/blobs/ref.js'
import { pagesOf } from '../store/blobs/tending/sweep.js'
import {
  refsOfUpstreamFiles,
  refsOfUpstreamPacks,
  upstreamPackBytes,
  upstreamPlaceOf,
} from '../store/blobs/upstream-ref.js'
import type { UpstreamBucket } from './client/bucket.js'
import { FILES, fileKey, PACKS, PROBES, packKey } from './keys.js'
import type { Known } from './known.js'
import type { Remover } from './remover.js'

export interface SweepParts {
  readonly bucket: UpstreamBucket
  readonly known: Known
  readonly remover: Remover
  readonly isStopped: () => boolean
}

/** Errors of the upstream and of `rows`. */
export async function sweep(parts: SweepParts, rows: BlobRows): Promise<void> {
  await sweepUploads(parts)
  for await (const keys of pages(parts, PROBES)) await removeAll(parts, keys)
  for await (const keys of pages(parts, FILES)) await sweepFiles(parts, rows, keys)
  for await (const keys of pages(parts, PACKS)) await sweepPacks(parts, rows, keys)
}

/** Less than half of it is named: worth putting together elsewhere. */
export function isWorthWhile(pack: string, live: number): boolean {
  return (PACK_HEAD_BYTES + live) * 2 < upstreamPackBytes(pack)!
}

/** Bytes that rows name in each of the packs from `first` to `last`. */
export async function livesOf(
  rows: BlobRows,
  first: string,
  last = first,
): Promise<Map<string, number>> {
  const lives = new Map<string, number>()
  for await (const page of pagesOf(rows, refsOfUpstreamPacks(first, last))) {
    for (const ref of page) {
      const place = upstreamPlaceOf(ref)
      if (place.kind === 'file') continue
      lives.set(place.pack, (lives.get(place.pack) ?? 0) + recordBytes(place.bytes))
    }
  }
  return lives
}

async function sweepUploads({ bucket, known }: SweepParts): Promise<void> {
  for (let isMore = true; isMore; ) {
    const page = await bucket.uploads(FILES)
    const left = page.uploads.filter(({ key }) => {
      const id = key.slice(FILES.length)
      return isFileId(id) && !known.isUnsettledFile(id)
    })
    for (const upload of left) await bucket.abortUpload(upload)
    isMore = page.isMore && left.length > 0
  }
}

async function sweepFiles(
  parts: SweepParts,
  rows: BlobRows,
  keys: readonly string[],
): Promise<void> {
  const ids = keys.map((key) => key.slice(FILES.length)).filter(isFileId)
  const doubtful = ids.filter((id) => !parts.known.isUnsettledFile(id))
  if (doubtful.length === 0) return
  const named = new Set<string>()
  for await (const page of pagesOf(rows, refsOfUpstreamFiles(ids[0]!, ids.at(-1)!))) {
    for (const ref of page) {
      const place = upstreamPlaceOf(ref)
      if (place.kind === 'file') named.add(place.id)
    }
  }
  // Of those that are held since they were listed, no row need tell.
  const left = doubtful.filter((id) => !named.has(id) && !parts.known.isUnsettledFile(id))
  await removeAll(parts, left.map(fileKey))
}

async function sweepPacks(
  parts: SweepParts,
  rows: BlobRows,
  keys: readonly string[],
): Promise<void> {
  const names = keys
    .map((key) => key.slice(PACKS.length))
    .filter((name) => upstreamPackBytes(name) !== undefined)
  const doubtful = names.filter((name) => !parts.known.isUnsettledPack(name))
  if (doubtful.length === 0) return
  const lives = await livesOf(rows, names[0]!, names.at(-1)!)
  const left = doubtful.filter((name) => !lives.has(name) && !parts.known.isUnsettledPack(name))
  await removeAll(parts, left.map(packKey))
  for (const name of doubtful) {
    const live = lives.get(name)
    if (live !== undefined && isWorthWhile(name, live)) parts.known.doubtful.add(name)
  }
}

async function removeAll({ remover }: SweepParts, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => remover.remove(key)))
}

/** Each is asked for when the one before it is done with. */
async function* pages({ bucket, isStopped }: SweepParts, start: string): AsyncGenerator<string[]> {
  for (let after = start, isMore = true; isMore && !isStopped(); ) {
    const page = await bucket.list(start, after)
    if (page.keys.length === 0) return
    yield page.keys
    after = page.keys.at(-1)!
    isMore = page.isMore
  }
}
