/** What grants decide: who else may use a key, for which operations, in which contexts, until when. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kms } from '../../src/kms/kms.js'
import type { Caller } from '../../src/service/caller.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'
import {
  alice,
  GUEST,
  GUEST_ARN,
  granted,
  guest,
  newKey,
  outcome,
  service,
  TRAIL,
  third,
  writer,
} from './granted.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

const text = Buffer.from('text')
const encrypt = (caller: Caller, KeyId: string, EncryptionContext?: Record<string, string>) =>
  house.service.as(caller).encrypt({ KeyId, Plaintext: text, EncryptionContext })

describe('a key of another account', () => {
  /** How a grantee calls each operation that a grant on a symmetric key can name. */
  const CALLS: Record<string, (kms: Kms, KeyId: string, blob: Uint8Array) => Promise<unknown>> = {
    Encrypt: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: text }),
    Decrypt: (kms, KeyId, CiphertextBlob) => kms.decrypt({ KeyId, CiphertextBlob }),
    GenerateDataKey: (kms, KeyId) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
    GenerateDataKeyWithoutPlaintext: (kms, KeyId) =>
      kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' }),
    DescribeKey: (kms, KeyId) => kms.describeKey({ KeyId }),
    CreateGrant: (kms, KeyId) =>
      kms.createGrant({
        ...{ KeyId, GranteePrincipal: alice.identity.arn!, Operations: ['CreateGrant'] as const },
      }),
  }
  const names = Object.keys(CALLS) as Array<'Encrypt'>

  it.each(names)(
    'may be used for %s by whom that is granted, and for nothing else',
    async (name) => {
      const key = await newKey(house)
      const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
      await granted(house, key, [name])
      const kms = house.service.as(guest)
      for (const other of names) {
        const wanted = other === name ? 'done' : 'AccessDeniedException'
        expect([other, await outcome(CALLS[other]!(kms, key, CiphertextBlob))]).toEqual([
          other,
          wanted,
        ])
        expect(await outcome(CALLS[other]!(house.service.as(third), key, CiphertextBlob))).toBe(
          'AccessDeniedException',
        )
      }
    },
  )

  it('is managed by nobody, whatever is granted', async () => {
    const key = await newKey(house)
    const { GrantId } = await granted(house, key, [
      ...(['Encrypt', 'Decrypt', 'CreateGrant', 'RetireGrant', 'DescribeKey'] as const),
    ])
    const kms = house.service.as(guest)
    for (const work of [
      kms.disableKey({ KeyId: key }),
      kms.scheduleKeyDeletion({ KeyId: key }),
      kms.tagResource({ KeyId: key, Tags: [] }),
      kms.getKeyPolicy({ KeyId: key }),
      kms.listGrants({ KeyId: key }),
      kms.revokeGrant({ KeyId: key, GrantId }),
      kms.listAliases({ KeyId: key }),
    ]) {
      expect(await outcome(work)).toBe('AccessDeniedException')
    }
  })

  it('is named by an ARN, of the key or of an alias, and never by a bare id', async () => {
    const key = await newKey(house)
    const keyId = key.split('/')[1]!
    await house.kms.createAlias({ AliasName: 'alias/shared', TargetKeyId: keyId })
    await granted(house, key, ['Encrypt'])
    const alias = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/shared`
    expect((await encrypt(guest, alias)).KeyId).toBe(key)
    expect(await outcome(encrypt(guest, keyId))).toBe('NotFoundException')
    expect(await outcome(encrypt(guest, 'alias/shared'))).toBe('NotFoundException')
  })

  it('opens a blob that names it, with a KeyId and without', async () => {
    const key = await newKey(house)
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    const kms = house.service.as(guest)
    expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('AccessDeniedException')
    const { GrantId } = await granted(house, key, ['Decrypt'])
    for (const KeyId of [key, undefined]) {
      const { Plaintext, KeyId: by } = await kms.decrypt({ CiphertextBlob, KeyId })
      expect([Buffer.from(Plaintext).toString(), by]).toEqual(['text', key])
    }
    const many = await kms.decryptMany([{ CiphertextBlob }, { CiphertextBlob, KeyId: key }])
    expect(many.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    await house.kms.revokeGrant({ KeyId: key, GrantId })
    expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('AccessDeniedException')
    expect(await outcome(kms.decrypt({ CiphertextBlob, KeyId: key }))).toBe('AccessDeniedException')
  })

  it('re-encrypts from here and to there, each as granted', async () => {
    const key = await newKey(house)
    const own = (await house.service.as(guest).createKey({})).KeyMetadata.Arn
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: key, Plaintext: text })
    const kms = house.service.as(guest)
    const away = () => kms.reEncrypt({ CiphertextBlob, DestinationKeyId: own })
    expect(await outcome(away())).toBe('AccessDeniedException')
    await granted(house, key, ['ReEncryptFrom'])
    const moved = await away()
    const back = () =>
      kms.reEncrypt({ CiphertextBlob: moved.CiphertextBlob, DestinationKeyId: key })
    expect(await outcome(back())).toBe('AccessDeniedException')
    await granted(house, key, ['ReEncryptTo'])
    expect((await back()).KeyId).toBe(key)
  })

  it('gives data keys for sealed objects and opens them', async () => {
    const key = await newKey(house)
    await granted(house, key, ['GenerateDataKey', 'Decrypt'])
    const keyring = house.service.as(guest).keyring({ keyId: key })
    const { dataKey, encryptedDataKeys } = await keyring.generateDataKey(house.engines.small, {})
    const opened = await keyring.decryptDataKey(house.engines.small, encryptedDataKeys, {})
    for (const handle of [dataKey, opened]) handle.release()
    const batch = { KeyId: key, KeySpec: 'AES_256', NumberOfKeys: 3 } as const
    expect(await house.service.as(guest).generateDataKeys(batch)).toHaveLength(3)
  })

  it('tells its state to those alone who may use it', async () => {
    const key = await newKey(house)
    await granted(house, key, ['Encrypt'])
    await house.kms.disableKey({ KeyId: key })
    expect(await outcome(encrypt(guest, key))).toBe('DisabledException')
    const denied = await encrypt(third, key).catch((error: Error) => error.message)
    const absent = key.replace(/[0-9a-f]{12}$/, '000000000000')
    expect(await encrypt(third, absent).catch((error: Error) => error.message)).toBe(denied)
    expect(await outcome(house.service.as(guest).describeKey({ KeyId: key }))).toBe(
      'AccessDeniedException',
    )
  })
})

describe('a grantee', () => {
  it.each([
    ['a user', alice.identity.arn!, [alice]],
    ['a role in every session', `arn:aws:iam::${GUEST}:role/service/Writer`, [writer]],
    ['one session of a role', writer.identity.arn!, [writer]],
    ['an account, whose users it does not mean by itself', GUEST_ARN, [guest]],
    ['another user', `arn:aws:iam::${GUEST}:user/Alice`, []],
    ['another session', `arn:aws:sts::${GUEST}:assumed-role/Writer/two`, []],
  ])('is %s', async (_, GranteePrincipal, meant: readonly Caller[]) => {
    const key = await newKey(house)
    await granted(house, key, ['Encrypt'], { GranteePrincipal })
    for (const caller of [alice, writer, guest, service, third]) {
      const wanted = meant.includes(caller) ? 'done' : 'AccessDeniedException'
      expect(await outcome(encrypt(caller, key))).toBe(wanted)
    }
  })

  it('is a service that calls on behalf of the resource that the grant names', async () => {
    const key = await newKey(house)
    await granted(house, key, ['Encrypt', 'DescribeKey'], {
      GranteeServicePrincipal: 'cloudtrail.amazonaws.com',
      RetiringPrincipal: GUEST_ARN,
      Constraints: { SourceArn: TRAIL },
    })
    expect(await outcome(encrypt(service, key))).toBe('done')
    const { sourceArn: _, ...silent } = service
    for (const other of [
      silent,
      { ...service, sourceArn: `${TRAIL}2` },
      { ...service, identity: { ...service.identity, invokedBy: 's3.amazonaws.com' } },
      guest,
    ]) {
      expect(await outcome(encrypt(other, key))).toBe('AccessDeniedException')
      expect(await outcome(house.service.as(other).describeKey({ KeyId: key }))).toBe(
        'AccessDeniedException',
      )
    }
  })
})

describe('a grant with a context constraint', () => {
  it('that is a subset lets through whatever has its pairs, names in any case', async () => {
    const key = await newKey(house)
    const Constraints = { EncryptionContextSubset: { Tenant: 'acme' } }
    await granted(house, key, ['Encrypt', 'Decrypt', 'DescribeKey'], { Constraints })
    const fits = [{ Tenant: 'acme' }, { tenant: 'acme' }, { TENANT: 'acme', file: '1' }]
    const others = [{}, { Tenant: 'Acme' }, { Tenant: 'other' }, { file: 'acme' }, undefined]
    for (const context of fits) expect(await outcome(encrypt(guest, key, context))).toBe('done')
    for (const context of others) {
      expect(await outcome(encrypt(guest, key, context))).toBe('AccessDeniedException')
    }
    // What has no context is not constrained by one.
    expect(await outcome(house.service.as(guest).describeKey({ KeyId: key }))).toBe('done')
  })

  it('that is an equality lets through its pairs and no more', async () => {
    const key = await newKey(house)
    const Constraints = { EncryptionContextEquals: { Tenant: 'acme', File: '1' } }
    await granted(house, key, ['Encrypt'], { Constraints })
    const fits = [
      { Tenant: 'acme', File: '1' },
      { file: '1', tenant: 'acme' },
    ]
    const others = [
      { Tenant: 'acme' },
      { Tenant: 'acme', File: '2' },
      { Tenant: 'acme', File: '1', more: 'x' },
      { Tenant: 'acme', tenant: 'acme', File: '1' },
    ]
    for (const context of fits) expect(await outcome(encrypt(guest, key, context))).toBe('done')
    for (const context of others) {
      expect(await outcome(encrypt(guest, key, context))).toBe('AccessDeniedException')
    }
  })

  it('decides for both contexts of ReEncrypt apart', async () => {
    const key = await newKey(house)
    const from = { EncryptionContextEquals: { step: 'one' } }
    const to = { EncryptionContextEquals: { step: 'two' } }
    await granted(house, key, ['ReEncryptFrom'], { Constraints: from })
    await granted(house, key, ['ReEncryptTo'], { Constraints: to })
    const EncryptionContext = { step: 'one' }
    const { CiphertextBlob } = await house.kms.encrypt({
      ...{ KeyId: key, Plaintext: text, EncryptionContext },
    })
    const move = (step: string) =>
      house.service.as(guest).reEncrypt({
        ...{ CiphertextBlob, DestinationKeyId: key },
        SourceEncryptionContext: { step: 'one' },
        DestinationEncryptionContext: { step },
      })
    expect(await outcome(move('two'))).toBe('done')
    expect(await outcome(move('one'))).toBe('AccessDeniedException')
  })

  it('is one of several: each that fits is enough', async () => {
    const key = await newKey(house)
    for (const tenant of ['a', 'b', 'c']) {
      const Constraints = { EncryptionContextEquals: { tenant } }
      await granted(house, key, ['Encrypt'], { Constraints })
    }
    for (const tenant of ['a', 'b', 'c']) {
      expect(await outcome(encrypt(guest, key, { tenant }))).toBe('done')
    }
    expect(await outcome(encrypt(guest, key, { tenant: 'd' }))).toBe('AccessDeniedException')
  })
})

describe('a grant', () => {
  it('counts after a restart', async () => {
    const key = await newKey(house)
    await granted(house, key, ['Encrypt'], {
      Constraints: { EncryptionContextSubset: { tenant: 'acme' } },
    })
    house = await house.reopen()
    expect(await outcome(encrypt(guest, key, { tenant: 'acme' }))).toBe('done')
    expect(await outcome(encrypt(guest, key))).toBe('AccessDeniedException')
  })

  it('whose row was changed behind our back is refused with its key', async () => {
    const key = await newKey(house)
    const { GrantId } = await granted(house, key, ['Encrypt'])
    const { query, store } = { query: house.store.query, store: house.store }
    const [row] = await store.read(
      query.selectFrom('kms_grant').selectAll().where('grant_id', '=', GrantId).compile(),
    )
    const forged = { ...row!, operations: '["Encrypt","Decrypt"]' }
    await store.commit({ changes: [{ put: 'kms_grant', row: forged }] })
    house = await house.reopen()
    const error = await house.kms.encrypt({ KeyId: key, Plaintext: text }).catch((e: Error) => e)
    expect(error).toMatchObject({ code: 'StoreDamaged', message: expect.stringContaining(GrantId) })
    await house.store.commit({ changes: [{ put: 'kms_grant', row: row! }] })
    expect(await outcome(encrypt(guest, key))).toBe('done')
  })
})
