/**
 * The parts that a version is made of, read from their rows a block at a time, as somebody comes to them.
 *
 * A block is held against its marks: as many parts, and as long. Once the version goes, its rows are gone with it, and what
 * it was made of is told by objects/being-read.ts.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { BLOCK_PARTS, type Marks, marksOf } from '../multipart/marks.js'
import { readParts, readUpload } from '../multipart/rows.js'
import type { Part } from '../multipart/upload.js'
import type { Reading } from '../objects/being-read.js'
import { type Kept, readVersion } from '../objects/rows.js'
import type { ObjectVersion, Stretch } from '../objects/version.js'

/** The version went between its row and its bytes: nothing is wrong with either. */
export class ContentGone extends Error {
  override readonly name = 'ContentGone'
}

/** A stretch, and where its plain bytes begin. */
export interface Placed {
  readonly stretch: Stretch
  readonly offset: number
}

export class PartBlocks {
  readonly marks: Marks
  readonly #kept: Kept
  readonly #version: ObjectVersion
  readonly #reading: Pick<Reading, 'left'>

  private constructor(
    kept: Kept,
    version: ObjectVersion,
    marks: Marks,
    reading: Pick<Reading, 'left'>,
  ) {
    this.#kept = kept
    this.#version = version
    this.marks = marks
    this.#reading = reading
  }

  /**
   * @throws SealtrailError `StoreDamaged`
   * @throws ContentGone
   */
  static async open(
    kept: Kept,
    version: ObjectVersion,
    reading: Pick<Reading, 'left'>,
  ): Promise<PartBlocks> {
    const upload = await readUpload(kept, version.uploadId!)
    const marks = upload && (upload.facts.marks ?? marksOf(await readParts(kept, upload.id)))
    const { parts = 0 } = version.facts
    if (marks?.length === Math.ceil(parts / BLOCK_PARTS) && parts > 0) {
      return new PartBlocks(kept, version, marks, reading)
    }
    throw await lacking(kept, version)
  }

  /**
   * In order.
   * @throws SealtrailError `StoreDamaged`
   * @throws ContentGone
   */
  async read(block: number): Promise<Placed[]> {
    const [number, begin] = this.marks[block]!
    const { uploadId, bytes, facts } = this.#version
    const first = block * BLOCK_PARTS
    const count = Math.min(BLOCK_PARTS, facts.parts! - first)
    const rows = await readParts(this.#kept, uploadId!, number - 1, count)
    // Looked at behind the rows: what goes is told before they do.
    const left = this.#reading.left?.slice(first, first + count)
    let offset = begin
    const placed = (left ?? rows.map(stretchOf)).map((stretch) => {
      const place = { stretch, offset }
      offset += stretch.bytes
      return place
    })
    const end = this.marks[block + 1]?.[1] ?? bytes
    const isWhole = placed.length === count && offset === end
    if (isWhole && (left !== undefined || rows[0]!.number === number)) return placed
    throw await lacking(this.#kept, this.#version)
  }
}

export function stretchOf({ blob, bytes, facts }: Part): Stretch {
  return { blob, bytes, messageId: facts.messageId }
}

/** The same version, if it is still there. */
export async function versionNow(
  kept: Kept,
  { bucketId, key, id, order }: ObjectVersion,
): Promise<ObjectVersion | undefined> {
  const now = await readVersion(kept, bucketId, key, id)
  return now?.order === order ? now : undefined
}

/** Parts go with their version, and not before. */
async function lacking(kept: Kept, version: ObjectVersion): Promise<Error> {
  if ((await versionNow(kept, version)) === undefined) {
    return new ContentGone('an object went while its parts were looked up')
  }
  const message = 'the parts of an object are not all there'
  return new SealtrailError('StoreDamaged', message, { key: version.key })
}
