/** Plain objects, and words for what is none. */
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { givenMembers, isPlainObject, kindOf } from '../src/given.js'
import { givenContext } from '../src/message/encryption-context.js'
import { KIND_NAMES, KINDS, type Kind } from './support/kinds.js'

const PLAIN: readonly Kind[] = [
  '{}',
  'an array-like',
  'an object of symbols',
  'an object that throws',
]

describe('a plain object', () => {
  it.each(KIND_NAMES)('is told from %s', (kind) => {
    expect(isPlainObject(KINDS[kind]())).toBe(PLAIN.includes(kind))
  })

  it.each([
    ['without a prototype', Object.create(null)],
    ['of another realm', runInNewContext('({ a: 1 })')],
    ['that is frozen', Object.freeze({ a: 1 })],
  ])('may be one %s', (_, given) => {
    expect(isPlainObject(given)).toBe(true)
  })

  it.each([
    [
      'class without a parent',
      'class A extends null { static make() { return Object.create(A.prototype) } }; A.make()',
    ],
    ['class', 'class A {}; new A()'],
    ['array', '[]'],
    ['Map', 'new Map()'],
  ])('is not one of a %s of another realm', (_, code) => {
    expect(isPlainObject(runInNewContext(code))).toBe(false)
  })

  it('is read once', () => {
    let reads = 0
    const given = {
      get a() {
        return ++reads
      },
    }
    const members = givenMembers(given, 'it')
    expect([members.a, members.a, reads]).toEqual([1, 1, 1])
  })
})

describe('a word for a value', () => {
  it('is there for every kind, and shows nothing of it', () => {
    for (const kind of KIND_NAMES) {
      const word = kindOf(KINDS[kind]())
      expect(word).toMatch(/^(an? \w+|null|undefined)$/)
      expect(word).not.toContain('some')
    }
  })
})

describe('an encryption context', () => {
  it.each([
    ['nothing', {}],
    ['any keys', JSON.parse('{"__proto__": "a", "constructor": "b", "": ""}')],
    ['no prototype', Object.assign(Object.create(null), { a: 'b' })],
    ['another realm', runInNewContext('({ a: "b" })')],
  ])('may be of %s', (_, given) => {
    expect(Object.entries(givenContext(given))).toEqual(Object.entries(given))
  })

  it('is read once, and is our own', () => {
    let value = 'first'
    const given = {
      get tenant() {
        const read = value
        value = 'later'
        return read
      },
    }
    const context = givenContext(given)
    expect([context.tenant, context.tenant]).toEqual(['first', 'first'])
  })

  it.each(KIND_NAMES.filter((kind) => kind !== '{}'))('is not %s', (kind) => {
    const refused = expect.objectContaining({ code: 'InputInvalid' })
    expect(() => givenContext(KINDS[kind]() as never)).toThrow(refused)
  })

  it.each(KIND_NAMES.filter((kind) => kind !== 'a string' && kind !== 'an empty string'))(
    'has no value that is %s',
    (kind) => {
      const refused = expect.objectContaining({ code: 'InputInvalid' })
      expect(() => givenContext({ tenant: KINDS[kind]() } as never)).toThrow(refused)
    },
  )
})
