/** Documents that somebody changed, signed and not: refused as such, or believed, and nothing else. */
import { describe, expect } from 'vitest'
import { verifyAttestation } from '../../../src/kms/recipient/attestation.js'
import { readCoseSign1 } from '../../../src/kms/recipient/cose-sign1.js'
import { TrustedChains } from '../../../src/kms/recipient/trusted-chains.js'
import { makeChain, makeDocument, makeEnvelope, registers } from '../../support/attestation.js'
import { bytesNear, fuzz, unlessRefused } from '../../support/fuzz.js'

const NOW = Date.UTC(2026, 0, 2, 3, 0, 0)
const chain = makeChain(NOW)
const documents = [
  makeDocument(chain, NOW, { members: { public_key: Buffer.alloc(300, 1) } }),
  makeDocument(chain, NOW, { isOpen: true, isTagged: true }),
  makeDocument(chain, NOW, { members: { pcrs: undefined, nitrotpm_pcrs: registers(24) } }),
]
const payloads = documents.map((document) => Buffer.from(readCoseSign1(document).payload))
const chains = new TrustedChains([chain.root])
const believed = (bytes: Uint8Array) =>
  unlessRefused(['ValidationException'], () => verifyAttestation(bytes, chains, NOW))

describe('a document near one that is believed', () => {
  fuzz(bytesNear(documents), 'is one of them, or refused', (bytes) => {
    if (believed(bytes) === undefined) return
    // Heads may be longer than they need be, and the tag may be there or not: what is signed is the same.
    const { payload } = readCoseSign1(bytes)
    expect(payloads.some((one) => one.equals(payload))).toBe(true)
  })

  fuzz(bytesNear(payloads), 'that is signed is read, or refused', (payload) => {
    const attested = believed(makeEnvelope(chain, payload))
    if (attested === undefined) return
    expect(attested.moduleId.length).toBeGreaterThan(0)
    for (const [index, value] of attested.pcrs) {
      expect(index).toBeLessThan(32)
      expect([32, 48, 64]).toContain(value.length)
    }
  })
})
