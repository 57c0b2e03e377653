/**
 * The header of a sealed object: what it says, parsed and written.
 *
 *     | 02 | u16 suite | message id 32 | u16 bytes | encryption context | u16 count | wrapped data keys |
 *     | 02 framed, 01 not | u32 frame length | commit key 32 | tag 16 |
 *     a wrapped data key   | u16 | provider id | u16 | provider info | u16 | ciphertext |
 *
 * Sizes are bounded before anything is allocated. Nothing that is said here is proved before
 * an engine has held commit key and tag against the data key. Source: docs/FORMAT.md §2
 * (AWS Encryption SDK message format, header version 2.0).
 *
 * @module
 */
import { Cursor } from '../bytes/cursor.js'
import { MESSAGE_ID_BYTES, TAG_BYTES } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { cutInHeader } from './damage.js'
import {
  decodeContext,
  type EncryptionContext,
  readText,
  writeText,
  writeU16,
} from './encryption-context.js'
import type { EncryptedDataKey } from './keyring.js'
import { FRAME_BYTES_MAX } from './layout.js'

/** AES-256-GCM, HKDF-SHA512, key commitment: what we write. */
export const SUITE = 0x0478
/** The same with an ECDSA P-384 signature at the end: read only. */
export const SIGNED_SUITE = 0x0578

/** The key under which a signed message's context holds its public key. */
export const PUBLIC_KEY_NAME = 'aws-crypto-public-key'
/** Context keys that begin so belong to the format; callers may not use them. */
export const RESERVED_PREFIX = 'aws-crypto-'

/** Bounds on what a header may ask a reader to hold. */
export const HEADER_BYTES_MAX = 64 * 1024
export const CONTEXT_BYTES_MAX = 8 * 1024
export const DATA_KEYS_MAX = 8
/** As far as {@link Limits} may be raised. */
export const FRAME_LIMIT_BYTES_MAX = 16 * 1024 * 1024

const VERSION = 2
const UNFRAMED = 1
const FRAMED = 2
const COMMIT_KEY_BYTES = 32
const MESSAGE_ID_OFFSET = 1 + 2
/** All but the context and the wrapped data keys. */
const FIXED_BYTES =
  MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES + 2 + 2 + 1 + 4 + COMMIT_KEY_BYTES + TAG_BYTES
const U16_MAX = 0xffff

export interface Limits {
  /** Largest frame, and largest unframed body of a stream, to be read; 1 MiB unless raised, to 16 MiB at most. */
  readonly frameBytesMax?: number
}

export interface MessageHeader {
  readonly suite: typeof SUITE | typeof SIGNED_SUITE
  readonly messageId: Uint8Array
  readonly encryptionContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** Plain bytes of every frame but the final one; 0 when the body is unframed. */
  readonly frameBytes: number
  /** Commit key and tag included. */
  readonly headerBytes: number
  /** The header itself; like every field above, a view of what was parsed. */
  readonly bytes: Uint8Array
}

/** What a writer chooses; message id, commit key and tag come from an engine. */
export type HeaderFields = Pick<MessageHeader, 'encryptedDataKeys' | 'frameBytes'> & {
  readonly context: Uint8Array
}

/**
 * The header at the front of `bytes`, or undefined when it goes on after them.
 * @throws SealtrailError `ObjectDamaged` for what no header of these suites looks like, `InputTooLarge`
 * for one beyond the limits.
 */
export function parseHeader(bytes: Uint8Array, limits?: Limits): MessageHeader | undefined {
  const frameBytesMax = frameLimit(limits)
  const cursor = new Cursor(bytes.subarray(0, HEADER_BYTES_MAX), () => NEEDS_MORE)
  try {
    return readHeader(cursor, bytes, frameBytesMax)
  } catch (error) {
    if (error !== NEEDS_MORE) throw error
  }
  if (bytes.length >= HEADER_BYTES_MAX) throw tooLarge('header', HEADER_BYTES_MAX)
  return undefined
}

/** The header of a whole object. @throws SealtrailError as {@link parseHeader}; `ObjectDamaged` where it is cut */
export function wholeHeader(sealed: Uint8Array): MessageHeader {
  const header = parseHeader(sealed)
  if (header === undefined) throw cutInHeader()
  return header
}

/** Thrown by a read beyond what is there yet; caught where the reading began. */
const NEEDS_MORE = new Error('the header goes on')

