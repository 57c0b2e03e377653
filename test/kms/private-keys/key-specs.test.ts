/** Keys of every spec: made, described, kept over a restart, copied to other regions, and never rotated. */
import { createPublicKey } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { KEY_SPECS } from '../../../src/kms/specs/key-specs.js'
import { accountRoot } from '../../../src/service/caller.js'
import { ACCOUNT, ARN, caller, openTestKms, REGION, type TestKms } from '../../support/kms.js'
import { AUTHENTICATING, KINDS, type Kind, kindName } from './kinds.js'

const OTHER_REGION = 'us-east-1'
const MEMBERS = [
  ...['EncryptionAlgorithms', 'SigningAlgorithms', 'KeyAgreementAlgorithms', 'MacAlgorithms'],
]
const named = KINDS.map((kind) => [kindName(kind), kind] as const)
const asymmetric = named.filter(([, kind]) => !AUTHENTICATING.includes(kind))

let house: TestKms
const ids = new Map<string, string>()
beforeAll(async () => {
  house = await openTestKms()
  const made = await Promise.all(
    named.map(async ([name, { KeySpec, KeyUsage }]) => {
      const input = { KeySpec, KeyUsage, MultiRegion: true }
      return [name, (await house.kms.createKey(input)).KeyMetadata.KeyId] as const
    }),
  )
  for (const [name, id] of made) ids.set(name, id)
})
afterAll(() => house.remove())

const algorithmsIn = (answer: object) =>
  Object.fromEntries(Object.entries(answer).filter(([member]) => MEMBERS.includes(member)))

/** As OpenSSL calls it: `rsa 2048`, `ec secp256k1`, `ed25519`. */
function kindOfPublicKey(der: Uint8Array): string {
  const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  return `${key.asymmetricKeyType} ${modulusLength ?? namedCurve ?? ''}`.trim()
}

const OPENSSL_NAMES: Record<string, string> = {
  ...{ RSA_2048: 'rsa 2048', RSA_3072: 'rsa 3072', RSA_4096: 'rsa 4096' },
  ...{ ECC_NIST_P256: 'ec prime256v1', ECC_NIST_P384: 'ec secp384r1' },
  ...{ ECC_NIST_P521: 'ec secp521r1', ECC_SECG_P256K1: 'ec secp256k1' },
  ECC_NIST_EDWARDS25519: 'ed25519',
}
/** Whole DER: 22 bytes and the public key of FIPS 204. */
const ML_DSA_BYTES: Record<string, number> = {
  ...{ ML_DSA_44: 22 + 1312, ML_DSA_65: 22 + 1952, ML_DSA_87: 22 + 2592 },
}

describe('the table of key specs', () => {
  it('has the specs and usages that AWS documents, and no others', () => {
    const rows = Object.entries(KEY_SPECS).flatMap(([KeySpec, row]) =>
      Object.entries(row!).map(([KeyUsage]) => `${KeySpec} for ${KeyUsage}`),
    )
    const expected = ['SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT', ...named.map(([name]) => name)]
    expect(rows.sort()).toEqual(expected.sort())
  })
})

