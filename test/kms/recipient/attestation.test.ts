/** An attestation document is believed as it should be, and in no other way. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyAttestation } from '../../../src/kms/recipient/attestation.js'
import { TrustedChains } from '../../../src/kms/recipient/trusted-chains.js'
import {
  type ChainParts,
  type DocumentParts,
  ES384,
  extension,
  makeChain,
  makeDocument,
  makeEnvelope,
  register,
  registers,
} from '../../support/attestation.js'
import { type CborValue, cbor, head } from '../../support/cbor.js'

const NOW = Date.UTC(2026, 0, 2, 3, 0, 0)
const HOUR_MS = 60 * 60 * 1000
const chain = makeChain(NOW)

const verify = (bytes: Uint8Array, roots = [chain.root], now = NOW) =>
  verifyAttestation(bytes, new TrustedChains(roots), now)
const refusal = (bytes: Uint8Array, roots = [chain.root], now = NOW): string => {
  try {
    verify(bytes, roots, now)
    return 'believed'
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return code === 'ValidationException' ? message : String(error)
  }
}
const because = (reason: string) => `The attestation document is not valid: ${reason}.`
const document = (parts: DocumentParts = {}) => makeDocument(chain, NOW, parts)
const withMembers = (members: Record<string, CborValue | undefined>) => document({ members })

describe('an attestation document', () => {
  it.each<[string, DocumentParts]>([
    ['of an enclave', {}],
    ['of an instance', { members: { pcrs: undefined, nitrotpm_pcrs: registers(24) } }],
    ['with the tag of COSE_Sign1', { isTagged: true }],
    ['whose map ends where it says so', { isOpen: true }],
    ['without what may be left out', { members: { user_data: undefined, nonce: undefined } }],
    [
      'with all that may be in it',
      { members: { user_data: randomBytes(1024), nonce: randomBytes(1024) } },
    ],
    ['with one register', { members: { pcrs: { pairs: [[31, register(31)]] } } }],
    [
      'with registers that end where they say so',
      { members: { pcrs: { ...registers(3), isOpen: true } } },
    ],
    [
      'with registers of SHA-256 and SHA-512',
      {
        members: {
          pcrs: {
            pairs: [
              [0, randomBytes(32)],
              [1, randomBytes(64)],
            ],
          },
        },
      },
    ],
    ['with empty data', { members: { user_data: Buffer.alloc(0), nonce: Buffer.alloc(0) } }],
  ])('%s is believed', (_, parts) => {
    expect(refusal(document(parts))).toBe('believed')
  })

  it('tells what it proves', () => {
    const publicKey = randomBytes(294)
    const attested = verify(withMembers({ public_key: publicKey }))
    expect(attested).toMatchObject({
      moduleId: 'i-0123456789abcdef0-enc0123456789abcdef',
      platform: 'NitroEnclave',
    })
    expect(Buffer.from(attested.publicKey!)).toEqual(publicKey)
    expect(Buffer.from(attested.pcrs.get(7)!)).toEqual(register(7))
  })
})

const content = because('its content is not that of an attestation document')
const long = (bytes: number) => randomBytes(bytes)
const pcrs = (...pairs: Array<[CborValue, CborValue]>) => ({ pcrs: { pairs } })

describe('a document', () => {
  it.each<[string, Record<string, CborValue | undefined>]>([
    ['without a module', { module_id: undefined }],
    ['with an empty module', { module_id: '' }],
    ['whose module is bytes', { module_id: Buffer.from('i-0') }],
    ['without a digest', { digest: undefined }],
    ['with another digest', { digest: 'SHA256' }],
    ['without a time', { timestamp: undefined }],
    ['with no time at all', { timestamp: 0 }],
    ['with a time before all times', { timestamp: -1 }],
    ['whose time is text', { timestamp: String(NOW) }],
    ['whose time is no number that can be', { timestamp: 2 ** 60 }],
    ['without registers', { pcrs: undefined }],
    ['with registers of both kinds', { nitrotpm_pcrs: registers(1) }],
    ['with no register in it', pcrs()],
    ['with a register too many', pcrs([32, register(0)])],
    ['with a register before the first', pcrs([-1, register(0)])],
    ['with a register twice', pcrs([0, register(0)], [0, register(1)])],
    ['whose register has a name', pcrs(['0', register(0)])],
    ['whose register is text', pcrs([0, 'a'.repeat(48)])],
    ['whose register is null', pcrs([0, null])],
    ['whose register is short', pcrs([0, long(31)])],
    ['whose register has 47 bytes', pcrs([0, long(47)])],
    ['whose register is long', pcrs([0, long(65)])],
    ['whose registers are a list', { pcrs: [register(0)] }],
    ['without a certificate', { certificate: undefined }],
    ['whose certificate is null', { certificate: null }],
    ['whose certificate is empty', { certificate: long(0) }],
    ['whose certificate is long', { certificate: long(1025) }],
    ['without a bundle', { cabundle: undefined }],
    ['whose bundle is empty', { cabundle: [] }],
    ['whose bundle is one certificate', { cabundle: chain.bundle[0] }],
    ['whose bundle has text in it', { cabundle: [...chain.bundle, 'text'] }],
    ['whose bundle has an empty certificate', { cabundle: [...chain.bundle, long(0)] }],
    ['whose bundle has a long certificate', { cabundle: [...chain.bundle, long(1025)] }],
    ['whose public key is empty', { public_key: long(0) }],
    ['whose public key is long', { public_key: long(1025) }],
    ['whose public key is text', { public_key: 'key' }],
    ['whose data is long', { user_data: long(1025) }],
    ['whose data is a number', { user_data: 1 }],
    ['whose nonce is long', { nonce: long(1025) }],
    ['whose nonce is a list', { nonce: [] }],
    ['with a member that none has', { extra: 1 }],
    ['with a member named as what all objects have', { constructor: 1 }],
  ])('%s is refused', (_, members) => {
    expect(refusal(withMembers(members))).toBe(content)
  })

  it.each<[string, Uint8Array]>([
    ['that is no map', cbor(['module_id'])],
    ['that is nothing', cbor(null)],
    ['with something behind it', Buffer.concat([cbor(registers(1)), cbor(1)])],
    ['whose map ends early', Buffer.concat([head(5, 9), cbor('digest'), cbor('SHA384')])],
    [
      'whose map ends in the middle',
      Buffer.concat([head(5, 2), cbor('digest'), cbor('SHA384'), Buffer.from([0xff])]),
    ],
    ['whose map promises more than there can be', Buffer.from('bbffffffffffffffff', 'hex')],
    [
      'whose bytes promise more than there are',
      Buffer.concat([head(5, 1), cbor('nonce'), Buffer.from('5b00000000ffffffff', 'hex')]),
    ],
    ['that is nested for ever', Buffer.alloc(16_000, 0x81)],
    ['that is tagged for ever', Buffer.alloc(16_000, 0xd2)],
    ['whose names are numbers', cbor({ pairs: [[1, 2]] })],
  ])('%s is refused', (_, payload) => {
    expect(refusal(makeEnvelope(chain, payload))).toBe(content)
  })

  it('with a member twice is refused', () => {
    expect(refusal(document({ more: [['nonce', null]] }))).toBe(content)
    expect(refusal(document({ more: [['digest', 'SHA384']] }))).toBe(content)
  })

  it.each([-5 * 60 * 1000, 5 * 60 * 1000])('made %i ms away from now is believed', (ms) => {
    expect(refusal(makeDocument(chain, NOW + ms))).toBe('believed')
    expect(refusal(makeDocument(chain, NOW + ms + Math.sign(ms)))).toBe(
      because('it was not made within the last five minutes'),
    )
  })
})

describe('the envelope of a document', () => {
  const malformed = because('it is not a COSE_Sign1 structure')
  const otherwise = because('it is not signed with ES384')
  const whole = document()

  it.each<[string, DocumentParts, string]>([
    ['of ES256', { header: Buffer.from('a10126', 'hex') }, otherwise],
    ['of ES512', { header: Buffer.from('a1013823', 'hex') }, otherwise],
    ['of no algorithm', { header: Buffer.from('a0', 'hex') }, otherwise],
    ['with an empty header', { header: Buffer.alloc(0) }, otherwise],
    [
      'with more in its header',
      { header: Buffer.from('a20138220281186 3'.replace(' ', ''), 'hex') },
      otherwise,
    ],
    ['with an unprotected header', { unprotected: { pairs: [[4, Buffer.from('id')]] } }, malformed],
  ])('%s is refused', (_, parts, reason) => {
    expect(refusal(document(parts))).toBe(reason)
  })

  it.each<[string, CborValue]>([
    ['of three parts', [ES384, { pairs: [] }, Buffer.alloc(1)]],
    ['of five parts', [ES384, { pairs: [] }, Buffer.alloc(1), Buffer.alloc(96), 1]],
    ['without a payload', [ES384, { pairs: [] }, null, Buffer.alloc(96)]],
    ['with an empty payload', [ES384, { pairs: [] }, Buffer.alloc(0), Buffer.alloc(96)]],
    ['with a short signature', [ES384, { pairs: [] }, Buffer.alloc(1), Buffer.alloc(95)]],
    ['with a long signature', [ES384, { pairs: [] }, Buffer.alloc(1), Buffer.alloc(97)]],
    ['that is a map', { pairs: [] }],
    ['that is bytes', whole],
  ])('%s is refused', (_, value) => {
    expect(refusal(cbor(value))).toBe(malformed)
  })

  it('with another tag, or two, is refused', () => {
    expect(refusal(Buffer.concat([head(6, 17), whole]))).toBe(malformed)
    expect(refusal(Buffer.concat([head(6, 18), head(6, 18), whole]))).toBe(malformed)
  })

  it('is refused when it is cut short anywhere, and with a byte more', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(refusal(whole.subarray(0, length))).toBe(malformed)
    }
    expect(refusal(Buffer.concat([whole, Buffer.alloc(1)]))).toBe(malformed)
  })

  it('is refused before it is looked into when it is huge', () => {
    const huge = because('it is too long')
    expect(refusal(Buffer.alloc(262_144))).toBe(huge)
    expect(refusal(document({ more: [['pad', Buffer.alloc(20_000)]] }))).toBe(huge)
    expect(refusal(makeEnvelope(chain, Buffer.alloc(16_384)))).toBe(content)
    expect(refusal(makeEnvelope(chain, Buffer.alloc(16_385)))).toBe(malformed)
  })

  it('is refused when anything that is signed is another', () => {
    const mismatched = because('its signature does not match')
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    expect(refusal(document({ key: other }))).toBe(mismatched)
    expect(refusal(document({ hash: 'sha256' }))).toBe(mismatched)
    const at = whole.indexOf('i-0123456789abcdef0') + 2
    const changed = Buffer.from(whole)
    changed[at]! ^= 1
    expect(refusal(changed)).toBe(mismatched)
    const [last] = [whole.length - 1]
    const resigned = Buffer.from(whole)
    resigned[last]! ^= 1
    expect(refusal(resigned)).toBe(mismatched)
    const zero = Buffer.concat([whole.subarray(0, -96), Buffer.alloc(96)])
    expect(refusal(zero)).toBe(mismatched)
  })
})

describe('a chain of certificates', () => {
  const untrusted = because('its certificates do not begin with a trusted root')
  const notIssued = because('one of its certificates was not issued by the one before it')
  const outdated = because('one of its certificates is not valid now')
  const mayNot = because('one of its certificates may not issue the one after it')
  const unknown = because('one of its certificates says what is not known here')
  const notToSign = because('its certificate is not one to sign with')
  const strange = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const constraints = extension('551d13', Buffer.from('30030101ff', 'hex'))
  const refusalOf = (...parts: ChainParts) => {
    const own = makeChain(NOW, parts)
    return refusal(makeDocument(own, NOW), [own.root])
  }

  it('is believed from any of the trusted roots, and from no other', () => {
    const other = makeChain(NOW)
    expect(refusal(makeDocument(other, NOW))).toBe(untrusted)
    expect(refusal(makeDocument(other, NOW), [chain.root, other.root])).toBe('believed')
    expect(refusal(makeDocument(other, NOW), [])).toBe(untrusted)
  })

  it('must begin with the root, and be whole, and in order', () => {
    const [root, region, instance] = chain.bundle
    const refusalWith = (...cabundle: Array<Buffer | undefined>) =>
      refusal(withMembers({ cabundle: cabundle as Buffer[] }))
    expect(refusalWith(region, instance)).toBe(untrusted)
    expect(refusalWith(root, region)).toBe(notIssued)
    expect(refusalWith(root, instance)).toBe(notIssued)
    expect(refusalWith(root, instance, region)).toBe(notIssued)
    expect(refusalWith(root)).toBe(notIssued)
    expect(refusalWith(root, region, instance, instance)).toBe(mayNot)
    const pem = Buffer.from(chain.rootPem)
    expect(refusalWith(root, region, pem.subarray(0, 1024))).toBe(notIssued)
    expect(
      refusal(withMembers({ certificate: Buffer.concat([chain.certificate, Buffer.alloc(1)]) })),
    ).toBe(notIssued)
    expect(refusal(withMembers({ certificate: randomBytes(600) }))).toBe(notIssued)
  })

  it.each<[string, string, ChainParts]>([
    ['whose root begins tomorrow', outdated, [{ from: NOW + HOUR_MS }]],
    ['whose root is over', outdated, [{ to: NOW - 1000 }]],
    ['with an issuer that begins later', outdated, [{}, { from: NOW + 1000 }]],
    ['with an issuer that is over', outdated, [{}, {}, { to: NOW - 1000 }]],
    ['whose signer begins later', outdated, [{}, {}, {}, { from: NOW + 1000 }]],
    ['whose signer is over', outdated, [{}, {}, {}, { to: NOW - 1000 }]],
    ['with a signature of another key', notIssued, [{}, { signedWith: strange }]],
    ['whose signer is signed by another key', notIssued, [{}, {}, {}, { signedWith: strange }]],
    ['with another name of its issuer', notIssued, [{}, {}, {}, { issuer: 'region' }]],
    ['whose root is no issuer', mayNot, [{ isIssuer: false }]],
    ['with an issuer that is none', mayNot, [{}, {}, { isIssuer: false, pathLength: undefined }]],
    ['with an issuer that does not say so', mayNot, [{}, {}, { isIssuer: null }]],
    ['with an issuer too many', mayNot, [{}, { pathLength: 0 }]],
    ['whose root allows no issuers', mayNot, [{ pathLength: 1 }]],
    ['whose signer may issue', notToSign, [{}, {}, {}, { isIssuer: true }]],
    ['whose signer may issue, and says how far', notToSign, [{}, {}, {}, { pathLength: 0 }]],
    ['whose signer may not sign', notToSign, [{}, {}, {}, { usage: 0x04 }]],
    ['whose signer does not say what it may', notToSign, [{}, {}, {}, { usage: null }]],
    [
      'with an extension that must be understood',
      unknown,
      [{}, {}, { extensions: [extension('551d1e', Buffer.from('3000', 'hex'))] }],
    ],
    ['with constraints twice', notIssued, [{}, {}, {}, { extensions: [constraints] }]],
    ['whose root has constraints twice', unknown, [{ extensions: [constraints] }]],
    [
      'whose root has constraints of another kind',
      unknown,
      [{ isIssuer: null, extensions: [extension('551d13', Buffer.from('0101ff', 'hex'))] }],
    ],
  ])('%s is refused', (_, reason, parts) => {
    expect(refusalOf(...parts)).toBe(reason)
  })

  it.each<[string, ChainParts]>([
    ['with an issuer that may not issue', [{}, {}, { usage: 0x80 }]],
    ['with an issuer that does not say what it may', [{}, {}, { usage: null }]],
    ['whose root may not issue', [{ usage: 0x80 }]],
  ])('%s is refused', (_, parts) => {
    expect([mayNot, notIssued]).toContain(refusalOf(...parts))
  })

  it.each<[string, ChainParts]>([
    ['whose root is valid for this second', [{ to: NOW }]],
    ['that begins now', [{}, {}, {}, { from: NOW }]],
    ['whose root says how far it goes', [{ pathLength: 2 }]],
    [
      'with an extension that may be passed over',
      [{}, {}, { extensions: [extension('551d1f', Buffer.from('3000', 'hex'), false)] }],
    ],
    ['whose signer says nothing of issuing', [{}, {}, {}, { isIssuer: null }]],
  ])('%s is believed', (_, parts) => {
    expect(refusalOf(...parts)).toBe('believed')
  })

  it('whose signer has a key of another curve is refused', () => {
    const own = makeChain(NOW, [{}, {}, {}, { curve: 'P-256' }])
    const padded = makeDocument(own, NOW)
    // A signature of P-256 has 64 bytes; 96 of them are no better.
    const envelope = Buffer.concat([padded.subarray(0, -66), head(2, 96), Buffer.alloc(96, 1)])
    expect(refusal(envelope, [own.root])).toBe(because('its signature does not match'))
  })
})

describe('chains that were believed before', () => {
  const outdated = because('one of its certificates is not valid now')
  const own = makeChain(NOW, [{}, {}, {}, { from: NOW, to: NOW + 60_000 }])
  const chains = new TrustedChains([own.root])
  const outcomeAt = (now: number, parts: DocumentParts = {}, of = own) => {
    try {
      verifyAttestation(makeDocument(of, now, parts), chains, now)
      return 'believed'
    } catch (error) {
      return (error as Error).message
    }
  }

  it('are believed again, as long as they are valid', () => {
    expect(outcomeAt(NOW)).toBe('believed')
    expect(outcomeAt(NOW + 60_999)).toBe('believed')
    expect(outcomeAt(NOW + 61_000)).toBe(outdated)
    expect(outcomeAt(NOW - 1)).toBe(outdated)
    expect(outcomeAt(NOW)).toBe('believed')
  })

  it('vouch for no other signature, and no other certificate', () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    expect(outcomeAt(NOW)).toBe('believed')
    expect(outcomeAt(NOW, { key: stranger })).toBe(because('its signature does not match'))
    const other = makeChain(NOW)
    const certificate = other.certificate
    expect(outcomeAt(NOW, { members: { certificate } })).toBe(
      because('one of its certificates was not issued by the one before it'),
    )
    expect(outcomeAt(NOW, {}, other)).toBe(
      because('its certificates do not begin with a trusted root'),
    )
    // The same bytes, parted elsewhere.
    const [root, region, instance] = own.bundle
    const joined = [root!, Buffer.concat([region!, instance!]).subarray(0, 1024)]
    expect(outcomeAt(NOW, { members: { cabundle: joined } })).not.toBe('believed')
    expect(outcomeAt(NOW)).toBe('believed')
  })

  it('may be more than are remembered: the one that was believed first is checked anew', () => {
    const [one, two, three] = [makeChain(NOW), makeChain(NOW), makeChain(NOW)]
    const few = new TrustedChains(
      [one, two, three].map(({ root }) => root),
      2,
    )
    const keyOf = (chain: typeof one) => few.keyOf(chain, NOW)
    const first = keyOf(one)
    expect(keyOf(two)).toBe(keyOf(two))
    expect(keyOf(one)).toBe(first)
    keyOf(three)
    expect(keyOf(one)).not.toBe(first)
    expect(keyOf(one).equals(first)).toBe(true)
  })
})
