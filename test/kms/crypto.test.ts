/** Encrypt, Decrypt, ReEncrypt: what opens, and everything that must not. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountRoot } from '../../src/service/caller.js'
import { ACCOUNT, ARN, openTestKms, REGION, type TestKms } from '../support/kms.js'
import { fc, test } from '../support/property.js'

let house: TestKms
let key: string
let otherKey: string
beforeAll(async () => {
  house = await openTestKms()
  key = (await house.kms.createKey({})).KeyMetadata.KeyId
  otherKey = (await house.kms.createKey({ MultiRegion: true })).KeyMetadata.KeyId
  await house.kms.createAlias({ AliasName: 'alias/crypto', TargetKeyId: key })
})
afterAll(() => house.remove())

const refused = { code: 'InvalidCiphertextException', message: '' }

/** What AWS says of a blob whose key the account of the caller does not have. */
const denial = (account: string, action: string) => ({
  code: 'AccessDeniedException',
  message:
    `User: arn:aws:iam::${account}:root is not authorized to perform: kms:${action} on the resource ` +
    'associated with this ciphertext because the resource does not exist in this Region, no ' +
    'resource-based policies allow access, or a resource-based policy explicitly denies access',
})
const text = Buffer.from('attack at dawn')

/** Any map of strings that AWS takes, with the keys that trip up JavaScript. */
const contexts = fc
  .dictionary(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('__proto__', 'constructor', 'toString', '', 'aws:s3:arn'),
    ),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    { maxKeys: 6, noNullPrototype: false },
  )
  .map((context): [string, string][] => Object.entries(context))

/** As JSON.parse would make it: `__proto__` is a member of its own. */
function contextOf(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const context: Record<string, string> = Object.create(null)
  for (const [name, value] of pairs) context[name] = value
  return context
}

