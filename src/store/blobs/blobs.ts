/**
 * Bytes of objects, beside the journal: written once, read at any place, removed when no row names them any more.
 *
 *     put      durable when it resolves; named by a ref that a row then carries
 *     reader   what is being read stays readable, though it is removed meanwhile
 *     remove   after the commit that took the last row with this ref away
 *     sweep    of what a crash left behind: blobs that no row names
 *
 * A blob without a row is nothing: it was never acknowledged. How small ones share a file is packs.ts, larger ones have
 * a file each (files.ts). Source: docs/FORMAT.md §8.
 *
 * @module
 */

/** Names a blob for ever; never used again. Characters `[a-z0-9-]`, at most 64. */
export type BlobRef = string

export interface Blobs {
  /** Of bytes that are here. @throws SealtrailError `StoreFailed`, also when there is no room */
  put(bytes: Uint8Array): Promise<BlobRef>
  /** Of bytes that come; what fails in `pieces` fails here, and leaves nothing. */
  putStream(
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly ref: BlobRef; readonly bytes: number }>
  /** @throws SealtrailError `ObjectDamaged` when it is not there. The caller closes it. */
  open(ref: BlobRef): Promise<BlobReader>
  /** Twice is fine, and so is one that is not there. Room comes back some time later. */
  remove(refs: readonly BlobRef[]): Promise<void>
  /** Waits for what is being written. Twice is fine. */
  close(): Promise<void>
}

export interface BlobReader {
  /** Of the whole blob. */
  readonly bytes: number
  /** Exactly the bytes from `offset` on. @throws SealtrailError `ObjectDamaged` when there are fewer */
  read(offset: number, bytes: number): Promise<Uint8Array>
  close(): Promise<void>
}
