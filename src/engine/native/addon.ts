/**
 * The typed door to the Rust addon: where it lies, what it exports, why it was not loaded.
 *
 * Everything is numbers and caller-owned memory. A number below zero is a refusal; what is refused was our own
 * mistake, except where a constant here says otherwise. The other side is native/src/door.rs, which must match.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A key in the addon's arena; 0 is none. */
export type KeyNumber = number

/** A private key of this thread's; 0 is none. */
export type PrivateKeyNumber = number

/** An HTTP port of the addon's; 0 is none. */
export type FrontNumber = number

/** A thread that appends to the journal; 0 is none. */
export type ScribeNumber = number

/** What answers calls of a front that repeat others; 0 is none. */
export type LaneNumber = number

/** A key that was released, or is held by another thread only. */
export const RELEASED = -3
export const ARENA_FULL = -4
/** {@link Addon.requireLock} was called, and the system locks no more memory. */
export const NOT_LOCKED = -5
/** {@link Addon.gunzip}: not exactly one well-formed gzip member. */
export const GZIP_DAMAGED = -6
/** {@link Addon.gzip}, {@link Addon.gunzip}: the output does not fit into `target`. */
export const TARGET_FULL = -7
/** {@link Addon.privateSign}: the key's parts agree, and yet it does not sign. */
export const KEY_UNFIT = -8

export interface Addon {
  /** Words with commas between them. */
  features(): string
  /** Keys in the arena, of all threads. */
  keysInUse(): number
  /** 1 when they all, or the first to come, lie in locked memory; or 0. */
  isLocked(): number
  /** From now on, in all threads, a key that would lie elsewhere is refused. */
  requireLock(): number
  /** Bytes that the system locks for this process, unless it may lock all; -1 when there is no limit. */
  lockLimit(): number

  importKey(bytes: Uint8Array): KeyNumber
  generateKey(): KeyNumber
  /** One more handle of this thread on a key that some thread holds. */
  adoptKey(key: KeyNumber): KeyNumber
  /** One handle of this thread fewer. What a thread holds when it ends is released then. */
  releaseKey(key: KeyNumber): number
  randomFill(target: Uint8Array): number

  seal(
    key: KeyNumber,
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    tag: Uint8Array | undefined,
  ): number
  /** 1 or 0. */
  open(
    key: KeyNumber,
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    tag: Uint8Array | undefined,
  ): number
  sealFrames(
    key: KeyNumber,
    messageId: Uint8Array,
    frameBytes: number,
    firstFrame: number,
    isFinal: number,
    plain: Uint8Array,
    sealed: Uint8Array,
  ): number
  /** How many frames are genuine. */
  openFrames(
    key: KeyNumber,
    messageId: Uint8Array,
    frameBytes: number,
    firstFrame: number,
    isFinal: number,
    sealed: Uint8Array,
    plain: Uint8Array,
  ): number

  sealHeader(dataKey: KeyNumber, header: Uint8Array): KeyNumber
  /** 0 when the header is not genuine. */
  openHeader(dataKey: KeyNumber, header: Uint8Array): KeyNumber
  sealMessage(
    dataKey: KeyNumber,
    sealed: Uint8Array,
    headerBytes: number,
    frameBytes: number,
    plain: Uint8Array,
  ): number
  /** 0 when the header is not genuine; otherwise 1 and the number of genuine frames. */
  openMessage(
    dataKey: KeyNumber,
    header: Uint8Array,
    frameBytes: number,
    body: Uint8Array,
    plain: Uint8Array,
  ): number

  xaesCommitment(key: KeyNumber, nonce: Uint8Array, target: Uint8Array): number
  wrap(wrappingKey: KeyNumber, blob: Uint8Array, context: Uint8Array): number
  wrapKey(wrappingKey: KeyNumber, key: KeyNumber, blob: Uint8Array, context: Uint8Array): number
  /** 1 or 0. */
  unwrap(wrappingKey: KeyNumber, blob: Uint8Array, context: Uint8Array): number
  /** 0 when the blob does not open. */
  unwrapKey(wrappingKey: KeyNumber, blob: Uint8Array, context: Uint8Array): KeyNumber
  generateDataKeys(
    wrappingKey: KeyNumber,
    blobs: Uint8Array,
    blobBytes: number,
    context: Uint8Array,
    plain: Uint8Array | undefined,
  ): number
  unwrapMany(
    wrappingKey: KeyNumber,
    blobs: Uint8Array,
    blobEnds: Uint32Array,
    contexts: Uint8Array,
    contextEnds: Uint32Array,
    opened: Uint8Array,
  ): number

