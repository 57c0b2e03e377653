/** Who may use keys of other kinds than the usual one, and for what: usages, grants, other accounts. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Kms } from '../../../src/kms/kms.js'
import { accountRoot } from '../../../src/service/caller.js'
import { valuesOf } from '../../../src/service/service.js'
import { caller, openTestKms, REGION, type TestKms } from '../../support/kms.js'
import { outcome } from '../bound.js'
import { KINDS, kindName } from './kinds.js'
import { ALLOWED, KIND_OF, USES } from './uses.js'

const GUEST = '444455556666'
const GUEST_ARN = `arn:aws:iam::${GUEST}:root`

let house: TestKms
let guest: Kms
beforeAll(async () => {
  house = await openTestKms()
  guest = house.service.as(accountRoot(GUEST, REGION))
})
afterAll(() => house.remove())

async function newKey(KeyUsage: keyof typeof KIND_OF): Promise<string> {
  return (await house.kms.createKey({ KeySpec: KIND_OF[KeyUsage], KeyUsage })).KeyMetadata.Arn
}

describe('a key', () => {
  // The fast ones: what is refused is refused by usage, whatever the spec.
  const kinds = KINDS.filter(({ KeySpec }) => !/^RSA_[34]/.test(KeySpec)).map((kind) => {
    return [kindName(kind), kind] as const
  })
  it.each(kinds)('is used for what it is for, and for nothing else: %s', async (_, kind) => {
    const { KeySpec, KeyUsage } = kind
    const { Arn } = (await house.kms.createKey({ KeySpec, KeyUsage })).KeyMetadata
    const others = Object.entries(USES).filter(([, use]) => use.KeyUsage !== KeyUsage)
    expect(others.length).toBeGreaterThan(4)
    for (const [operation, { run }] of others) {
      await expect(run(house.kms, Arn)).rejects.toMatchObject({
        code: 'InvalidKeyUsageException',
        message: `${Arn} key usage is ${KeyUsage} which is not valid for ${operation}.`,
      })
    }
    if (KeyUsage === 'ENCRYPT_DECRYPT') return
    await expect(
      house.kms.generateDataKey({ KeyId: Arn, KeySpec: 'AES_256' }),
    ).rejects.toMatchObject({
      code: 'InvalidKeyUsageException',
      message: `${Arn} key usage is ${KeyUsage} which is not valid for GenerateDataKey.`,
    })
  })

  it('that is symmetric is used for none of these', async () => {
    const { Arn } = (await house.kms.createKey({})).KeyMetadata
    for (const { KeyUsage, run } of Object.values(USES)) {
      const message =
        KeyUsage === 'ENCRYPT_DECRYPT'
          ? 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.'
          : expect.stringContaining(`${Arn} key usage is ENCRYPT_DECRYPT which is not valid for`)
      await expect(run(house.kms, Arn)).rejects.toMatchObject({
        ...{ code: 'InvalidKeyUsageException', message },
      })
    }
  })

  it.each(Object.entries(USES))('is used for %s by its alias, too', async (operation, use) => {
    const AliasName = `alias/used/${operation}`
    await house.kms.createAlias({ AliasName, TargetKeyId: (await newKey(use.KeyUsage)).slice(-36) })
    expect(await outcome(use.run(house.kms, AliasName))).toBe(ALLOWED[operation] ?? 'done')
  })
})

describe('a grant', () => {
  it.each(Object.entries(USES))('lets another account use a key for %s', async (operation, use) => {
    const KeyId = await newKey(use.KeyUsage)
    expect(await outcome(use.run(guest, KeyId))).toBe('AccessDeniedException')
    const terms = { KeyId, GranteePrincipal: GUEST_ARN, Operations: [operation as 'Sign'] }
    const { GrantId } = await house.kms.createGrant(terms)
    expect(await outcome(use.run(guest, KeyId))).toBe(ALLOWED[operation] ?? 'done')
    await house.kms.revokeGrant({ KeyId, GrantId })
    expect(await outcome(use.run(guest, KeyId))).toBe('AccessDeniedException')
  })

  it('gives the public half, and pairs of data keys', async () => {
    const KeyId = await newKey('SIGN_VERIFY')
    const own = (await house.kms.createKey({})).KeyMetadata.Arn
    const terms = { GranteePrincipal: GUEST_ARN }
    await house.kms.createGrant({ ...terms, KeyId, Operations: ['GetPublicKey'] })
    await house.kms.createGrant({
      ...{ ...terms, KeyId: own, Constraints: { EncryptionContextSubset: { a: 'b' } } },
      Operations: ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
    })
    const { PublicKey } = await guest.getPublicKey({ KeyId })
    expect(PublicKey).toEqual((await house.kms.getPublicKey({ KeyId })).PublicKey)
    const pair = { KeyId: own, KeyPairSpec: 'ECC_NIST_P256' } as const
    for (const operation of [
      'generateDataKeyPair',
      'generateDataKeyPairWithoutPlaintext',
    ] as const) {
      expect(await outcome(guest[operation](pair))).toBe('AccessDeniedException')
      await guest[operation]({ ...pair, EncryptionContext: { a: 'b' } })
    }
  })

  it('of what a key is not for is refused, and so is a context for keys that have none', async () => {
    const KeyId = await newKey('SIGN_VERIFY')
    const terms = { KeyId, GranteePrincipal: GUEST_ARN }
    await expect(
      house.kms.createGrant({ ...terms, Operations: ['GenerateMac'] }),
    ).rejects.toMatchObject({ code: 'ValidationException' })
    await expect(
      house.kms.createGrant({
        ...{ ...terms, Operations: ['Sign'] },
        Constraints: { EncryptionContextEquals: { a: 'b' } },
      }),
    ).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        'Encryption context constraints are not supported by operations without encryption context.',
    })
  })
})

describe('a call that the port could answer by itself', () => {
  it('is none of these', async () => {
    const told: string[] = []
    const context = { caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' }
    const repeats = vi.fn(({ operation }: { operation: { name: string } }) => {
      told.push(operation.name)
    })
    const call = (operation: string, input: object) =>
      house.service.call(operation, valuesOf(input), { ...context, repeats })
    const own = (await house.kms.createKey({})).KeyMetadata.KeyId
    await call('GenerateDataKey', { KeyId: own, KeySpec: 'AES_256' })
    expect(told).toEqual(['GenerateDataKey'])

    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const rsa = { KeyId: await newKey('ENCRYPT_DECRYPT'), EncryptionAlgorithm } as const
    const { CiphertextBlob } = await house.kms.encrypt({ ...rsa, Plaintext: Buffer.of(1) })
    await call('Decrypt', { ...rsa, CiphertextBlob })
    const KeyId = await newKey('SIGN_VERIFY')
    await call('Sign', { KeyId, Message: Buffer.of(1), SigningAlgorithm: 'ECDSA_SHA_256' })
    await call('GetPublicKey', { KeyId })
    const mac = { KeyId: await newKey('GENERATE_VERIFY_MAC'), MacAlgorithm: 'HMAC_SHA_256' }
    await call('GenerateMac', { ...mac, Message: Buffer.of(1) })
    await call('GenerateDataKeyPair', { KeyId: own, KeyPairSpec: 'ECC_NIST_P256' })
    expect(told).toEqual(['GenerateDataKey'])
  })
})
