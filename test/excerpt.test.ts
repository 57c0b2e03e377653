/** How much of a stranger's text is repeated to him. */

import { describe, expect, it } from 'vitest'
import { excerpt } from '../src/excerpt.js'
import { fc, test } from './support/property.js'

describe('an excerpt', () => {
  it.each(['', 'alias/logs', 'line\r\n\u2028', '\u{1F511}'.repeat(256), 'x'.repeat(512)])(
    'of a short text is that text: %j',
    (text) => {
      expect(excerpt(text)).toBe(text)
    },
  )

  it('of a long text is its beginning', () => {
    expect(excerpt('x'.repeat(513))).toBe(`${'x'.repeat(512)}…`)
    expect(excerpt('ab'.repeat(1_000_000))).toBe(`${'ab'.repeat(256)}…`)
  })

  it('ends before a character that would be cut in halves', () => {
    expect(excerpt(`${'x'.repeat(511)}\u{1F511}`)).toBe(`${'x'.repeat(511)}…`)
    expect(excerpt(`${'x'.repeat(510)}\u{1F511}x`)).toBe(`${'x'.repeat(510)}\u{1F511}…`)
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 2000, size: 'max' }), fc.nat(2000)])(
    'is well-formed and short, whatever the text',
    (text, cut) => {
      const broken = text.slice(cut) + text.slice(0, cut)
      const shown = excerpt(broken)
      expect(shown.isWellFormed()).toBe(true)
      expect(shown.length).toBeLessThanOrEqual(513)
    },
  )

  it('holds no half of a character that was there before', () => {
    expect(excerpt('a\ud800b')).toBe('a\ufffdb')
  })
})
