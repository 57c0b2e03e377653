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
import type { Engines } from './engine/choose.js'
import { SealtrailError } from './errors.js'
import type { GunzipBounds } from './gzip/bounds.js'
import type { Kms } from './kms/kms.js'
import { cutInHeader } from './message/damage.js'
import type { EncryptionContext } from './message/encryption-context.js'
import { parseHeader } from './message/header.js'
import type { Keyring } from './message/keyring.js'
import { openStream, sealStream } from './message/node-stream.js'
import { requireContext } from './message/open.js'
import { type OpenedRange, openRange, type RangeSource } from './message/range.js'
import { openWebStream, sealWebStream } from './message/web-stream.js'
import type { Pool } from './pool/pool.js'
import { writeWholeFile } from './store/whole-file.js'

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
  /** Unpack the gzip member inside, within these bounds. */
  readonly gunzip?: GunzipBounds | undefined
}

export interface Objects {
  /** The sealed object. @throws SealtrailError of the KMS call, or `InputTooLarge`, `InputInvalid`. */
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
  /** Bytes in, sealed bytes out, in bounded memory. */
  sealStream(options: SealOptions): Duplex
  /** The inverse. Gives each frame when it is checked; ends in an error when a later one is not genuine. */
  openStream(options?: OpenOptions): Duplex
  /** As {@link sealStream}, for Web streams; without gzip, for which there is CompressionStream. */
  sealWebStream(options: Omit<SealOptions, 'gzip'>): TransformStream<Uint8Array, Uint8Array>
  openWebStream(options?: Omit<OpenOptions, 'gunzip'>): TransformStream<Uint8Array, Uint8Array>
  /** Resolves to the size of `target`, which is there whole and durable, or not at all. */
  sealFile(source: string, target: string, options: SealOptions): Promise<number>
  openFile(source: string, target: string, options?: OpenOptions): Promise<number>
}

export function sealedObjects(parts: {
  readonly kms: Kms
  readonly engines: Engines
  readonly pool: Pool
}): Objects {
  const { kms, pool } = parts
  const engine = parts.engines.bulk

  function keyringFor({ keyId, keyring }: SealOptions): Keyring {
    if (keyring !== undefined && keyId === undefined) return keyring
    if (keyId !== undefined && keyring === undefined) return kms.keyring({ keyId })
    throw new SealtrailError('InputInvalid', 'sealing takes a keyId or a keyring')
  }

  async function seal(plain: Uint8Array, options: SealOptions): Promise<Uint8Array> {
    const { gzip: gzipLevel, frameBytes } = options
    // The wraps are bound to these pairs; the header must hold the same ones, whatever happens meanwhile.
    const encryptionContext = { ...options.encryptionContext }
    const keyring = keyringFor(options)
    const { dataKey, encryptedDataKeys } = await keyring.generateDataKey(engine, encryptionContext)
    const job = { dataKey, encryptionContext, encryptedDataKeys, plain, gzipLevel, frameBytes }
    return pool.sealObject(job).finally(() => dataKey.release())
  }

  async function open(sealed: Uint8Array, options: OpenOptions = {}): Promise<Uint8Array> {
    const header = parseHeader(sealed)
    if (header === undefined) throw cutInHeader()
    const { encryptionContext, encryptedDataKeys } = header
    requireContext(encryptionContext, options.encryptionContext)
    const keyring = options.keyring ?? kms.keyring()
    const dataKey = await keyring.decryptDataKey(engine, encryptedDataKeys, encryptionContext)
    const job = { dataKey, sealed, gunzip: options.gunzip }
    return pool.openObject(job).finally(() => dataKey.release())
  }

  function sealing(options: SealOptions) {
    const { encryptionContext = {}, frameBytes } = options
    return { engine, keyring: keyringFor(options), encryptionContext, frameBytes }
  }

  function opening({ keyring = kms.keyring(), encryptionContext }: OpenOptions) {
    return { engine, keyring, encryptionContext }
  }

  function sealAsStream(options: SealOptions): Duplex {
    return sealStream(sealing(options), options.gzip)
  }

  function openAsStream(options: OpenOptions = {}): Duplex {
    return openStream(opening(options), options.gunzip)
  }

  return {
    seal,
    open,
    openRange: (source, { offset, bytes }, options = {}) =>
      openRange(source, opening(options), offset, bytes),
    sealStream: sealAsStream,
    openStream: openAsStream,
    sealWebStream: (options) => sealWebStream(sealing(options)),
    openWebStream: (options = {}) => openWebStream(opening(options)),
    sealFile: (source, target, options) => passFile(source, target, () => sealAsStream(options)),
    openFile: (source, target, options) => passFile(source, target, () => openAsStream(options)),
  }
}

async function passFile(source: string, target: string, begin: () => Duplex): Promise<number> {
  const file = await openSource(source)
  try {
    const through = begin()
    const reader = file.createReadStream({ highWaterMark: READ_BYTES })
    // A reader that fails destroys `through`, where it is heard.
    const flowing = pipeline(reader, through).catch(() => undefined)
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
