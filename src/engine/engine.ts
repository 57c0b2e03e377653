/**
 * What an engine can do: AES-256-GCM, and what stands on it: frames, messages, wrapped keys.
 *
 * Three bodies stand behind this interface: native/ (Rust over AWS-LC), wasm/ (AssemblyScript)
 * and node/ (node:crypto). One test suite holds them to identical answers. Which one is used is
 * decided in choose.ts. Engines know no formats beyond the shapes drawn here, no policy and no
 * AWS error codes; wrong shapes are our own mistakes (invariant), a failed open is `false`. No call gives
 * out the bytes of a key, except wrapped.
 *
 *     a wrapped key ("blob")   | header 24 | nonce 24 | commitment 32 | ciphertext n | tag 16 |
 *                                `--------- AAD, then the context ---'
 *     a run of frames          | u32 n | IV 12 | ciphertext | tag 16 | …
 *     the final frame          | FFFFFFFF | u32 n | IV 12 | u32 length | ciphertext | tag 16 |
 *     a message's header       | 02 | u16 suite | message id 32 | … | commit key 32 | tag 16 |
 *
 * Source: docs/FORMAT.md §2 (frames) and §3 (blob); NIST SP 800-38D; RFC 5869; c2sp.org/XAES-256-GCM;
 * key commitment of eprint 2025/758.
 *
 * @module
 */

import type { PrivateKeys } from './private-keys.js'

