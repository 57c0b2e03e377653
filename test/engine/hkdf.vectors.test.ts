/**
 * Wycheproof HKDF-SHA512.
 *
 * The reference gives the published answers. The engines use HKDF for the keys of a message only, whose sizes are
 * fixed; there they agree with the reference.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eachEngine } from '../support/engines.js'
import { hkdfSha512, messageKeys, sealedHeader } from './reference.js'
import { bytesOf, fromHex, hex, sample } from './sample.js'

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

describe('HKDF-SHA512 of the reference', () => {
  const cases = testGroups.flatMap(({ tests }) => tests)
  it.each(cases)('agrees with Wycheproof case $tcId: $result $comment', (one) => {
    const derive = () =>
      hkdfSha512(fromHex(one.ikm), fromHex(one.salt), fromHex(one.info), one.size)
    if (one.result === 'valid') expect(hex(derive())).toBe(one.okm)
    else expect(derive).toThrow(RangeError)
  })
})

describe.each(eachEngine)('the message key of the $name engine', ({ engine }) => {
  it.each([0x0478, 0x0578, 0, 0xffff])('of suite %i is that of the reference', (suite) => {
    for (let i = 0; i < 100; i++) {
      const [bytes, messageId] = [sample(`data key ${i}`, 32), sample(`id ${i}`, 32)]
      const dataKey = engine.importKey(bytes)
      const header = sealedHeader(bytes, suite, messageId, sample('text', i))
      const key = engine.openHeader(dataKey, header)
      expect(key && hex(bytesOf(engine, key))).toBe(hex(messageKeys(bytes, suite, messageId).key))
      key?.release()

      const sealed = Uint8Array.from(header).fill(0, 3, 35)
      const made = engine.sealHeader(dataKey, sealed)
      const ownId = sealed.subarray(3, 35)
      expect(hex(sealed)).toBe(hex(sealedHeader(bytes, suite, ownId, sample('text', i))))
      expect(hex(bytesOf(engine, made))).toBe(hex(messageKeys(bytes, suite, ownId).key))
      made.release()
      dataKey.release()
    }
  })
})
