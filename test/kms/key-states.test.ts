/**
 * Key states: what each allows, generated from the table in code, and the ways from one to another.
 *
 * The rows that AWS documents stand here once more, so that the table cannot drift unseen.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMaterials } from '../../src/kms/keys/material-rows.js'
import { putKey, readKey } from '../../src/kms/keys/rows.js'
import {
  KEY_STATE_TABLE,
  type KeyState,
  keyStateError,
  type StateRow,
} from '../../src/kms/keys/states.js'
import type { Kms } from '../../src/kms/kms.js'
import { FOR_EVER, importMaterial, prepared } from '../support/importing.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'

const STATES: KeyState[] = [
  'Creating',
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
]

/** Of a grant on each key, made while it was enabled. */
const grantIds = new Map<string, string>()

const grant = (kms: Kms, KeyId: string) =>
  kms.createGrant({
    ...{ KeyId, Operations: ['DescribeKey'] },
    GranteePrincipal: 'arn:aws:iam::444455556666:root',
  })

const material = Buffer.alloc(32, 'material')
/** Of a key, what was wrapped for it while it was enabled. */
const imports = new Map<string, Awaited<ReturnType<typeof prepared>>>()
/** What is asked of multi-Region keys alone. */
const MULTI_REGION = ['ReplicateKey', 'UpdatePrimaryRegion']

/** What is asked of keys of other kinds than the usual one. */
const KINDS: Record<string, Parameters<Kms['createKey']>[0]> = {
  DeriveSharedSecret: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  GenerateMac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  GetPublicKey: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  DeleteImportedKeyMaterial: { Origin: 'EXTERNAL' },
  GetParametersForImport: { Origin: 'EXTERNAL' },
  ImportKeyMaterial: { Origin: 'EXTERNAL' },
  Sign: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  Verify: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  VerifyMac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
}

const Message = Buffer.from('message')
const SigningAlgorithm = 'ECDSA_SHA_256'
const MacAlgorithm = 'HMAC_SHA_256'

