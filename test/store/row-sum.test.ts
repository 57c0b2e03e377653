import { describe, expect, it } from 'vitest'
import { RowSum, SUM_BYTES, termOf } from '../../src/store/view/row-sum.js'

const ROWS = [
  termOf('s3_part', ['u', 1, null, new Uint8Array([1])]),
  termOf('s3_part', ['u', 2, null, new Uint8Array([1])]),
  termOf('s3_upload', ['u', 1, null, new Uint8Array([1])]),
]

function sumOf(terms: readonly Buffer[]): RowSum {
  const sum = RowSum.zero()
  for (const term of terms) sum.add(term)
  return sum
}

describe('the sum of rows', () => {
  it('is the same in any order', () => {
    expect(sumOf(ROWS).equals(sumOf(ROWS.toReversed()))).toBe(true)
  })

  it('forgets a row that is taken from it', () => {
    const sum = sumOf(ROWS)
    sum.subtract(ROWS[1]!)
    expect(sum.equals(sumOf([ROWS[0]!, ROWS[2]!]))).toBe(true)
    sum.subtract(ROWS[0]!)
    sum.subtract(ROWS[2]!)
    expect(sum.bytes()).toEqual(Buffer.alloc(SUM_BYTES))
  })

  it('counts a row as often as it is there', () => {
    expect(sumOf([ROWS[0]!, ROWS[0]!]).equals(sumOf([ROWS[0]!]))).toBe(false)
    expect(sumOf([ROWS[0]!, ROWS[0]!]).equals(RowSum.zero())).toBe(false)
  })

  it('carries from its first byte to its last, and over its end', () => {
    const one = Buffer.alloc(SUM_BYTES)
    one[0] = 1
    const sum = RowSum.from(Buffer.alloc(SUM_BYTES, 0xff))
    sum.add(one)
    expect(sum.bytes()).toEqual(Buffer.alloc(SUM_BYTES))
    sum.subtract(one)
    expect(sum.bytes()).toEqual(Buffer.alloc(SUM_BYTES, 0xff))
  })

  it('agrees with numbers as long as it is', () => {
    const numberOf = (bytes: Buffer) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
    const whole = ROWS.map(numberOf).reduce((a, b) => a + b, 0n) % (1n << BigInt(8 * SUM_BYTES))
    expect(numberOf(sumOf(ROWS).bytes())).toBe(whole)
  })

  it('is another when it went to bytes and back, and never the same object', () => {
    const sum = sumOf(ROWS)
    const copy = RowSum.from(sum.bytes())
    expect(copy.equals(sum)).toBe(true)
    copy.add(ROWS[0]!)
    expect(copy.equals(sum)).toBe(false)
    expect(sum.equals(sumOf(ROWS))).toBe(true)
  })

  it.each([
    ['another table', termOf('s3_upload', ['u', 1, null, new Uint8Array([1])])],
    ['a number that is text', termOf('s3_part', ['u', '1', null, new Uint8Array([1])])],
    ['text that is bytes', termOf('s3_part', ['u', 1, null, '01'])],
    ['nothing that is text', termOf('s3_part', ['u', 1, 'null', new Uint8Array([1])])],
    ['text that has moved on', termOf('s3_part', ['', 'u1', null, new Uint8Array([1])])],
  ])('has another term for a row with %s', (_what, term) => {
    expect(term).not.toEqual(ROWS[0])
  })
})
