/**
 * Calls that wrap and unwrap keys, one or many.
 *
 * @module
 */
import {
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  KEY_BYTES,
  type KeyHandle,
  TAG_BYTES,
} from '../engine.js'
import { equal, flipLast, flipped, isZero } from './bytes.js'
import { BLOB, COMMITMENT, DATA_KEY } from './known.js'
import { commitment, type Tests, withKey } from './with-key.js'

export const WRAPS = {
  xaesCommitment: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => equal(commitment(engine, key), COMMITMENT.answer)),
  wrap: (engine) =>
    withKey(engine, DATA_KEY, (key) => {
      const blobs = [newBlob(BLOB.plain), newBlob(BLOB.plain)]
      for (const blob of blobs) engine.wrap(key, blob, BLOB.context)
      return !equal(blobs[0]!, blobs[1]!) && blobs.every((blob) => opensTo(engine, key, blob))
    }),
  wrapKey: (engine) =>
    withKey(engine, DATA_KEY, (key) => {
      const blobs = [newBlob(), newBlob()]
      const inner = engine.importKey(BLOB.plain)
      for (const blob of blobs) engine.wrapKey(key, inner, blob, BLOB.context)
      inner.release()
      return !equal(blobs[0]!, blobs[1]!) && blobs.every((blob) => opensTo(engine, key, blob))
    }),
  unwrap: (engine) =>
    withKey(engine, DATA_KEY, (key) => {
      const isRefused = forgedBlobs().every((forged) => {
        return !engine.unwrap(key, forged, BLOB.context) && isZero(textOf(forged))
      })
      return isRefused && opensTo(engine, key, Uint8Array.from(BLOB.wrapped))
    }),
  unwrapKey: (engine) =>
    withKey(engine, DATA_KEY, (key) => {
      const inner = engine.unwrapKey(key, BLOB.wrapped, BLOB.context)
      const isOpened =
        inner !== undefined &&
        withKey(engine, BLOB.plain, (same) => {
          return equal(commitment(engine, inner), commitment(engine, same))
        })
      inner?.release()
      const isForged = (blob: Uint8Array) => !engine.unwrapKey(key, blob, BLOB.context)
      return isOpened && forgedBlobs().every(isForged)
    }),
  generateDataKeys: (engine) =>
    withKey(engine, DATA_KEY, (key) =>
      [new Uint8Array(2 * KEY_BYTES), undefined].every((plain) => {
        const blobs = new Uint8Array(2 * BLOB.wrapped.length)
        engine.generateDataKeys(key, blobs, BLOB.wrapped.length, BLOB.context, plain)
        const parts = [blobs.subarray(0, BLOB.wrapped.length), blobs.subarray(BLOB.wrapped.length)]
        const isWrapped = parts.every((blob) => engine.unwrap(key, blob, BLOB.context))
        const [one, other] = parts.map(textOf)
        const isFresh = !equal(one!, other!) && !isZero(one!) && !isZero(other!)
        const isShown = plain === undefined || equal(Buffer.concat([one!, other!]), plain)
        return isWrapped && isFresh && isShown
      }),
    ),
  unwrapMany: (engine) =>
    withKey(engine, DATA_KEY, (key) => {
      const { wrapped, context } = BLOB
      const blobs = Buffer.concat([wrapped, flipLast(wrapped), wrapped])
      const ends = (bytes: number) => Uint32Array.of(bytes, 2 * bytes, 3 * bytes)
      const contexts = Buffer.concat([context, context, context])
      const opened = new Uint8Array(3)
      engine.unwrapMany(key, blobs, ends(wrapped.length), contexts, ends(context.length), opened)
      const texts = [0, 1, 2].map((i) => {
        return textOf(blobs.subarray(i * wrapped.length, (i + 1) * wrapped.length))
      })
      const isRight = equal(texts[0]!, BLOB.plain) && equal(texts[2]!, BLOB.plain)
      return equal(opened, Uint8Array.of(1, 0, 1)) && isRight && isZero(texts[1]!)
    }),
} satisfies Tests

/** Unwraps `blob` to the known text. */
function opensTo(engine: Engine, key: KeyHandle, blob: Uint8Array): boolean {
  return engine.unwrap(key, blob, BLOB.context) && equal(textOf(blob), BLOB.plain)
}

function newBlob(text: Uint8Array = new Uint8Array(KEY_BYTES)): Uint8Array {
  const blob = new Uint8Array(BLOB_OVERHEAD_BYTES + KEY_BYTES)
  blob.set(text, BLOB_TEXT_OFFSET)
  return blob
}

function textOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES)
}

function forgedBlobs(): Uint8Array[] {
  return [flipLast(BLOB.wrapped), flipped(BLOB.wrapped, BLOB_TEXT_OFFSET - 1)]
}
