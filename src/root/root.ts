/**
 * The root of trust: the key that all other keys at rest hang on.
 *
 *     root key → shred key, one for each KMS key → its material
 *
 * Shred keys lie apart, where they can be erased; with its shred key, every copy of a KMS key's material is gone. From
 * the root key come also the key that seals the journal's mark, the key that authenticates rows, the one that tells imported material again, the one that wraps data
 * keys of objects, and the secrets of temporary credentials; like the root id, they tell nothing of it. A data directory is bound to the root id, and another root is refused at the door. How a key
 * is wrapped is in wrapping-key.ts, where the root key comes from in key-file.ts. Source: docs/FORMAT.md §4.
 *
 * @module
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { constantTimeEqual } from '../bytes/compare.js'
import { secretBytes } from '../bytes/secret.js'
import { type Engine, KEY_BYTES, type KeyHandle } from '../engine/engine.js'
import type { PrivateKeyHandle, PrivateKeySpec } from '../engine/private-keys.js'
import { SealtrailError } from '../errors.js'
import { type EncryptionContext, encodeContext } from '../message/encryption-context.js'
import type { Store } from '../store/store.js'
import type { Tables } from '../store/view/dialect.js'
import { checkOutside, createKeyFile, readKeyFile } from './key-file.js'
import { SealedTexts } from './sealed-text.js'
import { bytesOfShredId, newShredId } from './shred-id.js'
import { hex, WRAPPING_ID_BYTES, WrappingKey } from './wrapping-key.js'

/** 24 bytes each: no random nonce ever meets them. */
const ROOT_ID_NONCE = Buffer.from('sealtrail root key id v1', 'latin1')
const MARK_KEY_NONCE = Buffer.from('sealtrail mark key    v1', 'latin1')
const ROW_KEY_NONCE = Buffer.from('sealtrail row key     v1', 'latin1')
const TEXT_KEY_NONCE = Buffer.from('sealtrail text key    v1', 'latin1')
const SECRET_KEY_NONCE = Buffer.from('sealtrail secret key  v1', 'latin1')
const OBJECT_KEY_NONCE = Buffer.from('sealtrail object key  v1', 'latin1')
const IMPORT_KEY_NONCE = Buffer.from('sealtrail import key  v1', 'latin1')
/** 40 characters of base64. */
const SESSION_SECRET_BYTES = 30
const META_ROOT_ID = 'root-id'

export interface RootSource {
  readonly kind: 'file'
  readonly path: string
}

export interface Root {
  /** 16 bytes; the same for the same key, and tells nothing of it. */
  readonly rootId: Uint8Array
  /** 128 bytes, as wrapping-key.ts has it. */
  wrapKey: WrappingKey['wrapKey']
  /** As wrapping-key.ts has it. */
  unwrapKey: WrappingKey['unwrapKey']
  /** As wrapping-key.ts has it. */
  wrapSecret: WrappingKey['wrapSecret']
  /** As wrapping-key.ts has it. */
  unwrapSecret: WrappingKey['unwrapSecret']
  /** As wrapping-key.ts has it. */
  wrapPrivateKey: WrappingKey['wrapPrivateKey']
  /** As wrapping-key.ts has it. */
  unwrapPrivateKey: WrappingKey['unwrapPrivateKey']
  /** Wraps data keys of objects that no KMS key protects. */
  readonly objectKey: Pick<WrappingKey, 'wrapKey' | 'unwrapKey'>
  /** For store.seal. */
  readonly markKey: KeyObject
  /** A new key that can be destroyed; the caller releases it. */
  newShredKey(): ShredKey & { readonly id: string; readonly bytes: Uint8Array }
  /**
   * The key that was kept as `bytes` under `id`; the caller releases it.
   * @throws SealtrailError `RootKeyUnusable` when it is not what this root wrapped under this id.
   */
  openShredKey(id: string, bytes: Uint8Array): ShredKey
  /** 32 bytes: HMAC-SHA-256 of `text` in UTF-8, under a key for rows alone. */
  authenticate(text: string): Uint8Array
  /**
   * 64 hex digits: HMAC-SHA-256 of `context` and `told` (what tells material from other material) under a key for this alone.
   * The same for the same material in the same context, and tells nothing of it to whoever lacks the root key.
   */
  materialId(context: EncryptionContext, told: Uint8Array): string
  /** The secret access key of temporary credentials, 40 characters; a string, as signing needs it in that form. */
  sessionSecret(accessKeyId: string): string
  /** As sealed-text.ts has it. */
  sealText: SealedTexts['seal']
  /** As sealed-text.ts has it. */
  openText: SealedTexts['open']
  /** Wipes the root key. Twice is fine. */
  release(): void
}

export type ShredKey = WrappingKey

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
  const isBound = await checkBound(store, root)
  await store.seal(root.markKey)
  if (isBound) return
  const row = { name: META_ROOT_ID, value: root.rootId }
  await store.commit({ changes: [{ put: 'meta', row }] })
}

