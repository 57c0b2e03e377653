/**
 * What lies in the bucket, and what is known of it: one after the other, so that what is delivered meanwhile is no stranger.
 *
 *     keys listed → state and rows, of one moment → what is not yet in a digest
 *
 * A log file or a digest is put before a commit tells of it: by then its name follows from what was fixed before, and is
 * known here.
 *
 * @module
 */
import type { S3 } from '../../s3/s3.js'
import { digestKey, logFileKey } from '../delivery/names.js'
import { logsPrefix } from '../delivery/service.js'
import { lateFiles, nextBackfill } from '../digests/backfill.js'
import type { TrailParts } from '../parts.js'
import { type DeliveredFile, readFiles } from '../trails/rows.js'
import { HOUR_MS, type Trail } from '../trails/trail.js'
import { keysBelow } from './read.js'

export interface Standing {
  /** As it is now. */
  readonly trail: Trail
  /** Log files that the next digest will tell of. */
  readonly files: readonly DeliveredFile[]
}

/** The trail and its rows, between two commits of it. */
export async function standingOf(
  { trails, store, root }: TrailParts,
  trail: Trail,
): Promise<Standing> {
  const standing = await trails.change(trail.id, async (now) => {
    return { trail: now, files: await readFiles(store, root, now.id) }
  })
  return standing ?? { trail, files: [] }
}

/** Keys of what may be the trail's, of digests and log files. */
export async function keysOf({ trails }: TrailParts, s3: S3, trail: Trail): Promise<Set<string>> {
  const { account, config, name, region: home } = trail
  const below = logsPrefix(account, config.prefix)
  const keys = new Set<string>()
  for await (const key of keysBelow(s3, config.bucket, `${below}CloudTrail-Digest/`)) {
    if (key.includes(`_${name}_${home}_`)) keys.add(key)
  }
  // Files of several trails in one place do not say whose they are.
  if (trails.all().some((other) => isBeside(trail, other))) return keys
  for await (const key of keysBelow(s3, config.bucket, `${below}CloudTrail/`)) keys.add(key)
  return keys
}

/** Keys of what may be put by now, though no commit has told of it. */
export function keysUnderWay({ root, clock }: TrailParts, { trail, files }: Standing): string[] {
  const { batch, chains } = trail.state
  const keys = (batch?.files ?? []).map((file) => logFileKey(root, trail, batch!, file))
  for (const [region, chain] of Object.entries(chains)) {
    const end = chain.end ?? chain.start + HOUR_MS
    if (chain.end === undefined && clock.now() < end) continue
    keys.push(digestKey(trail, region, end))
    const late = lateFiles(files.filter((file) => file.region === region))
    if (late.length === 0) continue
    keys.push(
      digestKey(trail, region, nextBackfill(trail, { region, chain, files: late }).end, true),
    )
  }
  return keys
}

function isBeside({ id, account, config }: Trail, other: Trail): boolean {
  const { bucket, prefix } = other.config
  const isSame = bucket === config.bucket && prefix === config.prefix
  return other.id !== id && other.account === account && isSame
}
