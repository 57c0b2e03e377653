import { describe, expect, it } from 'vitest'
import { ANY_MANY, ANY_ONE, matcherOf, type Piece } from '../../src/policy/values/wildcard.js'
import { fc, test } from '../support/property.js'

function piecesOf(pattern: string): Piece[] {
  return [...pattern].map((c) => (c === '*' ? ANY_MANY : c === '?' ? ANY_ONE : c))
}

/** As one would say it; slow where there are many asterisks. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  const [head, rest] = [pattern[0], pattern.slice(1)]
  if (head === '*') return naive(rest, text) || (text !== '' && naive(pattern, text.slice(1)))
  return text !== '' && (head === '?' || head === text[0]) && naive(rest, text.slice(1))
}

const letters = fc.constantFrom('a', 'b')
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'a', 'b', '?', '*'), maxLength: 10 })

describe('a pattern', () => {
  test.prop([pattern, fc.string({ unit: letters, maxLength: 12 })], { numRuns: 3000 })(
    'fits what the naive matcher says it does',
    (wild, text) => {
      expect(matcherOf(piecesOf(wild))(text)).toBe(naive(wild, text))
    },
  )

  // Shift-and has one bit for each character, and words of 32 of them.
  const long = fc.string({
    unit: fc.constantFrom('a', 'a', 'a', 'b', '?'),
    minLength: 30,
    maxLength: 70,
  })
  test.prop(
    [
      long,
      fc.string({ unit: letters, maxLength: 20 }),
      fc.string({ unit: letters, maxLength: 20 }),
    ],
    { numRuns: 1000 },
  )('longer than a word is found where it is', (part, before, after) => {
    const text = `${before}${part.replaceAll('?', 'b')}${after}`
    const spoilt = text.replace('b', 'c')
    expect(matcherOf(piecesOf(`*${part}*`))(text)).toBe(true)
    expect(matcherOf(piecesOf(`*${part}*`))(spoilt)).toBe(naive(`*${part}*`, spoilt))
  })

  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'abc', true],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*ab*', 'ab', false],
    ['*ab*ab*', 'abab', true],
    ['a?', 'a', false],
    ['?*', '', false],
    ['*?b*', 'bb', true],
  ])('%j against %j: %s', (wild, text, expected) => {
    expect(matcherOf(piecesOf(wild))(text)).toBe(expected)
  })

  it.each([
    ['*'.repeat(2000), 'a'.repeat(8000), true],
    ['*a'.repeat(2000), 'a'.repeat(8000), true],
    [`${'*a'.repeat(2000)}*b`, 'a'.repeat(8000), false],
    [`*${'a'.repeat(4000)}b*`, 'a'.repeat(8000), false],
    [`*b${'a'.repeat(4000)}*`, 'a'.repeat(8000), false],
    [`*${'?a'.repeat(2000)}b*`, 'a'.repeat(8000), false],
    [`*b${'?a'.repeat(2000)}*`, 'a'.repeat(8000), false],
  ])('that would cost a backtracking matcher years is answered: %#', (wild, text, expected) => {
    expect(matcherOf(piecesOf(wild))(text)).toBe(expected)
  })
})