  /**
   * A key that verifies what `credential` (key id/date/region/service/terminator) signs; it is released as others are.
   * @param secret of the access key, as UTF-8.
   */
  signingKey(secret: Uint8Array, credential: Uint8Array): KeyNumber
  /**
   * 1 when the request is signed by `key`; 0 when that was not shown (native/src/sigv4.rs). Its head lies in `heads`:
   * method, target and each `name:value`, a line each; names are lower-case, and each is there once.
   */
  isSigned(
    key: KeyNumber,
    heads: Uint8Array,
    headStart: number,
    headEnd: number,
    body: Uint8Array,
  ): number

  /** Blocks of memory that private keys take, of all threads. */
  privateBlocksInUse(): number
  /** @param spec its place among the specs of private-keys.ts; none of RSA. */
  privateGenerate(spec: number): PrivateKeyNumber
  /**
   * An RSA key, made on another thread: its number to come. `bell` is called when {@link privateTake} may find something,
   * the thread's first one for all.
   */
  privateOrder(spec: number, bell: () => void): PrivateKeyNumber
  /** 1 when the key is there from now on, or 0. */
  privateTake(key: PrivateKeyNumber): number
  /** 0 when they are no such key. */
  privateImport(spec: number, bytes: Uint8Array): PrivateKeyNumber
  /** Bytes written: the key at rest. */
  privateExport(key: PrivateKeyNumber, target: Uint8Array): number
  /** Bytes written. `target` begins with the blob's header. */
  privateWrap(
    wrappingKey: KeyNumber,
    key: PrivateKeyNumber,
    target: Uint8Array,
    context: Uint8Array,
  ): number
  /** 0 when the blob does not open, or is no such key. */
  privateUnwrap(
    wrappingKey: KeyNumber,
    spec: number,
    blob: Uint8Array,
    context: Uint8Array,
  ): PrivateKeyNumber
  privateRelease(key: PrivateKeyNumber): number
  /** Bytes written. */
  privatePublic(key: PrivateKeyNumber, target: Uint8Array): number
  /** Bytes written. @param algorithm @param form their places in the lists of native/private-keys.ts. */
  privateSign(
    key: PrivateKeyNumber,
    algorithm: number,
    form: number,
    message: Uint8Array,
    target: Uint8Array,
  ): number
  /** 1 or 0. */
  privateVerify(
    key: PrivateKeyNumber,
    algorithm: number,
    form: number,
    message: Uint8Array,
    signature: Uint8Array,
  ): number
  /** `target` is as long as the modulus. */
  privateEncrypt(
    key: PrivateKeyNumber,
    algorithm: number,
    plain: Uint8Array,
    target: Uint8Array,
  ): number
  /** 0 when it does not open; otherwise 1 and the bytes written. `target` is as long as the modulus. */
  privateDecrypt(
    key: PrivateKeyNumber,
    algorithm: number,
    ciphertext: Uint8Array,
    target: Uint8Array,
  ): number
  /** Bytes written; 0 when `publicKey` is none of the curve. */
  privateAgree(key: PrivateKeyNumber, publicKey: Uint8Array, target: Uint8Array): number
  /** `target` is as long as the MAC. */
  privateMac(
    key: PrivateKeyNumber,
    algorithm: number,
    message: Uint8Array,
    target: Uint8Array,
  ): number

  /**
   * Listens on `address` (an IP address), and calls `bell` when {@link frontTake} has something to give. Below -1000 it
   * is the system's error number, negative, less 1000.
   * @param settings port, headerBytesMax, headersTimeoutMs, requestTimeoutMs, keepAliveMs, connectionsMax, stopTimeoutMs,
   * connectionsPerPeerMax
   * @param faults the whole answers to what is no HTTP, to too large a head, and to who is late; a NUL after each.
   */
  frontOpen(
    address: Uint8Array,
    settings: Uint32Array,
    faults: Uint8Array,
    bell: () => void,
  ): FrontNumber
  frontPort(front: FrontNumber): number
  /** What has come, as native/src/front/exchange.rs lays it out; the memory is the caller's. */
  frontTake(front: FrontNumber): ArrayBuffer
  /** The first `bytes` of `answers`, laid out there too; they are wiped. */
  frontAnswer(front: FrontNumber, answers: Uint8Array, bytes: number): number
  /** For some more of the body of a request. */
  frontAsk(front: FrontNumber, connection: number, serial: number): number
  /** Takes no new connections, ends the others as they fall idle, and the rest after stopTimeoutMs. */
  frontStop(front: FrontNumber): number
  /** Forgets one that has closed. */
  frontDrop(front: FrontNumber): number

