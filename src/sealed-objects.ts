/**
 * Sealing and opening objects under KMS keys: buffers, streams and files.
 *
 * A sealed object is an AWS Encryption SDK message (docs/FORMAT.md §2); gzip, when asked for, is inside it.
 * Which data key, and the record of its use, are the keyring's business (kms/keyring.ts); where the work runs
 * is the pool's.
 *
 * @module
 */
import { open as openSource } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkStill, givenBytes, isCopyOf } from './bytes/given-bytes.js'
import type { Engines } from './engine/choose.js'
import { SealtrailError } from './errors.js'
import { givenMembers, givenText, pickFrom, unlike } from './given.js'
import { type GunzipBounds, givenBounds } from './gzip/bounds.js'
import { checkLevel } from './gzip/gzip.js'
import type { Kms } from './kms/kms.js'
import { type EncryptionContext, givenContext } from './message/encryption-context.js'
import { wholeHeader } from './message/header.js'
import { askDataKey, askOpening, givenKeyring, type Keyring } from './message/keyring.js'
import { FRAME_BYTES } from './message/layout.js'
import { requireContext } from './message/open.js'
import { type OpenedRange, openRange, type RangeSource } from './message/range.js'
import { checkFrameBytes } from './message/seal.js'
import { openStream, sealStream } from './message/streams/node-stream.js'
import { openWebStream, sealWebStream } from './message/streams/web-stream.js'
import type { Pool } from './pool/pool.js'
import { writeWholeFile } from './store/files/whole-file.js'

const READ_BYTES = 1 << 20

/** The key, by `keyId` (id, ARN, alias) or by a keyring of your own; one of the two. */
export interface SealOptions {
  readonly keyId?: string | undefined
  readonly keyring?: Keyring | undefined
  /** Authenticated, not secret; needed again to open. At most 8,192 characters. */
  readonly encryptionContext?: EncryptionContext | undefined
  /** Compress first, at this level: 0 to 12 for buffers, 0 to 9 for streams. */
  readonly gzip?: number | undefined
  /** Plain bytes of a frame: 4 KiB to 1 MiB; 64 KiB unless given. */
  readonly frameBytes?: number | undefined
}

export interface OpenOptions {
  /** Without one, any KMS key that the caller may use. */
  readonly keyring?: Keyring | undefined
  /** Pairs that the object must carry; another value, or none, is refused. */
  readonly encryptionContext?: EncryptionContext | undefined
  /** Refuse an object that carries other pairs too; without pairs given, any pair. */
  readonly exactContext?: boolean | undefined
  /** Unpack the gzip member inside, within these bounds. */
  readonly gunzip?: GunzipBounds | undefined
}

/** Called as a file is read, with the bytes of it read so far. What it throws ends the work: no target is there. */
export type OnProgress = (bytesRead: number) => void

export interface SealFileOptions extends SealOptions {
  readonly onProgress?: OnProgress | undefined
}

export interface OpenFileOptions extends OpenOptions {
  readonly onProgress?: OnProgress | undefined
}

export interface Objects {
  /**
   * The sealed object. `plain` must keep its bytes until the promise settles.
   * @throws SealtrailError of the KMS call, or `InputTooLarge`, `InputInvalid`.
   */
  seal(plain: Uint8Array, options: SealOptions): Promise<Uint8Array>
  /**
   * @throws SealtrailError `InvalidCiphertextException` when key or context do not fit, `ObjectDamaged`,
   * `GzipDamaged`, `OutputTooLarge`.
   */
  open(sealed: Uint8Array, options?: OpenOptions): Promise<Uint8Array>
  /**
   * A part of an object, from the frames that hold it: `bytes` plain bytes from `offset` on, or to the end;
   * a negative `offset` counts from the end. What is given has been checked, and so has the object's length.
   * @throws SealtrailError as {@link open}; `InputInvalid` for a range that begins after the end.
   */
  openRange(
    source: RangeSource,
    range: { readonly offset: number; readonly bytes?: number },
    options?: Omit<OpenOptions, 'gunzip'>,
  ): Promise<OpenedRange>
  /**
   * Bytes in, sealed bytes out, in bounded memory. What may be written is Node's own rule for streams of bytes: a
   * string is its UTF-8, or what the encoding beside it says.
   */
  sealStream(options: SealOptions): Duplex
  /** The inverse. Gives each frame when it is checked; ends in an error when a later one is not genuine. */
  openStream(options?: OpenOptions): Duplex
  /** As {@link sealStream}, for Web streams; without gzip, for which there is CompressionStream. */
  sealWebStream(options: Omit<SealOptions, 'gzip'>): TransformStream<Uint8Array, Uint8Array>
  openWebStream(options?: Omit<OpenOptions, 'gunzip'>): TransformStream<Uint8Array, Uint8Array>
  /** Resolves to the size of `target`, which is there whole and durable, or not at all. */
  sealFile(source: string, target: string, options: SealFileOptions): Promise<number>
  openFile(source: string, target: string, options?: OpenFileOptions): Promise<number>
}

