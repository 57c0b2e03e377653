/** Sizes of objects made of a seed: within their plan, spread as it says, and the same each time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROFILE } from '../../../src/load/data/profile.gen.js'
import { type SizePlan, sizesOf } from '../../../src/load/data/sizes.js'
import { KIND_NAMES, KINDS } from '../../support/kinds.js'
import { test } from '../../support/property.js'

const drawn = (plan: SizePlan, count: number, seed = 1) => {
  const sizes = sizesOf(plan, seed)
  return Array.from({ length: count }, () => sizes.next())
}

describe('sizes of a seed', () => {
  it('are the same each time', () => {
    const plan = { kind: 'log2', least: 100, most: 10 ** 9 } as const
    expect(drawn(plan, 100)).toEqual(drawn(plan, 100))
    expect(drawn(plan, 100)).not.toEqual(drawn(plan, 100, 2))
    expect(drawn(plan, 5)).toEqual([494, 801024754, 557838304, 468, 27399])
  })

  it('have each doubling as often as the next, over powers of two', () => {
    const found = [0, 0, 0, 0]
    for (const size of drawn({ kind: 'log2', least: 1024, most: 16383 }, 40_000)) {
      found[Math.floor(Math.log2(size)) - 10]!++
    }
    for (const count of found) expect(Math.abs(count / 10_000 - 1)).toBeLessThan(0.05)
  })

  it('are of the buckets as their weights say', () => {
    const plan: SizePlan = {
      kind: 'buckets',
      buckets: [
        { least: 1, most: 10, weight: 9 },
        { least: 11, most: 5 * 1024 ** 4, weight: 1 },
        { least: 0, most: 0, weight: 0 },
      ],
    }
    const sizes = drawn(plan, 20_000)
    expect(sizes.filter((size) => size === 0)).toEqual([])
    expect(sizes.filter((size) => size <= 10).length / sizes.length).toBeCloseTo(0.9, 1)
    expect(Math.max(...sizes)).toBeGreaterThan(1024 ** 4)
  })

  it('are those of real log files', () => {
    const real = PROFILE.files.map(([, bytes]) => bytes).sort((a, b) => a - b)
    const sizes = drawn({ kind: 'real' }, 20_000).sort((a, b) => a - b)
    expect(sizes[0]).toBeGreaterThanOrEqual(real[0]!)
    expect(sizes.at(-1)).toBeLessThanOrEqual(real.at(-1)!)
    expect(sizes[10_000]! / real[27]!).toBeCloseTo(1, 0)
  })

  const bound = fc.integer({ min: 0, max: 5 * 1024 ** 4 })
  test.prop([bound, bound, fc.nat()])('are within what was asked for', (a, b, seed) => {
    const [least, most] = [Math.min(a, b), Math.max(a, b)]
    for (const size of drawn({ kind: 'log2', least, most }, 20, seed)) {
      expect(size).toBeGreaterThanOrEqual(least)
      expect(size).toBeLessThanOrEqual(most)
    }
  })

  it.each(KIND_NAMES)('are not made of %s', (kind) => {
    expect(() => sizesOf(KINDS[kind]() as never, 1)).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
  })

  it.each([
    { kind: 'log2', least: 10, most: 9 },
    { kind: 'log2', least: -1, most: 9 },
    { kind: 'log2', least: 1, most: 2 ** 50 },
    { kind: 'buckets', buckets: [] },
    { kind: 'buckets', buckets: [{ least: 1, most: 2, weight: 0 }] },
    { kind: 'buckets', buckets: [{ least: 1, most: 2, weight: 0.5 }] },
    { kind: 'buckets', buckets: [{ least: 2, most: 1, weight: 1 }] },
    { kind: 'buckets', buckets: [null] },
    { kind: 'other' },
  ])('are not made of %o', (plan) => {
    expect(() => sizesOf(plan as never, 1)).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
  })
})
