/** Secrets of private keys for a recipient: nobody reads them but who holds the key of the attestation document. */
import { diffieHellman, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chain, makeChain, makeDocument } from '../../support/attestation.js'
import { openCms } from '../../support/cms.js'
import { openTestKms, type TestKms } from '../../support/kms.js'
import { allow, outcome, userWith } from '../bound.js'
import { publicKeyOf } from './outside.js'

const enclave = generateKeyPairSync('rsa', { modulusLength: 2048 })
const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const ECDH = { KeyAgreementAlgorithm: 'ECDH' } as const

let chain: Chain
let house: TestKms
beforeAll(async () => {
  chain = makeChain(Date.UTC(2026, 0, 2, 3, 0, 0))
  house = await openTestKms({ attestationRoots: [chain.root] })
})
afterAll(() => house.remove())

const recipient = () => ({
  AttestationDocument: makeDocument(chain, house.clock.now(), {
    members: { public_key: enclave.publicKey.export({ type: 'spki', format: 'der' }) },
  }),
  KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' as const,
})

function opened(answer: object): Buffer {
  const { CiphertextForRecipient } = answer as { readonly CiphertextForRecipient: Uint8Array }
  return openCms(CiphertextForRecipient, enclave.privateKey)
}

async function lastBeside(): Promise<object | undefined> {
  return (await house.records()).at(-1)!.additionalEventData
}

describe('for a recipient', () => {
  it.each(['RSA_4096', 'ECC_NIST_P256'] as const)(
    'the private key of a pair of %s is sealed, and beside it what Decrypt opens',
    async (KeyPairSpec) => {
      const { KeyId } = (await house.kms.createKey({})).KeyMetadata
      const input = { KeyId, KeyPairSpec, Recipient: recipient() }
      const answer = await house.kms.generateDataKeyPair(input)
      expect(answer).not.toHaveProperty('PrivateKeyPlaintext')
      expect(await lastBeside()).toHaveProperty('recipient.attestationDocumentModuleId')
      const CiphertextBlob = answer.PrivateKeyCiphertextBlob
      const { Plaintext } = await house.kms.decrypt({ CiphertextBlob })
      expect(opened(answer)).toEqual(Buffer.from(Plaintext))
    },
  )

  it('a shared secret is sealed, and is the one that the peer has', async () => {
    const kind = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' } as const
    const { KeyId } = (await house.kms.createKey(kind)).KeyMetadata
    const PublicKey = peer.publicKey.export({ type: 'spki', format: 'der' })
    const input = { KeyId, PublicKey, ...ECDH, Recipient: recipient() }
    const answer = await house.kms.deriveSharedSecret(input)
    expect(answer).not.toHaveProperty('SharedSecret')
    expect(await lastBeside()).toHaveProperty('recipient.attestationDocumentModuleId')
    const own = publicKeyOf((await house.kms.getPublicKey({ KeyId })).PublicKey)
    const theirs = diffieHellman({ privateKey: peer.privateKey, publicKey: own })
    expect(opened(answer)).toEqual(theirs)
  })

  it('what was encrypted under an RSA key is sealed, in a batch too', async () => {
    const kind = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const
    const { KeyId } = (await house.kms.createKey(kind)).KeyMetadata
    const use = { KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const
    const Plaintext = Buffer.from('a text')
    const { CiphertextBlob } = await house.kms.encrypt({ ...use, Plaintext })
    const input = { ...use, CiphertextBlob, Recipient: recipient() }
    const [one] = await house.kms.decryptMany([input])
    expect(one).toMatchObject({ status: 'fulfilled' })
    const answers = [await house.kms.decrypt(input), (one as PromiseFulfilledResult<object>).value]
    for (const answer of answers) {
      expect(answer).not.toHaveProperty('Plaintext')
      expect(opened(answer)).toEqual(Plaintext)
    }
  })

  it('and for no other, a policy lets a secret be derived', async () => {
    const kind = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' } as const
    const { KeyId } = (await house.kms.createKey(kind)).KeyMetadata
    const PublicKey = peer.publicKey.export({ type: 'spki', format: 'der' })
    const Condition = { Null: { 'kms:RecipientAttestation:PCR0': 'false' } }
    const kms = house.service.as(userWith({ identity: [allow('kms:*', { Condition })] }))
    const input = { KeyId, PublicKey, ...ECDH }
    expect(await outcome(kms.deriveSharedSecret(input))).toBe('AccessDeniedException')
    const attested = { ...input, Recipient: recipient() }
    expect(await outcome(kms.deriveSharedSecret(attested))).toBe('done')
  })
})