/** How a test calls each operation of the table on a key. */
const CALLS: Record<string, (kms: Kms, KeyId: string, blob: Uint8Array) => Promise<unknown>> = {
  CancelKeyDeletion: (kms, KeyId) => kms.cancelKeyDeletion({ KeyId }),
  CreateAlias: (kms, KeyId) =>
    kms.createAlias({ AliasName: `alias/created/${KeyId}`, TargetKeyId: KeyId }),
  CreateGrant: (kms, KeyId) => grant(kms, KeyId),
  Decrypt: (kms, KeyId, CiphertextBlob) => kms.decrypt({ KeyId, CiphertextBlob }),
  DeleteImportedKeyMaterial: (kms, KeyId) => kms.deleteImportedKeyMaterial({ KeyId }),
  DeriveSharedSecret: (kms, KeyId, PublicKey) =>
    kms.deriveSharedSecret({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }),
  DescribeKey: (kms, KeyId) => kms.describeKey({ KeyId }),
  DisableKey: (kms, KeyId) => kms.disableKey({ KeyId }),
  DisableKeyRotation: (kms, KeyId) => kms.disableKeyRotation({ KeyId }),
  EnableKey: (kms, KeyId) => kms.enableKey({ KeyId }),
  EnableKeyRotation: (kms, KeyId) => kms.enableKeyRotation({ KeyId }),
  Encrypt: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: new Uint8Array(1) }),
  GenerateDataKey: (kms, KeyId) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
  GenerateDataKeyPair: (kms, KeyId) =>
    kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
  GenerateDataKeyPairWithoutPlaintext: (kms, KeyId) =>
    kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
  GenerateDataKeyWithoutPlaintext: (kms, KeyId) =>
    kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 7 }),
  GenerateMac: (kms, KeyId) => kms.generateMac({ KeyId, Message, MacAlgorithm }),
  GetKeyLastUsage: (kms, KeyId) => kms.getKeyLastUsage({ KeyId }),
  GetKeyPolicy: (kms, KeyId) => kms.getKeyPolicy({ KeyId }),
  GetKeyRotationStatus: (kms, KeyId) => kms.getKeyRotationStatus({ KeyId }),
  GetParametersForImport: (kms, KeyId) => prepared(kms, KeyId, material),
  GetPublicKey: (kms, KeyId) => kms.getPublicKey({ KeyId }),
  ImportKeyMaterial: (kms, KeyId) => kms.importKeyMaterial({ ...imports.get(KeyId)!, ...FOR_EVER }),
  ListAliases: (kms, KeyId) => kms.listAliases({ KeyId }),
  ListGrants: (kms, KeyId) => kms.listGrants({ KeyId }),
  ListKeyPolicies: (kms, KeyId) => kms.listKeyPolicies({ KeyId }),
  ListKeyRotations: (kms, KeyId) => kms.listKeyRotations({ KeyId }),
  ListResourceTags: (kms, KeyId) => kms.listResourceTags({ KeyId }),
  PutKeyPolicy: async (kms, KeyId) => {
    const { Policy } = await kms.getKeyPolicy({ KeyId })
    return await kms.putKeyPolicy({ KeyId, Policy })
  },
  ReEncrypt: (kms, KeyId, CiphertextBlob) =>
    kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId }),
  ReplicateKey: (kms, KeyId) => kms.replicateKey({ KeyId, ReplicaRegion: 'us-east-1' }),
  RetireGrant: (kms, KeyId) => kms.retireGrant({ KeyId, GrantId: grantIds.get(KeyId)! }),
  RevokeGrant: (kms, KeyId) => kms.revokeGrant({ KeyId, GrantId: grantIds.get(KeyId)! }),
  RotateKeyOnDemand: (kms, KeyId) => kms.rotateKeyOnDemand({ KeyId }),
  ScheduleKeyDeletion: (kms, KeyId) => kms.scheduleKeyDeletion({ KeyId }),
  Sign: (kms, KeyId) => kms.sign({ KeyId, Message, SigningAlgorithm }),
  TagResource: (kms, KeyId) => kms.tagResource({ KeyId, Tags: [{ TagKey: 'tag', TagValue: 'x' }] }),
  UntagResource: (kms, KeyId) => kms.untagResource({ KeyId, TagKeys: ['tag'] }),
  UpdateAlias: (kms, KeyId) => kms.updateAlias({ AliasName: 'alias/moved', TargetKeyId: KeyId }),
  UpdateKeyDescription: (kms, KeyId) => kms.updateKeyDescription({ KeyId, Description: 'x' }),
  UpdatePrimaryRegion: (kms, KeyId) =>
    kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-3' }),
  Verify: (kms, KeyId, Signature) => kms.verify({ KeyId, Message, Signature, SigningAlgorithm }),
  VerifyMac: (kms, KeyId, Mac) => kms.verifyMac({ KeyId, Message, Mac, MacAlgorithm }),
}

/** What an operation is given that opens, verifies, or agrees with somebody. */
async function blobFor(kms: Kms, operation: string, KeyId: string): Promise<Uint8Array> {
  switch (operation) {
    case 'DeriveSharedSecret':
      return (await kms.getPublicKey({ KeyId })).PublicKey
    case 'Verify':
      return (await kms.sign({ KeyId, Message, SigningAlgorithm })).Signature
    case 'VerifyMac':
      return (await kms.generateMac({ KeyId, Message, MacAlgorithm })).Mac
    default:
      if (operation in KINDS) return new Uint8Array()
      return (await kms.encrypt({ KeyId, Plaintext: Buffer.from('text') })).CiphertextBlob
  }
}

