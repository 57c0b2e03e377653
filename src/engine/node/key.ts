/**
 * A key of the node engine: a KeyObject, and what XAES keeps beside it, behind a handle that tells nothing.
 *
 * OpenSSL holds the bytes, outside V8's heap; the handle holds the only reference. node:crypto cannot be
 * told to wipe: release() drops the reference, and OpenSSL clears the memory when the object is collected.
 * What XAES expanded from the key is cleared at once. Keys that are wiped on release are the native
 * engine's (native/native.ts).
 *
 * @module
 */
import { type Cipher, createCipheriv, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { KEY_BYTES, type KeyHandle } from '../engine.js'

const BLOCK_BYTES = 16

/** AES-256 of single blocks, and the subkey K1 of CMAC (SP 800-38B §6.1). */
export interface BlockKey {
  /** ECB without padding: every update of whole blocks answers with as many. */
  readonly cipher: Cipher
  readonly k1: Uint8Array
}

export class NodeKey implements KeyHandle {
  #secret: KeyObject | undefined
  #blockKey: BlockKey | undefined

  constructor(secret: KeyObject) {
    invariant(secret.symmetricKeySize === KEY_BYTES, 'a key has 32 bytes')
    this.#secret = secret
  }

  /** @throws SealtrailError `KeyReleased` */
  static secretOf(handle: KeyHandle): KeyObject {
    invariant(handle instanceof NodeKey, 'the key lives in the node engine')
    if (handle.#secret !== undefined) return handle.#secret
    throw new SealtrailError('KeyReleased', 'the key has been released')
  }

  /** Expanded at first use, kept until release. @throws SealtrailError `KeyReleased` */
  static blockKeyOf(handle: KeyHandle): BlockKey {
    const secret = NodeKey.secretOf(handle)
    const key = handle as NodeKey
    key.#blockKey ??= expand(secret)
    return key.#blockKey
  }

  get engine(): 'node' {
    return 'node'
  }

  release(): void {
    this.#secret = undefined
    this.#blockKey?.cipher.final()
    this.#blockKey?.k1.fill(0)
    this.#blockKey = undefined
  }

  toString(): string {
    return 'KeyHandle(node)'
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

function expand(secret: KeyObject): BlockKey {
  const cipher = createCipheriv('aes-256-ecb', secret, null).setAutoPadding(false)
  const k1 = cipher.update(Buffer.alloc(BLOCK_BYTES))
  const carry = k1[0]! >> 7
  for (let i = 0; i < BLOCK_BYTES; i++) {
    k1[i] = (k1[i]! << 1) | ((k1[i + 1] ?? 0) >> 7)
  }
  k1[BLOCK_BYTES - 1]! ^= 0x87 & -carry
  return { cipher, k1 }
}
