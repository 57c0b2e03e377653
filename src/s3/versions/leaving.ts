/**
 * What goes when a version goes: its row, the rows of its parts, and afterwards its blobs.
 *
 * @module
 */
import type { Blobs } from '../../store/blobs/blobs.js'
import type { Change } from '../../store/change.js'
import { dropPart, dropUpload, readParts } from '../multipart/rows.js'
import { dropVersion, type Kept } from '../objects/rows.js'
import type { ObjectVersion } from '../objects/version.js'

export interface Leaving {
  readonly changes: readonly Change[]
  /** To be removed behind the commit. */
  readonly blobs: readonly string[]
}

export const NOTHING_LEAVES: Leaving = { changes: [], blobs: [] }

export async function leavingOf(kept: Kept, version: ObjectVersion): Promise<Leaving> {
  const { blob, uploadId } = version
  const row = dropVersion(version)
  if (uploadId === undefined) return { changes: [row], blobs: blob === undefined ? [] : [blob] }
  const content = await leavingUpload(kept, uploadId)
  return { changes: [row, ...content.changes], blobs: content.blobs }
}

/** Of an upload that is given up, or whose object goes. */
export async function leavingUpload(kept: Kept, uploadId: string): Promise<Leaving> {
  const parts = await readParts(kept, uploadId)
  return {
    changes: [...parts.map(dropPart), dropUpload(uploadId)],
    blobs: parts.map(({ blob }) => blob),
  }
}

/** Behind the commit; what is not removed now is swept away one day. */
export function removeBlobs({ blobs }: { readonly blobs: Blobs }, leaving: Leaving): void {
  if (leaving.blobs.length > 0) blobs.remove(leaving.blobs).catch(() => undefined)
}
