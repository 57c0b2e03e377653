/**
 * After a start: what a crash left of blobs goes, and what rows name in each pack is counted.
 *
 * A file is listed, then looked for among those that this process has just written, then among the rows: what was settled
 * in between has a row by then. Reads page by page, and can be begun again at any time. Records that no row names go
 * with their pack (packs/compact.ts).
 *
 * @module
 */
import type { BlobRef, BlobRows } from '../blobs.js'
import { isMissing } from '../faults.js'
import { recordBytes } from '../packs/layout.js'
import type { PackState } from '../packs/ledger.js'
import { isFileId, placeOf, refsOfFiles, refsOfPack } from '../ref.js'
import type { Tended } from './tended.js'

const PAGE_REFS = 1000

/** Errors of the disk and of `rows`. */
export async function sweep(parts: Tended, rows: BlobRows): Promise<void> {
  await sweepUploads(parts)
  const { disk, places, ledger } = parts
  for (const digits of await disk.names(places.files)) {
    if (parts.isStopped()) return
    await sweepFiles(parts, rows, digits)
  }
  for (const state of ledger.packs) {
    if (parts.isStopped()) return
    if (state.live === undefined) await count(parts, rows, state)
  }
}

async function sweepUploads({ disk, places, ledger }: Tended): Promise<void> {
  for (const id of await disk.names(places.uploads)) {
    if (!ledger.uploads.has(id)) await disk.unlink(places.upload(id)).catch(unlessMissing)
  }
}

async function sweepFiles(parts: Tended, rows: BlobRows, digits: string): Promise<void> {
  const { disk, places, ledger } = parts
  const listed = await disk.names(places.filesOf(digits))
  const doubtful = listed.filter((id) => isFileId(id) && !ledger.isUnsettledFile(id))
  if (doubtful.length === 0) return
  const named = new Set<string>()
  for await (const page of pagesOf(rows, refsOfFiles(digits))) {
    for (const ref of page) {
      const place = placeOf(ref)
      if (place.kind === 'file') named.add(place.id)
    }
  }
  for (const id of doubtful) {
    // Held since it was listed, for a reader: no row names it any more.
    if (named.has(id) || ledger.isUnsettledFile(id)) continue
    await disk.unlink(places.file(id)).catch(unlessMissing)
  }
}

/** How much of a pack rows name. One that is missing stays uncounted: its readers are told. */
export async function count(
  { descriptors }: Tended,
  rows: BlobRows,
  state: PackState,
): Promise<void> {
  try {
    const bytes = await descriptors.use(state.name, (file) => file.bytes())
    if (!state.isOpen) state.bytes = bytes
  } catch (error) {
    if (!isMissing(error)) throw error
    state.isStuck = true
    return
  }
  let live = 0
  for await (const page of pagesOf(rows, refsOfPack(state.name))) {
    for (const ref of page) live += recordBytes(placeOf(ref).bytes)
  }
  state.live = live
}

/** Each page is asked for when the one before it is done with. */
export async function* pagesOf(
  rows: BlobRows,
  { after, before }: { readonly after: BlobRef; readonly before: BlobRef },
): AsyncGenerator<readonly BlobRef[]> {
  for (let last = after; ; ) {
    const page = await rows.named(last, before, PAGE_REFS)
    if (page.length === 0) return
    yield page
    last = page.at(-1)!
  }
}

function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error
}
