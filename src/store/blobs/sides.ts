/**
 * Blobs of both sides as one: those in the data directory, and those upstream, where there is one.
 *
 * New ones go upstream when there is one; a ref says on which side its blob lies, and a blob stays on its side. Without an
 * upstream, what lies there is not lost: it is not reached.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { BlobReader, BlobRef, BlobRows, Blobs } from './blobs.js'
import { isUpstreamRef } from './upstream-ref.js'

/** Closes both with itself. */
export function bothSides(local: Blobs, upstream: Blobs | undefined): Blobs {
  return new Sides(local, upstream)
}

class Sides implements Blobs {
  readonly #local: Blobs
  readonly #upstream: Blobs | undefined

  constructor(local: Blobs, upstream: Blobs | undefined) {
    this.#local = local
    this.#upstream = upstream
  }

  put(bytes: Uint8Array): Promise<BlobRef> {
    return (this.#upstream ?? this.#local).put(bytes)
  }

  putStream(
    pieces: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly ref: BlobRef; readonly bytes: number }> {
    return (this.#upstream ?? this.#local).putStream(pieces)
  }

  settle(refs: readonly BlobRef[]): void {
    const { here, there } = apart(refs)
    this.#local.settle(here)
    this.#upstream?.settle(there)
  }

  hold(refs: readonly BlobRef[]): void {
    const { here, there } = apart(refs)
    this.#local.hold(here)
    this.#upstream?.hold(there)
  }

  async open(ref: BlobRef): Promise<BlobReader> {
    if (!isUpstreamRef(ref)) return await this.#local.open(ref)
    if (this.#upstream !== undefined) return await this.#upstream.open(ref)
    const says = 'this blob lies upstream, and the setting s3Upstream is not there'
    throw new SealtrailError('StoreFailed', says, { ref })
  }

  /** What lies upstream is swept away when there is one again. */
  async remove(refs: readonly BlobRef[]): Promise<void> {
    const { here, there } = apart(refs)
    await Promise.all([this.#local.remove(here), this.#upstream?.remove(there)])
  }

  tend(rows: BlobRows): void {
    this.#local.tend(rows)
    this.#upstream?.tend(rows)
  }

  async tended(): Promise<void> {
    await Promise.all([this.#local.tended(), this.#upstream?.tended()])
  }

  async close(): Promise<void> {
    await Promise.all([this.#local.close(), this.#upstream?.close()])
  }
}

function apart(refs: readonly BlobRef[]): { here: BlobRef[]; there: BlobRef[] } {
  return {
    here: refs.filter((ref) => !isUpstreamRef(ref)),
    there: refs.filter(isUpstreamRef),
  }
}
