/** A customer's key: where it must not show. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerKeyOf } from '../../../src/s3/encryption/customer-key.js'
import { customerKey, type House, open, openHouse } from './house.js'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.remove())

const BYTE = 0xa7
const shown = customerKey(BYTE)
const key = Buffer.alloc(32, BYTE)
const forms = [shown.SSECustomerKey, key.toString('hex'), key.toString('latin1')]

function expectNoKey(what: unknown): void {
  const text = inspect(what, { depth: 20, showHidden: true, maxStringLength: null })
  for (const form of forms) expect(text).not.toContain(form)
}

describe('the key of a customer', () => {
  it('is in nothing that an object keeps, and in no record', async () => {
    const put = await house.put(shown, { bucket: open })
    for (const { ciphertext, providerInfo } of put.encryptedDataKeys) {
      for (const bytes of [ciphertext, providerInfo]) {
        expect(Buffer.from(bytes).includes(key)).toBe(false)
      }
    }
    expectNoKey({ sse: put.sse, context: put.encryptionContext })
    await house.get(put, {}, shown)
    expectNoKey(await house.records())
  })

  it('is in no refusal', async () => {
    const put = await house.put(shown, { bucket: open })
    const plain = await house.put({}, { bucket: open })
    const other = customerKey(1)
    const refusals = [
      house.put(shown),
      house.put({ ...shown, SSECustomerKeyMD5: other.SSECustomerKeyMD5 }, { bucket: open }),
      house.put({ ...shown, SSECustomerAlgorithm: 'AES128' }, { bucket: open }),
      house.put({ ...shown, ServerSideEncryption: 'aws:kms' }, { bucket: open }),
      house.put({ SSECustomerKey: shown.SSECustomerKey }, { bucket: open }),
      house.get(put),
      house.get(await house.put(other, { bucket: open }), {}, shown),
      house.get(plain, {}, shown),
      house.get(put, { key: 'other' }, shown),
    ]
    for (const refusal of refusals) {
      const error: unknown = await refusal.then(
        () => expect.unreachable('is refused'),
        (error: unknown) => error,
      )
      expectNoKey(error)
    }
  })

  it('has bytes of its own, for whoever took them to wipe', () => {
    const one = customerKeyOf(shown)!
    expect(one.key.byteOffset).toBe(0)
    expect(one.key.buffer.byteLength).toBe(32)
    one.key.fill(0)
    expect(Buffer.from(customerKeyOf(shown)!.key).equals(key)).toBe(true)
  })
})