describe('a key', () => {
  it.each(named)('is what was asked for: %s', async (name, { KeySpec, KeyUsage, shown }) => {
    const KeyId = ids.get(name)!
    const { KeyMetadata } = await house.kms.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({
      ...{ KeySpec, KeyUsage, CustomerMasterKeySpec: KeySpec, Enabled: true },
      ...{ Origin: 'AWS_KMS', KeyState: 'Enabled', MultiRegion: true },
    })
    expect(algorithmsIn(KeyMetadata)).toEqual(shown)
    expect(KeyMetadata).not.toHaveProperty('CurrentKeyMaterialId')
  })

  it.each(asymmetric)('shows its public half: %s', async (name, { KeySpec, KeyUsage, shown }) => {
    const { PublicKey, ...rest } = await house.kms.getPublicKey({ KeyId: ids.get(name)! })
    expect(rest).toEqual({
      ...{ KeyId: `${ARN}:key/${ids.get(name)}`, KeyUsage, KeySpec },
      ...{ CustomerMasterKeySpec: KeySpec, ...shown },
    })
    if (KeySpec in ML_DSA_BYTES) expect(PublicKey).toHaveLength(ML_DSA_BYTES[KeySpec]!)
    else expect(kindOfPublicKey(PublicKey)).toBe(OPENSSL_NAMES[KeySpec])
  })

  it.each(asymmetric)('is the same in another region and after a restart: %s', async (name) => {
    const KeyId = ids.get(name)!
    const { PublicKey } = await house.kms.getPublicKey({ KeyId })
    await house.kms.replicateKey({ KeyId, ReplicaRegion: OTHER_REGION })
    house = await house.reopen()
    expect((await house.kms.getPublicKey({ KeyId })).PublicKey).toEqual(PublicKey)
    const there = house.service.as({ ...caller, region: OTHER_REGION })
    expect((await there.getPublicKey({ KeyId })).PublicKey).toEqual(PublicKey)
    const { KeyMetadata } = await there.describeKey({ KeyId })
    expect(KeyMetadata.MultiRegionConfiguration?.MultiRegionKeyType).toBe('REPLICA')
  })

  it.each(named)('is not rotated, and says so in the words of AWS: %s', async (name) => {
    const KeyId = ids.get(name)!
    const { kms } = house
    const refused = { code: 'UnsupportedOperationException', message: '' }
    await expect(kms.enableKeyRotation({ KeyId })).rejects.toMatchObject(refused)
    await expect(kms.disableKeyRotation({ KeyId })).rejects.toMatchObject(refused)
    await expect(kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject(refused)
    expect(await kms.getKeyRotationStatus({ KeyId })).toEqual({
      ...{ KeyId: `${ARN}:key/${KeyId}`, KeyRotationEnabled: false },
    })
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
    expect(await kms.listKeyRotations(all)).toEqual({ Rotations: [], Truncated: false })
  })

  it.each(AUTHENTICATING.map((kind) => [kindName(kind)]))(
    'without a public half does not show one: %s',
    async (name) => {
      const KeyId = ids.get(name)!
      await expect(house.kms.getPublicKey({ KeyId })).rejects.toMatchObject({
        code: 'UnsupportedOperationException',
        message: expect.stringContaining(`${ARN}:key/${KeyId} key spec is HMAC_`),
      })
    },
  )

  it('that is symmetric does not show one either', async () => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    await expect(house.kms.getPublicKey({ KeyId })).rejects.toMatchObject({
      code: 'UnsupportedOperationException',
    })
  })

  it('leaves a record of its making with its spec, and none of its bytes', async () => {
    const records = await house.records({ eventName: 'CreateKey' })
    const kind = KINDS.find(({ KeySpec }) => KeySpec === 'ECC_SECG_P256K1') as Kind
    const record = records.find(({ requestParameters }) => {
      return requestParameters?.keySpec === kind.KeySpec
    })
    expect(record).toMatchObject({
      requestParameters: { keySpec: kind.KeySpec, keyUsage: kind.KeyUsage, multiRegion: true },
      responseElements: { keyMetadata: { signingAlgorithms: ['ECDSA_SHA_256'] } },
    })
  })

  it('lies in the store as wrapped bytes alone', async () => {
    const { store } = house
    const rows = await store.read(
      store.query
        .selectFrom('kms_material')
        .select(['key_id', 'wrapped'])
        .where('account', '=', ACCOUNT)
        .where('region', '=', REGION)
        .compile(),
    )
    const wrapped = new Map(rows.map((row) => [row.key_id, row.wrapped]))
    const ed25519 = wrapped.get(ids.get('ECC_NIST_EDWARDS25519 for SIGN_VERIFY')!)!
    // Header, nonce, commitment and tag around the 48 bytes of PKCS #8 (RFC 8410).
    expect(ed25519).toHaveLength(96 + 48)
    expect(Buffer.from(ed25519).indexOf('302e020100300506032b6570', 'hex')).toBe(-1)
  })
})

