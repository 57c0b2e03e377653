/** Signatures: what we sign verifies with the public key alone, by others' code; what is not signed does not. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ARN, openTestKms, type TestKms } from '../../support/kms.js'
import { SIGNING } from './kinds.js'
import { hashed, isSigned, muOf } from './outside.js'

type Sign = Parameters<TestKms['kms']['sign']>[0]

const Message = Buffer.from('what is to be signed')
const rows = SIGNING.flatMap(({ KeySpec, shown }) =>
  shown.SigningAlgorithms!.map((algorithm) => {
    return [algorithm as Sign['SigningAlgorithm'], KeySpec] as const
  }),
)

let house: TestKms
const ids = new Map<string, string>()
beforeAll(async () => {
  house = await openTestKms()
  for (const { KeySpec, KeyUsage } of SIGNING) {
    ids.set(KeySpec, (await house.kms.createKey({ KeySpec, KeyUsage })).KeyMetadata.KeyId)
  }
})
afterAll(() => house.remove())

/** A message as `algorithm` takes it by default, and the bytes that others verify. */
function messageFor(SigningAlgorithm: Sign['SigningAlgorithm']) {
  if (SigningAlgorithm !== 'ED25519_PH_SHA_512') return { given: { Message }, verified: Message }
  // AWS hashes the digest once more.
  const digest = createHash('sha512').update(Message).digest()
  return { given: { Message: digest, MessageType: 'DIGEST' as const }, verified: digest }
}

