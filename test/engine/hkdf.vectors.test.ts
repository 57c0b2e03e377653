/** Wycheproof HKDF-SHA512; too much output is refused. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eachEngine } from '../support/engines.js'
import { fromHex, hex } from './sample.js'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly ikm: string
  readonly salt: string
  readonly info: string
  readonly size: number
  readonly okm: string
  readonly result: 'valid' | 'invalid'
}

const file = new URL('../vectors/wycheproof/hkdf_sha512_test.json', import.meta.url)
const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as {
  testGroups: Array<{ tests: Case[] }>
}

describe.each(eachEngine)('HKDF-SHA512 of the $name engine', ({ engine }) => {
  const cases = testGroups.flatMap(({ tests }) => tests)
  it.each(cases)('agrees with Wycheproof case $tcId: $result $comment', (one) => {
    const target = new Uint8Array(one.size)
    const derive = () =>
      engine.hkdfSha512(fromHex(one.ikm), fromHex(one.salt), fromHex(one.info), target)
    if (one.result === 'valid') {
      derive()
      expect(hex(target)).toBe(one.okm)
    } else {
      expect(derive).toThrow('broken')
    }
  })
})
