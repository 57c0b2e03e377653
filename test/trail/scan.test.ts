/** The walk over lines of events: it lets pass what JSON.parse lets pass, finds what is looked at, and doubts the rest. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { MEMBERS, Scanner, trusted, WORDS_PER_LINE } from '../../src/trail/ingest/scan.js'

const SAMPLES = 'test/data/cloudtrail-real'
const addon = trusted(loadAddon())
/** What `scan` gives of the first line. */
type Found = { readonly end: number; readonly members: ReadonlyArray<string | undefined> }

function scannedBy(scanner: Scanner) {
  return (line: string | Buffer): Found | undefined => {
    const bytes = Buffer.concat([Buffer.from(line as Buffer), Buffer.from('\n')])
    if (scanner.scan(bytes, 0, bytes.length) === 0) return undefined
    const { words } = scanner
    const members = MEMBERS.map((_, i) => {
      const [from, to] = [words[1 + 2 * i]!, words[2 + 2 * i]!]
      return from === 0 ? undefined : bytes.toString('utf8', from, to)
    })
    return { end: words[0]!, members }
  }
}

const walks = [
  { name: 'in JavaScript', scan: scannedBy(new Scanner({ scanEvents: () => 0 })) },
  // Lines that it doubts are the other's.
  ...(addon === undefined ? [] : [{ name: 'natively', scan: scannedBy(new Scanner(addon)) }]),
]
if (addon === undefined) process.stderr.write('scan.test: no addon here that scans events\n')

function isObject(text: string): boolean {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const real = readdirSync(SAMPLES)
  .filter((file) => file.endsWith('.json'))
  .slice(0, 10)
  .flatMap((file): object[] => JSON.parse(readFileSync(`${SAMPLES}/${file}`, 'utf8')).Records)

describe.each(walks)('a line, looked at $name', ({ scan }) => {
  it('of a real event tells time, region, id and account', () => {
    for (const event of real) {
      const text = JSON.stringify(event)
      const { eventTime, awsRegion, eventID, recipientAccountId } = event as Record<string, string>
      expect(scan(text)).toEqual({
        end: Buffer.byteLength(text),
        members: [eventTime, awsRegion, eventID, recipientAccountId],
      })
    }
  })

  it('is an object exactly when JSON.parse says so', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(objects, fc.boolean(), (object, isSpaced) => {
        const text = JSON.stringify(object, null, isSpaced ? ' ' : undefined).replaceAll('\n', ' ')
        expect(scan(text)?.end).toBe(Buffer.byteLength(text))
      }),
    )
  })

  it('that was changed anywhere passes only as JSON', () => {
    const texts = [
      ...real.slice(0, 20).map((event) => JSON.stringify(event)),
      '{"a":[1,-0.5e+10,true,false,null,"\\u00e9\\n",{}],"b":{"c":[]},"d":"\\\\"}',
    ]
    const marks = [...'{}[]",:\\0123456789.eE+-tfn \t/u'].map((mark) => mark.charCodeAt(0))
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.nat(),
        fc.constantFrom(...marks, 0, 0x1f, 0x7f),
        fc.constantFrom('set', 'insert', 'drop'),
        (text, place, mark, how) => {
          const bytes = [...Buffer.from(text)]
          const count = how === 'insert' ? 0 : 1
          bytes.splice(place % bytes.length, count, ...(how === 'drop' ? [] : [mark]))
          const changed = Buffer.from(bytes)
          // Two members of one name are JSON, and doubtful where they are looked at.
          if (scan(changed) === undefined) return isDoubtful(changed.toString())
          return isObject(changed.toString())
        },
      ),
      { numRuns: 3000 },
    )
  })

  it.each([
    ...['', ' ', '[]', '1', '"a"', '{', '{"a"}', '{"a":}', '{"a":1,}', '{,}', '{"a":1}}', '{}{}'],
    ...['{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":1e}', '{"a":+1}', '{"a":-}', '{"a":nul}'],
    ...['{"a":"\\x"}', '{"a":"\\u12g4"}', '{"a":"\t"}', '{"a":[1,]}', "{'a':1}", '{"a":1 "b":2}'],
    '{"a":"\\u12',
    `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`,
  ])('that is no object, or too deep, does not pass: %s', (text) => {
    expect(scan(text)).toBeUndefined()
  })

  it.each([
    '{"eventTime":"a","eventTime":"b"}',
    '{"event\\u0054ime":"a"}',
    '{"awsRegion":"us\\u002deast-1"}',
    '{"eventID":7}',
    '{"eventID":{"a":"b"}}',
  ])('that readers may understand in two ways does not pass: %s', (text) => {
    expect(scan(text)).toBeUndefined()
  })

  it('has members further down, and escapes, that nobody looks at', () => {
    const text = '{"a":{"eventTime":"1"},"b\\u0062":[{"eventID":1}],"eventTime":"2"}'
    expect(scan(text)?.members).toEqual(['2', undefined, undefined, undefined])
  })
})

describe('many lines', () => {
  it('are found by one call, up to the first that is none', () => {
    const lines = real.slice(0, 40).map((event) => JSON.stringify(event))
    const bytes = Buffer.from([...lines, 'none', ...lines].map((line) => `${line}\n`).join(''))
    const scanner = new Scanner()
    let [start, found] = [0, 0]
    for (;;) {
      const count = scanner.scan(bytes, start, bytes.length)
      if (count === 0) break
      found += count
      start = scanner.words[(count - 1) * WORDS_PER_LINE]! + 1
    }
    expect(found).toBe(40)
    expect(bytes.toString('utf8', start, start + 4)).toBe('none')
  })
})

describe('an addon', () => {
  it.each([
    ['that is not there', undefined],
    ['of before', {}],
    ['that finds nothing', { scanEvents: () => 0 }],
    ['that finds what is not there', { scanEvents: () => 1 }],
  ])('%s is not asked', (_, other) => {
    expect(trusted(other)).toBeUndefined()
  })
})

/** Whether a line that does not pass is one that readers may understand in two ways, or no object. */
function isDoubtful(text: string): boolean {
  if (!isObject(text)) return true
  const value = JSON.parse(text) as Record<string, unknown>
  return MEMBERS.some((name) => {
    const times = text.split(`"${name}"`).length - 1
    return times > 1 || (Object.hasOwn(value, name) && (times === 0 || isOdd(value[name], text)))
  })
}

function isOdd(value: unknown, text: string): boolean {
  return typeof value !== 'string' || !text.includes(`:${JSON.stringify(value)}`) || /\\/.test(text)
}
