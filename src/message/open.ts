/**
 * Opening, step by step and at once, over one engine and without waiting.
 *
 * First the commit key, in constant time; then the header's tag; then the body. Nothing of a body is
 * returned before all of it has been checked, a signature included. Frames that arrive little by little are
 * opened by frame-opener.ts, ranges by range.ts. Where the data key comes from is a keyring's business
 * (buffer.ts, passage.ts). Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import { type Engine, type KeyHandle, NONCE_BYTES, TAG_BYTES } from '../engine/engine.js'
import { cutShort, damagedFrame, trailingBytes } from './damage.js'
import type { EncryptionContext } from './encryption-context.js'
import { openRun, readFrameHead } from './frame.js'
import { type Limits, type MessageHeader, PUBLIC_KEY_NAME, SIGNED_SUITE, SUITE } from './header.js'
import { invalidCiphertext, type Keyring } from './keyring.js'
import { bodyLayout, frameOffset } from './layout.js'
import { roomFor } from './room.js'
import { checkSignature } from './signature.js'
import { openUnframed, unframedBytes } from './unframed.js'

const HEADER_IV = new Uint8Array(NONCE_BYTES)
const NO_BYTES = new Uint8Array(0)

export interface OpenOptions {
  readonly engine: Engine
  readonly keyring: Keyring
  /** Pairs that the object must carry; it may carry more. */
  readonly encryptionContext?: EncryptionContext | undefined
  /** Whether it must carry no other pairs; none at all where none are given. */
  readonly exactContext?: boolean | undefined
  readonly limits?: Limits | undefined
}

/**
 * The message key, once commit key and header tag have shown that header and data key belong together. The
 * caller releases it; the data key stays the caller's.
 * @throws SealtrailError `InvalidCiphertextException`
 */
export function openMessage(engine: Engine, header: MessageHeader, dataKey: KeyHandle): KeyHandle {
  const { suite, messageId, bytes, headerBytes } = header
  const { key, commitKey } = engine.deriveMessageKey(dataKey, suite, messageId)
  const tagAt = headerBytes - TAG_BYTES
  const isGenuine =
    constantTimeEqual(commitKey, header.commitKey) &&
    engine.open(key, HEADER_IV, bytes.subarray(0, tagAt), NO_BYTES, bytes.subarray(tagAt))
  if (isGenuine) return key
  key.release()
  throw invalidCiphertext()
}

/**
 * The plaintext in `body`: everything that follows the header.
 * @throws SealtrailError `ObjectDamaged`, with the number of the first damaged frame in its detail.
 */
export function openBody(
  engine: Engine,
  key: KeyHandle,
  header: MessageHeader,
  body: Uint8Array,
): Uint8Array {
  const isSigned = header.suite === SIGNED_SUITE
  const isFramed = header.frameBytes > 0
  const bodyBytes = isFramed ? framedBytes(body, header.frameBytes) : unframedBytes(body)
  if (bodyBytes === undefined || bodyBytes > body.length) throw cutShort(1)
  if (bodyBytes < body.length && !isSigned) throw trailingBytes()
  const sealed = body.subarray(0, bodyBytes)
  const plain = isFramed
    ? openFramed(engine, key, header, sealed)
    : openUnframed(engine, key, header.messageId, sealed)
  if (isSigned) checkSignature(header, body, bodyBytes)
  return plain
}

/** The plaintext of a whole object whose header has been parsed. The data key stays the caller's. */
export function openSealed(
  engine: Engine,
  header: MessageHeader,
  dataKey: KeyHandle,
  sealed: Uint8Array,
): Uint8Array {
  const { suite, frameBytes, headerBytes } = header
  const body = sealed.subarray(headerBytes)
  if (suite === SUITE && frameBytes > 0 && isOneRun(body, frameBytes)) {
    return openWhole(engine, header, dataKey, body)
  }
  const key = openMessage(engine, header, dataKey)
  try {
    return openBody(engine, key, header, body)
  } finally {
    key.release()
  }
}

/**
 * @throws SealtrailError `InvalidCiphertextException` when a pair of `expected` is not in `actual`; when `exact`,
 * also for any other pair in `actual`, but for the public key of a signed message, which is the format's.
 */
export function requireContext(
  actual: EncryptionContext,
  expected: EncryptionContext = {},
  exact = false,
): void {
  for (const name of Object.keys(expected)) {
    if (actual[name] !== expected[name]) throw invalidCiphertext()
  }
  if (!exact) return
  for (const name of Object.keys(actual)) {
    if (!Object.hasOwn(expected, name) && name !== PUBLIC_KEY_NAME) throw invalidCiphertext()
  }
}

/** All in one call, for what we write ourselves. */
function openWhole(
  engine: Engine,
  { bytes, frameBytes }: MessageHeader,
  dataKey: KeyHandle,
  body: Uint8Array,
): Uint8Array {
  const { plainBytes, frameCount } = bodyLayout(body.length, frameBytes)
  const plain = roomFor(plainBytes)
  const genuine = engine.openMessage(dataKey, bytes, frameBytes, body, plain)
  if (genuine < 0) throw invalidCiphertext()
  if (genuine < frameCount) throw damagedFrame(genuine + 1)
  return plain
}

/**
 * Whether frames fill the body from end to end and none but an only one is empty. If not, something is wrong or
 * another writer was here, and going step by step finds out which.
 */
function isOneRun(body: Uint8Array, frameBytes: number): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  for (let at = 0; ; ) {
    const head = readFrameHead(view, at, frameBytes)
    if (head === undefined || head.plainBytes > frameBytes) return false
    if (head.isFinal) {
      return at + head.sealedBytes === body.length && (head.plainBytes > 0 || at === 0)
    }
    at += head.sealedBytes
  }
}

/** Walks from head to head; what it reads is proved when the frames are opened. */
function framedBytes(body: Uint8Array, frameBytes: number): number {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  let at = 0
  for (let frame = 1; ; frame++) {
    const head = readFrameHead(view, at, frameBytes)
    if (head === undefined) throw cutShort(frame)
    if (head.plainBytes > frameBytes) throw damagedFrame(frame)
    at += head.sealedBytes
    if (at > body.length) throw cutShort(frame)
    if (head.isFinal) return at
  }
}

function openFramed(
  engine: Engine,
  key: KeyHandle,
  { messageId, frameBytes }: MessageHeader,
  sealed: Uint8Array,
): Uint8Array {
  const { plainBytes, frameCount, finalBytes } = bodyLayout(sealed.length, frameBytes)
  const plain = roomFor(plainBytes)
  const run = { messageId, frameBytes, firstFrame: 1, final: true }
  if (finalBytes > 0 || frameCount === 1) {
    openRun(engine, key, run, sealed, plain)
    return plain
  }
  // A run ends in a full frame or in an empty one alone: others' empty final frame is its own run.
  const finalAt = frameOffset(frameCount - 1, frameBytes)
  openRun(engine, key, { ...run, final: false }, sealed.subarray(0, finalAt), plain)
  const finalRun = { ...run, firstFrame: frameCount }
  openRun(engine, key, finalRun, sealed.subarray(finalAt), plain.subarray(plainBytes))
  return plain
}
