/**
 * Calls that seal and open: one text, frames, headers, whole messages.
 *
 * @module
 */
import { type Engine, type KeyHandle, TAG_BYTES } from '../engine.js'
import { equal, flipLast, flipped, isZero, run } from './bytes.js'
import { DATA_KEY, GCM, LONG, LONG_TAG, MESSAGE, SEALED_HEAD } from './known.js'
import { type Tests, withKey } from './with-key.js'

export const MESSAGES = {
  seal: (engine) =>
    withKey(engine, GCM.key, (key) => {
      const text = withTagRoom(GCM.plain)
      engine.seal(key, GCM.nonce, GCM.aad, text)
      return equal(text, GCM.sealed) && equal(sealLong(engine), LONG_TAG)
    }),
  open: (engine) =>
    withKey(engine, GCM.key, (key) => {
      const [text, forged] = [Uint8Array.from(GCM.sealed), flipLast(GCM.sealed)]
      const isOpened = engine.open(key, GCM.nonce, GCM.aad, text)
      const isRefused = !engine.open(key, GCM.nonce, GCM.aad, forged) && isZero(forged)
      return isOpened && equal(text.subarray(0, GCM.plain.length), GCM.plain) && isRefused
    }),
  sealFrames: (engine) =>
    withMessageKey(engine, (key) => equal(sealRun(engine, key), MESSAGE.sealed)),
  openFrames: (engine) =>
    withMessageKey(engine, (key) => {
      return opensRun((sealed, plain) => engine.openFrames(key, MESSAGE.run, sealed, plain))
    }),
  sealHeader: (engine) =>
    withKey(engine, DATA_KEY, (dataKey) => {
      const headers = [newHeader(), newHeader()]
      return (
        headers.every((header) => {
          const made = engine.sealHeader(dataKey, header)
          const found = engine.openHeader(dataKey, header)
          const isSame = found !== undefined && equal(sealRun(engine, made), sealRun(engine, found))
          made.release()
          found?.release()
          return isSame
        }) && !equal(headers[0]!, headers[1]!)
      )
    }),
  openHeader: (engine) =>
    withKey(engine, DATA_KEY, (dataKey) => {
      const key = engine.openHeader(dataKey, MESSAGE.header)
      const isOpened = key !== undefined && equal(sealRun(engine, key), MESSAGE.sealed)
      key?.release()
      return isOpened && forgedHeaders().every((forged) => !engine.openHeader(dataKey, forged))
    }),
  sealMessage: (engine) =>
    withKey(engine, DATA_KEY, (dataKey) => {
      const messages = [newMessage(), newMessage()]
      return (
        messages.every((sealed) => {
          engine.sealMessage(dataKey, sealed, SEALED_HEAD, 16, MESSAGE.plain)
          const [header, body] = [sealed.subarray(0, SEALED_HEAD), sealed.subarray(SEALED_HEAD)]
          const plain = new Uint8Array(MESSAGE.plain.length)
          const frames = engine.openMessage(dataKey, header, 16, body, plain)
          return frames === 2 && equal(plain, MESSAGE.plain)
        }) && !equal(messages[0]!, messages[1]!)
      )
    }),
  openMessage: (engine) =>
    withKey(engine, DATA_KEY, (dataKey) => {
      const open = (header: Uint8Array, body: Uint8Array, plain: Uint8Array) =>
        engine.openMessage(dataKey, header, 16, body, plain)
      const isRefused = forgedHeaders().every((forged) => {
        const plain = Uint8Array.from(MESSAGE.plain)
        return open(forged, MESSAGE.sealed, plain) === -1 && isZero(plain)
      })
      return isRefused && opensRun((sealed, plain) => open(MESSAGE.header, sealed, plain))
    }),
} satisfies Tests

/** The key of {@link MESSAGE}. */
function withMessageKey(engine: Engine, passes: (key: KeyHandle) => boolean): boolean {
  return withKey(engine, DATA_KEY, (dataKey) => {
    const key = engine.openHeader(dataKey, MESSAGE.header)
    if (key === undefined) return false
    try {
      return passes(key)
    } finally {
      key.release()
    }
  })
}

function sealLong(engine: Engine): Uint8Array {
  const tag = new Uint8Array(TAG_BYTES)
  withKey(engine, DATA_KEY, (key) => {
    engine.seal(key, LONG.nonce, LONG.aad, run(0, LONG.bytes), tag)
    return true
  })
  return tag
}

function sealRun(engine: Engine, key: KeyHandle): Uint8Array {
  const sealed = new Uint8Array(MESSAGE.sealed.length)
  engine.sealFrames(key, MESSAGE.run, MESSAGE.plain, sealed)
  return sealed
}

/** Both frames of the known run, and only the first when the second is forged. */
function opensRun(open: (sealed: Uint8Array, plain: Uint8Array) => number): boolean {
  const [plain, half] = [new Uint8Array(20), Uint8Array.from(MESSAGE.plain)]
  const isOpened = open(MESSAGE.sealed, plain) === 2 && equal(plain, MESSAGE.plain)
  return isOpened && open(flipLast(MESSAGE.sealed), half) === 1 && isZero(half.subarray(16))
}

function newHeader(): Uint8Array {
  return Uint8Array.from(MESSAGE.header).fill(0, 3)
}

function newMessage(): Uint8Array {
  const sealed = new Uint8Array(SEALED_HEAD + MESSAGE.sealed.length)
  sealed.set(newHeader())
  return sealed
}

/** In the tag, and in the commitment. */
function forgedHeaders(): Uint8Array[] {
  return [flipLast(MESSAGE.header), flipped(MESSAGE.header, SEALED_HEAD - TAG_BYTES - 1)]
}

function withTagRoom(plain: Uint8Array): Uint8Array {
  const text = new Uint8Array(plain.length + TAG_BYTES)
  text.set(plain)
  return text
}
