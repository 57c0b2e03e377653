import { describe, expect, it } from 'vitest'
import { base64Bytes, writeBase64 } from '../../src/bytes/base64.js'
import { fc, test } from '../support/property.js'

function written(bytes: Uint8Array): string {
  const target = Buffer.alloc(base64Bytes(bytes.length))
  writeBase64(bytes, target)
  return target.toString('latin1')
}

describe('base64 as bytes', () => {
  it('has every letter', () => {
    const groups = Array.from({ length: 64 }, (_, value) => [value << 2, 0, value])
    const bytes = Uint8Array.from(groups.flat())
    expect(written(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  })

  test.prop([fc.uint8Array({ maxLength: 100 })])('is what Node writes as text', (bytes) => {
    expect(written(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  })
})
