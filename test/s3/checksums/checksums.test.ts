/** The ten checksums of S3: their published values, in any pieces, and out of those of parts. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  multipartType,
} from '../../../src/s3/checksums/algorithms.js'
import { startChecksum } from '../../../src/s3/checksums/checksum.js'
import { compositeChecksum, fullObjectChecksum } from '../../../src/s3/checksums/combine.js'

/**
 * Of the ASCII digits 123456789. CRCs: the check values of the catalogue of parametrised CRC algorithms (R. Williams's
 * model; CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME). Hashes: RFC 1321's suite has none of this text; coreutils and
 * xxhsum 0.8 give these.
 */
const CHECK_VALUES: Partial<Record<ChecksumAlgorithm, string>> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  MD5: '25f9e794323b453885f5181f1b624d0b',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
}

/** Of no bytes; xxHash's specification (doc/xxhash_spec.md) and xxhsum. */
const OF_NOTHING: Readonly<Record<ChecksumAlgorithm, string>> = {
  CRC32: '00000000',
  CRC32C: '00000000',
  CRC64NVME: '0000000000000000',
  MD5: 'd41d8cd98f00b204e9800998ecf8427e',
  SHA1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  SHA256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  SHA512:
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  XXHASH64: 'ef46db3751d8e999',
  XXHASH3: '2d06800538d394c2',
  XXHASH128: '99aa06d3014798d86001c324468d497f',
}

/** Of `abc`: FIPS 180-2 for SHA-512, xxhsum for the others. */
const OF_ABC: Partial<Record<ChecksumAlgorithm, string>> = {
  SHA512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  XXHASH64: '44bc2cf5ad770999',
  XXHASH3: '78af5f94892f3950',
  XXHASH128: '06b05ab6733a618578af5f94892f3950',
}

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
const entries = (table: object) => Object.entries(table) as Array<[ChecksumAlgorithm, string]>

async function checksumOf(algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): Promise<string> {
  const checksum = await startChecksum(algorithm)
  for (const piece of pieces) checksum.update(piece)
  return checksum.digest()
}

describe('a checksum', () => {
  it.each(entries(CHECK_VALUES))('of 123456789 by %s is the published one', async (name, hex) => {
    expect(await checksumOf(name, Buffer.from('123456789'))).toBe(base64(hex))
  })

  it.each(entries(OF_NOTHING))('of nothing by %s is the published one', async (name, hex) => {
    expect(await checksumOf(name)).toBe(base64(hex))
  })

  it.each(entries(OF_ABC))('of abc by %s is the published one', async (name, hex) => {
    expect(await checksumOf(name, Buffer.from('abc'))).toBe(base64(hex))
  })

  it.each(CHECKSUM_ALGORITHMS)(
    'by %s is the same in any pieces, and beside any other',
    async (name) => {
      const cut = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 8 })
      await fc.assert(
        fc.asyncProperty(cut, cut, async (pieces, others) => {
          const [first, second] = [await startChecksum(name), await startChecksum(name)]
          for (let i = 0; i < Math.max(pieces.length, others.length); i++) {
            if (pieces[i] !== undefined) first.update(pieces[i]!)
            if (others[i] !== undefined) second.update(others[i]!)
          }
          expect(first.digest()).toBe(await checksumOf(name, Buffer.concat(pieces)))
          expect(second.digest()).toBe(await checksumOf(name, Buffer.concat(others)))
        }),
        { numRuns: 30 },
      )
    },
  )
})

describe('the checksum of an object in parts', () => {
  it.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
    'follows from those of its parts by %s',
    async (name) => {
      const parts = fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(parts, async (all) => {
          const given = await Promise.all(
            all.map(async (part) => ({ value: await checksumOf(name, part), bytes: part.length })),
          )
          expect(fullObjectChecksum(name, given)).toBe(await checksumOf(name, Buffer.concat(all)))
        }),
        { numRuns: 60 },
      )
    },
  )

  it('follows for the longest of parts: 5 GiB of zeros, in one or in two', async () => {
    const zero = { value: await checksumOf('CRC64NVME', Buffer.alloc(1)), bytes: 1 }
    let [value, bytes] = [zero.value, 1]
    const doubled = () =>
      fullObjectChecksum('CRC64NVME', [
        { value, bytes },
        { value, bytes },
      ])
    for (; bytes < 2 ** 32; bytes *= 2) value = doubled()
    const half = { value, bytes }
    const rest = { value: await checksumOf('CRC64NVME', Buffer.alloc(100)), bytes: 100 }
    const left = fullObjectChecksum('CRC64NVME', [
      { value: fullObjectChecksum('CRC64NVME', [half, half]), bytes: 2 * bytes },
      rest,
    ])
    const right = fullObjectChecksum('CRC64NVME', [
      half,
      { value: fullObjectChecksum('CRC64NVME', [half, rest]), bytes: bytes + 100 },
    ])
    expect(left).toBe(right)
  })

  it('is a hash of their digests where it is composite, with their number', async () => {
    const digests = ['a', 'b', 'c'].map((text) => createHash('sha256').update(text).digest())
    const whole = createHash('sha256').update(Buffer.concat(digests)).digest('base64')
    const values = digests.map((digest) => digest.toString('base64'))
    expect(await compositeChecksum('SHA256', values)).toBe(`${whole}-3`)
  })

  it('is of a type that its algorithm has', () => {
    expect(multipartType('CRC32', undefined)).toBe('COMPOSITE')
    expect(multipartType('CRC32C', 'FULL_OBJECT')).toBe('FULL_OBJECT')
    expect(multipartType('CRC64NVME', undefined)).toBe('FULL_OBJECT')
    for (const [name, type] of [
      ['CRC64NVME', 'COMPOSITE'],
      ['SHA1', 'FULL_OBJECT'],
      ['SHA256', 'FULL_OBJECT'],
    ] as const) {
      expect(() => multipartType(name, type)).toThrow(
        expect.objectContaining({ code: 'InvalidRequest' }),
      )
    }
  })
})
