/**
 * Opening, step by step and at once, over one engine and without waiting.
 *
 * First the commit key, in constant time; then the header's tag; then the body. Nothing of a body is
 * returned before all of it has been checked, a signature included. Frames that arrive little by little are
 * opened by frame-opener.ts, ranges by range.ts. Where the data key comes from is a keyring's business
 * (sealed-objects.ts, streams/passage.ts). Source: docs/FORMAT.md §2.
 *
 * @module
 */
import type { Engine, FrameRun, KeyHandle } from '../engine/engine.js'
import { cutShort, damagedFrame, trailingBytes } from './damage.js'
import type { EncryptionContext } from './encryption-context.js'
import { framedBytes } from './frame.js'
import { type Limits, type MessageHeader, PUBLIC_KEY_NAME, SIGNED_SUITE, SUITE } from './header.js'
import { invalidCiphertext, type Keyring } from './keyring.js'
import { bodyLayout } from './layout.js'
import { roomFor } from './room.js'
import { checkSignature } from './signature.js'
import { openUnframed, unframedBytes } from './unframed.js'

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
  const key = engine.openHeader(dataKey, header.bytes)
  if (key === undefined) throw invalidCiphertext()
  return key
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
  const body = sealed.subarray(header.headerBytes)
  if (isWhole(header, body)) return openWhole(engine, header, dataKey, body)
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

/** Whether frames fill the body from end to end. If not, going step by step finds out what is wrong. */
function isWhole({ suite, frameBytes }: MessageHeader, body: Uint8Array): boolean {
  if (suite !== SUITE || frameBytes === 0) return false
  try {
    return framedBytes(body, frameBytes) === body.length
  } catch {
    return false
  }
}

function openFramed(
  engine: Engine,
  key: KeyHandle,
  { messageId, frameBytes }: MessageHeader,
  sealed: Uint8Array,
): Uint8Array {
  const { plainBytes, frameCount } = bodyLayout(sealed.length, frameBytes)
  const plain = roomFor(plainBytes)
  const run = { messageId, frameBytes, firstFrame: 1, final: true }
  openRun(engine, key, run, sealed, plain, frameCount)
  return plain
}

/**
 * Opens one run of `frames` frames into `plain`.
 * @throws SealtrailError `ObjectDamaged` unless every frame is genuine; plain bytes before the damaged
 * frame are good, all others zero.
 */
export function openRun(
  engine: Engine,
  key: KeyHandle,
  run: FrameRun,
  sealed: Uint8Array,
  plain: Uint8Array,
  frames: number,
): void {
  const genuine = engine.openFrames(key, run, sealed, plain)
  if (genuine < frames) throw damagedFrame(run.firstFrame + genuine)
}
