/**
 * Digests written: the next of a chain when its hour is over, and the last one when a trail ends.
 *
 * A digest is put, and then a commit says so, and forgets the files it tells of. When the process dies in between, it is
 * made again, byte for byte.
 *
 * @module
 */
import { putAsCloudTrail } from '../delivery/put.js'
import type { TrailParts } from '../parts.js'
import { dropFile, readFiles } from '../trails/rows.js'
import { type Chain, type Head, type Trail, wholeSecond } from '../trails/trail.js'
import { digestOf, SIGNATURE_ALGORITHM } from './digest.js'

export const HOUR_MS = 60 * 60 * 1000
const SECOND_MS = 1000
/** Of chains that are over; older ones are no longer known. */
const HEADS_MAX = 1000

/** The region of a chain whose hour is over. */
export function dueRegion({ state }: Trail, now: number): string | undefined {
  return Object.keys(state.chains).find((region) => now >= state.chains[region]!.start + HOUR_MS)
}

/** @throws SealtrailError as PutObject does, `StoreFailed` */
export async function writeDigest(parts: TrailParts, trail: Trail, region: string): Promise<void> {
  const chain = trail.state.chains[region]!
  await write(parts, trail, region, { end: chain.start + HOUR_MS, isLast: false })
}

/** Of a chain that goes on no more. @throws SealtrailError as PutObject does, `StoreFailed` */
export async function writeLastDigest(
  parts: TrailParts,
  trail: Trail,
  region: string,
): Promise<void> {
  const { start } = trail.state.chains[region]!
  // Files that were delivered within this second are in it.
  const end = Math.max(wholeSecond(parts.clock.now()), start) + SECOND_MS
  await write(parts, trail, region, { end, isLast: true })
}

interface End {
  readonly end: number
  readonly isLast: boolean
}

async function write(
  parts: TrailParts,
  trail: Trail,
  region: string,
  { end, isLast }: End,
): Promise<void> {
  const { store, root, trails, signingKeys } = parts
  const chain = trail.state.chains[region]!
  const { begun, start, previous } = chain
  const all = await readFiles(store, root, trail.id)
  const files = all.filter((file) => file.region === region && file.deliveredAt < end)
  const key = await signingKeys.keyFor(region, end)
  const { plain, link } = await digestOf(trail, { region, start, end, previous, files }, key)
  await putAsCloudTrail(parts, trail, {
    ...{ key: link.object, plain, isNamedByContent: false },
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
        digestDeliveredAt: parts.clock.now(),
      },
    }
    await commit(after, (change) => store.commit({ changes: [change, ...files.map(dropFile)] }))
  })
}

function withHead(heads: readonly Head[] = [], head: Head): readonly Head[] {
  return [...heads, head].slice(-HEADS_MAX)
}
