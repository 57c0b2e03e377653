/**
 * From what an input names to the trail: may the caller, and is it there?
 *
 * Asked in this order, so that who may not learns nothing. Trails are changed in their home region, and by their account.
 * Texts are CloudTrail's.
 *
 * @module
 */
import { randomText } from '../../bytes/random.js'
import type { Call } from '../../service/calls/call.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { TrailParts } from '../parts.js'
import { refused, unknownTrail } from '../refusals.js'
import { type TrailRef, trailRef } from '../trails/name.js'
import { type Trail, trailArn } from '../trails/trail.js'

/** As policies and records name it. @throws SealtrailError `AccessDeniedException` */
export function mayTrail(call: Call, ref: TrailRef, trail?: Trail): void {
  const action = `cloudtrail:${call.operation}`
  const arn = trailArn(ref)
  call.may({ action, owner: ref.account, arn, tags: trail?.config.tags })
}

/** Of what concerns no trail in particular. @throws SealtrailError `AccessDeniedException` */
export function mayInAccount(call: Call): void {
  call.may({ action: `cloudtrail:${call.operation}`, owner: call.caller.account })
}

/**
 * The trail with that name or ARN, which the caller may look at.
 * @throws SealtrailError `TrailNotFoundException`, `InvalidTrailNameException`, `CloudTrailARNInvalidException`,
 * `AccessDeniedException`
 */
export function trailNamed(parts: TrailParts, call: Call, given: string): Trail {
  const ref = trailRef(given, call.caller)
  const trail = parts.trails.find(ref)
  mayTrail(call, ref, trail)
  if (trail === undefined) throw unknownTrail(trailArn(ref), call.caller.account)
  return trail
}

/**
 * Runs `work` on the trail with that name or ARN while nobody else changes it; what it makes of the trail becomes durable
 * with the record of the call.
 * @throws SealtrailError as {@link trailNamed}, `InvalidHomeRegionException`, and what `work` throws.
 */
export async function changeTrail(
  parts: TrailParts,
  call: Call,
  given: string,
  work: (trail: Trail) => Promise<{ readonly next: Trail; readonly output?: object }>,
): Promise<Trail> {
  const found = trailNamed(parts, call, given)
  const { account, region } = call.caller
  if (found.region !== region) {
    const says = `Trail ${trailArn(found)} is not in ${region}: its home region is ${found.region}.`
    throw refused('InvalidHomeRegionException', says)
  }
  const changed = await parts.trails.change(found.id, async (trail, commit) => {
    if (trail.state.deletedAt !== undefined) return undefined
    const { next, output } = await work(trail)
    await commit(next, (change: Change) => call.succeed([change], output))
    return next
  })
  if (changed === undefined) throw unknownTrail(trailArn(found), account)
  parts.nudge()
  return changed
}

export function newTrailId(): string {
  return randomText('0123456789abcdef', 16)
}

/** The sequence number of the newest record of the journal. */
export async function lastRecord(store: Pick<Store, 'records'>): Promise<number> {
  let query: Parameters<Store['records']>[0] | undefined = { holding: [] }
  while (query !== undefined) {
    const { records, next } = await store.records(query)
    if (records[0] !== undefined) return records[0].seq
    query = next
  }
  return 0
}
