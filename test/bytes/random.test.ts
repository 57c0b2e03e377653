import { describe, expect, it } from 'vitest'
import { randomId, randomText } from '../../src/bytes/random.js'

describe('a random id', () => {
  it('is a version 4 UUID, and never the same', () => {
    const ids = Array.from({ length: 1000 }, randomId)
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
    expect(new Set(ids).size).toBe(1000)
  })
})

describe('a random text', () => {
  it.each([0, 1, 16, 40])('has %i characters of its alphabet', (length) => {
    expect(randomText('AB7', length)).toMatch(new RegExp(`^[AB7]{${length}}$`))
  })

  it('draws every character of the alphabet', () => {
    expect(new Set(randomText('abcdefgh', 2000)).size).toBe(8)
  })
})
