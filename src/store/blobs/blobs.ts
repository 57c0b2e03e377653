/**
 * Bytes of objects, beside the journal: written once, read at any place, removed when no row names them any more.
 *
 *     put → ref → a row that names it is committed → settle         durable when put resolves
 *     open → read, read, …                                          goes on, though it is removed meanwhile
 *     hold → its last row goes → remove                             what is still to be opened outlives its row
 *     remove                                                        after the commit that took the last row with this ref away
 *     tend                                                          what a crash left goes; room comes back
 *
 * A blob without a row is nothing: it was never acknowledged. Between its put and its row nobody but the caller knows
 * that it is wanted, so he says when that is over. Small ones share packs (packs/packer.ts), larger ones have a file each
 * (upload.ts). Source: docs/FORMAT.md §10.
 *
 * @module
 */

/** Names a blob for ever; never used again. Characters `[a-z0-9-]`, at most 64. */
export type BlobRef = string

export interface Blobs {
  /**
   * Of bytes that are here, and stay as they are until it resolves.
   * @throws SealtrailError `StoreFailed`, also when there is no room; `Closed`
   */
  put(bytes: Uint8Array): Promise<BlobRef>
  /** Of bytes that come; what fails in `pieces` fails here, and leaves nothing. */
  putStream(
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly ref: BlobRef; readonly bytes: number }>
  /**
   * After the commit whose rows name them. Until then, or until they are removed, what they lie in stays as it is,
   * whatever rows say. Twice is fine.
   */
  settle(refs: readonly BlobRef[]): void
  /**
   * Before the commit that takes their last rows away: they stay as they are, whatever rows say, until they are removed, or
   * settled again. In memory: after a crash nobody needs them.
   */
  hold(refs: readonly BlobRef[]): void
  /**
   * The caller closes it. One that was removed, or moved, since its row was read is not there: read the row again, and
   * only when that still has the same ref is it damage.
   * @throws SealtrailError `ObjectDamaged` when it is not there, or not as it was put; `StoreFailed`, `Closed`
   */
  open(ref: BlobRef): Promise<BlobReader>
  /** Never fails: what cannot be removed now goes another time. Twice is fine, and so is one that is not there. */
  remove(refs: readonly BlobRef[]): Promise<void>
  /**
   * Once, after a start: removes in the background what no row names; from then on gives room back whenever removals
   * have made it worth while.
   */
  tend(rows: BlobRows): void
  /** Resolves when nothing is to be tended for now. */
  tended(): Promise<void>
  /** Waits for what is being written. Twice is fine. */
  close(): Promise<void>
}

export interface BlobReader {
  /** Of the whole blob. */
  readonly bytes: number
  /** Exactly the bytes from `offset` on. @throws SealtrailError `ObjectDamaged` when there are fewer; `StoreFailed` */
  read(offset: number, bytes: number): Promise<Uint8Array>
  /** Twice is fine. */
  close(): Promise<void>
}

/** The rows that name blobs, as their owner gives them. */
export interface BlobRows {
  /** Refs that committed rows name, behind `after` and before `before`: the first `limit` of them, ascending. */
  named(after: BlobRef, before: BlobRef, limit: number): Promise<readonly BlobRef[]>
  /**
   * Commits that the row which names `from` names `to`, the same bytes; false when none names it any more. Holds
   * against all other changes of that row.
   */
  move(from: BlobRef, to: BlobRef): Promise<boolean>
}
