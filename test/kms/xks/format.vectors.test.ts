/** What docs/FORMAT.md says of external key stores, and the specification's own example, held against what we read and write. */
import { createDecipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { blobText, readBlobHeader } from '../../../src/kms/blob/ciphertext-blob.js'
import {
  innerBlob,
  innerBytes,
  outerAad,
  readExternalBlob,
  writeExternalBlob,
} from '../../../src/kms/blob/external-blob.js'
import { contextBytes } from '../../../src/kms/blob/wrapping.js'
import { open, seal, versionIn } from '../../../src/kms/proxy/cipher.js'
import { integrityValue } from '../../../src/kms/xks/requests.js'
import { xaesCommitment } from '../../engine/reference.js'
import { eachEngine } from '../../support/engines.js'

const file = new URL('../../vectors/external-key-store/vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const unhex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const base64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const material = unhex(vectors.keyMaterial)

describe('a blob of an external key store', () => {
  const { blob: text, inner, aad, externalKey, encryptionContext } = vectors.blob
  const blob = unhex(text)
  const context = contextBytes(encryptionContext)

  it('is taken apart and put together again', () => {
    expect(readBlobHeader(blob)).toEqual({
      ...{ keyId: vectors.keyId, materialVersion: 1, isExternal: true },
    })
    expect(hex(outerAad(blob, context))).toBe(aad)
    expect(hex(writeExternalBlob(unhex(inner), readExternalBlob(blob)!))).toBe(text)
  })

  it('opens by the external key to what the material wrapped', () => {
    const { ciphertext, ciphertextMetadata, initializationVector, authenticationTag } =
      readExternalBlob(blob)!
    const opening = createDecipheriv('aes-256-gcm', unhex(externalKey), initializationVector)
    const given = outerAad(blob, context)
    const sizes = [Buffer.of(0, given.length), Buffer.of(ciphertextMetadata.length)] as const
    opening.setAAD(Buffer.concat([sizes[0], given, sizes[1], ciphertextMetadata]))
    opening.setAuthTag(authenticationTag)
    const opened = Buffer.concat([opening.update(ciphertext), opening.final()])
    expect(hex(opened)).toBe(hex(innerBytes(unhex(inner))))
    expect(hex(innerBlob(blob, opened))).toBe(inner)
  })

  it.each(eachEngine)('opens by the material in $name', ({ engine }) => {
    const opened = unhex(inner)
    const key = engine.importKey(material)
    expect(engine.unwrap(key, opened, context)).toBe(true)
    expect(hex(blobText(opened))).toBe(vectors.plaintext)
    key.release()
  })

  it('has the bytes of one IV, one metadata, one tag, and some text', () => {
    for (let size = 0; size < blob.length; size++) {
      const cut = blob.subarray(0, size)
      if (readBlobHeader(cut) === undefined) continue
      const wrap = readExternalBlob(cut)
      expect(wrap === undefined || wrap.ciphertext.length > 0, `${size} bytes`).toBe(true)
    }
    for (const [at, length] of [
      [24, 13],
      [24, 255],
      [37, 21],
      [37, 255],
    ] as const) {
      const wrong = Uint8Array.from(blob)
      wrong[at] = length
      expect(readExternalBlob(wrong), `${length} at ${at}`).toBeUndefined()
    }
  })
})

describe.each(eachEngine)('what the proxy face encrypts, in $name', ({ engine }) => {
  const { proxy } = vectors
  const wrap = {
    ciphertext: unhex(proxy.ciphertext),
    ciphertextMetadata: unhex(proxy.ciphertextMetadata),
    initializationVector: unhex(proxy.initializationVector),
    authenticationTag: unhex(proxy.authenticationTag),
  }
  const aad = unhex(proxy.aad)

  it('opens to its plaintext, under a key of its own', () => {
    const key = engine.importKey(material)
    expect(versionIn(wrap.ciphertextMetadata)).toBe(1)
    expect(hex(open(engine, key, wrap, aad)!)).toBe(vectors.plaintext)
    const nonce = Buffer.concat([Buffer.from('sealtrail xk'), wrap.ciphertextMetadata.subarray(5)])
    expect(hex(xaesCommitment(material, nonce))).toBe(proxy.key)
    expect(hex(integrityValue(aad, wrap))).toBe(proxy.ciphertextDataIntegrityValue)
    key.release()
  })

  it('is another each time, and refused with anything changed', () => {
    const key = engine.importKey(material)
    const plaintext = unhex(vectors.plaintext)
    const [one, two] = [seal(engine, key, 7, plaintext, aad), seal(engine, key, 7, plaintext, aad)]
    expect(hex(one.ciphertext)).not.toBe(hex(two.ciphertext))
    expect(hex(open(engine, key, one, aad)!)).toBe(vectors.plaintext)
    expect(versionIn(one.ciphertextMetadata)).toBe(7)
    for (const [name, bytes] of Object.entries(one)) {
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Uint8Array.from(bytes as Uint8Array)
        flipped[at]! ^= 1
        expect(open(engine, key, { ...one, [name]: flipped }, aad), `${name} ${at}`).toBeUndefined()
      }
    }
    // Neither passes for a part of the other.
    const joined = Buffer.concat([aad, one.ciphertextMetadata])
    expect(open(engine, key, { ...one }, joined)).toBeUndefined()
    for (const metadata of [undefined, new Uint8Array(0), new Uint8Array(17), new Uint8Array(20)]) {
      expect(versionIn(metadata)).toBeUndefined()
    }
    key.release()
  })
})

describe('the integrity value', () => {
  it('is that of the specification', () => {
    const { additionalAuthenticatedData, ciphertextDataIntegrityValue, ...wrap } =
      vectors.specification
    const bytes = Object.fromEntries(
      Object.entries(wrap).map(([name, text]) => [name, base64(text as string)]),
    )
    const value = integrityValue(base64(additionalAuthenticatedData), bytes as never)
    expect(Buffer.from(value).toString('base64')).toBe(ciphertextDataIntegrityValue)
  })
})

describe('docs/FORMAT.md', () => {
  it('shows these vectors', () => {
    const text = readFileSync(new URL('../../../docs/FORMAT.md', import.meta.url), 'utf8')
    const shown = text.replaceAll(/\s/g, '')
    expect(shown).toContain(vectors.blob.blob)
    for (const name of ['ciphertextMetadata', 'key', 'ciphertext', 'authenticationTag']) {
      expect(shown).toContain(vectors.proxy[name])
    }
  })
})
