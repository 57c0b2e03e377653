/**
 * What goes when a version goes: its row, the rows of its parts, and afterwards its blobs.
 *
 * @module
 */
import type { Blobs } from '../../store/blobs/blobs.js'
import type { Change } from '../../store/change.js'
import { stretchOf } from '../contents/part-blocks.js'
import { dropPart, dropUpload, readParts } from '../multipart/rows.js'
import type { BeingRead } from '../objects/being-read.js'
import { dropVersion, type Kept } from '../objects/rows.js'
import type { ObjectVersion, Stretch } from '../objects/version.js'

export interface Leaving {
  readonly changes: readonly Change[]
  /** To be removed behind the commit. */
  readonly blobs: readonly string[]
  /** Of a version in parts: what its readers go on with. */
  readonly inParts?: { readonly uploadId: string; readonly stretches: readonly Stretch[] }
}

export const NOTHING_LEAVES: Leaving = { changes: [], blobs: [] }

export async function leavingOf(kept: Kept, version: ObjectVersion): Promise<Leaving> {
  const { blob, uploadId } = version
  const row = dropVersion(version)
  if (uploadId === undefined) return { changes: [row], blobs: blob === undefined ? [] : [blob] }
  const content = await leavingUpload(kept, uploadId)
  return { ...content, changes: [row, ...content.changes] }
}

/** Of an upload that is given up, or whose object goes. */
export async function leavingUpload(kept: Kept, uploadId: string): Promise<Leaving> {
  const parts = await readParts(kept, uploadId)
  return {
    changes: [...parts.map(dropPart), dropUpload(uploadId)],
    blobs: parts.map(({ blob }) => blob),
    inParts: { uploadId, stretches: parts.map(stretchOf) },
  }
}

/** Commits that it goes; its blobs are removed behind that, and behind its last reader. */
export async function letGo<Answer>(
  parts: { readonly blobs: Blobs; readonly beingRead: BeingRead },
  leaving: Leaving,
  commit: () => Promise<Answer>,
): Promise<Answer> {
  const { blobs, inParts } = leaving
  if (inParts === undefined) {
    const answer = await commit()
    removeBlobs(parts, leaving)
    return answer
  }
  parts.blobs.hold(blobs)
  const leave = parts.beingRead.leave(inParts.uploadId, inParts.stretches)
  try {
    const answer = await commit()
    leave.gone(() => removeBlobs(parts, leaving))
    return answer
  } catch (error) {
    leave.stays()
    parts.blobs.settle(blobs)
    throw error
  }
}

/** Behind the commit; what is not removed now is swept away one day. */
export function removeBlobs(
  { blobs }: { readonly blobs: Blobs },
  leaving: Pick<Leaving, 'blobs'>,
): void {
  if (leaving.blobs.length > 0) blobs.remove(leaving.blobs).catch(() => undefined)
}