describe('the table of key states', () => {
  it('has a test for each of its operations', () => {
    expect(Object.keys(CALLS)).toEqual(Object.keys(KEY_STATE_TABLE))
  })

  it('refuses what AWS documents as refused', () => {
    const column = (state: KeyState) =>
      Object.fromEntries(
        Object.entries(KEY_STATE_TABLE).map(([name, row]) => [name, (row as StateRow)[state]]),
      )
    const refusedIn = (state: KeyState) =>
      Object.entries(column(state))
        .filter(([, cell]) => cell !== 'ok')
        .map(([name]) => name)
    const uses = [
      'Decrypt',
      'DeriveSharedSecret',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
      'GenerateDataKeyWithoutPlaintext',
      'GenerateMac',
      'GetPublicKey',
      'ReEncrypt',
      'Sign',
      'Verify',
      'VerifyMac',
      'DisableKeyRotation',
      'EnableKeyRotation',
      'RotateKeyOnDemand',
      'ReplicateKey',
      'UpdatePrimaryRegion',
    ]
    expect(refusedIn('Enabled')).toEqual(['CancelKeyDeletion'])
    expect(refusedIn('Disabled').sort()).toEqual(
      ['CancelKeyDeletion', 'CreateGrant', ...uses].sort(),
    )
    expect(refusedIn('Unavailable').sort()).toEqual(
      ['CancelKeyDeletion', 'GetParametersForImport', 'ImportKeyMaterial', ...uses].sort(),
    )
    expect(refusedIn('PendingImport').sort()).toEqual(
      ['CancelKeyDeletion', 'CreateGrant', 'DisableKey', 'EnableKey', ...uses].sort(),
    )
    expect(refusedIn('PendingDeletion').sort()).toEqual(
      [
        'CreateAlias',
        'CreateGrant',
        'DisableKey',
        'EnableKey',
        'GetParametersForImport',
        'ImportKeyMaterial',
        'ScheduleKeyDeletion',
        'TagResource',
        'UntagResource',
        'UpdateAlias',
        'UpdateKeyDescription',
        ...uses,
      ].sort(),
    )
    expect(refusedIn('PendingReplicaDeletion')).toEqual(refusedIn('PendingDeletion'))
  })
})

describe.each(STATES)('a key that is %s', (state) => {
  let house: TestKms
  const keys = new Map<string, { KeyId: string; blob: Uint8Array }>()

  beforeAll(async () => {
    house = await openTestKms()
    const { kms } = house
    for (const operation of Object.keys(CALLS)) {
      const MultiRegion = MULTI_REGION.includes(operation)
      const input = { MultiRegion, ...KINDS[operation] }
      const { KeyId } = (await kms.createKey(input)).KeyMetadata
      if (input.Origin === 'EXTERNAL') {
        await importMaterial(kms, KeyId, material)
        imports.set(KeyId, await prepared(kms, KeyId, material))
      }
      if (MultiRegion) await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-3' })
      grantIds.set(KeyId, (await grant(kms, KeyId)).GrantId)
      keys.set(operation, { KeyId, blob: await blobFor(kms, operation, KeyId) })
    }
    const KeyId = keys.get('DescribeKey')!.KeyId
    await kms.createAlias({ AliasName: 'alias/moved', TargetKeyId: KeyId })
    // No operation of ours leads to some of the states: the rows are set by hand.
    const { store, root } = house
    for (const { KeyId: keyId } of keys.values()) {
      const key = await readKey(store, root, { account: ACCOUNT, region: REGION, keyId })
      await store.commit({ changes: [putKey(root, { ...key!, keyState: state })] })
    }
    house = await house.reopen()
  })
  afterAll(() => house.remove())

  it.each(Object.entries(KEY_STATE_TABLE))(
    'answers %s as the table says',
    async (operation, row) => {
      const { KeyId, blob } = keys.get(operation)!
      const cell = (row as StateRow)[state]
      const answer = CALLS[operation]!(house.kms, KeyId, blob)
      if (cell === 'ok') {
        await answer
        return
      }
      const arn = `arn:aws:kms:eu-west-1:111122223333:key/${KeyId}`
      const { code, message } = keyStateError(cell, arn)
      await expect(answer).rejects.toMatchObject({ code, message })
    },
  )

  it('does not tell its state to others', async () => {
    const other = house.service.as({
      account: '999999999999',
      region: 'eu-west-1',
      identity: { type: 'Unknown' },
    })
    const { KeyId, blob } = keys.get('Encrypt')!
    const arn = `arn:aws:kms:eu-west-1:111122223333:key/${KeyId}`
    await expect(other.encrypt({ KeyId: arn, Plaintext: new Uint8Array(1) })).rejects.toMatchObject(
      { code: 'AccessDeniedException' },
    )
    await expect(other.decrypt({ CiphertextBlob: blob })).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('the resource associated with this ciphertext because'),
    })
  })
})

