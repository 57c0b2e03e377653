/**
 * The root of trust: the key that wraps the key material of every KMS key.
 *
 *     wrapped material   | "root" | version 1 | suite 1 | 0 0 | root id 16 | nonce 24 | commitment 32 |
 *                        | ciphertext 32 | tag 16 |                                         128 bytes
 *
 * The context names the material's place (account, region, key, version), so that rows cannot be swapped.
 * The root id is told from the key one-way; a data directory is bound to it, and another root is refused at
 * the door. Where the key comes from is in key-file.ts. Source: docs/FORMAT.md §4.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import { secretBytes } from '../bytes/secret.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  type Engine,
  KEY_BYTES,
  type KeyHandle,
} from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { type EncryptionContext, encodeContext } from '../message/encryption-context.js'
import type { Store } from '../store/store.js'
import { checkOutside, createKeyFile, readKeyFile } from './key-file.js'

const ROOT_ID_BYTES = 16
const WRAPPED_MATERIAL_BYTES = BLOB_OVERHEAD_BYTES + KEY_BYTES

/** Tells wrapped material from a CiphertextBlob, whose first byte is 1. Version, suite, no flags. */
const HEADER_START = Buffer.from('root\x01\x01\x00\x00', 'latin1')
/** 24 bytes: no random nonce ever meets it. */
const ROOT_ID_NONCE = Buffer.from('sealtrail root key id v1', 'latin1')
const META_ROOT_ID = 'root-id'

export interface RootSource {
  readonly kind: 'file'
  readonly path: string
}

export interface Root {
  /** 16 bytes; the same for the same key, and tells nothing of it. */
  readonly rootId: Uint8Array
  /** 128 bytes. `context` must be given again to unwrap. */
  wrapKey(key: KeyHandle, context: EncryptionContext): Uint8Array
  /**
   * The caller releases the handle. `wrapped` keeps its bytes.
   * @throws SealtrailError `RootKeyUnusable` when it is not what this root wrapped for this context.
   */
  unwrapKey(wrapped: Uint8Array, context: EncryptionContext): KeyHandle
  /** Wipes the root key. Twice is fine. */
  release(): void
}

/**
 * Opens the root key, or makes it when there is none. With `store`, a key is made only for a data
 * directory that has none yet: a lost key is refused, never replaced.
 *
 * @throws SealtrailError `RootKeyUnusable`, saying how to mend it.
 */
export async function openRoot(source: RootSource, engine: Engine, store?: Store): Promise<Root> {
  const { path } = source
  if (store !== undefined) await checkOutside(path, store.dataDir)
  let bytes = await readKeyFile(path)
  if (bytes === undefined) {
    const boundId = store && (await boundRootId(store))
    if (boundId !== undefined) throw lost(path, boundId)
    await makeKey(path, engine)
    bytes = await readKeyFile(path)
  }
  if (bytes === undefined) {
    throw new SealtrailError('RootKeyUnusable', `the root key file ${path} is gone`, { path })
  }
  try {
    return new KeyRoot(engine, engine.importKey(bytes))
  } finally {
    bytes.fill(0)
  }
}

/**
 * Binds the data directory to `root`, or checks that it is bound to it.
 * @throws SealtrailError `RootKeyUnusable` when it is bound to another.
 */
export async function bindRoot(store: Store, root: Root): Promise<void> {
  const boundId = await boundRootId(store)
  if (boundId === undefined) {
    const row = { name: META_ROOT_ID, value: root.rootId }
    await store.commit({ changes: [{ put: 'meta', row }] })
    return
  }
  if (constantTimeEqual(boundId, root.rootId)) return
  throw new SealtrailError(
    'RootKeyUnusable',
    `the data directory was made with another root key (it needs ${hex(boundId)}, this is ` +
      `${hex(root.rootId)}): put the right root key file in place`,
    { needed: hex(boundId), given: hex(root.rootId) },
  )
}

async function boundRootId(store: Store): Promise<Uint8Array | undefined> {
  const [row] = await store.read(
    store.query.selectFrom('meta').select('value').where('name', '=', META_ROOT_ID).compile(),
  )
  return row?.value
}

async function makeKey(path: string, engine: Engine): Promise<void> {
  const key = secretBytes(KEY_BYTES)
  engine.randomFill(key)
  try {
    await createKeyFile(path, key)
  } finally {
    key.fill(0)
  }
}

function lost(path: string, boundId: Uint8Array): SealtrailError {
  return new SealtrailError(
    'RootKeyUnusable',
    `the root key file ${path} is missing, and without it the keys in the data directory cannot be ` +
      `opened: put back the file of root key ${hex(boundId)}`,
    { path, needed: hex(boundId) },
  )
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

class KeyRoot implements Root {
  readonly rootId: Uint8Array
  readonly #engine: Engine
  readonly #key: KeyHandle

  constructor(engine: Engine, key: KeyHandle) {
    this.#engine = engine
    this.#key = key
    this.rootId = engine.xaesCommitment(key, ROOT_ID_NONCE).subarray(0, ROOT_ID_BYTES)
  }

  wrapKey(key: KeyHandle, context: EncryptionContext): Uint8Array {
    const wrapped = secretBytes(WRAPPED_MATERIAL_BYTES)
    wrapped.set(HEADER_START)
    wrapped.set(this.rootId, HEADER_START.length)
    this.#engine.wrapKey(this.#key, key, wrapped, encodeContext(context))
    return wrapped
  }

  unwrapKey(wrapped: Uint8Array, context: EncryptionContext): KeyHandle {
    if (
      wrapped.length !== WRAPPED_MATERIAL_BYTES ||
      !constantTimeEqual(wrapped.subarray(0, HEADER_START.length), HEADER_START)
    ) {
      throw unwrapFailed('they are not wrapped key material')
    }
    const wrapper = wrapped.subarray(HEADER_START.length, BLOB_HEADER_BYTES)
    if (!constantTimeEqual(wrapper, this.rootId)) {
      throw unwrapFailed(`another root key wrapped them (${hex(wrapper)})`)
    }
    const key = this.#engine.unwrapKey(this.#key, wrapped, encodeContext(context))
    if (key === undefined) throw unwrapFailed('they are damaged or stand in the wrong place')
    return key
  }

  release(): void {
    this.#key.release()
  }
}

function unwrapFailed(reason: string): SealtrailError {
  return new SealtrailError('RootKeyUnusable', `stored key bytes cannot be unwrapped: ${reason}`)
}
