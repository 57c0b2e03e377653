/**
 * A body of one piece, as others may write it: read only.
 *
 *     | IV 12 | u64 length | ciphertext | tag 16 |
 *     AAD   | message id 32 | "AWSKMSEncryptionClient Single Block" | u32 1 | u64 plain bytes |
 *
 * Nothing of it is good before its last byte is there. Source: docs/FORMAT.md §2 (AWS Encryption SDK
 * message format, "Non-framed data").
 *
 * @module
 */
import { type Engine, type KeyHandle, NONCE_BYTES, TAG_BYTES } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { cutShort, damagedFrame, trailingBytes } from './damage.js'
import { UNFRAMED_OVERHEAD_BYTES } from './layout.js'
import { roomFor } from './room.js'

const LENGTH_BYTES = 8
const CONTENT = Buffer.from('AWSKMSEncryptionClient Single Block')
/** So much of the body tells its size. */
export const UNFRAMED_HEAD_BYTES = NONCE_BYTES + LENGTH_BYTES

/** As frame-opener.ts, for a body of one piece: it is held whole, up to a limit. */
export class UnframedOpener {
  readonly #engine: Engine
  readonly #key: KeyHandle
  readonly #messageId: Uint8Array
  readonly #plainBytesMax: number
  /** First only the head; then, once that has told the size, the whole body. */
  #held: Uint8Array = new Uint8Array(UNFRAMED_HEAD_BYTES)
  #heldBytes = 0
  #isOver = false

  /** Takes over `key`: {@link release} releases it. */
  constructor(engine: Engine, key: KeyHandle, messageId: Uint8Array, plainBytesMax: number) {
    this.#engine = engine
    this.#key = key
    this.#messageId = messageId
    this.#plainBytesMax = plainBytesMax
  }

  /** @throws SealtrailError `ObjectDamaged`; `InputTooLarge` for more than a stream may hold. */
  push(sealed: Uint8Array, target: Uint8Array[]): void {
    let rest = sealed
    while (rest.length > 0) {
      if (this.#isOver) throw trailingBytes()
      const taken = rest.subarray(0, this.#held.length - this.#heldBytes)
      this.#held.set(taken, this.#heldBytes)
      this.#heldBytes += taken.length
      rest = rest.subarray(taken.length)
      if (this.#heldBytes < this.#held.length) continue
      if (this.#heldBytes === UNFRAMED_HEAD_BYTES) this.#makeRoom()
      else this.#open(target)
    }
  }

  /** @throws SealtrailError `ObjectDamaged` unless the body has been opened. */
  end(): void {
    if (!this.#isOver) throw cutShort(1)
  }

  release(): void {
    this.#key.release()
  }

  #makeRoom(): void {
    const bodyBytes = unframedBytes(this.#held)!
    if (bodyBytes - UNFRAMED_OVERHEAD_BYTES > this.#plainBytesMax) {
      const message = 'an unframed body is too large for a stream to hold: open it whole'
      throw new SealtrailError('InputTooLarge', message, { most: this.#plainBytesMax })
    }
    const head = this.#held
    this.#held = roomFor(bodyBytes)
    this.#held.set(head)
  }

  #open(target: Uint8Array[]): void {
    const plain = openUnframed(this.#engine, this.#key, this.#messageId, this.#held)
    if (plain.length > 0) target.push(plain)
    this.#isOver = true
  }
}

/** Sealed bytes of the whole body, as its head states them; undefined when that goes on. */
export function unframedBytes(body: Uint8Array): number | undefined {
  if (body.length < UNFRAMED_HEAD_BYTES) return undefined
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  return Number(view.getBigUint64(NONCE_BYTES)) + UNFRAMED_OVERHEAD_BYTES
}

/**
 * The plaintext of `body`, which has exactly the size that it states.
 * @throws SealtrailError `ObjectDamaged`
 */
export function openUnframed(
  engine: Engine,
  key: KeyHandle,
  messageId: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const tagAt = body.length - TAG_BYTES
  const aad = Buffer.concat([
    messageId,
    CONTENT,
    Buffer.from([0, 0, 0, 1]),
    body.subarray(NONCE_BYTES, UNFRAMED_HEAD_BYTES),
  ])
  const plain = new Uint8Array(body.subarray(UNFRAMED_HEAD_BYTES, tagAt))
  const isGenuine = engine.open(
    key,
    body.subarray(0, NONCE_BYTES),
    aad,
    plain,
    body.subarray(tagAt),
  )
  if (!isGenuine) throw damagedFrame(1)
  return plain
}
