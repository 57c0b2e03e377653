/** Sealed objects that somebody has changed: opened to what was sealed, or refused. */
import { describe, expect } from 'vitest'
import { openEngine } from '../../src/engine/choose.js'
import { parseHeader } from '../../src/message/header.js'
import { openSealed } from '../../src/message/open.js'
import { bytesNear, fuzz, unlessRefused } from '../support/fuzz.js'
import { foreignMessage } from './foreign-message.js'
import { sample } from './sample.js'

const engine = openEngine('node')
const dataKey = sample('data key', 32)
const plains = [sample('plain', 0), sample('plain', 33), sample('plain', 64)]
const objects = plains.map((plain) =>
  Buffer.concat(foreignMessage({ dataKey, plain, frameBytes: 16 })),
)
const REFUSED = ['ObjectDamaged', 'InputTooLarge', 'InvalidCiphertextException']

describe('a header', () => {
  fuzz(bytesNear(objects), 'is what lies in its bytes, or is refused', (bytes) => {
    const header = unlessRefused(REFUSED, () => parseHeader(bytes))
    if (header === undefined) return
    expect(header.headerBytes).toBeLessThanOrEqual(bytes.length)
    // It reads the same when nothing follows it, and goes on when its last byte is missing.
    const own = Buffer.from(bytes.subarray(0, header.headerBytes))
    expect(parseHeader(own)).toEqual(header)
    expect(parseHeader(own.subarray(0, -1))).toBeUndefined()
  })
})

describe('an object', () => {
  fuzz(bytesNear(objects), 'opens to what was sealed, or is refused', (bytes) => {
    const key = engine.importKey(dataKey)
    const plain = unlessRefused(REFUSED, () => {
      const header = parseHeader(bytes)
      return header === undefined ? undefined : openSealed(engine, header, key, bytes)
    })
    key.release()
    if (plain === undefined) return
    expect(
      objects.findIndex((object) => Buffer.compare(object, bytes) === 0),
    ).toBeGreaterThanOrEqual(0)
    expect(plains.some((one) => Buffer.compare(one, plain) === 0)).toBe(true)
  })
})
