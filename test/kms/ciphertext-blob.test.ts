/** The header of a CiphertextBlob, byte by byte. */

import { describe, expect, it } from 'vitest'
import { blobBytes, blobText, newBlob, readBlobHeader } from '../../src/kms/blob/ciphertext-blob.js'
import { fc, test } from '../support/property.js'

const header = { keyId: '1234abcd-12ab-34cd-56ef-1234567890ab', materialVersion: 0x01020304 }
const multiRegion = { keyId: 'mrk-1234abcd12ab34cd56ef1234567890ab', materialVersion: 1 }

describe('a blob', () => {
  it('of a 32-byte data key has 128 bytes', () => {
    expect(blobBytes(32)).toBe(128)
  })

  it('begins as FORMAT.md §3 draws it', () => {
    const blob = newBlob(header, 32)
    expect(Buffer.from(blob.subarray(0, 24)).toString('hex')).toBe(
      '0101' + '0000' + '01020304' + '1234abcd12ab34cd56ef1234567890ab',
    )
    expect(Buffer.from(newBlob(multiRegion, 1).subarray(0, 8)).toString('hex')).toBe(
      '0101000100000001',
    )
  })

  it('holds its text at offset 80', () => {
    const blob = newBlob(header, 3, Buffer.from('abc'))
    expect(Buffer.from(blob.subarray(80, 83)).toString()).toBe('abc')
    expect(Buffer.from(blobText(blob)).toString()).toBe('abc')
  })

  it.each([header, multiRegion])('names its key: $keyId', (written) => {
    expect(readBlobHeader(newBlob(written, 16))).toEqual(written)
  })

  const uuid = fc.uuid({ version: 4 })
  test.prop([uuid, fc.boolean(), fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: 4096 })])(
    'names any key and version',
    (id, isMultiRegion, materialVersion, textBytes) => {
      const keyId = isMultiRegion ? `mrk-${id.replaceAll('-', '')}` : id
      const written = { keyId, materialVersion }
      expect(readBlobHeader(newBlob(written, textBytes))).toEqual(written)
    },
  )
})

describe('bytes that are no blob', () => {
  it.each([0, 1, 23, 24, 95, 96, 96 + 4097, 6144])('are refused for their size: %i', (size) => {
    const bytes = new Uint8Array(size)
    bytes.set(newBlob(header, 1).subarray(0, size))
    expect(readBlobHeader(bytes)).toBeUndefined()
  })

  it('are refused for an unknown version, suite or flag', () => {
    for (let bit = 0; bit < 32; bit++) {
      const blob = newBlob(header, 32)
      blob[bit >> 3]! ^= 1 << (bit & 7)
      const isMultiRegionFlag = bit === 24
      expect(readBlobHeader(blob) === undefined).toBe(!isMultiRegionFlag)
    }
  })
})
