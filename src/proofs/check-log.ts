/**
 * Whether the journal still says what the log was signed over: every record held against its leaf, every level made again.
 *
 * The first thing that differs is named: a record, when its leaf in the tiles is the one that the checkpoint binds; else
 * the tiles. Who can write the whole directory, keys and all, makes it agree with itself: only a checkpoint that was kept
 * elsewhere tells then.
 *
 * @module
 */
import { HASH_BYTES } from '../bytes/merkle.js'
import { isSealtrailError } from '../errors.js'
import type { LeafPage } from '../store/journal/leaves.js'
import type { Store } from '../store/store.js'
import { isIncluded } from './check-proof.js'
import { type Head, openCheckpoint } from './checkpoint.js'
import { Edge, type Grown } from './edge.js'
import type { KeptLog } from './kept-log.js'
import type { Tiles } from './tiles.js'
import { inclusionPath } from './tree.js'

export interface LogCheck {
  /** Leaves under the last checkpoint. */
  readonly size: number
  /** How many of them the journal still has; of older ones, only the hashes are there. */
  readonly kept: number
  /** The first thing that is not as it was; undefined when all is. */
  readonly problem?: LogProblem
}

export interface LogProblem {
  /** `kept` is a checkpoint from elsewhere. */
  readonly kind: 'record' | 'tiles' | 'checkpoint' | 'kept'
  readonly says: string
  /** Of the first record that differs. */
  readonly sequence?: number
  /** Of what stands there now, where a record does. */
  readonly eventId?: string
}

/** Hashes that are read at a time. */
const TAKEN = 32 * 1024

type Source = Pick<Store, 'leaves' | 'records'>

/** `head` is that of the log when the check began; it may grow meanwhile. */
interface Checked {
  readonly store: Source
  readonly log: KeptLog
  readonly head: Head
}

/** @param elsewhere a checkpoint of this log, as somebody kept it. @throws SealtrailError `StoreDamaged`, `StoreFailed` */
export async function checkLog(store: Source, log: KeptLog, elsewhere?: string): Promise<LogCheck> {
  const { head } = log
  const { size } = head
  const wanted = elsewhere === undefined ? undefined : openElsewhere(log, elsewhere)
  const first = await store.leaves(log.sequenceOf(-1))
  const dropped = Math.min(size, Math.max(0, log.indexOf(first.after + 1)))
  const told = { size, kept: size - dropped }
  if (typeof wanted === 'string') return { ...told, problem: { kind: 'kept', says: wanted } }
  const problem = await walk({ store, log, head }, wanted)
  return problem === undefined ? told : { ...told, problem }
}

/** @param wanted what the log must have been at its size. */
async function walk(checked: Checked, wanted: Head | undefined): Promise<LogProblem | undefined> {
  const { log, head } = checked
  const [edge, kept] = [new Edge(), new KeptHashes(log.tiles)]
  let isMet = wanted === undefined || wanted.size === 0
  for await (const leaves of leavesOf(checked)) {
    for (const piece of cutAt(leaves, (wanted?.size ?? 0) - edge.size)) {
      for (const grown of edge.add(piece)) {
        const index = await kept.differsAt(grown)
        if (index !== undefined) return await named(checked, grown.level, index)
      }
      if (edge.size === wanted?.size) isMet = edge.root().equals(wanted.root)
    }
    if (!isMet && edge.size >= wanted!.size) return unmet(wanted!)
  }
  if (edge.size < head.size) return await named(checked, 0, edge.size)
  if (!edge.root().equals(head.root)) {
    return {
      kind: 'checkpoint',
      says: 'the last checkpoint is not of these records, nor of the tiles',
    }
  }
  return isMet ? undefined : unmet(wanted!)
}

/** Of the journal, one page ahead of who takes them; of what it has no more, of the tiles. */
async function* leavesOf({ store, log, head: { size } }: Checked): AsyncGenerator<Buffer> {
  let at = 0
  let next: Promise<LeafPage> | undefined = store.leaves(log.sequenceOf(-1))
  while (next !== undefined) {
    const { after, hashes, last }: LeafPage = await next
    for (const there = Math.min(size, log.indexOf(after + 1)); at < there; ) {
      const count = Math.min(TAKEN, there - at)
      yield await log.tiles.hashes(0, at, count)
      at += count
    }
    const taken: number = Math.min(hashes.length, (size - at) * HASH_BYTES)
    at += taken / HASH_BYTES
    const isDone: boolean = at >= size || log.sequenceOf(at - 1) >= last
    next = isDone ? undefined : store.leaves(log.sequenceOf(at - 1))
    // Whoever stops here hears of a failure from the next who asks.
    next?.catch(() => undefined)
    yield Buffer.from(hashes.buffer, 0, taken)
  }
}

