/**
 * Private keys for engines that keep none themselves: node:crypto, and @noble for what it lacks.
 *
 * Each family of keys has a file; handles and wraps are made here.
 *
 * @module
 */
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { invariant } from '../../invariant.js'
import {
  BLOB_HEADER_BYTES,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  type Engine,
  TAG_BYTES,
} from '../engine.js'
import { keyHandles, ofSpec } from '../key-handles.js'
import { takePrivateKey } from '../pkcs8.js'
import type { PrivateKeyHandle, PrivateKeySpec, PrivateKeys } from '../private-keys.js'
import { EDWARDS } from './edwards.js'
import { ELLIPTIC } from './elliptic.js'
import type { Family } from './family.js'
import { MAC } from './mac.js'
import { ML_DSA } from './ml-dsa.js'
import { RSA } from './rsa.js'

/** What a family keeps is its own matter. */
type AnyFamily = Family<unknown>

interface Held {
  readonly family: AnyFamily
  readonly key: unknown
}

const FAMILIES: readonly (readonly [start: string, family: AnyFamily])[] = [
  ['RSA_', RSA as AnyFamily],
  ['ECC_NIST_EDWARDS', EDWARDS as AnyFamily],
  ['ECC_', ELLIPTIC as AnyFamily],
  ['HMAC_', MAC as AnyFamily],
  ['ML_DSA_', ML_DSA as AnyFamily],
]

export function opensslKeys(engine: Pick<Engine, 'name' | 'wrap' | 'unwrap'>): PrivateKeys {
  const { hold, secretOf } = keyHandles<Held>(engine.name, ({ family, key }) => family.release(key))

  const handle = (spec: PrivateKeySpec, held: Held) => ofSpec(hold(held), spec)

  function write(key: PrivateKeyHandle): Uint8Array {
    const held = secretOf(key)
    return held.family.write(held.key)
  }

  function take(spec: PrivateKeySpec, bytes: Uint8Array): PrivateKeyHandle | undefined {
    const family = familyOf(spec)
    const key = family.read(spec, bytes)
    if (key === undefined) return undefined
    const sound = family.sound(key, spec)
    if (sound !== undefined) return handle(spec, { family, key: sound })
    family.release(key)
    return undefined
  }

  function publicKey(key: PrivateKeyHandle): Uint8Array {
    const held = secretOf(key)
    return call(held, 'publicKey')(held.key)
  }

  return {
    async generate(spec) {
      const family = familyOf(spec)
      return handle(spec, { family, key: await family.generate(spec) })
    },
    importKey: (spec, bytes) =>
      takePrivateKey(spec, bytes, (plain) => take(spec, plain), publicKey),
    exportKey: write,
    wrap(wrappingKey, key, header, context) {
      invariant(header.length === BLOB_HEADER_BYTES, 'a blob has a header')
      const bytes = write(key)
      const blob = secretBytes(BLOB_OVERHEAD_BYTES + bytes.length)
      blob.set(header)
      blob.set(bytes, BLOB_TEXT_OFFSET)
      bytes.fill(0)
      engine.wrap(wrappingKey, blob, context)
      return blob
    },
    unwrap(wrappingKey, spec, blob, context) {
      const family = familyOf(spec)
      const opened = secretCopy(blob)
      try {
        if (!engine.unwrap(wrappingKey, opened, context)) return undefined
        const key = family.read(spec, opened.subarray(BLOB_TEXT_OFFSET, -TAG_BYTES))
        return key === undefined ? undefined : handle(spec, { family, key })
      } finally {
        opened.fill(0)
      }
    },
    publicKey,
    sign: (key, algorithm, message, form) =>
      call(secretOf(key), 'sign')(secretOf(key).key, { algorithm, message, form }),
    verify: (key, algorithm, message, form, signature) =>
      call(secretOf(key), 'verify')(secretOf(key).key, { algorithm, message, form }, signature),
    encrypt: (key, algorithm, plain) =>
      call(secretOf(key), 'encrypt')(secretOf(key).key, algorithm, plain),
    decrypt: (key, algorithm, ciphertext) =>
      call(secretOf(key), 'decrypt')(secretOf(key).key, algorithm, ciphertext),
    agree: (key, publicKey) => call(secretOf(key), 'agree')(secretOf(key).key, publicKey),
    mac: (key, algorithm, message) =>
      call(secretOf(key), 'mac')(secretOf(key).key, algorithm, message),
  }
}

function familyOf(spec: PrivateKeySpec): AnyFamily {
  return FAMILIES.find(([start]) => spec.startsWith(start))![1]
}

function call<Name extends keyof AnyFamily>(
  { family }: Held,
  name: Name,
): NonNullable<AnyFamily[Name]> {
  const found = family[name]
  invariant(found !== undefined, 'a private key is used for what its kind does')
  return found
}
