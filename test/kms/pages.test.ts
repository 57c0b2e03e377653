/** Lists, all of them: page by page the same as at once, with markers that are good for their list alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KMS_API } from '../../src/kms/model/kms.js'
import { openTestKms, type TestKms } from '../support/kms.js'
import { goodInput, type HouseCall, prepare, SERVED, type World } from '../support/kms-inputs.mjs'
import { callsOf } from './every-operation.js'

let house: TestKms
let call: HouseCall
let world: World
beforeAll(async () => {
  house = await openTestKms()
  call = callsOf(house)
  world = await prepare(call)
})
afterAll(() => house.remove())

const LISTS = SERVED.filter((operation) =>
  KMS_API.operation(operation)!.output?.members.some(({ name }) => name === 'Truncated'),
)
/** A key has one policy, which fits every page, and nobody has a store of keys. */
const SHORT = ['ListKeyPolicies', 'DescribeCustomKeyStores']
const LONG = LISTS.filter((operation) => !SHORT.includes(operation))

interface Page {
  readonly items: readonly unknown[]
  readonly Truncated: boolean
  readonly NextMarker: string | undefined
}

async function page(operation: string, asked: object): Promise<Page> {
  const input = await goodInput(operation, call, world)
  const answer = await call(operation, { ...input, ...asked })
  const list = KMS_API.operation(operation)!.output!.members.find(
    ({ shape }) => shape.type === 'list',
  )!
  expect(typeof answer.Truncated).toBe('boolean')
  expect(answer.NextMarker !== undefined).toBe(answer.Truncated)
  return { ...answer, items: answer[list.name] }
}

async function pages(operation: string, Limit: number): Promise<Page[]> {
  const all = [await page(operation, { Limit })]
  for (let last = all[0]!; last.Truncated; all.push(last)) {
    last = await page(operation, { Limit, Marker: last.NextMarker })
  }
  return all
}

const refusedMarker = (operation: string, Marker: string) =>
  expect(page(operation, { Marker })).rejects.toMatchObject({ code: 'InvalidMarkerException' })

describe('a list', () => {
  it('is what seven operations answer at least', () => {
    expect(LISTS.length).toBeGreaterThanOrEqual(7)
  })

  it.each(LISTS)('of %s says whether it goes on, also when it does not', async (operation) => {
    const whole = await page(operation, {})
    expect(whole.Truncated).toBe(false)
  })

  it.each(LONG)('of %s comes page by page as it comes at once', async (operation) => {
    const { items } = await page(operation, {})
    expect(items.length).toBeGreaterThanOrEqual(3)
    for (const limit of [1, 2, items.length]) {
      const all = await pages(operation, limit)
      expect(all.flatMap((one) => one.items)).toEqual(items)
      expect(all).toHaveLength(Math.ceil(items.length / limit))
    }
  })

  it.each(LISTS)('of %s takes no marker but its own', async (operation) => {
    for (const marker of ['x', '*', 'bm9uZTo', Buffer.from('keys:x').toString('base64url')]) {
      await refusedMarker(operation, marker)
    }
    for (const other of LONG.filter((one) => one !== operation)) {
      const { NextMarker } = await page(other, { Limit: 1 })
      await refusedMarker(operation, NextMarker!)
    }
  })

  it.each(LONG)('of %s takes no marker that was changed in form', async (operation) => {
    const { NextMarker = '' } = await page(operation, { Limit: 1 })
    await refusedMarker(operation, `${NextMarker}=`)
    await refusedMarker(operation, ` ${NextMarker}`)
    await refusedMarker(operation, NextMarker.slice(1))
  })

  it.each(LISTS)('of %s has a page of at least one, and at most so many', async (operation) => {
    for (const Limit of [0, -1, 1001]) {
      await expect(page(operation, { Limit })).rejects.toMatchObject({
        code: 'ValidationException',
        message: expect.stringContaining(
          `Value '${Limit}' at 'limit' failed to satisfy constraint`,
        ),
      })
    }
  })
})
