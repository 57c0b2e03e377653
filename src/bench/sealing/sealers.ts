/**
 * Those who seal text with AES-256-GCM under one key: our engines in place, and others as one would use them.
 *
 * All use one nonce and 32 bytes of AAD, which is for benches only. node:crypto has a KeyObject, and a fresh cipher and a
 * fresh result each time: it has no other way.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { openEngine } from '../../engine/choose.js'
import type { Engine, EngineName } from '../../engine/engine.js'
import type { Contender } from '../contest.js'

/** Whose work is done when it returns. */
export interface Worker extends Contender {
  readonly answer: () => Uint8Array
  readonly run: () => void
}

export const KEY = new Uint8Array(32).fill(1)
export const NONCE = new Uint8Array(12).fill(2)
export const AAD = new Uint8Array(32).fill(3)
export const OPENSSL = 'node:crypto'
const TAG_BYTES = 16

const secret = createSecretKey(KEY)

/** Another for each position, so that what is out of place shows. */
export function plainOf(bytes: number): Uint8Array {
  return new Uint8Array(bytes).map((_, i) => i % 251)
}

export function sealerOf(name: EngineName | typeof OPENSSL, plain: Uint8Array): Worker {
  return name === OPENSSL ? opensslSealer(plain) : sealer(openEngine(name), plain)
}

/** Seals its own output again and again: what the text is makes no difference. */
export function sealer(engine: Engine, plain: Uint8Array): Worker {
  const key = engine.importKey(KEY)
  const text = new Uint8Array(plain.length + TAG_BYTES)
  const run = () => engine.seal(key, NONCE, AAD, text)
  return {
    name: engine.name,
    answer: () => {
      text.set(plain)
      run()
      return text.slice()
    },
    run,
  }
}

/** Opening writes over its input, so that a copy belongs to each run. */
export function opener(engine: Engine, sealed: Uint8Array): Worker {
  const key = engine.importKey(KEY)
  const text = new Uint8Array(sealed.length)
  const run = () => {
    text.set(sealed)
    if (!engine.open(key, NONCE, AAD, text)) throw new Error('does not open')
  }
  return {
    name: engine.name,
    answer: () => {
      run()
      return text.slice(0, -TAG_BYTES)
    },
    run,
  }
}

export function opensslSealer(plain: Uint8Array): Worker {
  const seal = () => {
    const cipher = createCipheriv('aes-256-gcm', secret, NONCE)
    cipher.setAAD(AAD)
    const text = cipher.update(plain)
    cipher.final()
    return [text, cipher.getAuthTag()]
  }
  return { name: OPENSSL, answer: () => Buffer.concat(seal()), run: seal }
}

export function opensslOpener(sealed: Uint8Array): Worker {
  const text = sealed.subarray(0, -TAG_BYTES)
  const tag = sealed.subarray(-TAG_BYTES)
  const open = () => {
    const decipher = createDecipheriv('aes-256-gcm', secret, NONCE)
    decipher.setAAD(AAD)
    decipher.setAuthTag(tag)
    const plain = decipher.update(text)
    decipher.final()
    return plain
  }
  return { name: OPENSSL, answer: open, run: open }
}