describe('a signature', () => {
  it.each(rows)('by %s of %s verifies outside, and here', async (SigningAlgorithm, KeySpec) => {
    const KeyId = ids.get(KeySpec)!
    const { given, verified } = messageFor(SigningAlgorithm)
    const made = await house.kms.sign({ KeyId, ...given, SigningAlgorithm })
    const { Signature, ...rest } = made
    const KeyArn = `${ARN}:key/${KeyId}`
    expect(rest).toEqual({ KeyId: KeyArn, SigningAlgorithm })
    const { PublicKey } = await house.kms.getPublicKey({ KeyId })
    const signer = { KeySpec, PublicKey }
    expect(isSigned(signer, SigningAlgorithm, verified, Signature)).toBe(true)
    expect(await house.kms.verify({ KeyId, ...given, Signature, SigningAlgorithm })).toEqual({
      ...{ KeyId: KeyArn, SignatureValid: true, SigningAlgorithm },
    })
  })

  it.each(rows)(
    'by %s of %s does not verify with a bit changed, cut short, or on another message',
    async (SigningAlgorithm, KeySpec) => {
      const KeyId = ids.get(KeySpec)!
      const { given } = messageFor(SigningAlgorithm)
      const { Signature } = await house.kms.sign({ KeyId, ...given, SigningAlgorithm })
      const flipped = (bytes: Uint8Array, at: number) => {
        const copy = Uint8Array.from(bytes)
        copy[at]! ^= 1
        return copy
      }
      const middle = Signature.length >> 1
      const wrong: Array<{ Signature?: Uint8Array; Message?: Uint8Array }> = [
        { Signature: flipped(Signature, 0) },
        { Signature: flipped(Signature, middle) },
        { Signature: flipped(Signature, Signature.length - 1) },
        { Signature: Signature.subarray(1) },
        { Signature: Signature.subarray(0, -1) },
        { Signature: Buffer.concat([Signature, Buffer.of(0)]) },
        { Signature: Buffer.of(0) },
        { Message: flipped(given.Message, 3) },
      ]
      for (const change of wrong) {
        const input = { KeyId, ...given, SigningAlgorithm, Signature, ...change }
        await expect(house.kms.verify(input)).rejects.toMatchObject({
          ...{ code: 'KMSInvalidSignatureException', message: '' },
        })
      }
    },
  )

  const ofDigests = rows.filter(([algorithm]) => /^(RSASSA|ECDSA)/.test(algorithm))
  it.each(ofDigests)(
    'by %s of %s is the same kind for a message and for its digest',
    async (SigningAlgorithm, KeySpec) => {
      const KeyId = ids.get(KeySpec)!
      const asDigest = {
        ...{ KeyId, SigningAlgorithm, MessageType: 'DIGEST' as const },
        Message: hashed(SigningAlgorithm, Message),
      }
      const asMessage = { KeyId, SigningAlgorithm, Message, MessageType: 'RAW' as const }
      const { Signature } = await house.kms.sign(asDigest)
      const signer = await house.kms.getPublicKey({ KeyId })
      expect(isSigned(signer, SigningAlgorithm, Message, Signature)).toBe(true)
      await house.kms.verify({ ...asMessage, Signature })
      const whole = await house.kms.sign(asMessage)
      await house.kms.verify({ ...asDigest, Signature: whole.Signature })
    },
  )

  it.each(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const)(
    'of %s on μ is one on the message that μ stands for',
    async (KeySpec) => {
      const KeyId = ids.get(KeySpec)!
      const { PublicKey } = await house.kms.getPublicKey({ KeyId })
      const use = { KeyId, SigningAlgorithm: 'ML_DSA_SHAKE_256' } as const
      const ofMu = {
        Message: muOf(KeySpec, PublicKey, Message),
        MessageType: 'EXTERNAL_MU',
      } as const
      const { Signature } = await house.kms.sign({ ...use, ...ofMu })
      expect(isSigned({ KeySpec, PublicKey }, 'ML_DSA_SHAKE_256', Message, Signature)).toBe(true)
      await house.kms.verify({ ...use, Message, Signature })
      const whole = await house.kms.sign({ ...use, Message })
      await house.kms.verify({ ...use, ...ofMu, Signature: whole.Signature })
    },
  )

  it('of RSA that begins with a zero does not verify without it', async () => {
    const { privateKeys } = house.engines.small
    const key = await privateKeys.generate('RSA_2048')
    for (const algorithm of ['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_256'] as const) {
      for (let i = 0; ; i++) {
        const message = Buffer.from(String(i))
        const signature = privateKeys.sign(key, algorithm, message, 'RAW')
        expect(signature).toHaveLength(256)
        if (signature[0] !== 0) continue
        const verifies = (given: Uint8Array) =>
          privateKeys.verify(key, algorithm, message, 'RAW', given)
        expect([verifies(signature), verifies(signature.subarray(1))]).toEqual([true, false])
        break
      }
    }
    key.release()
  })

  it('of another key does not verify', async () => {
    const { kms } = house
    const kind = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const
    const other = (await kms.createKey(kind)).KeyMetadata.KeyId
    const use = { Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const { Signature } = await kms.sign({ ...use, KeyId: other })
    const KeyId = ids.get('ECC_NIST_P256')!
    await expect(kms.verify({ ...use, KeyId, Signature })).rejects.toMatchObject({
      code: 'KMSInvalidSignatureException',
    })
  })

  it('leaves a record of its making without message and signature', async () => {
    const KeyId = ids.get('ECC_NIST_P384')!
    const use = {
      KeyId,
      Message: hashed('384', Message),
      SigningAlgorithm: 'ECDSA_SHA_384',
    } as const
    const { Signature } = await house.kms.sign({ ...use, MessageType: 'DIGEST' })
    await house.kms.verify({ ...use, MessageType: 'DIGEST', Signature })
    await house.kms.sign(use)
    const records = (await house.records()).slice(-3)
    const shown = records.map(({ eventName, requestParameters, readOnly, responseElements }) => {
      return { eventName, requestParameters, readOnly, responseElements }
    })
    const parameters = { keyId: KeyId, signingAlgorithm: 'ECDSA_SHA_384' }
    const rest = { readOnly: true, responseElements: null }
    const digest = { ...parameters, messageType: 'DIGEST' }
    expect(shown).toEqual([
      { eventName: 'Sign', requestParameters: digest, ...rest },
      { eventName: 'Verify', requestParameters: digest, ...rest },
      { eventName: 'Sign', requestParameters: { ...parameters, messageType: 'RAW' }, ...rest },
    ])
    expect(records[0]).not.toHaveProperty('additionalEventData')
  })
})

describe('a message', () => {
  const digest = 'Digest is invalid length for algorithm'
  const type = 'Message type'
  it.each([
    ['RSA_2048', 'RSASSA_PSS_SHA_256', 'DIGEST', 31, `${digest} RSASSA_PSS_SHA_256.`],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512', 'DIGEST', 32, `${digest} RSASSA_PKCS1_V1_5_SHA_512.`],
    ['ECC_NIST_P384', 'ECDSA_SHA_384', 'DIGEST', 47, `${digest} ECDSA_SHA_384.`],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'DIGEST', 33, `${digest} ECDSA_SHA_256.`],
    ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST', 63, `${digest} ED25519_PH_SHA_512.`],
    [
      ...(['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'RAW', 64] as const),
      `${type} RAW is incompatible with algorithm ED25519_PH_SHA_512.`,
    ],
    [
      ...(['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'DIGEST', 64] as const),
      `${type} DIGEST is incompatible with algorithm ED25519_SHA_512.`,
    ],
    [
      ...(['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'EXTERNAL_MU', 64] as const),
      `${type} EXTERNAL_MU is incompatible with key spec ECC_NIST_EDWARDS25519.`,
    ],
    [
      ...(['ML_DSA_44', 'ML_DSA_SHAKE_256', 'DIGEST', 64] as const),
      `${type} DIGEST is incompatible with key spec ML_DSA_44.`,
    ],
    [
      ...(['ML_DSA_65', 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', 63] as const),
      'External Mu is invalid length for algorithm ML_DSA_SHAKE_256.',
    ],
    [
      ...(['RSA_2048', 'RSASSA_PSS_SHA_512', 'EXTERNAL_MU', 64] as const),
      `${type} EXTERNAL_MU is incompatible with key spec RSA_2048.`,
    ],
    [
      ...(['ECC_NIST_P256', 'ECDSA_SHA_256', 'RAW', 4097] as const),
      "1 validation error detected: Value at 'message' failed to satisfy constraint: " +
        'Member must have length less than or equal to 4096',
    ],
  ] as const)(
    'for %s by %s as %s of %i bytes is refused',
    async (KeySpec, SigningAlgorithm, MessageType, bytes, message) => {
      const input = { KeyId: ids.get(KeySpec)!, SigningAlgorithm, MessageType }
      const refused = { code: 'ValidationException', message }
      const given = { ...input, Message: new Uint8Array(bytes) }
      await expect(house.kms.sign(given)).rejects.toMatchObject(refused)
      const Signature = new Uint8Array(64)
      await expect(house.kms.verify({ ...given, Signature })).rejects.toMatchObject(refused)
    },
  )

  it('of 4,096 bytes is signed, as is one of a single byte', async () => {
    for (const bytes of [1, 4096]) {
      for (const [SigningAlgorithm, KeySpec] of rows) {
        if (SigningAlgorithm === 'ED25519_PH_SHA_512') continue
        const input = {
          KeyId: ids.get(KeySpec)!,
          SigningAlgorithm,
          Message: Buffer.alloc(bytes, 7),
        }
        const { Signature } = await house.kms.sign(input)
        await house.kms.verify({ ...input, Signature })
      }
    }
  })
})

describe('an algorithm', () => {
  const algorithms = [...new Set(rows.map(([algorithm]) => algorithm)), 'SM2DSA' as const]
  const misfits = SIGNING.flatMap(({ KeySpec, shown }) =>
    algorithms
      .filter((algorithm) => !shown.SigningAlgorithms!.includes(algorithm))
      .map((algorithm) => [algorithm, KeySpec] as const),
  )
  it.each(misfits)(
    'that the key does not have is refused: %s of %s',
    async (algorithm, KeySpec) => {
      const input = { KeyId: ids.get(KeySpec)!, SigningAlgorithm: algorithm, Message }
      const refused = {
        code: 'InvalidKeyUsageException',
        message: `Algorithm ${algorithm} is incompatible with key spec ${KeySpec}.`,
      }
      await expect(house.kms.sign(input)).rejects.toMatchObject(refused)
      const Signature = Buffer.of(1)
      await expect(house.kms.verify({ ...input, Signature })).rejects.toMatchObject(refused)
    },
  )

  it('does nothing on a dry run but what comes before, and says so last', async () => {
    const use = { KeyId: ids.get('RSA_2048')!, SigningAlgorithm: 'RSASSA_PSS_SHA_256' } as const
    const dry = { code: 'DryRunOperationException' }
    const { Signature } = await house.kms.sign({ ...use, Message })
    const run = { ...use, Message, DryRun: true }
    await expect(house.kms.sign(run)).rejects.toMatchObject(dry)
    await expect(house.kms.verify({ ...run, Signature })).rejects.toMatchObject(dry)
    await expect(house.kms.verify({ ...run, Signature: Buffer.of(1) })).rejects.toMatchObject({
      code: 'KMSInvalidSignatureException',
    })
  })
})
