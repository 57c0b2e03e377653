/**
 * Up to which length does the Wasm engine beat node:crypto, and do its own thresholds show?
 *
 * Seals in place under a kept key, with the 78 bytes of AAD that a final frame has. The module changes its
 * kernels at 384 bytes of text (gcm.ts) and at 8 and 64 blocks of text and AAD (ghash.ts): the time per length
 * should bend there, never jump. The lengths stand on both sides.
 */
import { createCipheriv, createSecretKey } from 'node:crypto'
import { openWasmEngine } from '../../src/engine/wasm/wasm.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'

const KEY = new Uint8Array(32).fill(1)
const NONCE = new Uint8Array(12).fill(2)
const AAD = new Uint8Array(78).fill(3)
const TAG_BYTES = 16
const secret = createSecretKey(KEY)

stayOnOneCore()
const engine = openWasmEngine()
const key = engine.importKey(KEY)

for (const plainBytes of [0, 16, 32, 256, 383, 384, 512, 896, 912, 1536]) {
  const plain = new Uint8Array(plainBytes)
  const text = new Uint8Array(plainBytes + TAG_BYTES)
  const seal = () => engine.seal(key, NONCE, AAD, text)
  await contest({ title: `seal ${plainBytes} bytes`, baselines: ['node:crypto'] }, [
    {
      name: 'wasm',
      answer: () => {
        text.fill(0)
        seal()
        return text.slice()
      },
      run: seal,
    },
    { name: 'node:crypto', answer: () => Buffer.concat(openssl(plain)), run: () => openssl(plain) },
  ])
}

function openssl(plain: Uint8Array): Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', secret, NONCE).setAAD(AAD)
  const text = cipher.update(plain)
  cipher.final()
  return [text, cipher.getAuthTag()]
}