/** False when it is bound to none yet. @throws SealtrailError `RootKeyUnusable` when it is bound to another. */
export async function checkBound(store: Tables, root: Root): Promise<boolean> {
  const boundId = await boundRootId(store)
  if (boundId !== undefined && !constantTimeEqual(boundId, root.rootId)) {
    throw new SealtrailError(
      'RootKeyUnusable',
      `the data directory was made with another root key (it needs ${hex(boundId)}, this is ` +
        `${hex(root.rootId)}): put the right root key file in place`,
      { needed: hex(boundId), given: hex(root.rootId) },
    )
  }
  return boundId !== undefined
}

async function boundRootId(store: Tables): Promise<Uint8Array | undefined> {
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

class KeyRoot implements Root {
  readonly rootId: Uint8Array
  readonly markKey: KeyObject
  readonly objectKey: WrappingKey
  readonly #engine: Engine
  readonly #rowKey: KeyObject
  readonly #secretKey: KeyObject
  readonly #importKey: KeyObject
  readonly #wrapping: WrappingKey
  readonly #texts: SealedTexts

  constructor(engine: Engine, key: KeyHandle) {
    this.#engine = engine
    this.rootId = engine.xaesCommitment(key, ROOT_ID_NONCE).subarray(0, WRAPPING_ID_BYTES)
    this.markKey = derivedBytes(engine, key, MARK_KEY_NONCE, createSecretKey)
    this.#rowKey = derivedBytes(engine, key, ROW_KEY_NONCE, createSecretKey)
    this.#secretKey = derivedBytes(engine, key, SECRET_KEY_NONCE, createSecretKey)
    this.#importKey = derivedBytes(engine, key, IMPORT_KEY_NONCE, createSecretKey)
    this.#wrapping = new WrappingKey(engine, key, 'root', this.rootId)
    const handle = (bytes: Uint8Array) => engine.importKey(bytes)
    const objectKey = derivedBytes(engine, key, OBJECT_KEY_NONCE, handle)
    this.objectKey = new WrappingKey(engine, objectKey, 'object', this.rootId)
    const textKey = derivedBytes(engine, key, TEXT_KEY_NONCE, handle)
    this.#texts = new SealedTexts(engine, textKey, this.rootId)
  }

  wrapKey(key: KeyHandle, context: EncryptionContext): Uint8Array {
    return this.#wrapping.wrapKey(key, context)
  }

  unwrapKey(wrapped: Uint8Array, context: EncryptionContext): KeyHandle {
    return this.#wrapping.unwrapKey(wrapped, context)
  }

  wrapSecret(secret: Uint8Array, context: EncryptionContext): Uint8Array {
    return this.#wrapping.wrapSecret(secret, context)
  }

  unwrapSecret(wrapped: Uint8Array, context: EncryptionContext): Uint8Array {
    return this.#wrapping.unwrapSecret(wrapped, context)
  }

  wrapPrivateKey(key: PrivateKeyHandle, context: EncryptionContext): Uint8Array {
    return this.#wrapping.wrapPrivateKey(key, context)
  }

  unwrapPrivateKey(
    spec: PrivateKeySpec,
    wrapped: Uint8Array,
    context: EncryptionContext,
  ): PrivateKeyHandle {
    return this.#wrapping.unwrapPrivateKey(spec, wrapped, context)
  }

  newShredKey() {
    const id = newShredId()
    const key = this.#engine.generateKey()
    const bytes = this.wrapKey(key, shredContext(id))
    return Object.assign(this.#shredKey(id, key), { id, bytes })
  }

  openShredKey(id: string, bytes: Uint8Array): ShredKey {
    return this.#shredKey(id, this.unwrapKey(bytes, shredContext(id)))
  }

  authenticate(text: string): Uint8Array {
    return createHmac('sha256', this.#rowKey).update(text).digest()
  }

  materialId(context: EncryptionContext, told: Uint8Array): string {
    const mac = createHmac('sha256', this.#importKey)
    return mac.update(encodeContext(context)).update(told).digest('hex')
  }

  sessionSecret(accessKeyId: string): string {
    const bytes = createHmac('sha256', this.#secretKey).update(accessKeyId).digest()
    const secret = bytes.toString('base64', 0, SESSION_SECRET_BYTES)
    bytes.fill(0)
    return secret
  }

  sealText(purpose: string, text: string): string {
    return this.#texts.seal(purpose, text)
  }

  openText(purpose: string, sealed: string): string | undefined {
    return this.#texts.open(purpose, sealed)
  }

  release(): void {
    this.#wrapping.release()
    this.objectKey.release()
    this.#texts.release()
  }

  #shredKey(id: string, key: KeyHandle): WrappingKey {
    return new WrappingKey(this.#engine, key, 'shred', bytesOfShredId(id))
  }
}

/** What the root key's commitment would be for a nonce that is never used: as good as random to whoever lacks it. */
function derivedBytes<Key>(
  engine: Engine,
  key: KeyHandle,
  nonce: Uint8Array,
  take: (bytes: Uint8Array) => Key,
): Key {
  const bytes = engine.xaesCommitment(key, nonce)
  try {
    return take(bytes)
  } finally {
    bytes.fill(0)
  }
}

function shredContext(id: string): { readonly 'sealtrail:shred': string } {
  return { 'sealtrail:shred': id }
}
