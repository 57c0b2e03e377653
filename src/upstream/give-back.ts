/**
 * Room given back upstream: packs that removals have emptied.
 *
 *     nothing settled is outstanding → rows name nothing in it → removed
 *                                    → less than half of it    → put again elsewhere, row by row → removed
 *
 * Nothing is removed on the word of a count: the rows are asked, and everything that was given out has been settled before.
 * When that happens is the business of store/blobs/tending/background.ts.
 *
 * @module
 */
import type { BlobRef, BlobRows } from '../store/blobs/blobs.js'
import { pagesOf } from '../store/blobs/tending/sweep.js'
import { refsOfUpstreamPacks, upstreamPlaceOf } from '../store/blobs/upstream-ref.js'
import { packKey } from './keys.js'
import type { Packing } from './packing.js'
import { openRecord } from './readers.js'
import { isWorthWhile, livesOf, type SweepParts } from './sweep.js'

const PACKS_AT_ONCE = 16
/** They are put together, and share a pack. */
const MOVES_AT_ONCE = 64

export interface GivingBack extends SweepParts {
  readonly packing: Packing
}

/** Errors of the upstream and of `rows`. */
export async function giveBack(parts: GivingBack, rows: BlobRows): Promise<void> {
  const { known, isStopped } = parts
  for (;;) {
    const ready = [...known.doubtful].filter((pack) => !known.isUnsettledPack(pack))
    if (ready.length === 0 || isStopped()) return
    for (let at = 0; at < ready.length && !isStopped(); at += PACKS_AT_ONCE) {
      const some = ready.slice(at, at + PACKS_AT_ONCE)
      await allDone(some.map((pack) => lookAt(parts, rows, pack)))
    }
  }
}

async function lookAt(parts: GivingBack, rows: BlobRows, pack: string): Promise<void> {
  const { known, remover } = parts
  known.doubtful.delete(pack)
  try {
    const live = (await livesOf(rows, pack)).get(pack)
    if (live !== undefined && !isWorthWhile(pack, live)) return
    if (live !== undefined && !(await empty(parts, rows, pack))) return
    // Of what is held since, no row need tell.
    if (known.isUnsettledPack(pack)) known.doubtful.add(pack)
    else await remover.remove(packKey(pack))
  } catch (error) {
    known.doubtful.add(pack)
    throw error
  }
}

/** True when rows name nothing in it any more. */
async function empty(parts: GivingBack, rows: BlobRows, pack: string): Promise<boolean> {
  const between = refsOfUpstreamPacks(pack)
  for await (const page of pagesOf(rows, between)) {
    for (let at = 0; at < page.length; at += MOVES_AT_ONCE) {
      if (parts.isStopped()) return false
      const refs = page.slice(at, at + MOVES_AT_ONCE)
      const read = await Promise.all(refs.map((ref) => readRecord(parts, ref)))
      await allDone(refs.map((ref, i) => read[i] && move(parts, rows, ref, read[i])))
    }
  }
  return (await rows.named(between.after, between.before, 1)).length === 0
}

/** What cannot be read stays where it is, and its pack with it. */
async function readRecord({ bucket }: GivingBack, ref: BlobRef): Promise<Uint8Array | undefined> {
  const place = upstreamPlaceOf(ref)
  if (place.kind === 'file') return undefined
  const reader = await openRecord(bucket, ref, place).catch(() => undefined)
  return await reader?.read(0, reader.bytes)
}

async function move(
  { packing, known }: GivingBack,
  rows: BlobRows,
  from: BlobRef,
  bytes: Uint8Array,
): Promise<void> {
  const to = await packing.put(bytes)
  if (!(await rows.move(from, to))) known.doubt(to)
  known.settle(to)
}

/** None is under way any more when one has failed. */
async function allDone(works: ReadonlyArray<Promise<void> | undefined>): Promise<void> {
  const failed = (await Promise.allSettled(works)).find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
}
