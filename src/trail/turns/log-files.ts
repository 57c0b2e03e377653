/**
 * The log files of a batch, put one after the other.
 *
 *     batch fixed (commit) → each of its files put → delivered (commit, with the cursor behind the last)
 *
 * A file is put under a name that is its own, and only if it is not there yet; so whoever dies in between puts it once.
 *
 * @module
 */
import { type GatheredFile, gather, textOf } from '../delivery/gather.js'
import { logFileKey } from '../delivery/names.js'
import { putAsCloudTrail } from '../delivery/put.js'
import { isLate } from '../digests/backfill.js'
import { sha256 } from '../digests/digest.js'
import type { TrailParts } from '../parts.js'
import { type DeliveredFile, putFile } from '../trails/rows.js'
import {
  type Batch,
  type BatchPlace,
  chainsWith,
  type Trail,
  type TrailState,
} from '../trails/trail.js'
import { alterState, attempt, type Came } from './attempt.js'

export async function deliverBatch(
  parts: TrailParts,
  trail: Trail,
  batch: Batch,
  isClosing: () => boolean,
): Promise<Came> {
  const { place } = batch
  if (place === undefined) {
    await alterState(parts, trail, () => ({ batch: { ...batch, place: placeOf(trail) } }))
    return 'done'
  }
  const { prefix: _, ...config } = trail.config
  // As it was when the place was fixed.
  const then = { ...trail, config: { ...config, ...place } }
  const { after, upTo, scope, slotMs } = batch
  const before = Number.POSITIVE_INFINITY
  const gathered = await gather(parts.store, then, { after, until: upTo, scope, before, slotMs })
  for (const [i, file] of batch.files.entries()) {
    const found = gathered.files.find(
      ({ region, slotEnd }) => region === file.region && slotEnd === file.slotEnd,
    )
    const rest = { ...batch, files: batch.files.slice(i + 1) }
    // Its records are older than what the journal keeps (recordDays).
    if (found === undefined) await delivered(parts, then, rest, undefined)
    else {
      const key = logFileKey(parts.root, then, batch, file)
      if ((await deliverFile(parts, then, rest, key, found)) === 'failed') return 'failed'
    }
    if (isClosing()) return 'nothing'
  }
  return 'done'
}

export function placeOf({ config: { bucket, prefix } }: Trail): BatchPlace {
  return { bucket, ...(prefix === undefined ? {} : { prefix }) }
}

async function deliverFile(
  parts: TrailParts,
  trail: Trail,
  rest: Batch,
  key: string,
  file: GatheredFile,
): Promise<'done' | 'failed'> {
  const plain = textOf(file, rest.profile)
  const put = { key, plain, isNamedByContent: true }
  const asked = { key, failed: trail.state.error }
  const came = await attempt(
    parts,
    trail,
    {
      ...asked,
      told(name, { batch }, { fault }) {
        // Whoever was refused has put nothing there.
        const { place: _, ...elsewhere } = batch!
        const isRefused = fault === 'client'
        const attemptedAt = parts.clock.now()
        return { error: name, attemptedAt, batch: isRefused ? elsewhere : batch! }
      },
    },
    () => putAsCloudTrail(parts, trail, put),
  )
  if (came === 'done') await delivered(parts, trail, rest, { key, plain, file })
  return came
}

interface Put {
  readonly key: string
  readonly plain: Uint8Array
  readonly file: GatheredFile
}

async function delivered(
  { trails, store, root, clock }: TrailParts,
  trail: Trail,
  rest: Batch,
  put: Put | undefined,
): Promise<void> {
  await trails.change(trail.id, async (now, commit) => {
    const time = clock.now()
    const { batch: _, error: __, ...state } = now.state
    const isDone = rest.files.length === 0
    const [range, ...ranges] = state.ranges
    const cursor = isDone
      ? { ranges: [{ ...range!, after: rest.upTo }, ...ranges] }
      : { batch: rest }
    const chains = put === undefined ? state.chains : chainsWith(now, put.file.region, time)
    const times = put === undefined ? {} : { deliveredAt: time, attemptedAt: time }
    const next = { ...now, state: { ...state, ...cursor, ...times, chains } }
    const row = put === undefined ? undefined : rowOf(trail, put, chains, time)
    await commit(next, (change) => {
      return store.commit({ changes: [change, ...(row === undefined ? [] : [putFile(root, row)])] })
    })
  })
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
