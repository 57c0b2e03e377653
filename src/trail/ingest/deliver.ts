/**
 * A batch delivered: each of its files compressed, put as CloudTrail, and told of in the trail's next digest.
 *
 *     content → gzip, SHA-256 (pool) → name → S3: sealed, durable → one entry: object, trail, digest row
 *
 * The trail is held while that entry is committed, and only then: so no digest that ends a chain is written between the
 * question whether the trail is logging and the row. A file that is there already is the same: its bytes
 * are. What else lies there is somebody else's, and the file has the next name. Source: docs/FORMAT.md §11.1.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import { noSuchBucket } from '../../s3/refusals.js'
import type { Change } from '../../store/change.js'
import { ingestedFileKey, timeText } from '../delivery/names.js'
import { contextFor, putMembers } from '../delivery/service.js'
import type { TrailParts } from '../parts.js'
import { placeFile } from '../trails/place-file.js'
import { putFile } from '../trails/rows.js'
import { chainsWith, type Trail, trailArn } from '../trails/trail.js'
import type { Batch, BatchPart, Room } from './batch.js'

export interface Delivered {
  /** Files that were put. */
  readonly files: number
  /** Files that were there already. */
  readonly knownFiles: number
}

/** Of batches of megabytes: 0.99 of what node:zlib saves at its level 6, in a third of the time; bench/trail/ingest.bench.ts. */
const LEVEL = 1
/** Files of a batch that are under way at the same time. */
const FILES_AT_ONCE = 4
/** Each has a chain of digests, which goes on for as long as the trail is logging. */
const REGIONS_MAX = 64
/** Names under which there is something else; nobody knows the next before it was tried. */
const TAKEN_MAX = 16

/** The trail, if it takes events. @throws SealtrailError `TrailNotLogging` */
export function loggingTrail({ trails }: Pick<TrailParts, 'trails'>, trail: Trail): Trail {
  const now = trails.get(trail.id)
  if (now === undefined || !now.state.isLogging) throw notLogging(trail)
  return now
}

/**
 * Resolves when all events of the batch are safe.
 * @throws SealtrailError `TrailNotLogging`, and as PutObject does; some of the files may be there then.
 */
export async function deliverBatch(
  parts: TrailParts,
  trail: Trail,
  batch: Batch,
): Promise<Delivered> {
  const now = loggingTrail(parts, trail)
  const waiting = batch.parts.values()
  const delivered = { files: 0, knownFiles: 0 }
  let isFailed = false
  const work = async (): Promise<void> => {
    for (const part of waiting) {
      if (isFailed) return
      try {
        const isNew = await deliverPart(parts, now, part, batch.contentOf(part))
        if (isNew) delivered.files++
        else delivered.knownFiles++
      } catch (error) {
        isFailed = true
        throw error
      }
    }
  }
  // Nobody is at the batch's memory any more when this has settled.
  const settled = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, work))
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  return delivered
}

/** False for one that was there already. */
async function deliverPart(
  parts: TrailParts,
  trail: Trail,
  part: BatchPart,
  plain: Room,
): Promise<boolean> {
  const { s3, pool, root } = parts
  const { bucket: Bucket, keyArn } = trail.config
  const digest = new Uint8Array(new SharedArrayBuffer(32))
  const member = await pool.compress({ plain, gzipLevel: LEVEL, hash: digest })
  const hash = Buffer.from(digest.buffer).toString('hex')
  const bucket = await s3.bucket(Bucket)
  if (bucket === undefined) throw noSuchBucket(Bucket)
  const ChecksumSHA256 = createHash('sha256').update(member).digest('base64')
  for (let taken = 0; ; taken++) {
    const key = ingestedFileKey(root, trail, { ...part, hash, taken })
    const input = {
      ...{ Bucket, Key: key, Body: member, ...putMembers(trail, keyArn), IfNoneMatch: '*' },
      ...{ ContentType: 'application/json', ContentEncoding: 'gzip', ChecksumSHA256 },
    }
    try {
      await s3.putTogether(contextFor(trail, bucket.region), input, (place) =>
        placed(parts, trail, { part, key, hash, bucket: Bucket }, place),
      )
      return true
    } catch (error) {
      const isThere = error instanceof SealtrailError && error.code === 'PreconditionFailed'
      if (!isThere || taken === TAKEN_MAX) throw error
      if ((await s3.sha256Of(bucket, key)) === ChecksumSHA256) return false
    }
  }
}

interface Placing {
  readonly part: BatchPart
  readonly key: string
  readonly hash: string
  readonly bucket: string
}

async function placed<Version>(
  { trails, root, clock }: TrailParts,
  trail: Trail,
  { part, key, hash, bucket }: Placing,
  place: (changes: readonly Change[]) => Promise<Version>,
): Promise<Version> {
  const { region } = part
  const version = await placeFile(trails, trail.id, place, (now) => {
    if (!now.state.isLogging) return undefined
    const deliveredAt = clock.now()
    const chains = chainsWith(now, region, deliveredAt)
    const isNew = chains !== now.state.chains
    if (isNew && Object.keys(chains).length > REGIONS_MAX) {
      const says = `a trail has digests of at most ${REGIONS_MAX} regions`
      throw new SealtrailError('InputInvalid', says, { region })
    }
    const state = { ...now.state, chains, deliveredAt, attemptedAt: deliveredAt }
    const file = {
      ...{ trailId: now.id, key, deliveredAt, bucket, region, hash },
      ...{ oldest: timeText(part.oldest), newest: timeText(part.newest) },
    }
    return { state, rows: Object.hasOwn(chains, region) ? [putFile(root, file)] : [] }
  })
  if (version === undefined) throw notLogging(trail)
  return version
}

function notLogging(trail: Trail): SealtrailError {
  const says = `the trail ${trailArn(trail)} is not logging: it takes events while it is`
  return new SealtrailError('TrailNotLogging', says)
}