export const ENGINE_NAMES = ['native', 'wasm', 'node'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

export const KEY_BYTES = 32
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
export const XAES_NONCE_BYTES = 24
export const COMMITMENT_BYTES = 32
export const MESSAGE_ID_BYTES = 32

/** What the caller of {@link Engine.wrap} writes at the front of a blob; authenticated. */
export const BLOB_HEADER_BYTES = 24
/** header ‖ nonce ‖ commitment: where the ciphertext of a blob begins. */
export const BLOB_TEXT_OFFSET = BLOB_HEADER_BYTES + XAES_NONCE_BYTES + COMMITMENT_BYTES
/** Bytes that wrapping adds to the plaintext. */
export const BLOB_OVERHEAD_BYTES = BLOB_TEXT_OFFSET + TAG_BYTES
/** AWS KMS's limit on what is encrypted directly. */
export const BLOB_BYTES_MAX = BLOB_OVERHEAD_BYTES + 4096
/** AWS KMS's limit on one data key. */
export const DATA_KEY_BYTES_MAX = 1024
/** What a u16 counts: no header holds a longer context. */
export const CONTEXT_BYTES_MAX = 0xffff

/**
 * A 256-bit key that lives in one engine. The bytes never show: `toString`, `toJSON` and
 * util.inspect print the engine's name only.
 */
export interface KeyHandle {
  readonly engine: EngineName
  /** Wipes the bytes. Using the handle afterwards throws `KeyReleased`; releasing twice is fine. */
  release(): void
}

/** A key on its way to another thread. */
export interface SharedKey {
  /** To be posted; the engine's own matter. {@link Engine.adoptKey} takes it once, and not after `end`. */
  readonly ticket: unknown
  /** To be called whether or not somebody took the ticket. Twice is fine. */
  end(): void
}

/** Frames that follow each other in one message. */
export interface FrameRun {
  /** 32 bytes. */
  readonly messageId: Uint8Array
  /** Plain bytes of every frame but the final one; at least 1. */
  readonly frameBytes: number
  /** Sequence number of the run's first frame; a message starts at 1. */
  readonly firstFrame: number
  /** The run's last frame is the message's final frame (it may hold 0 to frameBytes bytes). */
  readonly final: boolean
}

export interface Engine {
  readonly name: EngineName
  /** CPU features in use, such as `vaes`, `avx512`, `pclmulqdq`, `simd128`; for people to read. */
  readonly features: readonly string[]
  /** Whether every key lies in memory that the system keeps out of swap. It changes as keys come and go. */
  readonly isLocked: boolean
  /** Keys of other kinds than 32 bytes for AES. */
  readonly privateKeys: PrivateKeys

  /** `bytes`: 32, copied; wiping them is the caller's duty. */
  importKey(bytes: Uint8Array): KeyHandle
  /** 32 fresh random bytes that JavaScript never sees (native), or wipes at once (others). */
  generateKey(): KeyHandle
  /** A second handle of this thread on the same key; both must be released. */
  cloneKey(key: KeyHandle): KeyHandle
  /** For one other thread. `key` may be released meanwhile; a thread that ends takes its tickets with it. */
  shareKey(key: KeyHandle): SharedKey
  /** @throws SealtrailError `KeyReleased` when the ticket was taken before, or is void. */
  adoptKey(ticket: unknown): KeyHandle

  /** Fills `target` from the operating system's generator or a DRBG seeded by it. */
  randomFill(target: Uint8Array): void

  /**
   * Encrypts `text` in place. The 16-byte tag goes to `tag`; without `tag`, the last 16 bytes of
   * `text` are room for it and not plaintext.
   */
  seal(key: KeyHandle, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array, tag?: Uint8Array): void
  /** The inverse, in place. When false, every byte of `text` is zero. */
  open(
    key: KeyHandle,
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    tag?: Uint8Array,
  ): boolean

  /**
   * Seals `plain` into `sealed`, which must not overlap and has exactly the run's sealed size. A run
   * that is not final holds whole frames only; a final run has a full last frame when `plain` is a
   * multiple of frameBytes, and an empty one only when `plain` is empty.
   */
  sealFrames(key: KeyHandle, run: FrameRun, plain: Uint8Array, sealed: Uint8Array): void
  /**
   * Opens the run in `sealed` into `plain` (exactly the run's plain size), also one that another writer
   * ended with an empty frame. Returns how many frames, in order, are genuine: sequence number, end marker,
   * stated length and tag. The plain bytes of all others are zero. The IV is the stored one.
   */
  openFrames(key: KeyHandle, run: FrameRun, sealed: Uint8Array, plain: Uint8Array): number

  /**
   * Begins a message under the committing suites 0x0478 and 0x0578: the caller has written `header`, except
   * for message id (drawn here), commit key and tag. Message key and commit key are HKDF-SHA512 of the data
   * key with the message id as salt, info u16 suite ‖ "DERIVEKEY" and "COMMITKEY". The handle is on the
   * message key.
   */
  sealHeader(dataKey: KeyHandle, header: Uint8Array): KeyHandle
  /**
   * The message key, when first the commit key, in constant time, and then the header's tag have shown that
   * header and data key belong together; otherwise undefined.
   */
  openHeader(dataKey: KeyHandle, header: Uint8Array): KeyHandle | undefined

  /**
   * {@link sealHeader} and one run of frames, without a handle on the message key: the header is the first
   * `headerBytes` of `sealed`, the rest has exactly the run's sealed size. `plain` must not overlap.
   */
  sealMessage(
    dataKey: KeyHandle,
    sealed: Uint8Array,
    headerBytes: number,
    frameBytes: number,
    plain: Uint8Array,
  ): void
  /**
   * The inverse: {@link openHeader}, then {@link openFrames} on `body`. -1 when the header is not genuine;
   * then `plain` is zero.
   */
  openMessage(
    dataKey: KeyHandle,
    header: Uint8Array,
    frameBytes: number,
    body: Uint8Array,
    plain: Uint8Array,
  ): number

  /** CMAC_K("XCMT" ‖ nonce ‖ 00010001) ‖ CMAC_K("XCMT" ‖ nonce ‖ 00010002): 32 bytes. */
  xaesCommitment(key: KeyHandle, nonce: Uint8Array): Uint8Array

  /**
   * Wraps in place: the caller has written header and plaintext into `blob`; the engine adds a random
   * nonce, the commitment, and the tag. AAD is the blob's first 80 bytes ‖ `context`, which lies apart.
   */
  wrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): void
  /** As {@link wrap}, with the 32 bytes of `key` as plaintext (`blob` has 128 bytes). */
  wrapKey(wrappingKey: KeyHandle, key: KeyHandle, blob: Uint8Array, context: Uint8Array): void
  /**
   * Opens in place: commitment first, in constant time, then the tag. When true the plaintext stands at
   * offset 80; when false the bytes from offset 80 on are zero.
   */
  unwrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): boolean
  /** A handle on the wrapped 32-byte key, or undefined. `blob` keeps its bytes. */
  unwrapKey(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): KeyHandle | undefined

  /**
   * Fresh random data keys, wrapped: `blobs` holds blobs of `blobBytes` each, side by side, with their
   * headers written. `plain` receives the data keys side by side, unless it is undefined. Each has 1 to
   * 1,024 bytes.
   */
  generateDataKeys(
    wrappingKey: KeyHandle,
    blobs: Uint8Array,
    blobBytes: number,
    context: Uint8Array,
    plain: Uint8Array | undefined,
  ): void
  /**
   * Unwraps many blobs of one wrapping key in place, as {@link unwrap} does: blob i ends at `blobEnds[i]`
   * and its context at `contextEnds[i]`. `opened[i]` becomes 1 or 0.
   */
  unwrapMany(
    wrappingKey: KeyHandle,
    blobs: Uint8Array,
    blobEnds: Uint32Array,
    contexts: Uint8Array,
    contextEnds: Uint32Array,
    opened: Uint8Array,
  ): void
}