describe('the state of a key', () => {
  let house: TestKms
  beforeAll(async () => {
    house = await openTestKms()
  })
  afterAll(() => house.remove())

  const metadata = async (KeyId: string) => (await house.kms.describeKey({ KeyId })).KeyMetadata

  it('goes from enabled to disabled and back', async () => {
    const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
    await house.kms.disableKey({ KeyId })
    await house.kms.disableKey({ KeyId })
    expect(await metadata(KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false })
    await expect(house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })).rejects.toMatchObject({
      code: 'DisabledException',
      message: `${Arn} is disabled.`,
    })
    await house.kms.enableKey({ KeyId })
    expect(await metadata(KeyId)).toMatchObject({ KeyState: 'Enabled', Enabled: true })
  })

  it('is pending deletion until cancelled, and then disabled', async () => {
    const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
    const DeletionDate = new Date(house.clock.time + 7 * 86_400_000)
    expect(await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })).toEqual({
      KeyId: Arn,
      DeletionDate,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 7,
    })
    expect(await metadata(KeyId)).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate })
    expect(await house.kms.cancelKeyDeletion({ KeyId })).toEqual({ KeyId: Arn })
    const after = await metadata(KeyId)
    expect(after.KeyState).toBe('Disabled')
    expect(after).not.toHaveProperty('DeletionDate')
  })

  it.each([
    [6, 'greater than or equal to 7'],
    [31, 'less than or equal to 30'],
  ])('does not become pending deletion for %i days', async (PendingWindowInDays, bound) => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    await expect(
      house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays }),
    ).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        `1 validation error detected: Value '${PendingWindowInDays}' at 'pendingWindowInDays' failed to satisfy ` +
        `constraint: Member must have value ${bound}`,
    })
  })
})

describe('a key whose waiting period is over', () => {
  let house: TestKms
  beforeAll(async () => {
    house = await openTestKms()
  })
  afterAll(() => house.remove())

  async function rowsLeft(): Promise<number[]> {
    const { query } = house.store
    const counts: number[] = []
    for (const table of ['kms_key', 'kms_material', 'kms_alias', 'kms_grant'] as const) {
      const rows = await house.store.read(query.selectFrom(table).select('account').compile())
      counts.push(rows.length)
    }
    return counts
  }

  it.each(['while we run', 'while we do not'])(
    'is gone with material, aliases and grants: %s',
    async (how) => {
      const { KeyId, Arn } = (await house.kms.createKey({})).KeyMetadata
      await house.kms.createAlias({ AliasName: 'alias/due', TargetKeyId: KeyId })
      await grant(house.kms, KeyId)
      const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext: Buffer.from('text') })
      await house.kms.scheduleKeyDeletion({ KeyId })
      house.clock.addDays(29.99)
      expect(await rowsLeft()).toEqual([1, 1, 1, 1])
      await expect(house.kms.decrypt({ CiphertextBlob })).rejects.toMatchObject({
        code: 'KMSInvalidStateException',
      })

      house.clock.addDays(0.01)
      if (how === 'while we do not') house = await house.reopen()
      expect(await house.kms.listKeys({})).toEqual({ Keys: [], Truncated: false })
      expect(await rowsLeft()).toEqual([0, 0, 0, 0])
      await expect(house.kms.describeKey({ KeyId })).rejects.toMatchObject({
        message: `Key '${Arn}' does not exist`,
      })
      await expect(house.kms.describeKey({ KeyId: 'alias/due' })).rejects.toMatchObject({
        code: 'NotFoundException',
      })
      await expect(house.kms.decrypt({ CiphertextBlob })).rejects.toMatchObject({
        code: 'AccessDeniedException',
      })
      const [record] = (await house.records({ eventName: 'DeleteKey' })).slice(-1)
      expect(record).toMatchObject({ responseElements: { keyId: Arn }, resources: [{ ARN: Arn }] })
    },
  )

  it('is left alone when its deletion was cancelled', async () => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await house.kms.cancelKeyDeletion({ KeyId })
    house.clock.addDays(8)
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Disabled')
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    house.clock.addDays(6)
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('PendingDeletion')
    house.clock.addDays(1)
    await expect(house.kms.describeKey({ KeyId })).rejects.toMatchObject({
      code: 'NotFoundException',
    })
  })
})

