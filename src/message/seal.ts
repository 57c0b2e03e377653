/**
 * Sealing, step by step and at once, over one engine and without waiting.
 *
 * A message begins with its header, which fixes the message key; its body follows in one piece (here) or
 * run by run (frame-sealer.ts). Where the data key comes from is a keyring's business (sealed-objects.ts,
 * streams/passage.ts); on which thread this runs is the pool's. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../engine/engine.js'
import { FINAL_MARKER } from '../engine/frames.js'
import { SealtrailError } from '../errors.js'
import { type EncryptionContext, encodeContext } from './encryption-context.js'
import { headerSize, messageIdIn, RESERVED_PREFIX, writeHeader } from './header.js'
import type { EncryptedDataKey, Keyring } from './keyring.js'
import {
  FRAME_BYTES,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MIN,
  frameCount,
  sealedBodyBytes,
} from './layout.js'
import { roomFor } from './room.js'

export interface SealOptions {
  readonly engine: Engine
  readonly keyring: Keyring
  readonly encryptionContext: EncryptionContext
  /** Plain bytes of a frame: 4 KiB to 1 MiB; 64 KiB unless given. */
  readonly frameBytes?: number | undefined
}

export interface MessageParts {
  readonly encryptionContext: EncryptionContext
  /** Wraps of the data key; 1 to 8. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly frameBytes?: number | undefined
}

/** What the body of a message that has begun goes on with. */
export interface BegunMessage {
  readonly header: Uint8Array
  /** Not a view: the header is whoever's it is given to. */
  readonly messageId: Uint8Array
  readonly frameBytes: number
  /** The message key; the caller releases it. */
  readonly key: KeyHandle
}

/**
 * A header with its commit key and tag, under a fresh message id. The data key stays the caller's.
 * @throws SealtrailError `ValidationException` for a context that cannot be one; `InputInvalid`,
 * `InputTooLarge` for what no reader of ours would take back.
 */
export function beginMessage(
  engine: Engine,
  dataKey: KeyHandle,
  parts: MessageParts,
): BegunMessage {
  const { sealed, frameBytes } = begin(parts, 0)
  const key = engine.sealHeader(dataKey, sealed)
  return { header: sealed, messageId: messageIdIn(sealed).slice(), frameBytes, key }
}

/**
 * A whole sealed object. The data key stays the caller's.
 * @throws SealtrailError as {@link beginMessage}; `InputTooLarge` for more frames than there are sequence numbers.
 */
export function sealMessage(
  engine: Engine,
  dataKey: KeyHandle,
  parts: MessageParts,
  plain: Uint8Array,
): Uint8Array {
  const { frameBytes: bytes = FRAME_BYTES } = parts
  const { sealed, headerBytes, frameBytes } = begin(parts, sealedBodyBytes(plain.length, bytes))
  checkFrameNumber(frameCount(plain.length, frameBytes))
  engine.sealMessage(dataKey, sealed, headerBytes, frameBytes, plain)
  return sealed
}

/** A header without message id, commit key and tag, and `bodyBytes` after it, so that a whole object is allocated once. */
function begin(parts: MessageParts, bodyBytes: number) {
  const { encryptionContext, encryptedDataKeys, frameBytes = FRAME_BYTES } = parts
  checkFrameBytes(frameBytes)
  const context = sealableContext(encryptionContext)
  const headerBytes = headerSize(context, encryptedDataKeys)
  const sealed = roomFor(headerBytes + bodyBytes)
  writeHeader(sealed, { context, encryptedDataKeys, frameBytes })
  return { sealed, headerBytes, frameBytes }
}

/** The last number must not be the one that marks a final frame. */
export function checkFrameNumber(last: number): void {
  if (last < FINAL_MARKER) return
  throw new SealtrailError('InputTooLarge', 'a sealed object has fewer than 2^32 - 1 frames')
}

/** @throws SealtrailError `InputInvalid` for frames that we do not write */
export function checkFrameBytes(frameBytes: number): void {
  if (
    Number.isInteger(frameBytes) &&
    frameBytes >= FRAME_BYTES_MIN &&
    frameBytes <= FRAME_BYTES_MAX
  ) {
    return
  }
  throw new SealtrailError('InputInvalid', 'a frame is written with 4,096 to 1,048,576 bytes')
}

function sealableContext(context: EncryptionContext): Uint8Array {
  for (const name of Object.keys(context)) {
    if (name.startsWith(RESERVED_PREFIX)) {
      const message = `keys of an encryption context must not begin with ${RESERVED_PREFIX}`
      throw new SealtrailError('ValidationException', message)
    }
  }
  return encodeContext(context)
}
