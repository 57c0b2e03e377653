/**
 * The sealed messages that a version is made of, in order: one, or those of its parts.
 *
 * Rows of parts are read as somebody comes to them; until he releases them, their bytes stay where they are.
 *
 * @module
 */
import { BLOCK_PARTS, blockOf } from '../multipart/marks.js'
import type { BeingRead } from '../objects/being-read.js'
import type { ByteRange } from '../objects/range.js'
import type { Kept } from '../objects/rows.js'
import type { ObjectVersion, Stretch } from '../objects/version.js'
import { PartBlocks, type Placed, versionNow } from './part-blocks.js'

/** A stretch, and what is wanted of it. */
export interface Piece {
  readonly stretch: Stretch
  readonly range: ByteRange
  /** The same stretch as rows say it now: blobs are moved, for room. Undefined when its version is not there any more. */
  again(): Promise<Stretch | undefined>
}

/** Where a version lies. */
export interface Lying {
  /**
   * Of an empty range: one stretch, which shows that nothing is there.
   * @throws SealtrailError `StoreDamaged`
   * @throws ContentGone
   */
  within(range: ByteRange): AsyncGenerator<Piece>
  /** Of the part that is the `index`th, from 0. */
  part(index: number): Promise<ByteRange>
  /** Nothing more is read. Twice is fine. */
  release(): void
}

/**
 * @throws SealtrailError `StoreDamaged`
 * @throws ContentGone
 */
export async function lyingOf(
  kept: Kept & { readonly beingRead: BeingRead },
  version: ObjectVersion,
): Promise<Lying> {
  const { uploadId } = version
  if (uploadId === undefined) return whole(kept, version)
  const reading = kept.beingRead.begin(uploadId)
  try {
    const blocks = await PartBlocks.open(kept, version, reading)
    return inParts(blocks, () => reading.end())
  } catch (error) {
    reading.end()
    throw error
  }
}

function whole(kept: Kept, version: ObjectVersion): Lying {
  const stretch = wholeStretch(version)
  const again = async () => {
    const now = await versionNow(kept, version)
    return now && wholeStretch(now)
  }
  return {
    async *within(range) {
      yield { stretch, range, again }
    },
    part: async () => ({ offset: 0, bytes: version.bytes }),
    release: () => undefined,
  }
}

function wholeStretch({ blob, bytes, facts }: ObjectVersion): Stretch {
  return { blob: blob!, bytes, messageId: facts.messageId }
}

function inParts(blocks: PartBlocks, release: () => void): Lying {
  const { marks } = blocks
  return {
    async *within({ offset, bytes }) {
      const end = offset + bytes
      for (let block = blockOf(marks, offset); block < marks.length; block++) {
        if (bytes > 0 && marks[block]![1] >= end) return
        const placed = await blocks.read(block)
        for (const [index, { stretch, offset: begin }] of placed.entries()) {
          const from = Math.max(offset, begin)
          const to = Math.min(end, begin + stretch.bytes)
          if (to <= from && bytes > 0) continue
          const again = async () => (await blocks.read(block))[index]?.stretch
          yield { stretch, range: { offset: from - begin, bytes: Math.max(0, to - from) }, again }
          if (bytes === 0) return
        }
      }
    },
    async part(index) {
      const placed = await blocks.read(Math.floor(index / BLOCK_PARTS))
      const { stretch, offset } = placed[index % BLOCK_PARTS] as Placed
      return { offset, bytes: stretch.bytes }
    },
    release,
  }
}

/**
 * All of them, of a version that nobody changes.
 * @throws SealtrailError `StoreDamaged`
 */
export async function stretchesOf(kept: Kept, version: ObjectVersion): Promise<Stretch[]> {
  if (version.uploadId === undefined) return [wholeStretch(version)]
  const blocks = await PartBlocks.open(kept, version, { left: undefined })
  const all: Stretch[] = []
  for (const block of blocks.marks.keys()) {
    for (const { stretch } of await blocks.read(block)) all.push(stretch)
  }
  return all
}
