/**
 * Short texts that leave the house and come back, such as grant and session tokens: nobody else can make or read one.
 *
 *     | "text" 4 | version 1 | suite 1 | 0 0 | root id 16 | nonce 24 | commitment 32 | text in UTF-8 | tag 16 |
 *
 * in base64url. The purpose is authenticated with it, so that a text for one purpose is none for another. The same text
 * is sealed differently each time. Source: docs/FORMAT.md §4.3.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  type KeyHandle,
} from '../engine/engine.js'
import { invariant } from '../invariant.js'
import { encodeContext } from '../message/encryption-context.js'

/** Tells a sealed text from wrapped keys and CiphertextBlobs. Version, suite, no flags. */
const HEADER_START = Buffer.from('text\x01\x01\x00\x00', 'latin1')
export const SEALED_TEXT_BYTES_MAX = 4096

export class SealedTexts {
  readonly #engine: Engine
  readonly #key: KeyHandle
  readonly #header: Uint8Array

  /** Takes over the handle. */
  constructor(engine: Engine, key: KeyHandle, rootId: Uint8Array) {
    this.#engine = engine
    this.#key = key
    this.#header = Buffer.concat([HEADER_START, rootId])
    invariant(this.#header.length === BLOB_HEADER_BYTES, 'a root id has 16 bytes')
  }

  /** `text` has 1 to 4,096 bytes. */
  seal(purpose: string, text: string): string {
    const size = Buffer.byteLength(text)
    invariant(size >= 1 && size <= SEALED_TEXT_BYTES_MAX, 'a sealed text is short, and not empty')
    const sealed = Buffer.alloc(BLOB_OVERHEAD_BYTES + size)
    sealed.set(this.#header)
    sealed.write(text, BLOB_TEXT_OFFSET)
    this.#engine.wrap(this.#key, sealed, purposeContext(purpose))
    return sealed.toString('base64url')
  }

  /** The text that was sealed for `purpose`; undefined for anything else. */
  open(purpose: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    const size = bytes.length - BLOB_OVERHEAD_BYTES
    if (size < 1 || size > SEALED_TEXT_BYTES_MAX) return undefined
    // What is no base64url, or has bits that decoding leaves out, is not what we gave.
    if (bytes.toString('base64url') !== sealed) return undefined
    if (!constantTimeEqual(bytes.subarray(0, BLOB_HEADER_BYTES), this.#header)) return undefined
    if (!this.#engine.unwrap(this.#key, bytes, purposeContext(purpose))) return undefined
    return bytes.toString('utf8', BLOB_TEXT_OFFSET, BLOB_TEXT_OFFSET + size)
  }

  release(): void {
    this.#key.release()
  }
}

function purposeContext(purpose: string): Uint8Array {
  return encodeContext({ 'sealtrail:purpose': purpose })
}
