/**
 * The keys that sign digests: RSA of 2,048 bits, one for each region at a time, and those of before.
 *
 * Made when a digest of the region is to be signed and none is valid; the private key is kept wrapped under the root and
 * is here only while it signs. A key signs what ends within its time, so that a digest that is made again has the same
 * signature. Source: docs/FORMAT.md §11; AWS CloudTrail API reference, ListPublicKeys.
 *
 * @module
 */
import { createHash, createPrivateKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { secretCopy } from '../../bytes/secret.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root } from '../../root/root.js'
import { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import { putKey, readKeys, type SigningKeyRow } from '../trails/rows.js'

const DAY_MS = 24 * 60 * 60 * 1000
/** A digest of the time before the first may still be to be signed. */
const BEFORE_MS = DAY_MS
const VALID_MS = 90 * DAY_MS
const MODULUS_BITS = 2048
const FINGERPRINT_BYTES = 16

export interface PublicKey extends Pick<SigningKeyRow, 'validFrom' | 'validUntil' | 'publicKey'> {
  readonly fingerprint: string
}

export interface SigningKey extends PublicKey {
  /** RSA PKCS #1 v1.5 with SHA-256, in hex. */
  sign(bytes: Uint8Array): Promise<string>
}

const generate = promisify(generateKeyPair)
const signed = promisify(sign)

export class SigningKeys {
  readonly #store: Store
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #keys: SigningKeyRow[]

  private constructor(store: Store, root: Root, keys: SigningKeyRow[]) {
    this.#store = store
    this.#root = root
    this.#keys = keys
  }

  /** @throws SealtrailError `StoreDamaged` */
  static async open(store: Store, root: Root): Promise<SigningKeys> {
    return new SigningKeys(store, root, await readKeys(store, root))
  }

  /** The key for what ends at `time`; made when there is none. @throws SealtrailError `StoreFailed` */
  async keyFor(region: string, time: number): Promise<SigningKey> {
    return await this.#locks.run([region], async () => {
      const known = this.publicKeys(region, time, time).at(-1)
      const row = known === undefined ? await this.#make(region, time) : this.#rowOf(region, known)
      return { ...publicOf(row), sign: (bytes) => this.#sign(row, bytes) }
    })
  }

  /** Those of a region that are valid at any time of these. */
  publicKeys(region: string, from: number, until: number): PublicKey[] {
    return this.#keys
      .filter((key) => key.region === region && key.validFrom <= until && from < key.validUntil)
      .map(publicOf)
  }

  #rowOf(region: string, { validFrom }: PublicKey): SigningKeyRow {
    return this.#keys.find((key) => key.region === region && key.validFrom === validFrom)!
  }

  async #make(region: string, time: number): Promise<SigningKeyRow> {
    const last = this.#keys.findLast((key) => key.region === region && key.validUntil <= time)
    const validFrom = Math.max(last?.validUntil ?? 0, time - BEFORE_MS)
    const made = await generate('rsa', {
      modulusLength: MODULUS_BITS,
      publicKeyEncoding: { type: 'pkcs1', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    })
    const secret = secretCopy(made.privateKey)
    made.privateKey.fill(0)
    try {
      const wrapped = this.#root.wrapSecret(secret, contextOf(region, validFrom))
      const validUntil = validFrom + VALID_MS
      const key = { region, validFrom, validUntil, publicKey: made.publicKey, wrapped }
      await this.#store.commit({ changes: [putKey(this.#root, key)] })
      this.#keys.push(key)
      return key
    } finally {
      secret.fill(0)
    }
  }

  async #sign({ region, validFrom, wrapped }: SigningKeyRow, bytes: Uint8Array): Promise<string> {
    const secret = this.#root.unwrapSecret(wrapped, contextOf(region, validFrom))
    try {
      const { buffer, byteOffset, length } = secret
      const key = Buffer.from(buffer, byteOffset, length)
      const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
      const signature = await signed('sha256', bytes, privateKey)
      return signature.toString('hex')
    } finally {
      secret.fill(0)
    }
  }
}

function publicOf({ publicKey, validFrom, validUntil }: SigningKeyRow): PublicKey {
  return { publicKey, validFrom, validUntil, fingerprint: fingerprintOf(publicKey) }
}

function fingerprintOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest().toString('hex', 0, FINGERPRINT_BYTES)
}

function contextOf(region: string, validFrom: number): EncryptionContext {
  return { 'sealtrail:trail-key': region, 'sealtrail:valid-from': String(validFrom) }
}
