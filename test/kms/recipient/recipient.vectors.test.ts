/** What AWS made, held against what is made and believed here. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { shownAttestation, verifyAttestation } from '../../../src/kms/recipient/attestation.js'
import { envelopedData } from '../../../src/kms/recipient/enveloped-data.js'
import { TrustedChains } from '../../../src/kms/recipient/trusted-chains.js'
import { AWS_ROOTS } from '../../../src/kms/recipient/trusted-roots.js'
import { openCms, readCms } from '../../support/cms.js'

const folder = 'test/vectors/aws-attestation'
const documentOf = (name: string) =>
  Buffer.from(readFileSync(`${folder}/${name}.b64`, 'latin1'), 'base64')
const chains = new TrustedChains(AWS_ROOTS)
const invalid = (reason: RegExp) =>
  expect.objectContaining({ code: 'ValidationException', message: expect.stringMatching(reason) })

const DOCUMENTS = [
  {
    name: 'enclave',
    time: Date.UTC(2022, 8, 28, 15, 33, 27, 680),
    moduleId: 'i-020f5b14d2f96fea8-enc018384b6a26e54f4',
    registers: 16,
    shown: [
      'attestationDocumentModuleId',
      'attestationDocumentEnclaveImageDigest',
      ...[1, 2, 3, 4, 8].map((index) => `attestationDocumentEnclavePCR${index}`),
    ],
  },
  {
    name: 'nitrotpm',
    time: Date.UTC(2026, 7, 13, 17, 36, 48, 432),
    moduleId: 'i-000fa553dad58a9f1-tpm0000000000000000',
    registers: 24,
    shown: [
      'attestationDocumentModuleId',
      ...[4, 7, 8, 9, 16, 23].map((index) => `attestationDocumentNitroTPMPCR${index}`),
    ],
  },
]

describe('the root of AWS', () => {
  it('has the fingerprint that AWS publishes', () => {
    expect(AWS_ROOTS.map(({ fingerprint256 }) => fingerprint256.replaceAll(':', ''))).toEqual([
      '641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B',
    ])
  })
})

describe.each(DOCUMENTS)('a document of AWS, of $name', (own) => {
  const bytes = documentOf(own.name)

  it('is believed at its own time', () => {
    const attested = verifyAttestation(bytes, chains, own.time)
    expect(attested.moduleId).toBe(own.moduleId)
    expect([...attested.pcrs.keys()]).toEqual(Array.from({ length: own.registers }, (_, i) => i))
    expect(Object.keys(shownAttestation(attested)).sort()).toEqual(own.shown.sort())
  })

  it('is believed for five minutes before and behind it, and no longer', () => {
    const late = 5 * 60 * 1000
    verifyAttestation(bytes, chains, own.time + late)
    expect(() => verifyAttestation(bytes, chains, own.time + late + 1)).toThrow(
      invalid(/five minutes/),
    )
    expect(() => verifyAttestation(bytes, chains, own.time - late - 1)).toThrow(
      invalid(/five minutes/),
    )
    // Its certificate began some seconds before the document: of an earlier clock, it is not valid yet.
    expect(() => verifyAttestation(bytes, chains, own.time - late)).toThrow(
      invalid(/not valid now/),
    )
  })

  it('is not believed with any bit of its payload or signature turned', () => {
    for (let at = 0; at < bytes.length; at += 61) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1 << (at % 8)
      expect(() => verifyAttestation(damaged, chains, own.time)).toThrow(invalid(/./))
    }
  })
})

describe('an answer of AWS KMS', () => {
  const vector = JSON.parse(readFileSync(`${folder}/ciphertext-for-recipient.json`, 'utf8'))
  const answer = Buffer.from(vector.ciphertextForRecipient, 'base64')
  const privateKey = createPrivateKey(vector.privateKey)

  it('is opened by the reader that opens ours', () => {
    expect(openCms(answer, privateKey).toString('hex')).toBe(vector.plaintext)
  })

  it('has the very bytes that are written here around the same key and content', () => {
    expect(Buffer.from(envelopedData(readCms(answer))).equals(answer)).toBe(true)
  })

  it('names the key by the SHA-256 of its SubjectPublicKeyInfo', () => {
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
    expect(readCms(answer).keyId).toEqual(createHash('sha256').update(spki).digest())
  })
})
