/** Plaintexts, keyrings and engines for the tests of this room: the same at every run. */
import { createHash } from 'node:crypto'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'
import type { Keyring } from '../../src/message/keyring.js'
import { rawAesKeyring } from '../../src/message/raw-aes-keyring.js'

export const encryptionContext = { tenant: 'acme', purpose: 'logs' }
export const wrappingKey = sample('wrapping key', 32)

/** `size` bytes that look random and follow from `name`. */
export function sample(name: string, size: number): Uint8Array {
  const hash = createHash('shake128', { outputLength: Math.max(size, 1) })
  return new Uint8Array(hash.update(name).digest()).subarray(0, size)
}

export function testKeyring() {
  return rawAesKeyring({ namespace: 'tests', name: 'key 1', key: wrappingKey })
}

/** Unwraps nothing: the data key is always this one. */
export function fixedKeyring(dataKey: Uint8Array): Keyring {
  return {
    async generateDataKey(engine) {
      const wrapped = { providerId: 'none', providerInfo: NONE, ciphertext: NONE }
      return { dataKey: engine.importKey(dataKey), encryptedDataKeys: [wrapped] }
    },
    decryptDataKey: async (engine) => engine.importKey(dataKey),
  }
}

const NONE = new Uint8Array(0)

/** An engine that knows how many keys it has given out and not got back. */
export function countingKeys(engine: Engine): { engine: Engine; keysHeld(): number } {
  let held = 0
  function counted(key: KeyHandle): KeyHandle {
    held++
    const release = key.release.bind(key)
    let isReleased = false
    key.release = () => {
      if (!isReleased) held--
      isReleased = true
      release()
    }
    return key
  }
  const counting = new Proxy(engine, {
    get(target, name: keyof Engine) {
      const member = target[name] as unknown
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        const answer = member.apply(target, given)
        return typeof answer?.release === 'function' ? counted(answer) : answer
      }
    },
  })
  return { engine: counting, keysHeld: () => held }
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

/** `bytes` cut into pieces of these sizes, again and again, and a rest. */
export function* piecesOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

/** What tells long bytes apart in a short line. */
export function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
