/**
 * Digests written: the next of a chain when its hour is over, and the last one when a trail ends.
 *
 * A digest is put, and then a commit says so, and forgets the files it tells of. When the process dies in between, it is
 * made again, byte for byte. Those for files that came late are in backfill.ts; they come first.
 *
 * @module
 */
import { putAsCloudTrail } from '../delivery/put.js'
import type { TrailParts } from '../parts.js'
import { dropFile, readFiles } from '../trails/rows.js'
import { type Chain, type Head, HOUR_MS, type Trail, wholeSecond } from '../trails/trail.js'
import { lateFiles, writeBackfill } from './backfill.js'
import { digestOf, SIGNATURE_ALGORITHM } from './digest.js'

const SECOND_MS = 1000
/** Of chains that are over; older ones are no longer known. */
const HEADS_MAX = 1000

/** The region of a chain that has a digest to be written. */
export function dueRegion({ state }: Trail, now: number): string | undefined {
  return Object.keys(state.chains).find((region) => {
    const { start, end } = state.chains[region]!
    return end !== undefined || now >= start + HOUR_MS
  })
}

/** Chains that go on no more: where each ends is fixed before its last digest is put, so that there is one. */
export function ended(chains: Readonly<Record<string, Chain>>, now: number) {
  const all = Object.entries(chains).map(([region, chain]) => {
    // Files that were delivered within this second are in it.
    const end = Math.max(wholeSecond(now), chain.start) + SECOND_MS
    return [region, { ...chain, end }] as const
  })
  return Object.fromEntries(all)
}

/** Writes one; there may be another of the region. @throws SealtrailError as PutObject does, `StoreFailed` */
export async function writeDigest(parts: TrailParts, trail: Trail, region: string): Promise<void> {
  const { store, root, trails, signingKeys, clock } = parts
  const chain = trail.state.chains[region]!
  const { begun, start, previous } = chain
  const isLast = chain.end !== undefined
  const end = chain.end ?? start + HOUR_MS
  const all = await readFiles(store, root, trail.id)
  const files = all.filter((file) => file.region === region && (isLast || file.deliveredAt < end))
  const late = lateFiles(files)
  if (late.length > 0) {
    return await writeBackfill(parts, trail, { region, chain, files: late, generatedAt: end })
  }
  const key = await signingKeys.keyFor(region, end)
  const { plain, link } = await digestOf(trail, { region, start, end, previous, files }, key)
  await putAsCloudTrail(parts, trail, {
    ...{ key: link.object, plain },
    metadata: { signature: link.signature, 'signature-algorithm': SIGNATURE_ALGORITHM },
  })
  const next: Chain = { begun, start: end, previous: link }
  await trails.change(trail.id, async (now, commit) => {
    const { [region]: _, ...others } = now.state.chains
    const { digestError: __, ...state } = now.state
    const heads = isLast ? withHead(state.heads, { region, begun, link }) : state.heads
    const after = {
      ...now,
      state: {
        ...state,
        ...(heads === undefined ? {} : { heads }),
        chains: isLast ? others : { ...others, [region]: next },
        digestedUntil: Math.max(state.digestedUntil ?? 0, end),
        digestDeliveredAt: clock.now(),
      },
    }
    await commit(after, (change) => store.commit({ changes: [change, ...files.map(dropFile)] }))
  })
}

function withHead(heads: readonly Head[] = [], head: Head): readonly Head[] {
  return [...heads, head].slice(-HEADS_MAX)
}