describe('Encrypt and Decrypt', () => {
  it.each([1, 15, 16, 17, 4095, 4096])('give back %i bytes', async (size) => {
    const Plaintext = Buffer.alloc(size, 7)
    const { CiphertextBlob, ...rest } = await house.kms.encrypt({
      KeyId: 'alias/crypto',
      Plaintext,
    })
    expect(rest).toEqual({ KeyId: `${ARN}:key/${key}`, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
    expect(CiphertextBlob).toHaveLength(96 + size)
    expect(await house.kms.decrypt({ CiphertextBlob })).toEqual({
      KeyId: `${ARN}:key/${key}`,
      Plaintext: new Uint8Array(Plaintext),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      KeyMaterialId: (await house.kms.describeKey({ KeyId: key })).KeyMetadata.CurrentKeyMaterialId,
    })
  })

  it('make a new blob each time', async () => {
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
      seen.add(Buffer.from(CiphertextBlob).toString('hex'))
    }
    expect(seen.size).toBe(20)
  })

  it('leave the bytes of the caller alone', async () => {
    const Plaintext = new Uint8Array(text)
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext })
    expect(Plaintext).toEqual(new Uint8Array(text))
    const before = CiphertextBlob.slice()
    const opened = await house.kms.decrypt({ CiphertextBlob })
    expect(CiphertextBlob).toEqual(before)
    opened.Plaintext.fill(0)
    expect((await house.kms.decrypt({ CiphertextBlob })).Plaintext).toEqual(new Uint8Array(text))
  })

  it.each([
    ['nothing', new Uint8Array(0)],
    ['more than 4,096 bytes', new Uint8Array(4097)],
  ])('do not take %s', async (_, Plaintext) => {
    await expect(house.kms.encrypt({ KeyId: key, Plaintext })).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })

  test.prop([contexts, fc.nat()], { numRuns: 60 })(
    'take a context in any order',
    async (pairs, turn) => {
      const rotated = [...pairs.slice(turn % 7), ...pairs.slice(0, turn % 7)].reverse()
      const { CiphertextBlob } = await house.kms.encrypt({
        KeyId: key,
        Plaintext: text,
        EncryptionContext: contextOf(pairs),
      })
      const { Plaintext } = await house.kms.decrypt({
        CiphertextBlob,
        EncryptionContext: contextOf(rotated),
      })
      expect(Plaintext).toEqual(new Uint8Array(text))
    },
  )

  test.prop([contexts, contexts], { numRuns: 60 })(
    'refuse any other context',
    async (pairs, others) => {
      fc.pre(JSON.stringify([...pairs].sort()) !== JSON.stringify([...others].sort()))
      const { CiphertextBlob } = await house.kms.encrypt({
        KeyId: key,
        Plaintext: text,
        EncryptionContext: contextOf(pairs),
      })
      await expect(
        house.kms.decrypt({ CiphertextBlob, EncryptionContext: contextOf(others) }),
      ).rejects.toMatchObject(refused)
    },
  )

  it.each([
    [{ ab: 'c' }, { a: 'bc' }],
    [{ a: 'b' }, { A: 'b' }],
    [{ a: 'b' }, { b: 'a' }],
    [{ a: 'b' }, {}],
    [{ a: '' }, {}],
    [{ a: 'b', c: 'd' }, { a: 'b' }],
    [{ a: 'b\u0000' }, { a: 'b' }],
    [{ ä: 'x' }, { 'a\u0308': 'x' }],
  ])('tell %j from %j', async (one, other) => {
    const pairs = [
      [one, other],
      [other, one],
    ] as unknown as [Record<string, string>, Record<string, string>][]
    for (const [EncryptionContext, wrong] of pairs) {
      const { CiphertextBlob } = await house.kms.encrypt({
        ...{ KeyId: key, Plaintext: text, EncryptionContext },
      })
      await expect(
        house.kms.decrypt({ CiphertextBlob, EncryptionContext: wrong }),
      ).rejects.toMatchObject(refused)
    }
  })

  it.each([
    ['a lone surrogate in a value', { a: '\ud800' }],
    ['a lone surrogate in a key', { '\udc00': 'a' }],
    ['9,000 characters', { a: 'x'.repeat(8999) }],
    ['more than 8,192 characters in all', { a: 'x'.repeat(4096), b: 'y'.repeat(4095) }],
  ])('refuse a context with %s', async (_, EncryptionContext) => {
    const answer = { code: 'ValidationException' }
    const input = { KeyId: key, EncryptionContext }
    await expect(house.kms.encrypt({ ...input, Plaintext: text })).rejects.toMatchObject(answer)
    await expect(house.kms.generateDataKey({ ...input, KeySpec: 'AES_256' })).rejects.toMatchObject(
      answer,
    )
    const CiphertextBlob = new Uint8Array(128)
    await expect(house.kms.decrypt({ CiphertextBlob, EncryptionContext })).rejects.toMatchObject(
      answer,
    )
  })

  it('take a context of exactly 8,192 characters', async () => {
    const EncryptionContext = { a: 'x'.repeat(4096), b: 'y'.repeat(4094) }
    const { CiphertextBlob } = await house.kms.encrypt({
      ...{ KeyId: key, Plaintext: text, EncryptionContext },
    })
    await house.kms.decrypt({ CiphertextBlob, EncryptionContext })
  })

  it('refuse an algorithm for other kinds of keys', async () => {
    const answer = {
      code: 'InvalidKeyUsageException',
      message: 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
    }
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    await expect(
      house.kms.encrypt({ KeyId: key, Plaintext: text, EncryptionAlgorithm }),
    ).rejects.toMatchObject(answer)
    await expect(
      house.kms.decrypt({ KeyId: key, CiphertextBlob, EncryptionAlgorithm }),
    ).rejects.toMatchObject(answer)
  })
})

