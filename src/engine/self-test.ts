/**
 * What every engine must answer before it is used: for each of its calls a known answer, and a forged input.
 *
 * The table has a row for each call, or it does not compile. A call that draws random bytes has no known answer of
 * its own: what it makes is opened by calls that have one, and two of it differ. It takes about a millisecond and
 * runs once per thread; the full suite is in test/engine/. Sources: McGrew & Viega, GCM test case 16;
 * c2sp.org/XAES-256-GCM; the others computed with pyca/cryptography 48 from the constructions in docs/FORMAT.md.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../errors.js'
import {
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  KEY_BYTES,
  type KeyHandle,
  TAG_BYTES,
} from './engine.js'

type Call = {
  [Name in keyof Engine]: Engine[Name] extends (...given: never[]) => unknown ? Name : never
}[keyof Engine]

const GCM = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  nonce: hex('cafebabefacedbaddecaf888'),
  aad: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  plain: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  sealed: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  ),
}

/** Under the key 00…1f. */
const LONG = { bytes: 4099, nonce: run(0x20, 12), aad: run(0x40, 20) }
const LONG_TAG = hex('b30937d0b5c532999ae71403c1f250bc')

const COMMITMENT = {
  key: new Uint8Array(KEY_BYTES).fill(3),
  nonce: Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX'),
  answer: hex('5553cd21d1592b422e3129632a3187eee8a658cdca5c5b32ce86308dcc18e9d1'),
}

/** Under data key 00…1f: a header of suite 0x0478 with nothing but what is fixed, and frames of 16 bytes. */
const MESSAGE = {
  header: hex(
    '020478202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f' +
      '16bbdf5f77e52a6d45b8cad7f30e0bbf69b304b0d51de9d153b822934fd32d47' +
      '84abf1fe3451c17c84c8d180bb31a09d',
  ),
  run: { messageId: run(0x20, 32), frameBytes: 16, firstFrame: 1, final: true },
  plain: run(0x80, 20),
  sealed: hex(
    '00000001000000000000000000000001' +
      '68f33d298bd85feb9e8f35841df3c47315798fa2e6135620fab954163a562e13' +
      'ffffffff0000000200000000000000000000000200000004' +
      '918bf299ecc334b973ac64b6dff6b2d52834fb7d',
  ),
}

/** Under the wrapping key 00…1f: the key 60…7f, context {a: 'b'}. */
const BLOB = {
  context: hex('0001000161000162'),
  plain: run(0x60, 32),
  wrapped: hex(
    'c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7e0e1e2e3e4e5e6e7e8e9eaebecedeeef' +
      'f0f1f2f3f4f5f6f7e900227fc580a3f98d7ecc98e59dd35947cb744539ce897f59d60608414a0702' +
      '9d7b5d5dc2934a72321af93f07ced28ba96b554654497f7cb0879d02874ed96a8252d5966be64b6d' +
      '07f4d2a293c36012',
  ),
}

const DATA_KEY = run(0, KEY_BYTES)
const SEALED_HEAD = MESSAGE.header.length

