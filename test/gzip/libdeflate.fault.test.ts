/** libdeflate is used where it answers rightly, and nowhere else. */
import { describe, expect, it } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { gzip } from '../../src/gzip/gzip.js'
import { type Libdeflate, libdeflate, trusted } from '../../src/gzip/libdeflate.js'

const addon = loadAddon()
if (addon === undefined) process.stderr.write('not tested: libdeflate, for want of an addon\n')

/** The addon's three calls, of which one is another. */
function withCall(sound: Libdeflate, call: keyof Libdeflate, other: unknown): Libdeflate {
  const { gzipBound, gzip, gunzip } = sound
  return { gzipBound, gzip, gunzip, [call]: other } as Libdeflate
}

describe('libdeflate', () => {
  it('is used where the addon loads', () => {
    expect(libdeflate()).toBe(addon)
  })

  it('does without an addon', () => {
    expect(trusted(undefined)).toBeUndefined()
  })
})

if (addon !== undefined) {
  const answers = [undefined, true, false, 0, 1, -6, -7, 36, Number.NaN]

  describe.each(['gzipBound', 'gzip', 'gunzip'] as const)('%s of libdeflate', (call) => {
    it.each(answers)('is not trusted when it answers %s to everything', (answer) => {
      const isBound = call === 'gzipBound' && answer === 1e9
      expect(trusted(withCall(addon, call, () => answer))).toBe(isBound ? addon : undefined)
    })
  })

  describe('a member', () => {
    it('is not trusted when it unpacks to something else', () => {
      const forging = (plain: Uint8Array, level: number, target: Uint8Array) => {
        const other = Uint8Array.from(plain)
        other[0]! ^= 1
        return addon.gzip(other, level, target)
      }
      expect(trusted(withCall(addon, 'gzip', forging))).toBeUndefined()
    })

    it('is not trusted when it is plain, and only looks packed', () => {
      const copying = (plain: Uint8Array, _level: number, target: Uint8Array) => {
        target.set(plain)
        return plain.length
      }
      expect(trusted(withCall(addon, 'gzip', copying))).toBeUndefined()
    })

    it('is not trusted when its checksum is not looked at', () => {
      const credulous = (member: Uint8Array, target: Uint8Array) => {
        const answer = addon.gunzip(member, target)
        return answer < 0 ? target.length : answer
      }
      expect(trusted(withCall(addon, 'gunzip', credulous))).toBeUndefined()
    })

    it('is nothing but a member', () => {
      expect([...gzip(Buffer.from('plain')).subarray(0, 3)]).toEqual([0x1f, 0x8b, 8])
    })
  })
}
