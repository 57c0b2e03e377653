/** Members that somebody has changed: node:zlib and we see the same in them. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { gunzip } from '../../src/gzip/gunzip.js'
import { sample } from '../engine/sample.js'
import { bytesNear, fuzz, unlessRefused } from '../support/fuzz.js'

const BYTES_MAX = 100_000
const members = [
  gzipSync(''),
  gzipSync('sealtrail '.repeat(500)),
  gzipSync(sample('noise', 300)),
  gzipSync(Buffer.alloc(50_000), { level: 9 }),
]

describe('a gzip member', () => {
  fuzz(bytesNear(members), 'gives what node:zlib gives, or is refused', (member) => {
    const plain = unlessRefused(['GzipDamaged', 'OutputTooLarge'], () =>
      gunzip(member, { bytesMax: BYTES_MAX }),
    )
    if (plain === undefined) return
    expect(plain.length).toBeLessThanOrEqual(BYTES_MAX)
    expect(Buffer.compare(gunzipSync(member), plain)).toBe(0)
  })
})