describe('keys that take long to make', () => {
  const RSA_KEY = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const

  /** An RSA key is there when its function is called; it is one of another kind, which takes no time. */
  function holdingUp({ engines }: TestKms): Array<() => void> {
    const { privateKeys } = engines.small
    const { generate } = privateKeys
    const begun: Array<() => void> = []
    vi.spyOn(privateKeys, 'generate').mockImplementation(async (spec) => {
      if (!spec.startsWith('RSA_')) return await generate(spec)
      await new Promise<void>((resolve) => begun.push(resolve))
      return await generate('ECC_NIST_P256')
    })
    return begun
  }

  /** A commit may take its time. */
  const soon = (claim: () => void) => vi.waitFor(claim, { timeout: 120_000, interval: 5 })

  afterEach(() => void vi.restoreAllMocks())

  it('are made two at once, and keep nobody waiting who needs none of them', async () => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    const begun = holdingUp(house)
    const making = [1, 2, 3].map(() => house.kms.createKey(RSA_KEY))
    await house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })
    await house.kms.createKey({})
    await house.kms.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    await house.kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })
    await house.kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })
    expect(begun).toHaveLength(2)
    begun[0]!()
    await Promise.race(making)
    expect(begun).toHaveLength(3)
    for (const go of begun) go()
    for (const { KeyMetadata } of await Promise.all(making)) {
      expect(KeyMetadata.KeySpec).toBe('RSA_2048')
    }
  })

  it('are waited for by so many, and accounts take turns', async () => {
    const begun = holdingUp(house)
    const ended: string[] = []
    const make = async (name: string, kms: TestKms['kms']) => {
      const outcome = await kms.createKey(RSA_KEY).then(
        () => name,
        ({ code }) => `${name}: ${code}`,
      )
      ended.push(outcome)
    }
    const making = Array.from({ length: 20 }, () => make('one', house.kms))
    // Two are being made, and sixteen wait.
    const refusals = ['one: ThrottlingException', 'one: ThrottlingException']
    await soon(() => expect(ended).toEqual(refusals))
    making.push(make('other', house.service.as(accountRoot('444455556666', REGION))))
    let made = 0
    const makeNext = async () => {
      const before = ended.length
      await soon(() => expect(begun.length).toBeGreaterThan(made))
      begun[made++]!()
      await soon(() => expect(ended.length).toBeGreaterThan(before))
    }
    // Not behind those sixteen.
    while (!ended.includes('other')) await makeNext()
    expect(made).toBeLessThan(6)
    while (ended.length < making.length) await makeNext()
    await Promise.all(making)
    const [refused] = (await house.records({ eventName: 'CreateKey' })).filter(
      ({ errorCode }) => errorCode === 'ThrottlingException',
    )
    expect(refused).toMatchObject({ errorMessage: 'Rate exceeded', responseElements: null })
  })

  it('are not waited for by who closes the house, but those that are being made', async () => {
    const closing = await openTestKms()
    const begun = holdingUp(closing)
    const making = [1, 2, 3, 4].map(() => closing.kms.createKey(RSA_KEY))
    await soon(() => expect(begun).toHaveLength(2))
    const closed = closing.service.close()
    const late = { status: 'rejected', reason: { code: 'Closed' } }
    expect(await Promise.allSettled(making.slice(2))).toMatchObject([late, late])
    for (const go of begun) go()
    await closed
    expect(begun).toHaveLength(2)
    for (const { KeyMetadata } of await Promise.all(making.slice(0, 2))) {
      expect(KeyMetadata.KeySpec).toBe('RSA_2048')
    }
    await closing.remove()
  })
})
