import { describe, expect, it } from 'vitest'
import {
  bodyLayout,
  frameCount,
  frameOffset,
  framesFor,
  sealedBodyBytes,
} from '../../src/message/layout.js'
import { fc, test } from '../support/property.js'

const F = 100
/** Off-by-one errors live at nothing, at one byte, and on both sides of a frame edge. */
const edges = [0, 1, F - 1, F, F + 1, 2 * F - 1, 2 * F, 2 * F + 1]
/** No body ends inside its final head, or inside a tag. */
const impossible = [-1, 0, 39, sealedBodyBytes(F, F) + 1, sealedBodyBytes(F, F) + 31]

describe('the size of a body', () => {
  it.each(edges)('of %i plain bytes survives sealing', (plainBytes) => {
    expect(bodyLayout(sealedBodyBytes(plainBytes, F), F)).toEqual({
      plainBytes,
      frameCount: frameCount(plainBytes, F),
      finalBytes: plainBytes === 0 ? 0 : ((plainBytes - 1) % F) + 1,
    })
  })

  it.each(impossible)('of %d stored bytes is refused as damage', (bodyBytes) => {
    const refusal = expect.objectContaining({ code: 'ObjectDamaged' })
    expect(() => bodyLayout(bodyBytes, F)).toThrow(refusal)
  })

  it('tells an empty final frame, which others write, from a full one', () => {
    const bodyBytes = sealedBodyBytes(2 * F, F) + 32
    expect(bodyLayout(bodyBytes, F)).toEqual({ plainBytes: 2 * F, frameCount: 3, finalBytes: 0 })
  })

  it('is refused when its frames would run out of numbers', () => {
    expect(bodyLayout(40 + 33 * (2 ** 32 - 3), 1).frameCount).toBe(2 ** 32 - 2)
    expect(() => bodyLayout(40 + 33 * (2 ** 32 - 2), 1)).toThrow('no sealed object has this size')
  })

  test.prop([fc.nat(10_000), fc.integer({ min: 1, max: 300 })])(
    'has one layout only',
    (bodyBytes, frameBytes) => {
      let layout: ReturnType<typeof bodyLayout>
      try {
        layout = bodyLayout(bodyBytes, frameBytes)
      } catch {
        return
      }
      const { plainBytes, frameCount: frames, finalBytes } = layout
      expect(plainBytes).toBe((frames - 1) * frameBytes + finalBytes)
      expect(frameOffset(frames - 1, frameBytes) + 40 + finalBytes).toBe(bodyBytes)
      expect(finalBytes).toBeLessThanOrEqual(frameBytes)
    },
  )
})

describe('the frames of a range', () => {
  test.prop([fc.nat(3 * F), fc.nat(3 * F)])('hold it, and no frame too many', (offset, more) => {
    const end = offset + more + 1
    const { first, count } = framesFor(offset, more + 1, F)
    expect(first * F).toBeLessThanOrEqual(offset)
    expect((first + count) * F).toBeGreaterThanOrEqual(end)
    expect((first + count - 1) * F).toBeLessThan(end)
  })
})
