/**
 * The log files of a batch, put one after the other.
 *
 *     batch fixed (commit) → each of its files put: one entry, in which the file is there and the batch goes on behind it
 *
 * So whoever dies anywhere leaves no file that is put again, nor one that is told of and is not there. A file is put only
 * where nothing is: what somebody else has put there is not ours, and the file has the next name. Source: docs/FORMAT.md §11.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import { AS_FOUND, type GatheredFile, gather, textOf } from '../delivery/gather.js'
import { logFileKey } from '../delivery/names.js'
import { putNewAsCloudTrail } from '../delivery/put.js'
import { isLate } from '../digests/backfill.js'
import { sha256 } from '../digests/digest.js'
import type { TrailParts } from '../parts.js'
import { placeFile } from '../trails/place-file.js'
import { type DeliveredFile, putFile } from '../trails/rows.js'
import { type Batch, chainsWith, type Trail, type TrailState } from '../trails/trail.js'
import { alterState, attempt, type Came } from './attempt.js'

export async function deliverBatch(
  parts: TrailParts,
  trail: Trail,
  batch: Batch,
  isClosing: () => boolean,
): Promise<Came> {
  const { after, upTo, scope, slotMs, regions } = batch
  const gathered = await gather(parts.store, trail, {
    ...{ after, until: upTo, scope, slotMs, regions },
    ...{ before: Number.POSITIVE_INFINITY, bounds: AS_FOUND },
  })
  for (const [i, file] of batch.files.entries()) {
    const found = gathered.files.find(
      ({ region, slotEnd }) => region === file.region && slotEnd === file.slotEnd,
    )
    const rest = { ...batch, files: batch.files.slice(i + 1) }
    if (found === undefined) await passOver(parts, trail, rest)
    else {
      const key = logFileKey(parts.root, trail, batch, file)
      const came = await deliverFile(parts, trail, rest, key, found)
      if (came === 'failed') return 'failed'
      if (came === 'taken') {
        const taken = (batch.taken ?? 0) + 1
        await alterState(parts, trail, ({ batch: left }) => ({ batch: { ...left!, taken } }))
        return 'done'
      }
    }
    if (isClosing()) return 'nothing'
  }
  return 'done'
}

/** Of a file whose records are older than what the journal keeps (recordDays). */
async function passOver(
  { trails, store, clock }: TrailParts,
  { id }: Trail,
  rest: Batch,
): Promise<void> {
  await trails.change(id, async (now, commit) => {
    const next = { ...now, state: { ...behind(now.state, rest), overtakenAt: clock.now() } }
    await commit(next, (change) => store.commit({ changes: [change] }))
  })
}

async function deliverFile(
  parts: TrailParts,
  trail: Trail,
  rest: Batch,
  key: string,
  file: GatheredFile,
): Promise<'done' | 'failed' | 'taken'> {
  const { trails, root, clock } = parts
  const plain = textOf(file, rest.profile)
  const failed = trail.state.error
  const told = (error: string) => ({ error, attemptedAt: clock.now() })
  let isFree = true
  const came = await attempt(parts, trail, { key, failed, told }, async () => {
    isFree = await putNewAsCloudTrail(parts, trail, { key, plain }, async (place) => {
      const version = await placeFile(trails, trail.id, place, (now) => {
        const time = clock.now()
        const chains = chainsWith(now, file.region, time)
        const state = { ...behind(now.state, rest), chains, deliveredAt: time, attemptedAt: time }
        const row = rowOf(trail, { key, plain, file }, chains, time)
        return { state, rows: row === undefined ? [] : [putFile(root, row)] }
      })
      invariant(version !== undefined, 'a trail that delivers is there')
      return version
    })
  })
  return isFree ? came : 'taken'
}

/** What the state is when all of its batch but `rest` is done with. */
function behind({ batch: _, error: __, ...state }: TrailState, rest: Batch): TrailState {
  if (rest.files.length > 0) return { ...state, batch: rest }
  const [range, ...ranges] = state.ranges
  return { ...state, ranges: [{ ...range!, after: rest.upTo }, ...ranges] }
}

interface Put {
  readonly key: string
  readonly plain: Uint8Array
  readonly file: GatheredFile
}

/** What a digest will tell of it; undefined when none will. */
function rowOf(
  { id: trailId, config: { bucket } }: Trail,
  { key, plain, file: { region, slotEnd, oldest, newest } }: Put,
  chains: TrailState['chains'],
  deliveredAt: number,
): DeliveredFile | undefined {
  const chain = chains[region]
  if (chain === undefined) return undefined
  const dueAt = isLate(chain, slotEnd) ? { dueAt: slotEnd } : {}
  return {
    trailId,
    key,
    deliveredAt,
    bucket,
    region,
    hash: sha256(plain),
    oldest,
    newest,
    ...dueAt,
  }
}
