/** Events as they become durable, read by those who may. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Subscription } from '../../../src/trail/reading/subscribe.js'
import { storeLike } from '../../support/kms.js'
import { ACCOUNT, refusal, root, SLOT_MS, TrailHouse } from '../trail-house.js'

let house: TrailHouse
beforeEach(async () => {
  house = await TrailHouse.open()
})
afterEach(() => house.remove())

const kms = () => house.kms.kms

/** The names of the next `count` events. */
async function names(events: Subscription, count: number): Promise<string[]> {
  const found: string[] = []
  while (found.length < count) {
    const { value, done } = await events.next()
    if (done) return [...found, 'end']
    found.push(String(value.event.eventName))
  }
  return found
}

/** What a wait of some commits gives: nothing. */
async function waits(next: Promise<unknown>): Promise<boolean> {
  return await Promise.race([next.then(() => false), sleep(150).then(() => true)])
}

describe('a subscription', () => {
  it('gives what happens from now on, in order, its own record first', async () => {
    await kms().listKeys({})
    const events = house.trail.subscribe()
    expect(await names(events, 1)).toEqual(['LookupEvents'])
    await kms().createKey({})
    await kms().generateRandom({ NumberOfBytes: 8 })
    expect(await names(events, 2)).toEqual(['CreateKey', 'GenerateRandom'])
    await events.return?.()
  })

  it('begins with its own record at the latest, whenever it is read', async () => {
    const events = house.trail.subscribe()
    const looked = () => house.kms.records({ eventName: 'LookupEvents' })
    await expect.poll(looked).toHaveLength(1)
    for (let i = 0; i < 50; i++) await kms().generateRandom({ NumberOfBytes: 8 })
    const all = await names(events, 51)
    expect(all.filter((name) => name === 'GenerateRandom')).toHaveLength(50)
    await events.return?.()
  })

  it('goes on behind a record, so that nobody who stopped misses or repeats one', async () => {
    const first = house.trail.subscribe({ afterSeq: 0 })
    await kms().createKey({})
    const { value } = await first.next()
    await first.return?.()
    const rest = house.trail.subscribe({ afterSeq: value!.seq! })
    expect(await names(rest, 2)).toEqual(['CreateKey', 'LookupEvents'])
    await rest.return?.()
  })

  it('goes back to a time', async () => {
    for (let i = 0; i < 3; i++) {
      await kms().generateRandom({ NumberOfBytes: 8 })
      house.kms.clock.time += 20 * 60_000
    }
    const from = new Date(house.kms.clock.time - 20 * 60_000)
    await kms().createKey({})
    const events = house.trail.subscribe({ from })
    expect(await names(events, 3)).toEqual(['GenerateRandom', 'CreateKey', 'LookupEvents'])
    await events.return?.()
  })

  it('of a reader who is slow stays behind: nothing is read for him before he asks', async () => {
    let pages = 0
    house = await house.reopen((store) => ({
      ...storeLike(store),
      records(asked) {
        pages++
        return store.records(asked)
      },
    }))
    const events = house.trail.subscribe({ afterSeq: 0, eventName: 'GenerateRandom' })
    await kms().generateRandom({ NumberOfBytes: 8 })
    const seen = [(await events.next()).value!.seq!]
    const before = pages
    for (let i = 1; i < 2000; i += 100) {
      const many = Array.from({ length: Math.min(100, 2000 - i) }, () =>
        kms().generateRandom({ NumberOfBytes: 8 }),
      )
      await Promise.all(many)
    }
    expect(pages).toBe(before)
    while (seen.length < 2000) seen.push((await events.next()).value!.seq!)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(new Set(seen).size).toBe(2000)
    await events.return?.()
  })
})

