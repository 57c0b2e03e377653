/**
 * How fast does one core seal and open text that the caller owns?
 *
 * Each engine works in place under a kept key; node:crypto one-shot is the line to beat, @noble/ciphers the one for Wasm,
 * which expands its key each time: it keeps none.
 *
 * @module
 */
import type { Sweep } from '../contest.js'
import { usableEngines } from '../engines.js'
import { peer } from '../peers.js'
import type { Held, Needs } from '../question.js'
import {
  AAD,
  KEY,
  NONCE,
  OPENSSL,
  opener,
  opensslOpener,
  opensslSealer,
  plainOf,
  sealer,
} from '../sealing/sealers.js'

type Noble = (
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
) => { encrypt(text: Uint8Array): Uint8Array; decrypt(text: Uint8Array): Uint8Array }

const NOBLE = '@noble/ciphers'
const SIZES = [64, 1024, 16 * 1024, 64 * 1024, 1024 * 1024]
const QUICK_SIZES = [64, 1024, 64 * 1024]

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const engines = usableEngines(needs)
  const noble = await peer<{ readonly gcm: Noble }>('@noble/ciphers/aes.js', needs)
  const baselines = [OPENSSL, NOBLE]
  for (const bytesPerOp of needs.isQuick ? QUICK_SIZES : SIZES) {
    const plain = plainOf(bytesPerOp)
    const nobleSeal = () => noble!.gcm(KEY, NONCE, AAD).encrypt(plain)
    yield {
      ...{ title: `seal ${bytesPerOp} bytes`, baselines, bytesPerOp },
      sweep: at('seal, one core', bytesPerOp),
      contenders: [
        ...engines.map((engine) => sealer(engine, plain)),
        opensslSealer(plain),
        ...(noble ? [{ name: NOBLE, answer: nobleSeal, run: nobleSeal }] : []),
      ],
    }
    // Of its own memory, where a word begins: @noble/ciphers would copy another.
    const sealed = Uint8Array.from(opensslSealer(plain).answer())
    const nobleOpen = () => noble!.gcm(KEY, NONCE, AAD).decrypt(sealed)
    yield {
      ...{ title: `open ${bytesPerOp} bytes`, baselines, bytesPerOp },
      sweep: at('open, one core', bytesPerOp),
      contenders: [
        ...engines.map((engine) => opener(engine, sealed)),
        opensslOpener(sealed),
        ...(noble ? [{ name: NOBLE, answer: nobleOpen, run: nobleOpen }] : []),
      ],
    }
  }
}

function at(of: string, bytes: number): Sweep {
  return { of, at: bytes, unit: 'bytes' }
}
