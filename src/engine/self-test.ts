/**
 * The known answers that every engine gives before it is used.
 *
 * One for each call that makes or checks stored bytes, and one long enough for the code that CPUs with wide
 * AES run only on long texts. It takes under a millisecond and runs once per thread; the full suite is
 * in test/engine/. Sources: McGrew & Viega, GCM test case 16; c2sp.org/XAES-256-GCM; the others computed
 * with pyca/cryptography 48 from the constructions in docs/FORMAT.md.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { BLOB_TEXT_OFFSET, type Engine, KEY_BYTES, TAG_BYTES } from './engine.js'

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

const XAES = {
  key: new Uint8Array(KEY_BYTES).fill(3),
  nonce: Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX'),
  aad: Buffer.from('c2sp.org/XAES-256-GCM'),
  plain: Buffer.from('XAES-256-GCM'),
  sealed: hex('986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'),
  commitment: hex('5553cd21d1592b422e3129632a3187eee8a658cdca5c5b32ce86308dcc18e9d1'),
}

/** Frames of 16 bytes under the message key of data key 00…1f, suite 0x0478. */
const MESSAGE = {
  id: run(0x20, 32),
  commitKey: hex('16bbdf5f77e52a6d45b8cad7f30e0bbf69b304b0d51de9d153b822934fd32d47'),
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

const TESTS: Readonly<Record<string, (engine: Engine) => boolean>> = {
  'AES-256-GCM': sealsAndOpens,
  'AES-256-GCM of a long text': sealsLong,
  'XAES-256-GCM': sealsExtended,
  'the message key': derivesMessageKey,
  'a wrapped key': unwraps,
}

/** @throws SealtrailError `EngineUnavailable` when an answer differs from the known one. */
export function selfTest(engine: Engine): void {
  for (const [name, passes] of Object.entries(TESTS)) {
    let passed: boolean
    try {
      passed = passes(engine)
    } catch (cause) {
      throw failure(engine, name, { cause })
    }
    if (!passed) throw failure(engine, name)
  }
}

function sealsAndOpens(engine: Engine): boolean {
  const key = engine.importKey(GCM.key)
  const text = withTagRoom(GCM.plain)
  engine.seal(key, GCM.nonce, GCM.aad, text)
  const isSealed = equal(text, GCM.sealed)
  const isOpened = engine.open(key, GCM.nonce, GCM.aad, text)
  const isPlain = equal(text.subarray(0, GCM.plain.length), GCM.plain)
  const forged = flipLast(GCM.sealed)
  const isForged = engine.open(key, GCM.nonce, GCM.aad, forged)
  key.release()
  return isSealed && isOpened && isPlain && !isForged && isZero(forged)
}

function sealsLong(engine: Engine): boolean {
  const key = engine.importKey(run(0, KEY_BYTES))
  const text = run(0, LONG.bytes)
  const tag = new Uint8Array(TAG_BYTES)
  engine.seal(key, LONG.nonce, LONG.aad, text, tag)
  const isOpened = engine.open(key, LONG.nonce, LONG.aad, text, LONG_TAG)
  key.release()
  return equal(tag, LONG_TAG) && isOpened && equal(text, run(0, LONG.bytes))
}

function sealsExtended(engine: Engine): boolean {
  const key = engine.importKey(XAES.key)
  const text = withTagRoom(XAES.plain)
  engine.xaesSeal(key, XAES.nonce, XAES.aad, text)
  const isSealed = equal(text, XAES.sealed)
  const isOpened = engine.xaesOpen(key, XAES.nonce, XAES.aad, text)
  const isPlain = equal(text.subarray(0, XAES.plain.length), XAES.plain)
  const isCommitted = equal(engine.xaesCommitment(key, XAES.nonce), XAES.commitment)
  key.release()
  return isSealed && isOpened && isPlain && isCommitted
}

function derivesMessageKey(engine: Engine): boolean {
  const dataKey = engine.importKey(run(0, KEY_BYTES))
  const { key, commitKey } = engine.deriveMessageKey(dataKey, 0x0478, MESSAGE.id)
  const frames = { messageId: MESSAGE.id, frameBytes: 16, firstFrame: 1, final: true }
  const sealed = new Uint8Array(MESSAGE.sealed.length)
  engine.sealFrames(key, frames, MESSAGE.plain, sealed)
  const isSealed = equal(sealed, MESSAGE.sealed)
  const plain = new Uint8Array(MESSAGE.plain.length)
  const isOpened = engine.openFrames(key, frames, sealed, plain) === 2
  const stoppedAt = engine.openFrames(key, frames, flipLast(sealed), new Uint8Array(plain.length))
  dataKey.release()
  key.release()
  return (
    equal(commitKey, MESSAGE.commitKey) &&
    isSealed &&
    isOpened &&
    equal(plain, MESSAGE.plain) &&
    stoppedAt === 1
  )
}

function unwraps(engine: Engine): boolean {
  const key = engine.importKey(run(0, KEY_BYTES))
  const blob = Uint8Array.from(BLOB.wrapped)
  const isOpened = engine.unwrap(key, blob, BLOB.context)
  const isPlain = equal(blob.subarray(BLOB_TEXT_OFFSET, BLOB_TEXT_OFFSET + KEY_BYTES), BLOB.plain)
  engine.wrap(key, blob, BLOB.context)
  const isWrapped = engine.unwrap(key, blob, BLOB.context)
  const isForged = engine.unwrap(key, flipLast(BLOB.wrapped), BLOB.context)
  key.release()
  return isOpened && isPlain && isWrapped && !isForged
}

function failure(engine: Engine, test: string, options?: ErrorOptions): SealtrailError {
  const sentence = `the ${engine.name} engine gives a wrong answer for ${test}`
  return new SealtrailError('EngineUnavailable', sentence, { engine: engine.name }, options)
}

function withTagRoom(plain: Uint8Array): Uint8Array {
  const text = new Uint8Array(plain.length + TAG_BYTES)
  text.set(plain)
  return text
}

function flipLast(bytes: Uint8Array): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[flipped.length - 1]! ^= 1
  return flipped
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