describe('a filter', () => {
  it('narrows by name, source, key, principal, error and what only reads', async () => {
    const { KeyMetadata } = await kms().createKey({})
    const { Arn } = KeyMetadata
    await kms().createKey({})
    await kms().encrypt({ KeyId: Arn, Plaintext: Buffer.from('x') })
    await refusal(kms().encrypt({ KeyId: 'alias/none', Plaintext: Buffer.from('x') }))
    await kms().listKeys({})
    const filters = [
      [{ eventName: 'CreateKey' }, ['CreateKey', 'CreateKey']],
      [{ keyArn: Arn }, ['CreateKey', 'Encrypt']],
      [{ keyArn: Arn, readOnly: true }, ['Encrypt']],
      [{ errorCode: 'NotFoundException' }, ['Encrypt']],
      [{ eventSource: 'cloudtrail.amazonaws.com' }, ['LookupEvents']],
      [
        { principal: `arn:aws:iam::${ACCOUNT}:root`, eventSource: 'kms.amazonaws.com' },
        ['CreateKey', 'CreateKey', 'Encrypt', 'Encrypt', 'ListKeys'],
      ],
      [{ readOnly: false }, ['CreateKey', 'CreateKey']],
    ] as const
    for (const [filter, wanted] of filters) {
      const events = house.trail.subscribe({ afterSeq: 0, ...filter })
      expect([filter, await names(events, wanted.length)]).toEqual([filter, wanted])
      await events.return?.()
    }
  })

  it('shows a role what its sessions did, and an AWS service what it did', async () => {
    await house.logging()
    await house.pass(SLOT_MS)
    const events = house.trail.subscribe({ afterSeq: 0, principal: 'cloudtrail.amazonaws.com' })
    expect(await names(events, 2)).toEqual(['GetBucketAcl', 'GenerateDataKey'])
    await events.return?.()
  })

  it('does not see a text that stands elsewhere in a record', async () => {
    const Description = '"eventName":"DeleteKey"'
    await kms().createKey({ Description, Tags: [{ TagKey: 'k', TagValue: 'DeleteKey' }] })
    const events = house.trail.subscribe({ afterSeq: 0, eventName: 'DeleteKey' })
    expect(await waits(events.next())).toBe(true)
    await events.return?.()
  })
})

describe('the end of a subscription', () => {
  it('is its reader’s to say, also while he waits', async () => {
    const events = house.trail.subscribe({ eventName: 'Nothing' })
    const next = events.next()
    expect(await waits(next)).toBe(true)
    await events.return?.()
    expect(await next).toEqual({ value: undefined, done: true })
  })

  it('comes with a signal', async () => {
    const controller = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const { event } of house.trail.subscribe({ signal: controller.signal })) {
        seen.push(String(event.eventName))
      }
    })()
    await expect.poll(() => seen).toEqual(['LookupEvents'])
    controller.abort()
    await reading
    await kms().listKeys({})
    expect(seen).toEqual(['LookupEvents'])
  })

  it('comes with the end of the house, which waits for no reader', async () => {
    const events = house.trail.subscribe({ eventName: 'Nothing' })
    const next = events.next()
    expect(await waits(next)).toBe(true)
    await house.service.close()
    expect(await next).toEqual({ value: undefined, done: true })
    expect(await refusal(house.trail.subscribe().next())).toMatchObject({ code: 'Closed' })
  })
})

describe('who subscribes', () => {
  const stranger = {
    ...root,
    identity: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/u`, userName: 'u' } as const,
    policies: () => ({ tags: [], identityPolicies: [], boundary: undefined }),
  }

  it('needs what LookupEvents needs, and is recorded when refused', async () => {
    const events = house.as(stranger).subscribe()
    expect(await refusal(events.next())).toMatchObject({ code: 'AccessDeniedException' })
    const records = await house.kms.records({ eventName: 'LookupEvents' })
    expect(records.map(({ errorCode }) => errorCode)).toEqual(['AccessDenied'])
  })

  it('is recorded once, with what was asked for', async () => {
    const from = new Date(house.kms.clock.time)
    const events = house.trail.subscribe({ from, eventName: 'CreateKey', readOnly: false })
    for (let i = 0; i < 3; i++) await kms().createKey({})
    await names(events, 3)
    await events.return?.()
    const records = await house.kms.records({ eventName: 'LookupEvents' })
    expect(records.map(({ requestParameters }) => requestParameters)).toEqual([
      {
        startTime: expect.anything(),
        lookupAttributes: [
          { attributeKey: 'EventName', attributeValue: 'CreateKey' },
          { attributeKey: 'ReadOnly', attributeValue: 'false' },
        ],
      },
    ])
  })

  it('sees the events of the own account only', async () => {
    const other = { ...root, account: '444455556666' }
    await house.kms.service.as(other).createKey({})
    const events = house.trail.subscribe({ afterSeq: 0 })
    await kms().listKeys({})
    expect((await names(events, 2)).sort()).toEqual(['ListKeys', 'LookupEvents'])
    await events.return?.()
  })
})
