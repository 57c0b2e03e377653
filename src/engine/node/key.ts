/**
 * A key of the node engine: a KeyObject, and what XAES keeps beside it.
 *
 * OpenSSL holds the bytes, outside V8's heap. node:crypto cannot be told to wipe: releasing drops the
 * reference, and OpenSSL clears the memory when the object is collected. What XAES expanded from the key is
 * cleared at once. Keys that are wiped on release are the native engine's (native/native.ts).
 *
 * @module
 */
import { type Cipher, createCipheriv, type KeyObject } from 'node:crypto'

const BLOCK_BYTES = 16

export class NodeKey {
  readonly secret: KeyObject
  #cipher: Cipher | undefined
  #k1: Uint8Array | undefined

  constructor(secret: KeyObject) {
    this.secret = secret
  }

  /** AES-256 of whole blocks, each by itself. Expanded at first use, kept until release. */
  encrypt(blocks: Uint8Array): Buffer {
    this.#cipher ??= createCipheriv('aes-256-ecb', this.secret, null).setAutoPadding(false)
    return this.#cipher.update(blocks)
  }

  /** The subkey K1 of CMAC (SP 800-38B §6.1). */
  get k1(): Uint8Array {
    this.#k1 ??= doubled(this.encrypt(Buffer.alloc(BLOCK_BYTES)))
    return this.#k1
  }

  release(): void {
    this.#cipher?.final()
    this.#k1?.fill(0)
    this.#cipher = undefined
    this.#k1 = undefined
  }
}

/** In GF(2^128), in place. */
function doubled(block: Uint8Array): Uint8Array {
  const carry = block[0]! >> 7
  for (let i = 0; i < BLOCK_BYTES; i++) {
    block[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7)
  }
  block[BLOCK_BYTES - 1]! ^= 0x87 & -carry
  return block
}