  /**
   * A thread that appends to a journal's end while that is lent to it, and calls `bell` behind each batch.
   */
  scribeOpen(bell: () => void): ScribeNumber
  /**
   * On any thread; on Windows it is refused. The descriptors stay the caller's; `end` is laid out in native/src/scribe/loan.rs.
   * @param key seals the mark, 32 bytes.
   */
  scribeLend(
    scribe: ScribeNumber,
    journal: number,
    mark: number,
    end: Uint8Array,
    key: Uint8Array | undefined,
  ): number
  /** On any thread: takes the end back, and what was done with it; empty when nothing was lent. */
  scribeGiveBack(scribe: ScribeNumber): ArrayBuffer
  /** 1 when the bell will be heard of it; 0 when nothing is lent. A batch at a time. */
  scribeAppend(scribe: ScribeNumber, body: Uint8Array, sequences: number, timeMs: number): number
  /** 1 when the batch for which the bell rang is durable; else 0: its end must be taken back to know why. */
  scribeIsDurable(scribe: ScribeNumber): number
  scribeEnd(scribe: ScribeNumber): number

  /** `keepAlive`: seconds, as text, told with every answer. */
  laneOpen(
    front: FrontNumber,
    scribe: ScribeNumber,
    bodyBytesMax: number,
    keepAlive: Uint8Array,
  ): LaneNumber
  /**
   * Requests that say `name` word for word (native/src/lane/answer.rs) are answered from now on. The lane holds both
   * keys.
   * @param header the first bytes of the blobs that data keys are wrapped in, 24.
   * @param keyBytes of a data key; 0 for Decrypt.
   * @param record and `answer`: texts with holes, as in src/http/front/lane.ts.
   */
  laneAdmit(
    lane: LaneNumber,
    name: Uint8Array,
    signingKey: KeyNumber,
    material: KeyNumber,
    header: Uint8Array,
    keyBytes: number,
    record: Uint8Array,
    answer: Uint8Array,
  ): number
  /** Nothing is answered until it is admitted anew. */
  laneClear(lane: LaneNumber): number
  laneClose(lane: LaneNumber): number

  /** No gzip member of `plainBytes` bytes is longer, whatever the level. */
  gzipBound(plainBytes: number): number
  /**
   * Writes one member to `target` and returns its length, or {@link TARGET_FULL}. Levels 0 to 12. Shared memory is
   * copied first.
   */
  gzip(plain: Uint8Array, level: number, target: Uint8Array): number
  /** The same of memory that may be shared, to which nobody writes meanwhile. */
  gzipStill(plain: Uint8Array, level: number, target: Uint8Array): number
  /**
   * How many lines of `text`, from `start` up to `end`, are one JSON object each, and may be an event; no more than `words` have
   * room for. Of each it writes where it ends, and the members' places (src/trail/ingest/scan.ts). Nobody writes to `text`
   * meanwhile, though it may be shared.
   */
  scanEvents(text: Uint8Array, start: number, end: number, words: Uint32Array): number
  /**
   * Unpacks exactly one member into `target` and returns the bytes written, or {@link GZIP_DAMAGED}, or
   * {@link TARGET_FULL}; then what `target` holds means nothing.
   */
  gunzip(member: Uint8Array, target: Uint8Array): number
}

let loaded: { addon: Addon } | { reason: string } | undefined

/** The addon, loaded once per thread; undefined when it cannot be, for {@link addonAbsence}. */
export function loadAddon(): Addon | undefined {
  loaded ??= load()
  return 'addon' in loaded ? loaded.addon : undefined
}

/** Why {@link loadAddon} has nothing to give, as a sentence; undefined when it has. */
export function addonAbsence(): string | undefined {
  loaded ??= load()
  return 'reason' in loaded ? loaded.reason : undefined
}

function load(): { addon: Addon } | { reason: string } {
  const names = fileNames(process.platform, process.arch)
  const paths = names.map((name) =>
    fileURLToPath(new URL(`../../../native/${name}`, import.meta.url)),
  )
  const present = paths.filter((path) => existsSync(path))
  let reason = `no addon for this platform: native/${names.join(' or native/')} is missing`
  for (const path of present) {
    try {
      return { addon: createRequire(import.meta.url)(path) }
    } catch (error) {
      reason = `the addon did not load: ${error instanceof Error ? error.message : error}`
    }
  }
  return { reason }
}

/** As @napi-rs/cli names what it builds. Of the two on Linux, the wrong C library's fails to load. */
function fileNames(platform: string, arch: string): string[] {
  const name = `sealtrail.${platform}-${arch}`
  if (platform === 'linux') return [`${name}-gnu.node`, `${name}-musl.node`]
  if (platform === 'win32') return [`${name}-msvc.node`]
  return [`${name}.node`]
}
