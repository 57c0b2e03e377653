import { describe, expect, it } from 'vitest'
import { constantTimeEqual } from '../../src/bytes/compare.js'
import { fc, test } from '../support/property.js'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 })

describe('comparing in constant time', () => {
  test.prop([bytes])('finds equal bytes equal', (left) => {
    expect(constantTimeEqual(left, Uint8Array.from(left))).toBe(true)
  })

  test.prop([bytes, fc.nat()])('finds every single flipped bit', (left, at) => {
    const right = Uint8Array.from(left)
    const bit = at % (left.length * 8)
    right[bit >> 3]! ^= 1 << (bit & 7)
    expect(constantTimeEqual(left, right)).toBe(false)
  })

  it('finds bytes of another length unequal', () => {
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false)
    expect(constantTimeEqual(new Uint8Array(0), Uint8Array.of(0))).toBe(false)
  })

  it('finds nothing equal to nothing', () => {
    expect(constantTimeEqual(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  })
})
