/** Bytes that may be a CiphertextBlob. */
import { describe, expect } from 'vitest'
import { newBlob, readBlobHeader, writeBlobHeader } from '../../src/kms/blob/ciphertext-blob.js'
import { bytesNear, fuzz } from '../support/fuzz.js'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const blobs = [
  newBlob({ keyId, materialVersion: 1 }, 32),
  newBlob({ keyId: `mrk-${keyId.replaceAll('-', '')}`, materialVersion: 2 }, 4096),
]

describe('the header of a CiphertextBlob', () => {
  fuzz(bytesNear(blobs), 'says what would be written, or nothing', (bytes) => {
    const header = readBlobHeader(bytes)
    if (header === undefined) return
    const again = Buffer.from(bytes)
    writeBlobHeader(again, header)
    expect(again.equals(bytes)).toBe(true)
  })
})
