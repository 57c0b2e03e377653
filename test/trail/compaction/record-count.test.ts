/** Records counted as the bytes of a log file pass. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordCount } from '../../../src/trail/compaction/record-count.js'

function counted(text: string, pieceBytes = 1024) {
  const count = new RecordCount()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    count.push(bytes.subarray(at, at + pieceBytes))
  }
  return count.isWhole ? count.count : undefined
}

describe('the count of records', () => {
  it('is that of JSON, whatever is in them and wherever the bytes were cut', () => {
    const records = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()))
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 20 }), (given, pieceBytes) => {
        expect(counted(JSON.stringify({ Records: given }), pieceBytes)).toBe(given.length)
      }),
    )
  })

  it.each([
    ['{"Records":[]}', 0],
    ['{"Records":[{}]}', 1],
    ['{"Records":[{"a":"]}"},{"b":"\\"}"}]}', 2],
  ])('of %s is %i', (text, wanted) => {
    expect(counted(text)).toBe(wanted)
  })

  it.each([
    '',
    '{"Records":[',
    '{"Records":[]',
    '{"Records":[]}}',
    '{"Records":[]} ',
    '{"Records":[{},]}',
    '{"Records":[,{}]}',
    '{"Records":[{}{}]}',
    '{"Records":[{}],"more":[{}]}',
    '{"Records":[1]}',
    '{"Records": [{}]}',
    '{"records":[{}]}',
    '{"Records":[{"a":"}]}',
    '{"Records":[{"a":[}]}',
  ])('is none of %j', (text) => {
    expect(counted(text)).toBeUndefined()
  })
})
