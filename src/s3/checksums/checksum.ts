/**
 * A checksum that is worked out piece by piece.
 *
 * Of node:crypto and node:zlib where they have it, else of hash-wasm: of each of its functions there is one, loaded when
 * it is first wanted, whose state is swapped, so that any number of checksums are under way and none has to be given
 * back. Big-endian, as AWS writes numbers.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto'
import * as zlib from 'node:zlib'
import type { IHasher } from 'hash-wasm'
import type { ChecksumAlgorithm } from './algorithms.js'

export interface Checksum {
  update(bytes: Uint8Array): Checksum
  /** Base64. Nothing is added after it. */
  digest(): string
}

/** Not before 20.15 and 22.2. */
const hasCrc32 = typeof zlib.crc32 === 'function'
/** Reflected, as hash-wasm takes them: Castagnoli's, and NVM Express's (NVM Command Set Specification, §5.2.1.3.4). */
const CRC32C_POLYNOMIAL = 0x82f63b78
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5'

const STARTS: Readonly<Record<ChecksumAlgorithm, () => Checksum | Promise<Checksum>>> = {
  CRC32: hasCrc32 ? () => new ZlibCrc32() : wasm(({ createCRC32 }) => createCRC32()),
  CRC32C: wasm(({ createCRC32 }) => createCRC32(CRC32C_POLYNOMIAL)),
  CRC64NVME: wasm(({ createCRC64 }) => createCRC64(CRC64NVME_POLYNOMIAL)),
  SHA1: () => new CryptoHash(createHash('sha1')),
  SHA256: () => new CryptoHash(createHash('sha256')),
  SHA512: () => new CryptoHash(createHash('sha512')),
  MD5: () => new CryptoHash(createHash('md5')),
  XXHASH64: wasm(({ createXXHash64 }) => createXXHash64()),
  XXHASH3: wasm(({ createXXHash3 }) => createXXHash3()),
  XXHASH128: wasm(({ createXXHash128 }) => createXXHash128()),
}

/** A checksum of no bytes yet. */
export async function startChecksum(algorithm: ChecksumAlgorithm): Promise<Checksum> {
  return await STARTS[algorithm]()
}

class CryptoHash implements Checksum {
  readonly #hash: Hash

  constructor(hash: Hash) {
    this.#hash = hash
  }

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes)
    return this
  }

  digest(): string {
    return this.#hash.digest('base64')
  }
}

class ZlibCrc32 implements Checksum {
  #value = 0

  update(bytes: Uint8Array): this {
    this.#value = zlib.crc32(bytes, this.#value)
    return this
  }

  digest(): string {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#value)
    return bytes.toString('base64')
  }
}

class WasmHash implements Checksum {
  readonly #hasher: IHasher
  #state: Uint8Array

  constructor(hasher: IHasher, start: Uint8Array) {
    this.#hasher = hasher
    this.#state = start
  }

  update(bytes: Uint8Array): this {
    this.#hasher.load(this.#state)
    this.#hasher.update(bytes)
    this.#state = this.#hasher.save()
    return this
  }

  digest(): string {
    this.#hasher.load(this.#state)
    return Buffer.from(this.#hasher.digest('binary')).toString('base64')
  }
}

type HashWasm = typeof import('hash-wasm')

function wasm(make: (functions: HashWasm) => Promise<IHasher>): () => Promise<Checksum> {
  let loading: Promise<readonly [hasher: IHasher, start: Uint8Array]> | undefined
  const load = async () => {
    const hasher = await make(await import('hash-wasm'))
    return [hasher, hasher.init().save()] as const
  }
  return async () => {
    loading ??= load()
    return new WasmHash(...(await loading))
  }
}
