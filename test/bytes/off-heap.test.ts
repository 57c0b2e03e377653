import { describe, expect, it } from 'vitest'
import { offHeap } from '../../src/bytes/off-heap.js'

describe('room outside the heap', () => {
  it('is zero and has its size', () => {
    expect([...offHeap(3)]).toEqual([0, 0, 0])
  })

  it('is counted outside the heap from the start, which a small array is not', () => {
    const countedFor = (make: () => Uint8Array) => {
      const before = process.memoryUsage().arrayBuffers
      const kept = Array.from({ length: 1000 }, make)
      return process.memoryUsage().arrayBuffers - before + 0 * kept.length
    }
    expect(countedFor(() => offHeap(32))).toBeGreaterThanOrEqual(32_000)
    expect(countedFor(() => new Uint8Array(32))).toBeLessThan(32_000)
  })
})