export function sealedObjects(parts: {
  readonly kms: Kms
  readonly engines: Engines
  readonly pool: Pool
}): Objects {
  const { kms, pool } = parts
  const engine = parts.engines.bulk

  function keyringFor({ keyId, keyring }: SealOptions): Keyring {
    if (keyring !== undefined && keyId === undefined) return givenKeyring(keyring)
    if (keyId === undefined || keyring !== undefined) {
      throw new SealtrailError('InputInvalid', 'sealing takes a keyId or a keyring')
    }
    return kms.keyring({ keyId })
  }

  async function seal(given: Uint8Array, options: SealOptions): Promise<Uint8Array> {
    const { keyring, encryptionContext, gzip: gzipLevel, frameBytes } = sealing(options)
    const plain = givenBytes(given, 'what is to be sealed')
    const plainBytes = plain.length
    try {
      const { dataKey, encryptedDataKeys } = await askDataKey(keyring, engine, encryptionContext)
      try {
        checkStill(plain, plainBytes)
        const job = { dataKey, encryptionContext, encryptedDataKeys, plain, gzipLevel, frameBytes }
        return await pool.sealObject(job)
      } finally {
        dataKey.release()
      }
    } finally {
      if (isCopyOf(given, plain)) plain.fill(0)
    }
  }

  async function open(given: Uint8Array, options?: OpenOptions): Promise<Uint8Array> {
    const sealed = givenBytes(given, 'what is to be opened')
    const sealedBytes = sealed.length
    const required = opening(options)
    const { keyring, gunzip } = required
    const header = wholeHeader(sealed)
    const { encryptionContext, encryptedDataKeys } = header
    requireContext(encryptionContext, required.encryptionContext, required.exactContext)
    const dataKey = await askOpening(keyring, engine, encryptedDataKeys, encryptionContext)
    try {
      checkStill(sealed, sealedBytes)
      return await pool.openObject({ dataKey, header, sealed, gunzip })
    } finally {
      dataKey.release()
    }
  }

  /** The wraps are bound to these pairs; the header must hold the same ones, whatever the caller does meanwhile. */
  function sealing(given: SealOptions) {
    const options = pickFrom(given, 'the options', pickSealing)
    const { encryptionContext: pairs = {}, gzip, frameBytes = FRAME_BYTES } = options
    if (gzip !== undefined) checkLevel(gzip)
    checkFrameBytes(frameBytes)
    const keyring = keyringFor(options)
    const encryptionContext = givenContext(pairs)
    return { engine, keyring, encryptionContext, gzip, frameBytes }
  }

  function opening(given: OpenOptions = {}) {
    const options = pickFrom(given, 'the options', pickOpening)
    const { encryptionContext: pairs = {}, exactContext = false } = options
    if (typeof exactContext !== 'boolean') throw unlike('exactContext', 'a boolean', exactContext)
    const keyring = options.keyring === undefined ? kms.keyring() : givenKeyring(options.keyring)
    const encryptionContext = givenContext(pairs)
    const gunzip = options.gunzip === undefined ? undefined : givenBounds(options.gunzip)
    return { engine, keyring, encryptionContext, exactContext, gunzip }
  }

  function sealAsStream(given: SealOptions): Duplex {
    const { gzip, ...options } = sealing(given)
    return sealStream(options, gzip)
  }

  function openAsStream(given?: OpenOptions): Duplex {
    const { gunzip, ...options } = opening(given)
    return openStream(options, gunzip)
  }

  return {
    seal,
    open,
    async openRange(source, range, options) {
      const { offset, bytes } = givenMembers(range, 'a range')
      return await openRange(source, opening(options), offset, bytes)
    },
    sealStream: sealAsStream,
    openStream: openAsStream,
    sealWebStream: (options) => sealWebStream(sealing(options)),
    openWebStream: (options) => openWebStream(opening(options)),
    sealFile: (source, target, options) =>
      passFile(source, target, options, () => sealAsStream(options)),
    openFile: (source, target, options) =>
      passFile(source, target, options, () => openAsStream(options)),
  }
}

function pickSealing({ keyId, keyring, encryptionContext, gzip, frameBytes }: SealOptions) {
  return { keyId, keyring, encryptionContext, gzip, frameBytes }
}

function pickOpening({ keyring, encryptionContext, exactContext, gunzip }: OpenOptions) {
  return { keyring, encryptionContext, exactContext, gunzip }
}

async function passFile(
  source: string,
  target: string,
  given: { readonly onProgress?: OnProgress | undefined } | undefined,
  begin: () => Duplex,
): Promise<number> {
  checkPath(source, 'the path of the source')
  checkPath(target, 'the path of the target')
  const { onProgress = () => undefined } = givenMembers(given ?? {}, 'the options')
  if (typeof onProgress !== 'function') throw unlike('onProgress', 'a function', onProgress)
  const file = await openSource(source)
  try {
    const through = begin()
    const reader = file.createReadStream({ highWaterMark: READ_BYTES })
    // A reader that fails destroys `through`, where it is heard.
    const flowing = pipeline(reader, told(onProgress), through).catch(() => undefined)
    try {
      return await writeWholeFile(target, through)
    } finally {
      through.destroy()
      await flowing
    }
  } finally {
    await file.close()
  }
}

/** Says how much has passed. */
function told(onProgress: OnProgress) {
  return async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytesRead = 0
    for await (const piece of pieces) {
      bytesRead += piece.length
      onProgress(bytesRead)
      yield piece
    }
  }
}

function checkPath(given: unknown, what: string): void {
  const path = givenText(given, what)
  if (path.includes('\0')) throw unlike(what, 'a string without NUL', given)
}
