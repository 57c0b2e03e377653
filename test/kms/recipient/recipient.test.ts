/** Answers for a recipient: nobody reads them but who holds the key of the attestation document. */
import { execFileSync } from 'node:child_process'
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InputOf } from '../../../src/kms/model/kms.js'
import { type Chain, makeChain, makeDocument, register } from '../../support/attestation.js'
import type { CborValue } from '../../support/cbor.js'
import { openCms, readCms } from '../../support/cms.js'
import { openTestKms, storeLike, type TestKms } from '../../support/kms.js'
import { temporaryFolder } from '../../support/serve.js'

type Given = NonNullable<InputOf<'Decrypt'>['Recipient']>

const folder = temporaryFolder('recipient')
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const enclave = rsa(2048)
const text = Buffer.from('a text for an enclave')

let chain: Chain
let house: TestKms
let key: string
let keyArn: string
let isBroken = false
beforeAll(async () => {
  chain = makeChain(Date.UTC(2026, 0, 2, 3, 0, 0))
  const attestationRoots = [chain.root]
  house = await openTestKms({
    attestationRoots,
    wrapStore: (store) => ({
      ...storeLike(store),
      commit: (entry) => (isBroken ? Promise.reject(new Error('disk')) : store.commit(entry)),
    }),
  })
  ;({ KeyId: key, Arn: keyArn } = (await house.kms.createKey({})).KeyMetadata)
})
afterAll(async () => {
  await house.remove()
  folder.remove()
})

const spki = (publicKey: KeyObject) => publicKey.export({ type: 'spki', format: 'der' })
const attested = (members: Record<string, CborValue | undefined> = {}) =>
  makeDocument(chain, house.clock.now(), {
    members: { public_key: spki(enclave.publicKey), ...members },
  })
const recipient = (members?: Record<string, CborValue | undefined>): Given => ({
  AttestationDocument: attested(members),
  KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
})
const opened = (answer: object) => {
  const { CiphertextForRecipient } = answer as { readonly CiphertextForRecipient: Uint8Array }
  return openCms(CiphertextForRecipient, enclave.privateKey)
}
const refused = async (call: Promise<unknown>) =>
  await call.then(
    () => 'answered',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  )
const because = (reason: string) =>
  `ValidationException: The attestation document is not valid: ${reason}.`
const blobOf = async (Plaintext: Uint8Array) =>
  (await house.kms.encrypt({ KeyId: key, Plaintext })).CiphertextBlob

