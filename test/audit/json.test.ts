import { describe, expect, it } from 'vitest'
import { json, printableJson, quote } from '../../src/audit/json.js'
import { fc, test } from '../support/property.js'

/** Whatever a terminal, a line reader or a JavaScript parser might act on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ACTIVE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/

const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })

describe('a quoted text', () => {
  it.each(['', 'plain', 'with "quotes" and \\ backslash', 'Grüße, 世界 🙂', '__proto__'])(
    'of %j is what JSON.stringify gives',
    (text) => {
      expect(quote(text)).toBe(JSON.stringify(text))
    },
  )

  it.each([
    ['a line end', 'a\r\n{"eventName":"forged"}'],
    ['an escape sequence', '\x1b[2J\x1b]0;title\x07'],
    ['an 8-bit control', '\x9b31m\x85\x7f'],
    ['a line separator', '\u2028\u2029'],
    ['a turn of direction', '\u202egpj.exe\u2066\u061c\u200f'],
    ['a NUL', 'before\0after'],
    ['half a character', '\ud83d and \udc00'],
  ])('with %s holds it as an escape', (_what, text) => {
    expect(quote(text)).not.toMatch(ACTIVE)
    expect(JSON.parse(quote(text))).toBe(text)
  })

  test.prop([anyText])('reads back as it was, and moves no cursor', (text) => {
    const quoted = quote(text)
    expect(JSON.parse(quoted)).toBe(text)
    const halvesJoined = quoted.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')
    expect(halvesJoined).not.toMatch(ACTIVE)
    expect(Buffer.from(quoted, 'utf8').toString('utf8')).toBe(quoted)
  })
})

describe('a JSON value', () => {
  test.prop([fc.jsonValue({ maxDepth: 4 })])(
    'reads back as JSON.stringify would have it',
    (value) => {
      expect(JSON.parse(json(value as never))).toEqual(JSON.parse(JSON.stringify(value)))
    },
  )

  test.prop([fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })])(
    'in the text of somebody else is the same value, and moves no cursor',
    (value) => {
      for (const indent of [0, 1]) {
        const text = JSON.stringify(value, null, indent)
        const shown = printableJson(text)
        expect(JSON.parse(shown)).toEqual(JSON.parse(text))
        expect(shown.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')).not.toMatch(ACTIVE)
      }
    },
  )

  it('in the text of somebody else has the digits that it had', () => {
    const text = '{"a":12345678901234567890.10,\r\n"b":1e400,"a":2,"c":"\\u000a\u2028"}'
    const shown = '{"a":12345678901234567890.10, "b":1e400,"a":2,"c":"\\u000a\\u2028"}'
    expect(printableJson(text)).toBe(shown)
  })

  it('keeps the order of its members, and leaves out those that are undefined', () => {
    expect(json({ b: 1, a: undefined, c: [null, true, 'x'] })).toBe('{"b":1,"c":[null,true,"x"]}')
  })

  it('may have a member named __proto__', () => {
    const context = JSON.parse('{"__proto__":"x"}') as Record<string, string>
    expect(json(context)).toBe('{"__proto__":"x"}')
  })

  it.each([
    ['a Buffer', Buffer.from('key bytes')],
    ['a Uint8Array', new Uint8Array(32)],
    ['an ArrayBuffer', new ArrayBuffer(32)],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a function', () => 'x'],
    ['a bigint', 1n],
    ['nothing', undefined],
  ])('is never %s, at any depth', (_what, value) => {
    expect(() => json(value as never)).toThrow('JSON values only')
    if (value !== undefined)
      expect(() => json({ a: [{ b: value as never }] })).toThrow('JSON values only')
  })
})