describe('a key whose waiting period is over by a clock that jumped', () => {
  let house: TestKms
  beforeAll(async () => {
    house = await openTestKms()
  })
  afterAll(() => house.remove())

  const stateOf = async (KeyId: string) =>
    (await house.kms.describeKey({ KeyId })).KeyMetadata.KeyState

  it('waits until the time was seen to pass', async () => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    house.clock.jumpDays(400)
    expect(await stateOf(KeyId)).toBe('PendingDeletion')
    house.clock.addDays(6)
    expect(await stateOf(KeyId)).toBe('PendingDeletion')
    house.clock.addDays(1)
    await expect(stateOf(KeyId)).rejects.toMatchObject({ code: 'NotFoundException' })
  })

  it('waits at a start too, which believes in a day of absence', async () => {
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    // What was seen lags behind the clock by now: it is confirmed first.
    await house.service.confirmClock()
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    house.clock.jumpDays(400)
    // However often it starts: the same day is not believed twice.
    for (let start = 0; start < 12; start++) {
      house = await house.reopen()
      expect(await stateOf(KeyId)).toBe('PendingDeletion')
    }
    for (let day = 0; day < 7; day++) {
      expect(await stateOf(KeyId)).toBe('PendingDeletion')
      await house.close()
      house.clock.addDays(1)
      house = await house.reopen()
    }
    await expect(stateOf(KeyId)).rejects.toMatchObject({ code: 'NotFoundException' })
  })

  it('is not deleted sooner by a clock that is set back', async () => {
    house.clock.jumpDays(-2000)
    const { KeyId } = (await house.kms.createKey({})).KeyMetadata
    await house.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    house.clock.addDays(6)
    expect(await stateOf(KeyId)).toBe('PendingDeletion')
    house.clock.jumpDays(2000)
    expect(await stateOf(KeyId)).toBe('PendingDeletion')
    house.clock.addDays(1)
    await expect(stateOf(KeyId)).rejects.toMatchObject({ code: 'NotFoundException' })
  })

  it('goes when somebody says that the clock is right, and can be saved before', async () => {
    const [gone, saved] = await Promise.all([house.kms.createKey({}), house.kms.createKey({})])
    await house.service.confirmClock()
    for (const { KeyMetadata } of [gone, saved]) {
      await house.kms.scheduleKeyDeletion({ KeyId: KeyMetadata.KeyId, PendingWindowInDays: 7 })
    }
    house.clock.jumpDays(400)
    await house.kms.cancelKeyDeletion({ KeyId: saved.KeyMetadata.KeyId })
    await house.service.confirmClock()
    expect(await stateOf(saved.KeyMetadata.KeyId)).toBe('Disabled')
    await expect(stateOf(gone.KeyMetadata.KeyId)).rejects.toMatchObject({
      code: 'NotFoundException',
    })
  })
})

describe('the material of a deleted key', () => {
  it('cannot be opened from any copy of the data directory taken later', async () => {
    const house = await openTestKms()
    const { store, root, kms, clock } = house
    const { KeyId: keyId } = (await kms.createKey({})).KeyMetadata
    const place = { account: ACCOUNT, region: REGION, keyId }
    const key = (await readKey(store, root, place))!
    const wrapped = Buffer.from((await readMaterials(store, root, key))[0]!.wrapped!)
    const { shredId } = key
    const shred = Buffer.from((await store.shred(shredId))!)
    const everything = () =>
      readdirSync(store.dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    const holders = (bytes: Buffer) => everything().filter((file) => file.includes(bytes)).length
    // The nonce of the wrap: what names it wherever it lies.
    const nonce = shred.subarray(24, 48)
    expect(holders(nonce)).toBe(2)
    await kms.scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: 7 })
    clock.addDays(7)
    expect(await kms.listKeys({})).toMatchObject({ Keys: [] })
    expect(holders(nonce)).toBe(0)
    expect(await store.shred(shredId)).toBeUndefined()
    // What is left is a wrap under a key that is gone.
    expect(holders(Buffer.from(wrapped.toString('base64').slice(0, 100)))).toBe(1)
    await house.remove()
  })
})
