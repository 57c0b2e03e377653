/** Who reads the records behind the calls: when, and how often. */
import { afterEach, describe, expect, it } from 'vitest'
import { Follower } from '../../src/audit/follower.js'
import type { RecordPage } from '../../src/store/journal/records.js'

let follower: Follower
afterEach(() => follower.close())

/** A journal of so many records, each page of which comes when it is let. */
function journal() {
  const written: string[] = []
  const waiting: Array<() => void> = []
  const told: string[] = []
  let pages = 0
  const records = async ({ after = 0 }: { readonly after?: number | undefined }) => {
    pages++
    const found = written.slice(after).map((record, i) => ({ seq: after + i + 1, record }))
    await new Promise<void>((resolve) => waiting.push(resolve))
    const next = found.length === 0 ? undefined : { after: after + found.length }
    return { records: found, next } as unknown as RecordPage
  }
  follower = new Follower(
    { records: records as never },
    0,
    ({ record }) => told.push(record),
    async () => undefined,
  )
  const letAll = async () => {
    for (let i = 0; i < 50; i++) {
      for (const resolve of waiting.splice(0)) resolve()
      await Promise.resolve()
    }
  }
  return { written, told, letAll, pages: () => pages }
}

describe('a follower of records', () => {
  it('tells everybody who asks of what was there by then, in one more run for all', async () => {
    const { written, told, letAll, pages } = journal()
    written.push('before')
    const first = follower.follow()
    written.push('meanwhile')
    const others = Array.from({ length: 100 }, () => follower.follow())
    const answered = Promise.all(others).then(() => expect(told).toContain('meanwhile'))
    await letAll()
    await Promise.all([first, answered])
    expect(told).toEqual(['before', 'meanwhile'])
    expect(pages()).toBeLessThanOrEqual(4)
  })

  it('runs again for whoever asks behind them', async () => {
    const { written, told, letAll } = journal()
    const asked = [follower.follow(), follower.follow()]
    await letAll()
    await Promise.all(asked)
    written.push('later')
    const again = follower.follow()
    await letAll()
    await again
    expect(told).toEqual(['later'])
  })
})
