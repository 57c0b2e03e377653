/**
 * Keys of node:crypto, read from and written as DER: nothing may follow, and nothing of them stays in buffers here.
 *
 * OpenSSL holds them outside V8's heap; they cannot be wiped at once, as node/key.ts says of its own.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { isOneElement, SEQUENCE } from '../../bytes/der.js'
import { secretCopy } from '../../bytes/secret.js'

/** Both halves: the public one is worked out once. */
export class KeyPair {
  readonly privateKey: KeyObject
  #publicKey: KeyObject | undefined

  constructor(privateKey: KeyObject) {
    this.privateKey = privateKey
  }

  get publicKey(): KeyObject {
    // Node's own types know only of keys in other forms here.
    this.#publicKey ??= createPublicKey(this.privateKey as never)
    return this.#publicKey
  }

  get spki(): Uint8Array {
    return this.publicKey.export({ format: 'der', type: 'spki' })
  }

  /** PKCS #8, in secret bytes. */
  get pkcs8(): Uint8Array {
    const bytes = this.privateKey.export({ format: 'der', type: 'pkcs8' })
    const copy = secretCopy(bytes)
    bytes.fill(0)
    return copy
  }
}

export function generatePair(type: 'rsa' | 'ec' | 'ed25519', options: object): Promise<KeyPair> {
  const generate: (
    type: string,
    options: object,
    then: (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void,
  ) => void = generateKeyPair as never
  return new Promise((resolve, reject) => {
    generate(type, options, (error, _, privateKey) => {
      if (error) reject(error)
      else resolve(new KeyPair(privateKey))
    })
  })
}

/** Undefined when `bytes` are not one PKCS #8 structure and no more, or OpenSSL does not take it. */
export function readPkcs8(bytes: Uint8Array): KeyPair | undefined {
  if (!isOneElement(bytes, SEQUENCE)) return undefined
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    return new KeyPair(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  } catch {
    return undefined
  }
}

/** As {@link readPkcs8}, of SubjectPublicKeyInfo. */
export function readSpki(bytes: Uint8Array): KeyObject | undefined {
  if (!isOneElement(bytes, SEQUENCE)) return undefined
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    return createPublicKey({ key, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
