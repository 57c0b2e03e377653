/** What S3 says, and does, when KMS throttles the account in whose name it asks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse } from './house.js'

const SSE_KMS = { ServerSideEncryption: 'aws:kms' }
const SLOW_DOWN = {
  code: 'SlowDown',
  message: 'Please reduce your request rate for operations involving AWS KMS.',
}

let house: House
beforeAll(async () => {
  house = await openHouse({ quotasOf: 'eu-west-3' })
})
afterAll(() => house.remove())

describe('an object under SSE-KMS', () => {
  it('counts towards the quota of its account, and is refused beyond it', async () => {
    const { kms } = house
    const { KeyId } = (await kms.createKey({})).KeyMetadata
    const put = await house.put(SSE_KMS)
    const spend = (NumberOfKeys: number) =>
      kms.generateDataKeys({ KeyId, KeySpec: 'AES_256', NumberOfKeys })
    for (const count of [4096, 4096, 1806]) await spend(count)
    // One has been spent by the put; the last one is for this.
    expect(await house.get(put)).toBe(put.mark)
    await house.newRecords()
    await expect(house.get(put)).rejects.toMatchObject(SLOW_DOWN)
    await expect(house.put(SSE_KMS)).rejects.toMatchObject(SLOW_DOWN)
    const said = (await house.newRecords()).map(({ eventName, errorCode }) => [
      eventName,
      errorCode,
    ])
    expect(said).toEqual([
      ['Decrypt', 'ThrottlingException'],
      ['GenerateDataKey', 'ThrottlingException'],
    ])
    house.clock.time += 1
    expect(await house.get(put)).toBe(put.mark)
  })
})