/** In two, where a root is to be looked at in between. */
function cutAt(leaves: Buffer, index: number): Buffer[] {
  const at = index * HASH_BYTES
  if (at <= 0 || at >= leaves.length) return [leaves]
  return [leaves.subarray(0, at), leaves.subarray(at)]
}

/** What the tiles have, in order, read far ahead. */
class KeptHashes {
  readonly #tiles: Tiles
  readonly #ahead = new Map<number, { readonly from: number; readonly hashes: Buffer }>()

  constructor(tiles: Tiles) {
    this.#tiles = tiles
  }

  /** The first hash of a level that is not as the tiles have it. */
  async differsAt({ level, index, hashes }: Grown): Promise<number | undefined> {
    const kept = await this.#next(level, index, hashes.length)
    if (kept.equals(hashes)) return undefined
    let at = 0
    while (kept.subarray(at, at + HASH_BYTES).equals(hashes.subarray(at, at + HASH_BYTES))) {
      at += HASH_BYTES
    }
    return index + at / HASH_BYTES
  }

  /** Fewer where the tiles end. */
  async #next(level: number, index: number, bytes: number): Promise<Buffer> {
    const { from, hashes } = this.#ahead.get(level) ?? { from: index, hashes: Buffer.alloc(0) }
    const begin = (index - from) * HASH_BYTES
    if (begin + bytes <= hashes.length) return hashes.subarray(begin, begin + bytes)
    const count = Math.max(TAKEN, bytes / HASH_BYTES)
    const read = await this.#tiles.hashesUpTo(level, index, count)
    this.#ahead.set(level, { from: index, hashes: read })
    return read.subarray(0, bytes)
  }
}

/** What is wrong at a hash where journal and tiles differ: the tile, unless the checkpoint binds it. */
async function named(checked: Checked, level: number, index: number): Promise<LogProblem> {
  const { store, log } = checked
  const place = `hash ${index} of level ${level}`
  if (level > 0 || !(await isBound(checked, index))) {
    return { kind: 'tiles', says: `the tiles of the log are not as they were, from ${place} on` }
  }
  const sequence = log.sequenceOf(index)
  const eventId = await eventIdAt(store, sequence)
  const now = eventId === undefined ? 'no record stands there now' : `${eventId} stands there now`
  const says = `the record of sequence ${sequence} is not the one that was signed: ${now}`
  return { kind: 'record', says, sequence, ...(eventId === undefined ? {} : { eventId }) }
}

async function isBound({ log: { tiles }, head }: Checked, index: number): Promise<boolean> {
  try {
    const leaf = await tiles.hashes(0, index, 1)
    return isIncluded(leaf, index, await inclusionPath(tiles, index, head.size), head)
  } catch (error) {
    if (isSealtrailError(error, 'StoreDamaged')) return false
    throw error
  }
}

async function eventIdAt(store: Source, sequence: number): Promise<string | undefined> {
  const { records } = await store.records({ after: sequence - 1, holding: [] })
  const found = records.find(({ seq }) => seq === sequence)
  return found && String((JSON.parse(found.record) as { readonly eventID?: unknown }).eventID)
}

/** A checkpoint from elsewhere, or what is wrong with it. */
function openElsewhere(log: KeptLog, checkpoint: string): Head | string {
  try {
    const head = openCheckpoint(checkpoint, log.key.verifier)
    if (head.size <= log.head.size) return head
    return `the log has ${log.head.size} leaves, and had ${head.size}: an older state came back`
  } catch (error) {
    if (!isSealtrailError(error, 'ProofInvalid')) throw error
    return `the checkpoint that was kept is not this log's: ${error.message}`
  }
}

function unmet({ size }: Head): LogProblem {
  const says = `the first ${size} leaves are not those of the checkpoint that was kept: records up to there were changed, and the log was made again`
  return { kind: 'kept', says }
}