function readHeader(cursor: Cursor, bytes: Uint8Array, frameBytesMax: number): MessageHeader {
  if (cursor.u8() !== VERSION) throw damaged('this is not a sealed object: unknown version')
  const suite = cursor.u16()
  if (suite !== SUITE && suite !== SIGNED_SUITE) {
    throw damaged('the algorithm suite is not one that commits to its key')
  }
  const messageId = cursor.bytes(MESSAGE_ID_BYTES)
  const contextBytes = cursor.u16()
  if (contextBytes > CONTEXT_BYTES_MAX) throw tooLarge('encryption context', CONTEXT_BYTES_MAX)
  const context = cursor.bytes(contextBytes)
  const encryptedDataKeys = readDataKeys(cursor)
  const contentType = cursor.u8()
  if (contentType !== FRAMED && contentType !== UNFRAMED) throw damaged('unknown content type')
  const frameBytes = cursor.u32()
  if ((contentType === FRAMED) !== frameBytes > 0) {
    throw damaged('the frame length does not fit the content type')
  }
  if (frameBytes > frameBytesMax) throw tooLarge('frame', frameBytesMax)
  cursor.bytes(COMMIT_KEY_BYTES + TAG_BYTES)
  const encryptionContext = decodeContext(context)
  if (PUBLIC_KEY_NAME in encryptionContext !== (suite === SIGNED_SUITE)) {
    throw damaged('the encryption context does not fit the algorithm suite')
  }
  const headerBytes = cursor.offset
  return {
    suite,
    messageId,
    encryptionContext,
    encryptedDataKeys: encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
      providerId: readText(providerId),
      providerInfo,
      ciphertext,
    })),
    frameBytes,
    headerBytes,
    bytes: bytes.subarray(0, headerBytes),
  }
}

function readDataKeys(cursor: Cursor) {
  const count = cursor.u16()
  if (count === 0) throw damaged('a sealed object has at least one wrapped data key')
  if (count > DATA_KEYS_MAX) throw tooLarge('list of wrapped data keys', DATA_KEYS_MAX)
  const keys = []
  for (let i = 0; i < count; i++) {
    const providerId = cursor.bytes(cursor.u16())
    const providerInfo = cursor.bytes(cursor.u16())
    keys.push({ providerId, providerInfo, ciphertext: cursor.bytes(cursor.u16()) })
  }
  return keys
}

/**
 * Bytes of a header around these fields, its tag included.
 * @throws SealtrailError `InputInvalid`, `InputTooLarge` for what no reader of ours would take back.
 */
export function headerSize(context: Uint8Array, keys: readonly EncryptedDataKey[]): number {
  if (context.length > CONTEXT_BYTES_MAX) throw tooLarge('encryption context', CONTEXT_BYTES_MAX)
  if (keys.length === 0 || keys.length > DATA_KEYS_MAX) {
    throw new SealtrailError(
      'InputInvalid',
      `an object has 1 to ${DATA_KEYS_MAX} wrapped data keys`,
    )
  }
  let size = FIXED_BYTES + context.length
  for (const { providerId, providerInfo, ciphertext } of keys) {
    const idBytes = Buffer.byteLength(providerId)
    if (Math.max(idBytes, providerInfo.length, ciphertext.length) > U16_MAX) {
      throw tooLarge('wrapped data key', U16_MAX)
    }
    size += 6 + idBytes + providerInfo.length + ciphertext.length
  }
  if (size > HEADER_BYTES_MAX) throw tooLarge('header', HEADER_BYTES_MAX)
  return size
}

/** Whether a message that begins so is signed; undefined while these bytes do not say. */
export function isSignedMessage(start: Uint8Array): boolean | undefined {
  if (start.length < MESSAGE_ID_OFFSET) return undefined
  return ((start[1]! << 8) | start[2]!) === SIGNED_SUITE
}

/** Where a header has its message id. */
export function messageIdIn(header: Uint8Array): Uint8Array {
  return header.subarray(MESSAGE_ID_OFFSET, MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES)
}

/** Writes all but message id, commit key and tag to the front of `target`. */
export function writeHeader(target: Uint8Array, fields: HeaderFields): void {
  const { context, encryptedDataKeys, frameBytes } = fields
  target[0] = VERSION
  writeU16(target, SUITE, 1)
  let at = writeBytes(target, context, MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES)
  at = writeU16(target, encryptedDataKeys.length, at)
  for (const { providerId, providerInfo, ciphertext } of encryptedDataKeys) {
    at = writeText(target, providerId, at)
    at = writeBytes(target, providerInfo, at)
    at = writeBytes(target, ciphertext, at)
  }
  target[at] = FRAMED
  at = writeU16(target, frameBytes >>> 16, at + 1)
  writeU16(target, frameBytes, at)
}

function writeBytes(target: Uint8Array, bytes: Uint8Array, at: number): number {
  const start = writeU16(target, bytes.length, at)
  target.set(bytes, start)
  return start + bytes.length
}

/** The largest frame that `limits` lets a reader take. @throws SealtrailError `InputInvalid` */
export function frameLimit({ frameBytesMax = FRAME_BYTES_MAX }: Limits = {}): number {
  if (
    Number.isInteger(frameBytesMax) &&
    frameBytesMax >= 1 &&
    frameBytesMax <= FRAME_LIMIT_BYTES_MAX
  ) {
    return frameBytesMax
  }
  throw new SealtrailError('InputInvalid', 'limits.frameBytesMax is 1 to 16,777,216 bytes')
}

function tooLarge(what: string, most: number): SealtrailError {
  return new SealtrailError('InputTooLarge', `the ${what} is beyond the limit of ${most}`, { most })
}

function damaged(message: string): SealtrailError {
  return new SealtrailError('ObjectDamaged', message)
}
