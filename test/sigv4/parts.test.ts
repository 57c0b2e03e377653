/** The small parts that signing stands on: HMAC, timestamps, queries. */
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canonicalQuery, encodeUri, parseQuery } from '../../src/aws/query-string.js'
import { HmacKey } from '../../src/sigv4/hmac.js'
import {
  formatTimestamp,
  parseTimestamp,
  timestampOfDateHeader,
} from '../../src/sigv4/timestamp.js'
import { fc, test } from '../support/property.js'

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
  maxLength: 2000,
})

describe('an HMAC', () => {
  test.prop([fc.uint8Array({ maxLength: 200 }), latin1])(
    'is that of node:crypto for keys and texts of any length',
    (key, text) => {
      const expected = createHmac('sha256', key).update(text, 'latin1')
      const hmac = new HmacKey(key)
      const hex = expected.digest('hex')
      expect(hmac.hex(text)).toBe(hex)
      expect(hmac.bytes(text).toString('hex')).toBe(hex)
    },
  )

  it('is that of RFC 4231, cases 1, 2 and 6', () => {
    expect(new HmacKey(Buffer.alloc(20, 0x0b)).hex('Hi There')).toBe(
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    )
    expect(new HmacKey(Buffer.from('Jefe')).hex('what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
    expect(
      new HmacKey(Buffer.alloc(131, 0xaa)).hex(
        'Test Using Larger Than Block-Size Key - Hash Key First',
      ),
    ).toBe('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54')
  })

  it('of a wiped key is no longer that of the key', () => {
    const key = new HmacKey(Buffer.from('secret'))
    const before = key.hex('text')
    key.wipe()
    expect(key.hex('text')).not.toBe(before)
  })
})

describe('a timestamp', () => {
  test.prop([
    fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
  ])('comes back to the second', (date) => {
    const ms = date.getTime()
    expect(parseTimestamp(formatTimestamp(ms))).toBe(ms - (ms % 1000))
  })

  it.each([
    '20240230T000000Z',
    '20241301T000000Z',
    '20240101T240000Z',
    '20240101T006000Z',
    '20240101t000000z',
    ' 20240101T000000Z',
    '20240101T000000Z\n',
  ])('is not %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  it('is read from either form of a Date header', () => {
    expect(timestampOfDateHeader('Sun, 06 Nov 1994 08:49:37 GMT')).toBe('19941106T084937Z')
    expect(timestampOfDateHeader('19941106T084937Z')).toBe('19941106T084937Z')
    expect(timestampOfDateHeader('now')).toBeUndefined()
  })
})

describe('a query', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })

  test.prop([fc.array(fc.tuple(text, text), { maxLength: 8 })])(
    'comes back from the AWS spelling',
    (pairs) => {
      const named = pairs.filter(([name]) => name !== '')
      const back = parseQuery(canonicalQuery(named))
      const key = ([name, value]: readonly [string, string]) => JSON.stringify([name, value])
      expect(back.map(key).sort()).toEqual(named.map(key).sort())
    },
  )

  it('reads a plus as a space, as forms do, and %2B as a plus', () => {
    expect(parseQuery('a+b=c+d&e=%2B&f&=g')).toEqual([
      ['a b', 'c d'],
      ['e', '+'],
      ['f', ''],
      ['', 'g'],
    ])
  })

  it('leaves only unreserved characters as they are', () => {
    expect(encodeUri("AZaz09-._~ !'()*/+%ä")).toBe('AZaz09-._~%20%21%27%28%29%2A%2F%2B%25%C3%A4')
  })

  it.each(['a=%', '%a=1', 'a=%GG', 'a=%80', '\xff=1'])('is not %j', (query) => {
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({ code: 'SerializationException' }),
    )
  })
})
