/** JSON from strangers is what JSON.parse says it is, or it is refused. */

import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/http/protocols/json-text.js'
import { fc, test } from '../support/property.js'

function expectRefused(bytes: string | Uint8Array) {
  expect(() => parseJson(Buffer.from(bytes))).toThrow(
    expect.objectContaining({ code: 'SerializationException' }),
  )
}

describe('a JSON body', () => {
  test.prop([fc.json({ maxDepth: 6 })])('reads as JSON.parse reads it', (text) => {
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
  })

  it.each([
    '{"a":"\\"{[:,"}',
    '{"a\\\\":"b:\\\\"}',
    '{"":{"":{}}}',
    '  {"a" : [ 1, {"b":null} ] }\r\n',
    '"\\ud83d\\ude00"',
    '1e308',
  ])('may be %s', (text) => {
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
  })

  it('of no bytes is an empty object', () => {
    expect(parseJson(Buffer.alloc(0))).toEqual({})
  })

  it('keeps __proto__ as a member, and reaches no prototype by it', () => {
    const value = parseJson(Buffer.from('{"__proto__":{"x":1},"constructor":2}')) as object
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect('x' in value).toBe(false)
    expect('x' in {}).toBe(false)
  })

  it.each([
    ['nothing but blanks', '  '],
    ['half an object', '{"a":'],
    ['two values', '{}{}'],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{/**/}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a control character in a string', '{"a":"\u0001"}'],
    ['an unfinished string', '{"a":"b'],
    ['a string that ends in a backslash', '"\\'],
    ['a byte order mark', '\ufeff{}'],
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice by escape', '{"a":1,"\\u0061":2}'],
    ['a member twice, deep', '{"x":[{"a":1,"b":{"c":1,"c":2}}]}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['a number beyond a double', '{"a":1e400}'],
    ['a negative number beyond a double', '[-1e999]'],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['a lone surrogate in a name', '{"\\udc00":1}'],
    ['seventeen brackets', `${'['.repeat(17)}${']'.repeat(17)}`],
    ['a million brackets', '['.repeat(1_000_000)],
    ['a million braces', '{"a":'.repeat(200_000)],
  ])('with %s is refused', (_what, text) => {
    expectRefused(text)
  })

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['half a character', [0x22, 0xe2, 0x82]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('of %s is refused', (_what, bytes) => {
    expectRefused(Uint8Array.from(bytes))
  })

  test.prop([fc.uint8Array({ maxLength: 64 })])('of any bytes is read or refused', (bytes) => {
    try {
      parseJson(Buffer.from(bytes))
    } catch (error) {
      expect(error).toMatchObject({ code: 'SerializationException' })
    }
  })
})
