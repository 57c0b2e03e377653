/**
 * Private keys in every writing: engines take the same ones, and make the same of them.
 *
 * Numbers that do not fit each other are in private-keys.test.ts.
 */
import { generatePrimeSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import type { PrivateKeySpec } from '../../src/engine/private-keys.js'
import { eachEngine } from '../support/engines.js'
import { curveForms, edwardsForms, type Form, rsaForms } from './pkcs8-forms.js'
import { CURVES } from './private-key-samples.js'
import { rsaOf, rsaOfPrimes } from './rsa-of-numbers.js'
import { flipped, hex } from './sample.js'

/** At rest and its public key; undefined when it is none. */
function made({ privateKeys }: Engine, spec: PrivateKeySpec, bytes: Uint8Array) {
  const key = privateKeys.importKey(spec, bytes)
  if (key === undefined) return undefined
  const shown = [privateKeys.exportKey(key), privateKeys.publicKey(key)].map(hex)
  key.release()
  return shown
}

const SCENES: readonly (readonly [PrivateKeySpec, readonly Form[]])[] = [
  ...CURVES.map((spec) => [spec, curveForms(spec)] as const),
  ['ECC_NIST_EDWARDS25519', edwardsForms()],
  ['RSA_2048', rsaForms(rsaOf('primes').pkcs8())],
]

describe.each(SCENES)('a private key of %s', (spec, forms) => {
  const [[, plain]] = forms as readonly [Form]

  describe.each(eachEngine)('that the $name engine reads', ({ engine }) => {
    it('is written again as it came', () => {
      expect(made(engine, spec, plain)?.[0]).toBe(hex(plain))
    })

    it.each(forms.filter(([, , isKey]) => isKey))('is itself %s', (_, bytes) => {
      expect(made(engine, spec, bytes)).toEqual(made(engine, spec, plain))
    })

    it.each(forms.filter(([, , isKey]) => !isKey))('is none %s', (_, bytes) => {
      expect(made(engine, spec, bytes)).toBeUndefined()
    })
  })

  it('is the same for all engines, or none, with any bit changed', () => {
    // No divisor of eight: every bit of a byte has its turn. Large numbers take their time.
    const step = plain.length > 1000 ? 97 : plain.length > 150 ? 13 : 5
    for (let bit = 0; bit < plain.length * 8; bit += step) {
      const [first, ...others] = eachEngine.map(({ engine }) =>
        made(engine, spec, flipped(plain, bit)),
      )
      for (const other of others) expect([bit, other]).toEqual([bit, first])
    }
  })
})

describe('RSA primes', () => {
  const prime = (bits: number) => generatePrimeSync(bits, { bigint: true })

  it.each([
    [1024, 1024],
    [1025, 1023],
    [512, 1536],
    [2032, 16],
  ])('of %i and %i bits are taken where they are as long as each other', (p, q) => {
    const pkcs8 = rsaOfPrimes(() => [prime(p), prime(q)], 2048)
    for (const { name, engine } of eachEngine) {
      const isTaken = made(engine, 'RSA_2048', pkcs8) !== undefined
      expect([name, isTaken]).toEqual([name, p === q])
    }
  })
})
