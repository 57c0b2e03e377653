/** Wycheproof AES-GCM: 256-bit keys with 96-bit IVs match, every other size is refused. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eachEngine } from '../support/engines.js'
import { fromHex, hex, joined } from './sample.js'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
  readonly result: 'valid' | 'invalid'
}
interface Group {
  readonly keySize: number
  readonly ivSize: number
  readonly tests: readonly Case[]
}

const file = new URL('../vectors/wycheproof/aes_gcm_test.json', import.meta.url)
const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as { testGroups: Group[] }
const isOurs = ({ keySize, ivSize }: Group) => keySize === 256 && ivSize === 96
const ours = testGroups.filter(isOurs).flatMap(({ tests }) => tests)
const others = testGroups.filter((group) => !isOurs(group))

describe.each(eachEngine)('AES-GCM of the $name engine', ({ engine }) => {
  it.each(ours)('agrees with Wycheproof case $tcId: $result $comment', (one) => {
    const key = engine.importKey(fromHex(one.key))
    const [nonce, aad] = [fromHex(one.iv), fromHex(one.aad)]
    const text = joined(fromHex(one.msg), new Uint8Array(16))
    engine.seal(key, nonce, aad, text)
    if (one.result === 'valid') expect(hex(text)).toBe(one.ct + one.tag)
    else expect(hex(text)).not.toBe(one.ct + one.tag)

    const sealed = fromHex(one.ct + one.tag)
    expect(engine.open(key, nonce, aad, sealed)).toBe(one.result === 'valid')
    const expected = one.result === 'valid' ? one.msg : '00'.repeat(one.msg.length / 2)
    expect(hex(sealed.subarray(0, one.msg.length / 2))).toBe(expected)
    key.release()
  })

  it.each(others)('refuses keys of $keySize bits with IVs of $ivSize bits', ({ tests }) => {
    for (const one of tests) {
      const sealed = fromHex(one.ct + one.tag)
      const open = () => {
        const key = engine.importKey(fromHex(one.key))
        engine.open(key, fromHex(one.iv), fromHex(one.aad), sealed)
      }
      expect(open).toThrow('broken')
    }
  })
})
