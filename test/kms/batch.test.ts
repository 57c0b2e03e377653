/** Batches: many data keys, many blobs, with one record each and one wait for the disk. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import type { Kms } from '../../src/kms/kms.js'
import { openTestKms, type TestKms } from '../support/kms.js'

const EncryptionContext = { purpose: 'batch' }

// The node engine sends batches of 32 to a thread; see pool/inline.ts.
describe.each([
  { where: 'inline', count: 5 },
  { where: 'onThread', count: 200 },
] as const)('a batch of $count', ({ where, count }) => {
  let house: TestKms
  let key: string
  beforeAll(async () => {
    house = await openTestKms({ engine: 'node' })
    key = (await house.kms.createKey({})).KeyMetadata.KeyId
  })
  afterAll(() => house.remove())

  const newDataKeys = () =>
    house.kms.generateDataKeys({
      ...{ KeyId: key, KeySpec: 'AES_256', EncryptionContext, NumberOfKeys: count },
    })

  it(`makes data keys that Decrypt opens, ${where}`, async () => {
    const before = house.pool.counts[where]
    const made = await newDataKeys()
    expect(house.pool.counts[where] - before).toBe(1)
    expect(made).toHaveLength(count)
    const seen = new Set(made.map(({ Plaintext }) => Buffer.from(Plaintext).toString('hex')))
    expect(seen.size).toBe(count)
    for (const { CiphertextBlob, Plaintext, KeyId, KeyMaterialId } of made.slice(-3)) {
      expect(await house.kms.decrypt({ CiphertextBlob, EncryptionContext })).toEqual({
        ...{ KeyId, KeyMaterialId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
        Plaintext: new Uint8Array(Plaintext),
      })
    }
  })

  it(`gives every key memory of its own, ${where}`, async () => {
    const made = await newDataKeys()
    const opened = await house.kms.decryptMany(
      made.map(({ CiphertextBlob }) => ({ CiphertextBlob, EncryptionContext })),
    )
    const plain = opened.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value.Plaintext
    })
    for (const keys of [made.map(({ Plaintext }) => Plaintext), plain]) {
      for (const { buffer } of keys) expect(buffer.byteLength).toBe(32)
      const [first, second] = keys as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]
      structuredClone(first, { transfer: [first.buffer] })
      expect([first.length, second.length]).toEqual([0, 32])
    }
  })

  it(`opens many blobs, and tells which do not open, ${where}`, async () => {
    const made = await newDataKeys()
    const inputs = made.map(({ CiphertextBlob }) => ({ CiphertextBlob, EncryptionContext }))
    inputs[1] = { ...inputs[1]!, EncryptionContext: { purpose: 'other' } }
    inputs[3] = { ...inputs[3]!, CiphertextBlob: inputs[3]!.CiphertextBlob.map((byte) => byte ^ 1) }
    const before = house.pool.counts[where]
    const opened = await house.kms.decryptMany(inputs)
    expect(house.pool.counts[where] - before).toBe(1)
    for (const [i, outcome] of opened.entries()) {
      if (i === 1 || i === 3) {
        const reason = { code: 'InvalidCiphertextException', message: '' }
        expect(outcome).toMatchObject({ status: 'rejected', reason })
      } else {
        const value = { Plaintext: new Uint8Array(made[i]!.Plaintext), KeyId: made[i]!.KeyId }
        expect(outcome).toMatchObject({ status: 'fulfilled', value })
      }
    }
  })

  it('leaves a record for each item', async () => {
    const lengths = []
    const work = [
      newDataKeys,
      async () => {
        const made = await newDataKeys()
        const inputs = made.map(({ CiphertextBlob }) => ({ CiphertextBlob, EncryptionContext }))
        await house.kms.decryptMany([...inputs, { CiphertextBlob: new Uint8Array(9) }])
      },
    ]
    for (const run of work) {
      const before = (await house.records()).length
      await run()
      lengths.push((await house.records()).slice(before))
    }
    const [generated, opened] = lengths as [(typeof lengths)[0], (typeof lengths)[0]]
    expect(generated).toHaveLength(count)
    expect(new Set(generated!.map(({ eventID }) => eventID)).size).toBe(count)
    expect(new Set(generated!.map(({ requestID }) => requestID)).size).toBe(1)
    expect(generated![0]).toMatchObject({
      eventName: 'GenerateDataKey',
      requestParameters: { keyId: key, keySpec: 'AES_256', encryptionContext: EncryptionContext },
    })
    expect(opened).toHaveLength(2 * count + 1)
    expect(opened!.at(-1)).toMatchObject({
      eventName: 'Decrypt',
      errorCode: 'InvalidCiphertextException',
    })
  })
})

describe('a batch', () => {
  let house: TestKms
  let key: string
  beforeAll(async () => {
    house = await openTestKms()
    key = (await house.kms.createKey({})).KeyMetadata.KeyId
  })
  afterAll(() => house.remove())

  it.each([0, -1, 1.5, 4097, Number.NaN])('of %d data keys is refused', async (NumberOfKeys) => {
    await expect(
      house.kms.generateDataKeys({ KeyId: key, KeySpec: 'AES_256', NumberOfKeys }),
    ).rejects.toMatchObject({ code: 'ValidationException' })
  })

  it('of data keys under a key that cannot be used is refused, and recorded once', async () => {
    const before = (await house.records()).length
    await expect(
      house.kms.generateDataKeys({ KeyId: 'alias/none', KeySpec: 'AES_256', NumberOfKeys: 9 }),
    ).rejects.toMatchObject({ code: 'NotFoundException' })
    await expect(
      house.kms.generateDataKeys({ KeyId: key, NumberOfBytes: 8, NumberOfKeys: 9, DryRun: true }),
    ).rejects.toMatchObject({ code: 'DryRunOperationException' })
    expect((await house.records()).length - before).toBe(2)
  })

  it('of nothing opens nothing', async () => {
    expect(await house.kms.decryptMany([])).toEqual([])
    await expect(house.kms.decryptMany(Array(4097).fill({}))).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })

  it('holds blobs of many keys, states and mistakes', async () => {
    const { kms } = house
    const disabled = (await kms.createKey({})).KeyMetadata.KeyId
    const Plaintext = Buffer.from('x')
    const one = await kms.encrypt({ KeyId: key, Plaintext })
    const other = await kms.encrypt({ KeyId: disabled, Plaintext })
    await kms.disableKey({ KeyId: disabled })
    const opened = await kms.decryptMany([
      { CiphertextBlob: one.CiphertextBlob },
      { CiphertextBlob: other.CiphertextBlob },
      {},
      { CiphertextBlob: one.CiphertextBlob, KeyId: disabled },
      { CiphertextBlob: one.CiphertextBlob, DryRun: true },
      { KeyId: key, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] },
      { CiphertextBlob: 'text' as unknown as Uint8Array },
      { CiphertextBlob: one.CiphertextBlob, KeyId: key },
    ])
    const told = opened.map((outcome) =>
      outcome.status === 'fulfilled'
        ? Buffer.from(outcome.value.Plaintext).toString()
        : outcome.reason.code,
    )
    expect(told).toEqual([
      'x',
      'DisabledException',
      'ValidationException',
      'IncorrectKeyException',
      'DryRunOperationException',
      'DryRunOperationException',
      'SerializationException',
      'x',
    ])
  })
})

describe('a batch that breaks', () => {
  it('is told when nothing of it is under way any more', async () => {
    const house = await openTestKms()
    const blobs = []
    for (let i = 0; i < 2; i++) {
      const { KeyId } = (await house.kms.createKey({})).KeyMetadata
      blobs.push(await house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }))
    }
    const unwrapMany = house.pool.unwrapMany.bind(house.pool)
    let calls = 0
    let isUnderWay = false
    house.pool.unwrapMany = async (batch) => {
      if (++calls === 1) throw new SealtrailError('WorkerDied', 'twice')
      isUnderWay = true
      await new Promise((resolve) => setTimeout(resolve, 20))
      isUnderWay = false
      return unwrapMany(batch)
    }
    const inputs = blobs.map(({ CiphertextBlob }) => ({ CiphertextBlob }))
    await expect(house.kms.decryptMany(inputs)).rejects.toThrow('twice')
    expect([calls, isUnderWay]).toEqual([2, false])
    await house.remove()
  })
})

describe('a batch of decryptions', () => {
  let house: TestKms
  afterAll(() => house.remove())

  it('answers every refusal as Decrypt does, and leaves the same record', async () => {
    house = await openTestKms()
    const { kms } = house
    const KeyId = await newKey(kms)
    const [disabled, deleted] = [await newKey(kms), await newKey(kms)]
    const sealed = async (id: string, EncryptionContext = {}) =>
      (await kms.encrypt({ KeyId: id, Plaintext: Buffer.from('x'), EncryptionContext }))
        .CiphertextBlob
    const [good, ofDisabled, ofDeleted] = [
      await sealed(KeyId),
      await sealed(disabled),
      await sealed(deleted),
    ]
    await kms.disableKey({ KeyId: disabled })
    await kms.scheduleKeyDeletion({ KeyId: deleted })
    const flipped = (at: number) => {
      const copy = Uint8Array.from(good)
      copy[at]! ^= 1
      return copy
    }
    const inputs: unknown[] = [
      { CiphertextBlob: ofDisabled },
      { CiphertextBlob: ofDeleted },
      { CiphertextBlob: flipped(good.length - 1) },
      { CiphertextBlob: flipped(10) },
      { CiphertextBlob: flipped(7) },
      { CiphertextBlob: new Uint8Array(5) },
      { CiphertextBlob: good, EncryptionContext: { a: 'b' } },
      { CiphertextBlob: good, KeyId: 'alias/none' },
      { CiphertextBlob: good, KeyId: disabled },
      { CiphertextBlob: good, KeyId: 'arn:aws:kms:eu-west-1:999999999999:key/x' },
      { CiphertextBlob: good, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
      { CiphertextBlob: good, GrantTokens: ['token'] },
      { CiphertextBlob: good, Recipient: {} },
      { CiphertextBlob: good, DryRun: true },
      { CiphertextBlob: 'text' },
      { CiphertextBlob: new Uint8Array(0) },
      { KeyId },
      { KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] },
      'a text',
      undefined,
    ]
    const refusals = async (call: (input: never) => Promise<unknown>) => {
      const before = (await house.records()).length
      const errors = []
      for (const input of inputs) {
        errors.push(await call(input as never).then(() => 'answered', told))
      }
      const records = (await house.records()).slice(before)
      return {
        errors,
        records: records.map(({ errorCode, errorMessage }) => ({ errorCode, errorMessage })),
      }
    }
    const alone = await refusals((input) => kms.decrypt(input))
    const inBatch = await refusals(async (input) => {
      const [outcome] = await kms.decryptMany([input])
      if (outcome!.status === 'rejected') throw outcome!.reason
    })
    expect(inBatch).toEqual(alone)
    expect(alone.errors).not.toContain('answered')
  })
})

function told(error: { code?: string; message: string }) {
  return { code: error.code, message: error.message }
}

async function newKey(kms: Kms): Promise<string> {
  return (await kms.createKey({})).KeyMetadata.KeyId
}
