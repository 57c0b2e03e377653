/**
 * What a stream does with bytes: first it asks a keyring, then it seals or opens frames.
 *
 * A passage knows nothing of the ways a stream may end: node-stream.ts and web-stream.ts do, and run one each.
 * They call release(), which wipes the message key, at every end. Several are joined in joined-passage.ts.
 *
 * @module
 */
import { checkStill, givenBytes } from '../../bytes/given-bytes.js'
import { SealtrailError } from '../../errors.js'
import { cutInHeader } from '../damage.js'
import { FrameOpener } from '../frame-opener.js'
import { FrameSealer } from '../frame-sealer.js'
import {
  frameLimit,
  HEADER_BYTES_MAX,
  type MessageHeader,
  parseHeader,
  SIGNED_SUITE,
} from '../header.js'
import { askDataKey, askOpening } from '../keyring.js'
import { type OpenOptions, openMessage, requireContext } from '../open.js'
import { roomFor } from '../room.js'
import { beginMessage, type SealOptions } from '../seal.js'
import { UnframedOpener } from '../unframed.js'

/** What is written to a stream, whoever wrote it. @throws SealtrailError `InputInvalid` for no Uint8Array */
export function writtenBytes(given: unknown): Uint8Array {
  return givenBytes(given, 'what is written to a stream of bytes')
}

/**
 * Waits until a reader has asked for all that was added; rejects when none will. For a passage that makes much
 * out of little.
 */
export type Asked = () => Promise<void>

/**
 * What comes out is added to `target`, in arrays of its own; what a failing call has added is good. A promise is
 * awaited before the next call, and `bytes` are free after that, or after release().
 */
export interface Passage {
  /** Only where a keyring is asked before there are bytes. */
  begin?(target: Uint8Array[]): Promise<void> | undefined
  push(bytes: Uint8Array, target: Uint8Array[], taken: Asked): Promise<void> | undefined
  end(target: Uint8Array[], taken: Asked): Promise<void> | void
  /** A call that waits comes to its end after this; none may follow. */
  release(): void
}

export class SealPassage implements Passage {
  readonly #options: SealOptions
  #sealer: FrameSealer | undefined
  #isReleased = false

  constructor(options: SealOptions) {
    // The wraps and the header must hold the same pairs, whatever the caller does meanwhile.
    this.#options = { ...options, encryptionContext: { ...options.encryptionContext } }
  }

  async begin(target: Uint8Array[]): Promise<void> {
    const { engine, keyring, encryptionContext, frameBytes } = this.#options
    const { dataKey, encryptedDataKeys } = await askDataKey(keyring, engine, encryptionContext)
    try {
      const parts = { encryptionContext, encryptedDataKeys, frameBytes }
      const message = beginMessage(engine, dataKey, parts)
      this.#sealer = new FrameSealer(engine, message)
      target.push(message.header)
    } finally {
      dataKey.release()
    }
    if (this.#isReleased) this.#sealer.release()
  }

  push(bytes: Uint8Array, target: Uint8Array[]): undefined {
    this.#sealer!.push(bytes, target)
  }

  end(target: Uint8Array[]): void {
    this.#sealer!.end(target)
  }

  release(): void {
    this.#isReleased = true
    this.#sealer?.release()
  }
}

export class OpenPassage implements Passage {
  readonly #options: OpenOptions
  readonly #head = roomFor(HEADER_BYTES_MAX)
  #headBytes = 0
  #opener: FrameOpener | UnframedOpener | undefined
  #isReleased = false

  constructor(options: OpenOptions) {
    this.#options = options
  }

  push(bytes: Uint8Array, target: Uint8Array[]): Promise<void> | undefined {
    if (this.#opener !== undefined) {
      this.#opener.push(bytes, target)
      return undefined
    }
    const taken = bytes.subarray(0, HEADER_BYTES_MAX - this.#headBytes)
    this.#head.set(taken, this.#headBytes)
    const before = this.#headBytes
    this.#headBytes += taken.length
    const header = parseHeader(this.#head.subarray(0, this.#headBytes), this.#options.limits)
    if (header === undefined) return undefined
    return this.#open(header, bytes.subarray(header.headerBytes - before), target)
  }

  end(): void {
    if (this.#opener === undefined) throw cutInHeader()
    this.#opener.end()
  }

  release(): void {
    this.#isReleased = true
    this.#opener?.release()
  }

  async #open(header: MessageHeader, body: Uint8Array, target: Uint8Array[]): Promise<void> {
    const { engine, keyring, limits } = this.#options
    const { suite, messageId, frameBytes, encryptionContext, encryptedDataKeys } = header
    if (suite === SIGNED_SUITE) throw signed()
    const { encryptionContext: expected, exactContext } = this.#options
    requireContext(encryptionContext, expected, exactContext)
    const bodyBytes = body.length
    const dataKey = await askOpening(keyring, engine, encryptedDataKeys, encryptionContext)
    try {
      checkStill(body, bodyBytes)
      const key = openMessage(engine, header, dataKey)
      this.#opener =
        frameBytes > 0
          ? new FrameOpener(engine, key, header)
          : new UnframedOpener(engine, key, messageId, frameLimit(limits))
    } finally {
      dataKey.release()
    }
    if (this.#isReleased) this.#opener.release()
    else this.#opener.push(body, target)
  }
}

/** Nothing of a signed message is good before its last byte, so there is nothing to stream. */
export function signed(): SealtrailError {
  const message =
    'a signed message (suite 0x0578) can only be opened whole: its signature is its end'
  return new SealtrailError('InputInvalid', message)
}
