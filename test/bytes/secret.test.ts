import { describe, expect, it } from 'vitest'
import { secretBytes, secretCopy } from '../../src/bytes/secret.js'

describe('room for a secret', () => {
  it('is zero and has its size', () => {
    expect([...secretBytes(3)]).toEqual([0, 0, 0])
  })

  it('is counted outside the heap from the start, which a small array is not', () => {
    const countedFor = (make: () => Uint8Array) => {
      const before = process.memoryUsage().arrayBuffers
      const kept = Array.from({ length: 1000 }, make)
      return process.memoryUsage().arrayBuffers - before + 0 * kept.length
    }
    expect(countedFor(() => secretBytes(32))).toBeGreaterThanOrEqual(32_000)
    expect(countedFor(() => secretCopy(new Uint8Array(32)))).toBeGreaterThanOrEqual(32_000)
    expect(countedFor(() => new Uint8Array(32))).toBeLessThan(32_000)
  })

  it('is nobody else’s', () => {
    const copy = secretCopy(Buffer.from('secret'))
    expect([copy.buffer.byteLength, Buffer.from(copy).toString()]).toEqual([6, 'secret'])
  })
})
