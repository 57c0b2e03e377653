/**
 * What the journal says, as leaves of a Merkle log: a hash for each sequence number, some hundreds at a time.
 *
 * The leaf of a record is its bytes; a sequence number without a record, which an entry of facts alone takes, has the empty
 * leaf. So the place of a record in the log follows from its sequence number. Made here, on the store's thread, so that
 * records need not travel. Source: docs/FORMAT.md §12.1.
 *
 * @module
 */
import { HASH_BYTES, leafHash, writeLeafHash } from '../../bytes/merkle.js'
import type { SegmentIndex } from './segment-index.js'
import { bytesOf, entriesIn, known, lastOf } from './stretches.js'

/** Whoever commits meanwhile waits a millisecond or two. */
const LEAVES_ENOUGH = 1024
/** Most stretches fit; memory for each anew would cost as much as its hashes do. */
const room = Buffer.allocUnsafeSlow(512 * 1024)
const EMPTY_LEAF = leafHash(new Uint8Array(0))

export interface LeafPage {
  /** The first hash is of the sequence number behind it: what was asked for, or what the journal still has. */
  readonly after: number
  /** 32 bytes for each sequence number. */
  readonly hashes: Uint8Array<ArrayBuffer>
  /** Where the journal ends for now. */
  readonly last: number
}

/** Whether it goes as far as the journal was known to go. */
export function isLastPage({ after, hashes, last }: LeafPage): boolean {
  return after + hashes.length / HASH_BYTES >= last
}

/** From `after` on, in order. @throws SealtrailError `StoreDamaged` */
export function readLeafPage(segments: readonly SegmentIndex[], asked: number): LeafPage {
  const last = lastOf(segments)
  const after = Math.max(asked, segments[0]!.head.firstSequence - 1)
  const pieces: Buffer[] = []
  let upTo = after
  while (upTo < last && upTo - after < LEAVES_ENOUGH) {
    const segment = segments.findLast(({ head }) => head.firstSequence <= upTo + 1)!
    const stretch = known(segments, segment).stretchOf(upTo + 1)
    const { firstSequence, nextSequence } = stretch
    const hashes = Buffer.alloc((nextSequence - firstSequence) * HASH_BYTES, EMPTY_LEAF)
    for (const { sequence, entry } of entriesIn(
      segment,
      stretch,
      bytesOf(segment, stretch, room),
    )) {
      let at = (sequence - firstSequence) * HASH_BYTES
      for (const record of entry.records) {
        writeLeafHash(record, hashes, at)
        at += HASH_BYTES
      }
    }
    pieces.push(hashes.subarray((upTo + 1 - firstSequence) * HASH_BYTES))
    upTo = nextSequence - 1
  }
  return { after, hashes: new Uint8Array(Buffer.concat(pieces)), last }
}