const TESTS: Readonly<Record<Call, (engine: Engine) => boolean>> = {
  importKey(engine) {
    const bytes = Uint8Array.from(COMMITMENT.key)
    return withKey(engine, bytes, (key) => {
      bytes.fill(0)
      return equal(commitment(engine, key), COMMITMENT.answer)
    })
  },
  generateKey(engine) {
    const keys = [engine.generateKey(), engine.generateKey(), engine.importKey(new Uint8Array(32))]
    const [one, other, zero] = keys.map((key) => commitment(engine, key))
    for (const key of keys) key.release()
    return !equal(one!, other!) && !equal(one!, zero!) && !equal(other!, zero!)
  },
  cloneKey: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => {
      const clones = [engine.cloneKey(key), engine.cloneKey(key)]
      clones[0]!.release()
      const isKept = equal(commitment(engine, key), COMMITMENT.answer)
      key.release()
      const isCloned = equal(commitment(engine, clones[1]!), COMMITMENT.answer)
      clones[1]!.release()
      return isKept && isCloned
    }),
  shareKey: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => {
      const { ticket, end } = engine.shareKey(key)
      key.release()
      const adopted = engine.adoptKey(ticket)
      end()
      const isShared = equal(commitment(engine, adopted), COMMITMENT.answer)
      adopted.release()
      return isShared && isGone(() => engine.adoptKey(ticket))
    }),
  adoptKey: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => {
      const [ended, open] = [engine.shareKey(key), engine.shareKey(key)]
      ended.end()
      const adopted = engine.adoptKey(open.ticket)
      open.end()
      const isAdopted = equal(commitment(engine, adopted), COMMITMENT.answer)
      adopted.release()
      return isAdopted && isGone(() => engine.adoptKey(ended.ticket))
    }),
  randomFill(engine) {
    const [one, other] = [new Uint8Array(64), new Uint8Array(64)]
    engine.randomFill(one)
    engine.randomFill(other)
    const parts = [one, other].flatMap((bytes) => [bytes.subarray(0, 16), bytes.subarray(48)])
    return !equal(one, other) && !parts.some(isZero)
  },

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
}

/** @throws SealtrailError `EngineUnavailable` when an answer differs from the known one. */
export function selfTest(engine: Engine): void {
  for (const [call, passes] of Object.entries(TESTS)) {
    let passed: boolean
    try {
      passed = passes(engine)
    } catch (cause) {
      throw failure(engine, call, { cause })
    }
    if (!passed) throw failure(engine, call)
  }
}

function failure(engine: Engine, call: string, options?: ErrorOptions): SealtrailError {
  const sentence = `the ${engine.name} engine gives a wrong answer to ${call}`
  return new SealtrailError('EngineUnavailable', sentence, { engine: engine.name }, options)
}

function withKey(engine: Engine, bytes: Uint8Array, passes: (key: KeyHandle) => boolean): boolean {
  const key = engine.importKey(bytes)
  try {
    return passes(key)
  } finally {
    key.release()
  }
}

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

function isGone(adopt: () => KeyHandle): boolean {
  try {
    adopt().release()
    return false
  } catch (error) {
    return isSealtrailError(error, 'KeyReleased')
  }
}

function commitment(engine: Engine, key: KeyHandle): Uint8Array {
  return engine.xaesCommitment(key, COMMITMENT.nonce)
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

/** Unwraps `blob` to the known text. */
function opensTo(engine: Engine, key: KeyHandle, blob: Uint8Array): boolean {
  return engine.unwrap(key, blob, BLOB.context) && equal(textOf(blob), BLOB.plain)
}

function newHeader(): Uint8Array {
  return Uint8Array.from(MESSAGE.header).fill(0, 3)
}

function newMessage(): Uint8Array {
  const sealed = new Uint8Array(SEALED_HEAD + MESSAGE.sealed.length)
  sealed.set(newHeader())
  return sealed
}

function newBlob(text: Uint8Array = new Uint8Array(KEY_BYTES)): Uint8Array {
  const blob = new Uint8Array(BLOB_OVERHEAD_BYTES + KEY_BYTES)
  blob.set(text, BLOB_TEXT_OFFSET)
  return blob
}

function textOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES)
}

/** In the tag, and in the commitment. */
function forgedHeaders(): Uint8Array[] {
  return [flipLast(MESSAGE.header), flipped(MESSAGE.header, SEALED_HEAD - TAG_BYTES - 1)]
}

function forgedBlobs(): Uint8Array[] {
  return [flipLast(BLOB.wrapped), flipped(BLOB.wrapped, BLOB_TEXT_OFFSET - 1)]
}

function withTagRoom(plain: Uint8Array): Uint8Array {
  const text = new Uint8Array(plain.length + TAG_BYTES)
  text.set(plain)
  return text
}

function flipLast(bytes: Uint8Array): Uint8Array {
  return flipped(bytes, bytes.length - 1)
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at]! ^= 1
  return copy
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}

/** `first`, first + 1, … modulo 256. */
function run(first: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => first + i)
}

function hex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex')
}
