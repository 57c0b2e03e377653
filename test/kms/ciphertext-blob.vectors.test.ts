/** Blobs made from the specification alone open in every engine, and what is in them is what was put in. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { blobText, readBlobHeader } from '../../src/kms/blob/ciphertext-blob.js'
import { contextBytes } from '../../src/kms/blob/wrapping.js'
import { eachEngine } from '../support/engines.js'

interface Vector {
  readonly says: string
  readonly keyMaterial: string
  readonly keyId: string
  readonly materialVersion: number
  readonly encryptionContext: Record<string, string>
  readonly contextBytes: string
  readonly plaintext: string
  readonly blob: string
}

const file = new URL('../vectors/ciphertext-blob/vectors.json', import.meta.url)
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe.each(eachEngine)('a blob from the specification, in $name', ({ engine }) => {
  it.each(vectors)('opens: $says', (vector) => {
    const blob = new Uint8Array(Buffer.from(vector.blob, 'hex'))
    const { keyId, materialVersion } = vector
    expect(readBlobHeader(blob)).toEqual({ keyId, materialVersion })
    const context = contextBytes(vector.encryptionContext)
    expect(hex(context)).toBe(vector.contextBytes)
    const key = engine.importKey(Buffer.from(vector.keyMaterial, 'hex'))
    expect(engine.unwrap(key, blob, context)).toBe(true)
    expect(hex(blobText(blob))).toBe(vector.plaintext)
    key.release()
  })
})

describe('docs/FORMAT.md', () => {
  it('shows the first of these blobs', () => {
    const text = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8')
    expect(text.replaceAll(/\s/g, '')).toContain(vectors[0]!.blob)
  })
})
