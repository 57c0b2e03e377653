/**
 * The work of the pool, as functions that run on any thread, and as messages that ask a thread for it.
 *
 * Inline and on a thread the same functions run; pool.ts decides which, worker.ts answers messages. Input
 * is read where it lies, which may be memory that threads share; output is new memory, except that batches
 * of wraps are worked on in place. What a step leaves of plaintext beside its output is wiped.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Engine, EngineName, KeyHandle } from '../engine/engine.js'
import { type GunzipBounds, gunzip } from '../gzip/gunzip.js'
import { gzip, gzipStill } from '../gzip/gzip.js'
import { wholeHeader } from '../message/header.js'
import { openSealed } from '../message/open.js'
import { type MessageParts, sealMessage } from '../message/seal.js'
import { wipe } from './wipe.js'

export interface SealWork extends MessageParts {
  readonly plain: Uint8Array
  /** Compress first; undefined: do not. */
  readonly gzipLevel?: number | undefined
}

export interface OpenWork {
  readonly sealed: Uint8Array
  /** Unpack the gzip member inside; undefined: there is none. */
  readonly gunzip?: GunzipBounds | undefined
}

/** All of it in memory that threads share: nothing is copied on its way. */
export interface CompressWork {
  readonly plain: Uint8Array<SharedArrayBuffer>
  readonly gzipLevel: number
  /** 32 bytes, which receive the SHA-256 of `plain`. */
  readonly hash: Uint8Array<SharedArrayBuffer>
}

/** As Engine.generateDataKeys. */
export interface WrapWork {
  readonly blobs: Uint8Array
  readonly blobBytes: number
  readonly context: Uint8Array
  readonly plain: Uint8Array | undefined
}

/** As Engine.unwrapMany. */
export interface UnwrapWork {
  readonly blobs: Uint8Array
  readonly blobEnds: Uint32Array
  readonly contexts: Uint8Array
  readonly contextEnds: Uint32Array
  readonly opened: Uint8Array
}

/** A key on its way to a thread: a ticket of its engine. */
export interface LentKey {
  readonly engine: EngineName
  readonly ticket: unknown
}

export type Job =
  | { readonly kind: 'seal'; readonly key: LentKey; readonly work: SealWork }
  | { readonly kind: 'open'; readonly key: LentKey; readonly work: OpenWork }
  | { readonly kind: 'wrap'; readonly key: LentKey; readonly work: WrapWork }
  | { readonly kind: 'unwrap'; readonly key: LentKey; readonly work: UnwrapWork }
  | { readonly kind: 'compress'; readonly work: CompressWork }
  | { readonly kind: 'nothing' }

export function seal(engine: Engine, dataKey: KeyHandle, work: SealWork): Uint8Array {
  const { plain, gzipLevel } = work
  if (gzipLevel === undefined) return sealMessage(engine, dataKey, work, plain)
  const member = gzip(plain, gzipLevel)
  try {
    return sealMessage(engine, dataKey, work, member)
  } finally {
    wipe(member)
  }
}

/** One gzip member. */
export function compress({ plain, gzipLevel, hash }: CompressWork): Uint8Array {
  hash.set(createHash('sha256').update(plain).digest())
  return gzipStill(plain, gzipLevel)
}

/** `header` is that of `work.sealed`: views of those bytes, which is why a thread parses its own. */
export function open(
  engine: Engine,
  dataKey: KeyHandle,
  work: OpenWork,
  header = wholeHeader(work.sealed),
): Uint8Array {
  const { sealed, gunzip: bounds } = work
  const opened = openSealed(engine, header, dataKey, sealed)
  if (bounds === undefined) return opened
  try {
    return gunzip(opened, bounds)
  } finally {
    wipe(opened)
  }
}

export function wrap(engine: Engine, wrappingKey: KeyHandle, work: WrapWork): void {
  engine.generateDataKeys(wrappingKey, work.blobs, work.blobBytes, work.context, work.plain)
}

export function unwrap(engine: Engine, wrappingKey: KeyHandle, work: UnwrapWork): void {
  const { blobs, blobEnds, contexts, contextEnds, opened } = work
  engine.unwrapMany(wrappingKey, blobs, blobEnds, contexts, contextEnds, opened)
}
