/** Dates and addresses as policies write them. */
import { describe, expect, it } from 'vitest'
import { addressOf, isInRange, rangeOf } from '../../src/policy/values/addresses.js'
import { timeOf } from '../../src/policy/values/dates.js'
import { fc, test } from '../support/property.js'

describe('a date', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  test.prop([dates])('is the time that it writes', (date) => {
    expect(timeOf(date.toISOString())).toBe(date.getTime())
    expect(timeOf(String(Math.floor(date.getTime() / 1000) + 10_000))).toBe(
      (Math.floor(date.getTime() / 1000) + 10_000) * 1000,
    )
  })

  it.each([
    '',
    'noon',
    '2026-13',
    '2026-00-01',
    '2026-02-30',
    '2025-02-29',
    '2026-1-1',
    '2026-06-30T',
    '2026-06-30T12',
    '2026-06-30T24:00Z',
    '2026-06-30T12:60Z',
    '2026-06-30T12:00:60Z',
    '2026-06-30T12:00:00+1',
    '2026-06-30 12:00:00Z',
    '-1',
    '1e9',
    '20130930T231548Z',
    ' 2026',
    '2026-06-30T12:00:00Zz',
  ])('is not %j', (text) => {
    expect(timeOf(text)).toBeUndefined()
  })

  it.each([
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2026-06-30T12:00', Date.UTC(2026, 5, 30, 12)],
    ['2026-06-30t12:00z', Date.UTC(2026, 5, 30, 12)],
    ['2026-01-01T00:30+01:00', Date.UTC(2025, 11, 31, 23, 30)],
    ['2026-06-30T12:00:00.25Z', Date.UTC(2026, 5, 30, 12, 0, 0, 250)],
    ['0', 0],
    ['1782820800.5', 1_782_820_800_500],
  ])('is %s', (text, expected) => {
    expect(timeOf(text)).toBe(expected)
  })
})

describe('an address', () => {
  test.prop([fc.ipV4()])('of four bytes is in every network around it', (text) => {
    const address = addressOf(text)!
    for (let bits = 0; bits <= 32; bits++) {
      expect(isInRange(address, rangeOf(`${text}/${bits}`)!)).toBe(true)
    }
  })

  test.prop([fc.ipV6()])('of sixteen bytes is in every network around it', (text) => {
    const address = addressOf(text)!
    for (const bits of [0, 1, 63, 64, 65, 95, 127, 128]) {
      expect(isInRange(address, rangeOf(`${text}/${bits}`)!)).toBe(true)
    }
  })

  test.prop([fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), fc.nat(31)])(
    'is in no network that differs from it in a bit of the prefix',
    (bytes, bit) => {
      const other = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte))
      const address = addressOf(bytes.join('.'))!
      expect(isInRange(address, rangeOf(`${other.join('.')}/${bit + 1}`)!)).toBe(false)
      expect(isInRange(address, rangeOf(`${other.join('.')}/${bit}`)!)).toBe(true)
    },
  )

  it.each([
    ['::', '0:0:0:0:0:0:0:0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:db8::', '2001:DB8:0:0:0:0:0:0'],
    ['1::8', '1:0:0:0:0:0:0:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::ffff:192.0.2.33', '192.0.2.33'],
    ['::ffff:c000:221', '192.0.2.33'],
  ])('%s is %s', (one, other) => {
    expect(addressOf(one)).toEqual(addressOf(other))
    expect(addressOf(one)).toBeDefined()
  })

  it.each([
    ...[
      '',
      '1',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.4 ',
      '1.2.3.',
      'a.b.c.d',
      '0x1.2.3.4',
    ],
    ...[
      ':',
      ':::',
      '1',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '12345::',
      'g::',
      '1:2:3:4:5:6:7::8:9',
    ],
    ...['::1.2.3', '1.2.3.4::', '::1%eth0', '1:2:3:4:5:6:7:1.2.3.4'],
  ])('is not %j', (text) => {
    expect(addressOf(text)).toBeUndefined()
    expect(rangeOf(text)).toBeUndefined()
  })

  it.each([
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    '::/129',
    '1.2.3.0/255.255.255.0',
    '/8',
  ])('range is not %j', (text) => {
    expect(rangeOf(text)).toBeUndefined()
  })
})
