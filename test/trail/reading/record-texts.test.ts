/** The walk that cuts records out of the text of a log file: it gives what JSON.parse sees there, and each as it stands. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECORD_BYTES_MAX, recordTexts } from '../../../src/trail/reading/record-texts.js'

/** The records, and whether what they stood in was a log file. */
function cut(text: string | Uint8Array): { texts: string[]; isWhole: boolean } {
  const walk = recordTexts(typeof text === 'string' ? Buffer.from(text) : text)
  const texts: string[] = []
  for (;;) {
    const { done, value } = walk.next()
    if (done === true) return { texts, isWhole: value }
    texts.push(value)
  }
}
const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ stringUnit: 'binary' })))

describe('the records of a log file', () => {
  it('are those that JSON.parse sees, with white space and without', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(undefined, 2, '\t'), (Records, indent) => {
        const text = JSON.stringify({ Records }, null, indent)
        const { texts, isWhole } = cut(text)
        expect([isWhole, texts.map((one) => JSON.parse(one))]).toEqual([
          true,
          JSON.parse(text).Records,
        ])
      }),
    )
  })

  it('are texts as they stand', () => {
    const texts = ['{"n":12345678901234567890.10,"n":1e400}', '{ "a" : "}\\"]{" }', '{"é":[{}]}']
    expect(cut(` {"Records" :[ ${texts.join('\r\n, ')} ] }\n`)).toEqual({ texts, isWhole: true })
  })

  it('of a text that was changed anywhere are those of JSON, or it is no log file', () => {
    const text = '{"Records":[{"a":"\\\\","b":[1,{}]},{"c":"]}"}]}'
    fc.assert(
      fc.property(
        fc.nat({ max: text.length }),
        fc.constantFrom(...'{}[]",:\\ 0a'),
        fc.nat({ max: 1 }),
        (at, mark, dropped) => {
          const changed = text.slice(0, at) + mark + text.slice(at + dropped)
          const { texts, isWhole } = cut(changed)
          // Whoever parses them sees the rest.
          if (!isWhole || !texts.every(isJson)) return
          expect(texts.map((one) => JSON.parse(one))).toEqual(JSON.parse(changed).Records)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    ...[
      '',
      '{',
      '[]',
      'null',
      '{}',
      '{"Records":1}',
      '{"Records":[',
      '{"Records":[]',
      '{"records":[]}',
    ],
    ...['{"Records":[{}]}}', '{"Records":[{},]}', '{"Records":[,{}]}', '{"Records":[{}{}]}'],
    ...['{"Records":[1]}', '{"Records":[null]}', '{"Records":[{"a":"]}', '{"Records":[{]}'],
    ...['{"Records":[{"a":"\\', '{"a":1,"Records":[]}', '{"Records":[],"a":1}'],
  ])('are not of what is none: %s', (text) => {
    expect(cut(text).isWhole).toBe(false)
  })

  it('are UTF-8', () => {
    const bytes = Buffer.from('{"Records":[{"a":"x"}]}')
    bytes[bytes.indexOf('x')] = 0xff
    expect(cut(bytes)).toEqual({ texts: [], isWhole: false })
  })

  it('have at most so many bytes', () => {
    const of = (bytes: number) => cut(`{"Records":[{"a":"${'x'.repeat(bytes - 8)}"}]}`).isWhole
    expect([of(RECORD_BYTES_MAX), of(RECORD_BYTES_MAX + 1)]).toEqual([true, false])
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
