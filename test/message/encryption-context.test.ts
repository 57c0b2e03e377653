import { describe, expect, it } from 'vitest'
import { decodeContext, encodeContext } from '../../src/message/encryption-context.js'
import { fc, test } from '../support/property.js'
import { flipped, hex } from './sample.js'

const wellFormed = fc.string({ unit: 'binary', maxLength: 20 })
const contexts = fc.dictionary(wellFormed, wellFormed, { maxKeys: 8 })
const invalid = expect.objectContaining({ code: 'ValidationException' })
const damaged = expect.objectContaining({ code: 'ObjectDamaged' })

function pairs(...texts: string[]): Uint8Array {
  const parts = texts.map((text) => Buffer.from(text))
  const sized = parts.map((part) => Buffer.from([part.length >> 8, part.length & 255, ...part]))
  return Buffer.concat([Buffer.from([0, texts.length / 2]), ...sized])
}

describe('an encoded context', () => {
  test.prop([contexts])('decodes to the same pairs', (context) => {
    const decoded = decodeContext(encodeContext(context))
    expect(Object.entries(decoded).sort()).toEqual(Object.entries(context).sort())
  })

  test.prop([contexts])('has its pairs in the order of their UTF-8', (context) => {
    const names = Object.keys(decodeContext(encodeContext(context))).filter(
      (name) => !isIndex(name),
    )
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(names).toEqual(sorted)
  })

  it('is the bytes of the format', () => {
    expect(hex(encodeContext({ b: 'è', a: '' }))).toBe('00020001610000000162' + '0002c3a8')
  })

  it('is empty when the context is', () => {
    expect(encodeContext({})).toHaveLength(0)
    expect(Object.keys(decodeContext(new Uint8Array(0)))).toEqual([])
  })

  it('does not depend on the order of the pairs', () => {
    expect(encodeContext({ a: '1', b: '2' })).toEqual(encodeContext({ b: '2', a: '1' }))
  })

  it('sorts a character beyond U+FFFF last, as UTF-8 does and UTF-16 does not', () => {
    const names = Object.keys(decodeContext(encodeContext({ 𐀀: '', '\uffff': '', '\ud7ff': '' })))
    expect(names).toEqual(['\ud7ff', '\uffff', '𐀀'])
  })

  it.each([
    [{ ab: 'c' }, { a: 'bc' }],
    [{ a: 'b' }, { A: 'b' }],
    [{ a: 'b' }, { a: 'b ' }],
    [{ a: '' }, {}],
    [{ '\u00e9': '' }, { 'e\u0301': '' }],
  ])('tells %j from %j', (left, right) => {
    expect(hex(encodeContext(left))).not.toBe(hex(encodeContext(right)))
  })

  it('takes __proto__ for a key like any other', () => {
    const context = JSON.parse('{"__proto__":"x","constructor":"y"}')
    const decoded = decodeContext(encodeContext(context))
    expect(Object.entries(decoded)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('keeps a byte order mark and a replacement character', () => {
    expect({ ...decodeContext(encodeContext({ '\ufeffa': '\ufffd' })) }).toEqual({
      '\ufeffa': '\ufffd',
    })
  })

  it('has 8,192 characters and no more', () => {
    expect(encodeContext({ a: 'x'.repeat(8191) })).toHaveLength(2 + 4 + 8192)
    expect(() => encodeContext({ a: 'x'.repeat(8192) })).toThrow(invalid)
    expect(() => encodeContext({ a: '', b: 'x'.repeat(9000) })).toThrow(invalid)
  })

  it.each([
    ['a lone surrogate in a key', { '\ud800': 'x' }],
    ['a lone surrogate in a value', { x: 'a\udfff' }],
    ['a number', { x: 1 }],
    ['null', { x: null }],
  ])('refuses %s', (_, context) => {
    expect(() => encodeContext(context as Record<string, string>)).toThrow(invalid)
  })
})

describe('a stored context', () => {
  it('may have its pairs in any order', () => {
    expect({ ...decodeContext(pairs('b', '2', 'a', '1')) }).toEqual({ a: '1', b: '2' })
  })

  it.each([
    ['no pair', Buffer.from([0, 0])],
    ['a key twice', pairs('a', '1', 'a', '1')],
    ['a byte too many', Buffer.concat([pairs('a', '1'), Buffer.from([0])])],
    ['a key that is not UTF-8', Buffer.from([0, 1, 0, 1, 0xff, 0, 0])],
    ['a value that is not UTF-8', Buffer.from([0, 1, 0, 0, 0, 2, 0xc3, 0x28])],
    ['a surrogate', Buffer.from([0, 1, 0, 0, 0, 3, 0xed, 0xa0, 0x80])],
  ])('with %s is damaged', (_, bytes) => {
    expect(() => decodeContext(bytes)).toThrow(damaged)
  })

  it('that is cut short anywhere is damaged', () => {
    const bytes = encodeContext({ key: 'value', other: 'thing' })
    for (let size = 1; size < bytes.length; size++) {
      expect(() => decodeContext(bytes.subarray(0, size))).toThrow(damaged)
    }
  })

  it('never decodes to the same pairs when a bit is turned over', () => {
    const context = { key: 'value', other: 'thing' }
    const bytes = encodeContext(context)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = flipped(bytes, bit)
      try {
        expect({ ...decodeContext(other) }).not.toEqual(context)
      } catch (error) {
        expect(error).toEqual(damaged)
      }
    }
  })
})

/** Keys that JavaScript moves to the front of every object. */
function isIndex(name: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(name)
}