describe('an answer for a recipient', () => {
  it('of Decrypt is the plaintext, for the recipient alone', async () => {
    const CiphertextBlob = await blobOf(text)
    const answer = await house.kms.decrypt({ CiphertextBlob, Recipient: recipient() })
    expect(answer).not.toHaveProperty('Plaintext')
    expect(answer).toMatchObject({ KeyId: keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    expect(opened(answer)).toEqual(text)
    expect(() => openCms(answer.CiphertextForRecipient, rsa(2048).privateKey)).toThrow()
  })

  it('of GenerateDataKey is the data key whose blob stands beside it', async () => {
    const input = { KeyId: key, KeySpec: 'AES_256', Recipient: recipient() } as const
    const answer = await house.kms.generateDataKey(input)
    expect(answer).not.toHaveProperty('Plaintext')
    const { CiphertextBlob } = answer
    const { Plaintext } = await house.kms.decrypt({ CiphertextBlob })
    expect(opened(answer)).toEqual(Buffer.from(Plaintext))
    expect(Plaintext).toHaveLength(32)
  })

  it('of GenerateDataKeyPair is the private key whose public half stands beside it', async () => {
    const input = { KeyId: key, KeyPairSpec: 'RSA_2048', Recipient: recipient() } as const
    const answer = await house.kms.generateDataKeyPair(input)
    expect(answer).not.toHaveProperty('PrivateKeyPlaintext')
    const pkcs8 = opened(answer)
    const pair = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    expect(spki(createPublicKey(pair))).toEqual(Buffer.from(answer.PublicKey))
    const blob = { CiphertextBlob: answer.PrivateKeyCiphertextBlob }
    expect(pkcs8).toEqual(Buffer.from((await house.kms.decrypt(blob)).Plaintext))
  })

  it('of DeriveSharedSecret is the secret that the other side has', async () => {
    const made = await house.kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
    const { KeyId } = made.KeyMetadata
    const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const answer = await house.kms.deriveSharedSecret({
      ...{ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: spki(peer.publicKey) },
      Recipient: recipient(),
    })
    expect(answer).not.toHaveProperty('SharedSecret')
    const PublicKey = Buffer.from((await house.kms.getPublicKey({ KeyId })).PublicKey)
    const publicKey = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' })
    expect(opened(answer)).toEqual(diffieHellman({ privateKey: peer.privateKey, publicKey }))
  })

  it('of GenerateRandom is as long as was asked, and each time another', async () => {
    const ask = async () =>
      opened(await house.kms.generateRandom({ NumberOfBytes: 24, Recipient: recipient() }))
    const [one, other] = [await ask(), await ask()]
    expect([one.length, other.length]).toEqual([24, 24])
    expect(one).not.toEqual(other)
  })

  it.each([1, 15, 16, 17, 255, 256, 4096])('opens, of %i bytes', async (length) => {
    const plain = Buffer.alloc(length, 'p')
    const CiphertextBlob = await blobOf(plain)
    const answer = await house.kms.decrypt({ CiphertextBlob, Recipient: recipient() })
    expect(opened(answer)).toEqual(plain)
  })

  it('has a key and an IV of its own', async () => {
    const CiphertextBlob = await blobOf(text)
    const ask = async () => {
      const answer = await house.kms.decrypt({ CiphertextBlob, Recipient: recipient() })
      return readCms(answer.CiphertextForRecipient)
    }
    const [one, other] = [await ask(), await ask()]
    expect(one.keyId).toEqual(other.keyId)
    for (const part of ['iv', 'encryptedKey', 'encryptedContent'] as const) {
      expect(one[part]).not.toEqual(other[part])
    }
  })

  it('is opened by OpenSSL', async () => {
    const CiphertextBlob = await blobOf(text)
    const answer = await house.kms.decrypt({ CiphertextBlob, Recipient: recipient() })
    const [cms, pem] = [join(folder.path, 'answer.cms'), join(folder.path, 'enclave.pem')]
    writeFileSync(cms, answer.CiphertextForRecipient)
    writeFileSync(pem, enclave.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const args = ['cms', '-decrypt', '-inform', 'DER', '-in', cms, '-inkey', pem, '-binary']
    expect(execFileSync('openssl', args)).toEqual(text)
  })

  it('goes to a key of 3072 bits as well', async () => {
    const { publicKey, privateKey } = rsa(3072)
    const Recipient = recipient({ public_key: spki(publicKey) })
    const answer = await house.kms.generateRandom({ NumberOfBytes: 8, Recipient })
    expect(openCms(answer.CiphertextForRecipient, privateKey)).toHaveLength(8)
  })

  it('goes to a key of up to 4096 bits', async () => {
    const Recipient = recipient({ public_key: spki(publicKeyOf(4096)) })
    const { CiphertextForRecipient } = await house.kms.generateRandom({
      ...{ NumberOfBytes: 8, Recipient },
    })
    expect(readCms(CiphertextForRecipient).encryptedKey).toHaveLength(512)
  })

  it('goes to an instance with NitroTPM as well', async () => {
    const pairs = [[4, register(4)]] as const
    const Recipient = recipient({ pcrs: undefined, nitrotpm_pcrs: { pairs } })
    expect(opened(await house.kms.generateRandom({ NumberOfBytes: 8, Recipient }))).toHaveLength(8)
  })

  it('may be asked for again with the same document, for five minutes', async () => {
    const Recipient = recipient()
    const ask = () => house.kms.generateRandom({ NumberOfBytes: 8, Recipient })
    await ask()
    await ask()
    house.clock.time += 5 * 60 * 1000
    await ask()
    house.clock.time += 1
    expect(await refused(ask())).toBe(because('it was not made within the last five minutes'))
  })
})

describe('a batch for a recipient', () => {
  it('of data keys has each sealed', async () => {
    const input = { KeyId: key, KeySpec: 'AES_256', NumberOfKeys: 3 } as const
    const answers = await house.kms.generateDataKeys({ ...input, Recipient: recipient() })
    for (const answer of answers) {
      expect(answer).not.toHaveProperty('Plaintext')
      const { Plaintext } = await house.kms.decrypt({ CiphertextBlob: answer.CiphertextBlob })
      expect(opened(answer)).toEqual(Buffer.from(Plaintext))
    }
    expect(new Set(answers.map((answer) => opened(answer).toString('hex'))).size).toBe(3)
  })

  it('of blobs has those sealed that ask for it', async () => {
    const CiphertextBlob = await blobOf(text)
    const Recipient = recipient()
    const even = { AttestationDocument: attested({ public_key: evenKey() }) }
    const [sealed, plain, broken, dry] = await house.kms.decryptMany([
      { CiphertextBlob, Recipient },
      { CiphertextBlob },
      { CiphertextBlob, Recipient: { ...Recipient, ...even } },
      { CiphertextBlob, Recipient, DryRun: true },
    ])
    expect(sealed).toMatchObject({ status: 'fulfilled' })
    const { value } = sealed as PromiseFulfilledResult<object>
    expect(value).not.toHaveProperty('Plaintext')
    expect(opened(value)).toEqual(text)
    expect(plain).toMatchObject({ value: { Plaintext: new Uint8Array(text) } })
    expect(broken).toMatchObject({ reason: { code: 'ValidationException' } })
    expect(dry).toMatchObject({ reason: { code: 'DryRunOperationException' } })
  })
})

describe('a recipient', () => {
  const ask = (Recipient: unknown) =>
    house.kms.generateRandom({ NumberOfBytes: 8, Recipient: Recipient as Given })
  const noDer = because('its public key is not an RSA key in DER')
  const noSize = because('its public key does not have 2048 to 4096 bits')

  it('needs a document and an algorithm', async () => {
    const { AttestationDocument, KeyEncryptionAlgorithm } = recipient()
    const says = (member: string) =>
      `ValidationException: 1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
    expect(await refused(ask({}))).toBe(says('recipient.attestationDocument'))
    expect(await refused(ask({ KeyEncryptionAlgorithm }))).toBe(
      says('recipient.attestationDocument'),
    )
    expect(await refused(ask({ AttestationDocument }))).toBe(
      says('recipient.keyEncryptionAlgorithm'),
    )
    const other = { AttestationDocument, KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }
    expect(await refused(ask(other))).toMatch(/^ValidationException: .*keyEncryptionAlgorithm/)
  })

  it.each<[string, () => CborValue | undefined, string]>([
    ['without a public key', () => undefined, because('it has no public key')],
    ['whose public key is null', () => null, because('it has no public key')],
    ['whose public key is none', () => Buffer.from('no key'), noDer],
    [
      'whose public key is in PEM',
      () => Buffer.from(enclave.publicKey.export({ type: 'spki', format: 'pem' }) as string),
      noDer,
    ],
    [
      'whose public key is as PKCS #1 says it',
      () => enclave.publicKey.export({ type: 'pkcs1', format: 'der' }),
      noDer,
    ],
    [
      'with a key of a curve',
      () => spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
      noDer,
    ],
    ['with a key of less than 2048 bits', () => spki(publicKeyOf(2040)), noSize],
    ['with a key of more than 4096 bits', () => spki(publicKeyOf(4104)), noSize],
    ['with a key that cannot encrypt', evenKey, because('its public key cannot encrypt')],
  ])('%s is refused', async (_, publicKey, reason) => {
    expect(await refused(ask(recipient({ public_key: publicKey() })))).toBe(reason)
  })

  it.each(['decrypt', 'generateDataKey', 'generateRandom'] as const)(
    'whose document is not believed is refused by %s, and nothing is answered',
    async (method) => {
      const other = makeDocument(makeChain(house.clock.now()), house.clock.now())
      const Recipient = { ...recipient(), AttestationDocument: other }
      const inputs = {
        decrypt: { CiphertextBlob: await blobOf(text), Recipient },
        generateDataKey: { KeyId: key, KeySpec: 'AES_256', Recipient },
        generateRandom: { NumberOfBytes: 8, Recipient },
      } as const
      const call: (input: never) => Promise<unknown> = house.kms[method]
      expect(await refused(call(inputs[method] as never))).toBe(
        because('its certificates do not begin with a trusted root'),
      )
      const random = { ...Recipient, AttestationDocument: Buffer.from('random bytes') }
      expect(await refused(call({ ...inputs[method], Recipient: random } as never))).toBe(
        because('it is not a COSE_Sign1 structure'),
      )
    },
  )

  it('of an operation that has none is passed over, as every unknown member is', async () => {
    const Recipient = { AttestationDocument: Buffer.from('random bytes') }
    const input = { KeyId: key, Plaintext: text, Recipient }
    const { CiphertextBlob } = await house.kms.encrypt(input)
    expect(Buffer.from((await house.kms.decrypt({ CiphertextBlob })).Plaintext)).toEqual(text)
    const wrapped = await house.kms.generateDataKeyWithoutPlaintext({
      ...{ KeyId: key, KeySpec: 'AES_256' as const },
      ...{ Recipient },
    })
    expect(wrapped).not.toHaveProperty('CiphertextForRecipient')
  })
})

describe('a dry run for a recipient', () => {
  const dry = 'DryRunOperationException'
  const runs = async (Recipient: Given) => [
    await refused(
      house.kms.decrypt({ CiphertextBlob: await blobOf(text), DryRun: true, Recipient }),
    ),
    await refused(
      house.kms.decrypt({
        ...{ KeyId: key, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] as const },
        Recipient,
      }),
    ),
    await refused(
      house.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_128', DryRun: true, Recipient }),
    ),
  ]

  it('goes through all checks', async () => {
    for (const outcome of await runs(recipient())) expect(outcome).toMatch(`${dry}: `)
    for (const outcome of await runs(recipient({ public_key: null }))) {
      expect(outcome).toBe(because('it has no public key'))
    }
  })
})

describe('the record of an answer for a recipient', () => {
  const recordsOf = async (work: () => Promise<unknown>) => {
    const before = (await house.records()).length
    await work().catch(() => undefined)
    return (await house.records()).slice(before)
  }
  const base64 = (index: number) => register(index).toString('base64')
  const moduleId = 'i-0123456789abcdef0-enc0123456789abcdef'
  const shown = {
    attestationDocumentModuleId: moduleId,
    attestationDocumentEnclaveImageDigest: base64(0),
    attestationDocumentEnclavePCR1: base64(1),
    attestationDocumentEnclavePCR2: base64(2),
    attestationDocumentEnclavePCR3: base64(3),
    attestationDocumentEnclavePCR4: base64(4),
    attestationDocumentEnclavePCR8: base64(8),
  }

  it('shows what the document says, beside the key material, and no recipient among the parameters', async () => {
    const input = { KeyId: key, KeySpec: 'AES_256', Recipient: recipient() } as const
    const [record] = await recordsOf(() => house.kms.generateDataKey(input))
    expect(record).toMatchObject({
      additionalEventData: { recipient: shown, keyMaterialId: expect.any(String) },
      requestParameters: { keyId: key, keySpec: 'AES_256' },
    })
    expect(record!.requestParameters).toEqual({ keyId: key, keySpec: 'AES_256' })
    const [random] = await recordsOf(() =>
      house.kms.generateRandom({ NumberOfBytes: 8, Recipient: recipient() }),
    )
    expect(random!.additionalEventData).toEqual({ recipient: shown })
  })

  it('shows an instance by its own registers', async () => {
    const pairs = [4, 5, 7, 23].map((index) => [index, register(index)] as const)
    const members = { pcrs: undefined, nitrotpm_pcrs: { pairs }, module_id: 'i-0-tpm0' }
    const CiphertextBlob = await blobOf(text)
    const Recipient = recipient(members)
    const [record] = await recordsOf(() => house.kms.decrypt({ CiphertextBlob, Recipient }))
    expect(record!.additionalEventData?.recipient).toEqual({
      attestationDocumentModuleId: 'i-0-tpm0',
      attestationDocumentNitroTPMPCR4: base64(4),
      attestationDocumentNitroTPMPCR7: base64(7),
      attestationDocumentNitroTPMPCR23: base64(23),
    })
  })

  it('is the same of each call of a batch', async () => {
    const CiphertextBlob = await blobOf(text)
    const inputs = [
      { CiphertextBlob, Recipient: recipient() },
      { CiphertextBlob, Recipient: recipient(), DryRun: true },
    ]
    const alone = await recordsOf(async () => {
      for (const input of inputs) await house.kms.decrypt(input).catch(() => undefined)
    })
    const together = await recordsOf(() => house.kms.decryptMany(inputs))
    const parts = (records: typeof alone) =>
      records.map(({ additionalEventData, errorCode, requestParameters }) => {
        return { additionalEventData, errorCode, requestParameters }
      })
    expect(parts(together)).toEqual(parts(alone))
  })

  it('of a document that is not believed shows nothing of it', async () => {
    const Recipient = { ...recipient(), AttestationDocument: Buffer.from('random bytes') }
    const [record] = await recordsOf(() =>
      house.kms.generateRandom({ NumberOfBytes: 8, Recipient }),
    )
    expect(record).toMatchObject({ errorCode: 'ValidationException' })
    expect(record).not.toHaveProperty('additionalEventData')
  })

  it('must be durable before anything is answered', async () => {
    const CiphertextBlob = await blobOf(text)
    isBroken = true
    try {
      const Recipient = recipient()
      expect(await refused(house.kms.decrypt({ CiphertextBlob, Recipient }))).toMatch(/disk/)
      expect(await refused(house.kms.generateRandom({ NumberOfBytes: 8, Recipient }))).toMatch(
        /disk/,
      )
    } finally {
      isBroken = false
    }
  })
})

/** An RSA key of so many bits, which nobody has the private half of. */
function publicKeyOf(bits: number): KeyObject {
  const n = Buffer.alloc(bits / 8, 0xff).toString('base64url')
  return createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
}

/** An RSA key in DER whose modulus is even: OpenSSL reads it, and encrypts nothing with it. */
function evenKey(): Buffer {
  const der = Buffer.from(spki(enclave.publicKey))
  // The modulus ends before the exponent: INTEGER 65537.
  der[der.length - 6]! &= 0xfe
  return der
}
