import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOfStored, storedKey } from '../../../src/s3/objects/stored-key.js'

/** Of characters that have a say in it, and others. */
const key = fc
  .array(fc.constantFrom('\0', '\u0001', '\u0002', 'a', '\ufdd0', '\ufdd1', '/', '\u{1f4a5}'), {
    maxLength: 6,
  })
  .map((characters) => characters.join(''))

const order = (left: string, right: string) =>
  Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)))

describe('a key as rows have it', () => {
  it('is the same for all but two characters', () => {
    expect(storedKey('a/b\u0002\u{1f4a5}\r\n')).toBe('a/b\u0002\u{1f4a5}\r\n')
    expect(storedKey('a\0b')).toBe('a\u0001\ufdd0b')
    expect(storedKey('a\u0001b')).toBe('a\u0001\ufdd1b')
  })

  it('has no NUL, comes back, and stands where it would', () => {
    void fc.assert(
      fc.property(key, key, (left, right) => {
        expect(storedKey(left)).not.toContain('\0')
        expect(keyOfStored(storedKey(left))).toBe(left)
        expect(order(storedKey(left), storedKey(right))).toBe(order(left, right))
      }),
    )
  })
})
