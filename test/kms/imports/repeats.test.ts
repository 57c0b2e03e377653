/** What native code may repeat by itself, where nobody looks at the schedule: nothing under a key that ends by time. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallContext } from '../../../src/service/calls/call-context.js'
import { valuesOf } from '../../../src/service/service.js'
import { importMaterial } from '../../support/importing.js'
import { caller, openTestKms, type TestKms } from '../../support/kms.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

/** How many calls could be repeated, of a GenerateDataKey and the Decrypt of what it gave. */
async function repeatable(KeyId: string): Promise<number> {
  const told: unknown[] = []
  const context: CallContext = {
    ...{ caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' },
    repeats: (call) => told.push(call),
  }
  const input = valuesOf({ KeyId, KeySpec: 'AES_256' })
  const made = await house.service.call('GenerateDataKey', input, context)
  const { CiphertextBlob } = made as { CiphertextBlob: Uint8Array }
  await house.service.call('Decrypt', valuesOf({ CiphertextBlob }), context)
  return told.length
}

describe('calls under imported material', () => {
  it('are repeated natively as others are, but not where it expires', async () => {
    const { KeyId } = (await house.kms.createKey({ Origin: 'EXTERNAL' })).KeyMetadata
    const material = randomBytes(32)
    await importMaterial(house.kms, KeyId, material)
    expect(await repeatable(KeyId)).toBe(2)
    const ValidTo = new Date(house.clock.time + 60_000)
    await importMaterial(house.kms, KeyId, material, { ValidTo })
    expect(await repeatable(KeyId)).toBe(0)
    house = await house.reopen()
    expect(await repeatable(KeyId)).toBe(0)
    await importMaterial(house.kms, KeyId, material)
    expect(await repeatable(KeyId)).toBe(2)
  })
})
