/**
 * The name of the log, and the key that signs its checkpoints: made once, kept under the root, here only while it signs.
 *
 * Source: docs/FORMAT.md §12.2.
 *
 * @module
 */
import { createPrivateKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { randomText } from '../bytes/random.js'
import { secretCopy } from '../bytes/secret.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { Root } from '../root/root.js'
import type { Store } from '../store/store.js'
import { type LogRow, putLogRow, readLogRow } from './log-row.js'
import type { Verifier } from './note.js'

const ID_CHARACTERS = 32
/** What stands before the public key in DER (SubjectPublicKeyInfo). */
const SPKI_HEAD_BYTES = 12

const generate = promisify(generateKeyPair)

export class LogKey {
  readonly #root: Root
  readonly #row: LogRow

  private constructor(root: Root, row: LogRow) {
    this.#root = root
    this.#row = row
  }

  /** Undefined when no log was begun. @throws SealtrailError `RootKeyUnusable` when it is not as it was made */
  static async open(store: Store, root: Root): Promise<LogKey | undefined> {
    const row = await readLogRow(store)
    if (row === undefined) return undefined
    const key = new LogKey(root, row)
    key.#secret().fill(0)
    return key
  }

  /** @param first the sequence number of the first leaf. @throws SealtrailError `StoreFailed` */
  static async make(store: Store, root: Root, first: number): Promise<LogKey> {
    const name = `sealtrail/${randomText('0123456789abcdef', ID_CHARACTERS)}`
    const made = await generate('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    })
    const publicKey = made.publicKey.subarray(SPKI_HEAD_BYTES)
    const secret = secretCopy(made.privateKey)
    made.privateKey.fill(0)
    try {
      const wrapped = root.wrapSecret(secret, contextOf({ name, first, publicKey }))
      const row = { name, first, publicKey, wrapped }
      await store.commit({ changes: [putLogRow(row)] })
      return new LogKey(root, row)
    } finally {
      secret.fill(0)
    }
  }

  get first(): number {
    return this.#row.first
  }

  get verifier(): Verifier {
    const { name, publicKey } = this.#row
    return { name, publicKey }
  }

  /** 64 bytes: Ed25519. */
  sign(bytes: Uint8Array): Buffer {
    const secret = this.#secret()
    try {
      const { buffer, byteOffset, length } = secret
      const key = Buffer.from(buffer, byteOffset, length)
      return sign(null, bytes, createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
    } finally {
      secret.fill(0)
    }
  }

  #secret(): Uint8Array {
    return this.#root.unwrapSecret(this.#row.wrapped, contextOf(this.#row))
  }
}

function contextOf({ name, first, publicKey }: Omit<LogRow, 'wrapped'>): EncryptionContext {
  const { buffer, byteOffset, length } = publicKey
  return {
    'sealtrail:log': name,
    'sealtrail:log-first': String(first),
    'sealtrail:log-key': Buffer.from(buffer, byteOffset, length).toString('base64'),
  }
}
