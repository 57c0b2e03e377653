/**
 * Room that removed records took, given back with their pack.
 *
 *     closed, all settled → what rows name in it is put again elsewhere, row by row → rows name nothing in it → removed
 *
 * A crash at any moment leaves copies that no row names, or a pack that is compacted again. Nothing in a pack is ever
 * removed on the word of a count: the rows are asked, and everything that was given out has been settled before.
 *
 * @module
 */
import type { BlobRef, BlobRows } from '../blobs.js'
import { isMissing } from '../faults.js'
import { openPacked } from '../readers.js'
import { placeOf, refsOfPack } from '../ref.js'
import { count, pagesOf } from '../tending/sweep.js'
import type { Tended } from '../tending/tended.js'
import { isWorthWhile, type PackState } from './ledger.js'

/** They share syncs. */
const MOVES_AT_ONCE = 64

/** Until no pack is worth while. Errors of the disk and of `rows`. */
export async function compact(parts: Tended, rows: BlobRows): Promise<void> {
  while (!parts.isStopped()) {
    const [state] = parts.ledger.packs.filter(isWorthWhile).sort((a, b) => a.live! - b.live!)
    if (state === undefined) return
    if (state.isOpen) await parts.packer.roll()
    else await compactPack(parts, rows, state)
  }
}

async function compactPack(parts: Tended, rows: BlobRows, state: PackState): Promise<void> {
  await count(parts, rows, state)
  if (!isWorthWhile(state)) return
  for await (const page of pagesOf(rows, refsOfPack(state.name))) {
    for (let at = 0; at < page.length; at += MOVES_AT_ONCE) {
      if (parts.isStopped()) return
      const moves = page.slice(at, at + MOVES_AT_ONCE).map((ref) => move(parts, rows, state, ref))
      // None is under way any more when one has failed.
      const failed = (await Promise.allSettled(moves)).find(({ status }) => status === 'rejected')
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
    }
  }
  const { after, before } = refsOfPack(state.name)
  if ((await rows.named(after, before, 1)).length > 0) state.isStuck = true
  // What is held since, no row names; whoever removes it comes here again.
  else if (state.unsettled.size === 0) await removePack(parts, state)
}

/** What cannot be read stays where it is, and its pack with it. */
async function move(
  { packer, ledger, descriptors, places }: Tended,
  rows: BlobRows,
  state: PackState,
  from: BlobRef,
): Promise<void> {
  const place = placeOf(from)
  if (place.kind === 'file') return
  const reader = await openPacked(place, descriptors, places).catch(() => undefined)
  if (reader === undefined) {
    state.isStuck = true
    return
  }
  const to = await packer.put(await reader.read(0, reader.bytes))
  if (await rows.move(from, to)) ledger.settle(to)
  else ledger.drop(to)
}

async function removePack(
  { disk, places, ledger, descriptors }: Tended,
  { name }: PackState,
): Promise<void> {
  await disk.unlink(places.pack(name)).catch((error) => {
    if (!isMissing(error)) throw error
  })
  descriptors.forget(name)
  ledger.removed(name)
}
