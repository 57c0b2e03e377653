/**
 * Backfill digests: of log files that came when the digest of the hour in which they were due was closed.
 *
 *     hour closed, without them → outage over: files come → with the next digest, before it: one backfill for each such hour
 *
 * They are a chain of their own, as AWS's are, each named after the hour that it fills. The chain goes forward in time:
 * who walks it back from its newest name meets all of them. Source: docs/FORMAT.md §11; AWS CloudTrail user guide,
 * "CloudTrail digest file structure"; AWS CLI, `cloudtrail validate-logs`.
 *
 * @module
 */

import { timeText } from '../delivery/names.js'
import { putAsCloudTrail } from '../delivery/put.js'
import type { TrailParts } from '../parts.js'
import { type DeliveredFile, dropFile } from '../trails/rows.js'
import { type Chain, HOUR_MS, hourOf, type Trail } from '../trails/trail.js'
import { digestOf, SIGNATURE_ALGORITHM } from './digest.js'

/** Of the metadata: who looks for its key looks among those of this time. */
export const GENERATED_AT = 'backfill-generation-timestamp'
/** A delivery takes its time, also when nothing is in the way; until then a file is of the hour in which it comes. */
const ON_TIME_MS = 15 * 60 * 1000
const SECOND_MS = 1000
/** Whose names are known without those behind them. */
const ENDS_MAX = 1000

type LateFile = DeliveredFile & { readonly dueAt: number }

export interface BackfillAsked {
  readonly region: string
  readonly chain: Chain
  /** At least one. */
  readonly files: readonly LateFile[]
  /** The end of the digest before which it is written. */
  readonly generatedAt: number
}

/** Whether what was due at `dueAt` comes when the digest that should tell of it is there. */
export function isLate({ begun, start }: Chain, dueAt: number): boolean {
  return begun <= dueAt && dueAt + ON_TIME_MS <= start
}

export function lateFiles(files: readonly DeliveredFile[]): LateFile[] {
  return files.filter((file): file is LateFile => file.dueAt !== undefined)
}

/** The one of the oldest hour: where it begins and ends, and its files. */
export function nextBackfill(
  { state }: Trail,
  { region, chain, files: all }: Pick<BackfillAsked, 'region' | 'chain' | 'files'>,
) {
  const start = Math.min(...all.map(({ dueAt }) => hourOf(chain, dueAt)))
  const files = all.filter(({ dueAt }) => hourOf(chain, dueAt) === start)
  const { ends = [], previous } = state.backfills?.[region] ?? {}
  // One that fills the same hour again, or an older one, has the next name.
  const end = Math.max(start + HOUR_MS, (ends.at(-1) ?? 0) + SECOND_MS)
  return { start, end, files, ends, previous }
}

/** Writes the one of the oldest hour. @throws SealtrailError as PutObject does, `StoreFailed` */
export async function writeBackfill(
  parts: TrailParts,
  trail: Trail,
  asked: BackfillAsked,
): Promise<void> {
  const { region, generatedAt } = asked
  const { store, trails, signingKeys, clock } = parts
  const { start, end, files, ends, previous } = nextBackfill(trail, asked)
  const key = await signingKeys.keyFor(region, generatedAt)
  const facts = { region, start, end, previous, isBackfill: true, files }
  const { plain, link } = await digestOf(trail, facts, key)
  await putAsCloudTrail(parts, trail, {
    ...{ key: link.object, plain },
    metadata: {
      ...{ signature: link.signature, 'signature-algorithm': SIGNATURE_ALGORITHM },
      [GENERATED_AT]: timeText(generatedAt),
    },
  })
  const backfills = { ends: [...ends, end].slice(-ENDS_MAX), previous: link }
  await trails.change(trail.id, async (now, commit) => {
    const { digestError: _, ...state } = now.state
    const after = {
      ...now,
      state: {
        ...state,
        backfills: { ...state.backfills, [region]: backfills },
        digestDeliveredAt: clock.now(),
      },
    }
    await commit(after, (change) => store.commit({ changes: [change, ...files.map(dropFile)] }))
  })
}
