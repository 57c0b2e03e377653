/**
 * How fast does one core seal and open text that the caller owns?
 *
 * Each engine works in place under a kept key; node:crypto one-shot (a KeyObject, a fresh cipher, a fresh
 * result) is the line to beat, @noble/ciphers the one for Wasm. All use one nonce and 32 bytes of AAD.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { Engine } from '../../engine/engine.js'
import type { Contender } from '../contest.js'
import { usableEngines } from '../engines.js'
import { peer } from '../peers.js'
import type { Held, Needs } from '../question.js'

type Noble = (
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
) => { encrypt(text: Uint8Array): Uint8Array; decrypt(text: Uint8Array): Uint8Array }

const KEY = new Uint8Array(32).fill(1)
const NONCE = new Uint8Array(12).fill(2)
const AAD = new Uint8Array(32).fill(3)
const TAG_BYTES = 16
const NOBLE = '@noble/ciphers'

const secret = createSecretKey(KEY)

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const engines = usableEngines(needs)
  const noble = await peer<{ readonly gcm: Noble }>('@noble/ciphers/aes.js', needs)
  const baselines = ['node:crypto', NOBLE]
  for (const bytesPerOp of [1024, 16 * 1024, 64 * 1024, 1024 * 1024]) {
    const plain = new Uint8Array(bytesPerOp).map((_, i) => i % 251)
    const nobleSeal = () => noble!.gcm(KEY, NONCE, AAD).encrypt(plain)
    yield {
      ...{ title: `seal ${bytesPerOp} bytes`, baselines, bytesPerOp },
      contenders: [
        ...engines.map((engine) => sealer(engine, plain)),
        opensslSealer(plain),
        ...(noble ? [{ name: NOBLE, answer: nobleSeal, run: nobleSeal }] : []),
      ],
    }
    const sealed = await opensslSealer(plain).answer()
    const nobleOpen = () => noble!.gcm(KEY, NONCE, AAD).decrypt(sealed)
    yield {
      ...{ title: `open ${bytesPerOp} bytes`, baselines, bytesPerOp },
      contenders: [
        ...engines.map((engine) => opener(engine, sealed)),
        opensslOpener(sealed),
        ...(noble ? [{ name: NOBLE, answer: nobleOpen, run: nobleOpen }] : []),
      ],
    }
  }
}

/** Seals its own output again and again: what the text is makes no difference. */
function sealer(engine: Engine, plain: Uint8Array): Contender {
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
function opener(engine: Engine, sealed: Uint8Array): Contender {
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

function opensslSealer(plain: Uint8Array): Contender {
  const seal = () => {
    const cipher = createCipheriv('aes-256-gcm', secret, NONCE)
    cipher.setAAD(AAD)
    const text = cipher.update(plain)
    cipher.final()
    return { text, tag: cipher.getAuthTag() }
  }
  return {
    name: 'node:crypto',
    answer: () => {
      const { text, tag } = seal()
      return Buffer.concat([text, tag])
    },
    run: seal,
  }
}

function opensslOpener(sealed: Uint8Array): Contender {
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
  return { name: 'node:crypto', answer: open, run: open }
}