describe('a blob', () => {
  it('is refused with any byte changed', async () => {
    const EncryptionContext = { a: 'b' }
    const { CiphertextBlob } = await house.kms.generateDataKey({
      ...{ KeyId: key, KeySpec: 'AES_256', EncryptionContext },
    })
    expect(CiphertextBlob).toHaveLength(128)
    for (let i = 0; i < CiphertextBlob.length; i++) {
      const changed = CiphertextBlob.slice()
      changed[i]! ^= 1 << (i & 7)
      const namesAnotherKey = i >= 8 && i < 24
      await expect(
        house.kms.decrypt({ CiphertextBlob: changed, EncryptionContext }),
      ).rejects.toMatchObject(namesAnotherKey ? denial(ACCOUNT, 'Decrypt') : refused)
    }
    await house.kms.decrypt({ CiphertextBlob, EncryptionContext })
  })

  it('is refused cut short, or longer than it was', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    for (const size of [1, 23, 24, 80, 96, 97, CiphertextBlob.length - 1]) {
      await expect(
        house.kms.decrypt({ CiphertextBlob: CiphertextBlob.subarray(0, size) }),
      ).rejects.toMatchObject(refused)
    }
    for (const size of [CiphertextBlob.length + 1, 4193, 6144]) {
      const longer = new Uint8Array(size)
      longer.set(CiphertextBlob)
      await expect(house.kms.decrypt({ CiphertextBlob: longer })).rejects.toMatchObject(refused)
    }
    await expect(house.kms.decrypt({ CiphertextBlob: new Uint8Array(6145) })).rejects.toMatchObject(
      { code: 'ValidationException' },
    )
  })

  it('is refused with the header of another key or version', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    const other = await house.kms.encrypt({ KeyId: otherKey, Plaintext: text })
    const mixed = CiphertextBlob.slice()
    mixed.set(other.CiphertextBlob.subarray(0, 24))
    await expect(house.kms.decrypt({ CiphertextBlob: mixed })).rejects.toMatchObject(refused)
    const version = CiphertextBlob.slice()
    version[7] = 2
    await expect(house.kms.decrypt({ CiphertextBlob: version })).rejects.toMatchObject(refused)
  })

  it('opens in its own account and region only', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    for (const caller of [accountRoot(ACCOUNT, 'us-east-1'), accountRoot('777777777777', REGION)]) {
      const kms = house.service.as(caller)
      const DestinationKeyId = (await kms.createKey({})).KeyMetadata.KeyId
      const before = (await house.records()).length
      const denied = denial(caller.account, 'Decrypt')
      await expect(kms.decrypt({ CiphertextBlob })).rejects.toMatchObject(denied)
      await expect(kms.decryptMany([{ CiphertextBlob }])).resolves.toMatchObject([
        { status: 'rejected', reason: denied },
      ])
      await expect(kms.reEncrypt({ CiphertextBlob, DestinationKeyId })).rejects.toMatchObject(
        denial(caller.account, 'ReEncryptFrom'),
      )
      const records = (await house.records()).slice(before)
      expect(records).toMatchObject([
        { eventName: 'Decrypt', errorCode: 'AccessDenied', errorMessage: denied.message },
        { eventName: 'Decrypt', errorCode: 'AccessDenied', errorMessage: denied.message },
        { eventName: 'ReEncrypt', errorCode: 'AccessDenied' },
      ])
      for (const { resources = [] } of records) expect(resources).toEqual([])
    }
  })

  it('whose key nobody has is denied, and one that is no blob is none', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    const denied = denial(ACCOUNT, 'Decrypt')
    for (const changes of [{ 8: 1 }, { 23: 1 }, { 3: 1 }]) {
      const stray = new Uint8Array(CiphertextBlob)
      for (const [offset, bits] of Object.entries(changes)) stray[Number(offset)]! ^= bits
      await expect(house.kms.decrypt({ CiphertextBlob: stray })).rejects.toMatchObject(denied)
      await expect(house.kms.decrypt({ CiphertextBlob: stray, KeyId: key })).rejects.toMatchObject({
        code: 'IncorrectKeyException',
      })
    }
    for (const [offset, bits] of [
      [0, 1],
      [1, 2],
      [2, 1],
      [3, 2],
    ] as const) {
      const none = new Uint8Array(CiphertextBlob)
      none[offset]! ^= bits
      await expect(house.kms.decrypt({ CiphertextBlob: none })).rejects.toMatchObject(refused)
    }
  })

  it('opens under the key that the caller names, and no other', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: otherKey, Plaintext: text })
    for (const KeyId of [otherKey, `${ARN}:key/${otherKey}`]) {
      await house.kms.decrypt({ CiphertextBlob, KeyId })
    }
    for (const KeyId of [key, 'alias/crypto']) {
      await expect(house.kms.decrypt({ CiphertextBlob, KeyId })).rejects.toMatchObject({
        code: 'IncorrectKeyException',
        message:
          'The key ID in the request does not identify a CMK that can perform this operation.',
      })
    }
    await expect(
      house.kms.decrypt({ CiphertextBlob: new Uint8Array(128), KeyId: key }),
    ).rejects.toMatchObject(refused)
    await expect(house.kms.decrypt({ CiphertextBlob, KeyId: 'alias/none' })).rejects.toMatchObject({
      code: 'NotFoundException',
    })
  })

  it('is required', async () => {
    await expect(house.kms.decrypt({})).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: " +
        'Member must not be null',
    })
  })
})

describe('ReEncrypt', () => {
  it('moves a blob to another key and context', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({
      ...{ KeyId: key, Plaintext: text, EncryptionContext: { from: 'here' } },
    })
    const moved = await house.kms.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: { from: 'here' },
      DestinationKeyId: otherKey,
      DestinationEncryptionContext: { to: 'there' },
    })
    const ids = []
    for (const KeyId of [key, otherKey]) {
      ids.push((await house.kms.describeKey({ KeyId })).KeyMetadata.CurrentKeyMaterialId)
    }
    expect(moved).toEqual({
      CiphertextBlob: expect.any(Uint8Array),
      SourceKeyId: `${ARN}:key/${key}`,
      KeyId: `${ARN}:key/${otherKey}`,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: ids[0],
      DestinationKeyMaterialId: ids[1],
    })
    const opened = await house.kms.decrypt({
      ...{ CiphertextBlob: moved.CiphertextBlob, KeyId: otherKey },
      EncryptionContext: { to: 'there' },
    })
    expect(opened.Plaintext).toEqual(new Uint8Array(text))
    await expect(
      house.kms.decrypt({
        ...{ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { from: 'here' } },
      }),
    ).rejects.toMatchObject(refused)
  })

  it('moves nothing that does not open', async () => {
    const { CiphertextBlob } = await house.kms.encrypt({
      ...{ KeyId: key, Plaintext: text, EncryptionContext: { from: 'here' } },
    })
    const input = { CiphertextBlob, DestinationKeyId: otherKey }
    await expect(house.kms.reEncrypt(input)).rejects.toMatchObject(refused)
    const SourceEncryptionContext = { from: 'here' }
    await expect(
      house.kms.reEncrypt({ ...input, SourceEncryptionContext, SourceKeyId: otherKey }),
    ).rejects.toMatchObject({ code: 'IncorrectKeyException' })
    await expect(
      house.kms.reEncrypt({ ...input, SourceEncryptionContext, DestinationKeyId: 'alias/none' }),
    ).rejects.toMatchObject({ code: 'NotFoundException' })
    await expect(house.kms.reEncrypt({ DestinationKeyId: otherKey })).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })
})

describe('a dry run', () => {
  const dry = {
    code: 'DryRunOperationException',
    message: 'The request would have succeeded, but the DryRun option is set.',
  }

  it('of what would succeed says so, and answers nothing', async () => {
    const { kms } = house
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key, Plaintext: text })
    const run = { KeyId: key, DryRun: true }
    await expect(kms.encrypt({ ...run, Plaintext: text })).rejects.toMatchObject(dry)
    await expect(kms.decrypt({ ...run, CiphertextBlob })).rejects.toMatchObject(dry)
    await expect(kms.generateDataKey({ ...run, KeySpec: 'AES_256' })).rejects.toMatchObject(dry)
    await expect(
      kms.generateDataKeyWithoutPlaintext({ ...run, KeySpec: 'AES_256' }),
    ).rejects.toMatchObject(dry)
    await expect(
      kms.reEncrypt({ CiphertextBlob, DestinationKeyId: otherKey, DryRun: true }),
    ).rejects.toMatchObject(dry)
  })

  it('of what would fail fails as it would', async () => {
    const CiphertextBlob = new Uint8Array(128)
    await expect(house.kms.decrypt({ CiphertextBlob, DryRun: true })).rejects.toMatchObject(refused)
  })

  it('can do without the blob', async () => {
    const DryRunModifiers = ['IGNORE_CIPHERTEXT'] as const
    const run = { DryRun: true, DryRunModifiers }
    await expect(house.kms.decrypt({ ...run, KeyId: key })).rejects.toMatchObject(dry)
    await expect(
      house.kms.reEncrypt({ ...run, SourceKeyId: key, DestinationKeyId: otherKey }),
    ).rejects.toMatchObject(dry)
    await expect(house.kms.decrypt(run)).rejects.toMatchObject({ code: 'ValidationException' })
    await expect(house.kms.decrypt({ KeyId: key, DryRunModifiers })).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })
})

describe('what cannot be verified', () => {
  it('is refused and not ignored', async () => {
    const Recipient = { AttestationDocument: new Uint8Array(1) }
    const CiphertextBlob = new Uint8Array(128)
    const unsupported = { code: 'UnsupportedOperationException' }
    await expect(
      house.kms.generateDataKey({ KeyId: key, KeySpec: 'AES_256', Recipient }),
    ).rejects.toMatchObject(unsupported)
    await expect(house.kms.decrypt({ CiphertextBlob, Recipient })).rejects.toMatchObject(
      unsupported,
    )
    await expect(house.kms.generateRandom({ NumberOfBytes: 1, Recipient })).rejects.toMatchObject(
      unsupported,
    )
    await expect(
      house.kms.encrypt({ KeyId: key, Plaintext: text, GrantTokens: ['token'] }),
    ).rejects.toMatchObject({ code: 'InvalidGrantTokenException' })
  })
})
