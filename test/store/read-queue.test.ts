/** Reads of one turn go to the store's thread together, and each has an outcome of its own. */
import { describe, expect, it } from 'vitest'
import { ReadQueue } from '../../src/store/read-queue.js'
import type { Found, Query } from '../../src/store/thread/thread-talk.js'
import { prepared } from '../../src/store/view/dialect.js'

const query = (sql: string): Query => ({ sql, parameters: [] })

function queueOf(answer: (query: Query) => Found) {
  const sent: string[][] = []
  const queue = new ReadQueue(async (queries) => {
    sent.push(queries.map(({ sql }) => sql))
    return queries.map(answer)
  })
  return { queue, sent }
}

const echo = ({ sql }: Query): Found => ({ rows: [{ sql }] })

describe('a queue of reads', () => {
  it('sends those of one turn together, and gives each its own rows', async () => {
    const { queue, sent } = queueOf(echo)
    const rows = await Promise.all(['a', 'b', 'c'].map((sql) => queue.add(query(sql))))
    expect(rows).toEqual([[{ sql: 'a' }], [{ sql: 'b' }], [{ sql: 'c' }]])
    await queue.add(query('d'))
    expect(sent).toEqual([['a', 'b', 'c'], ['d']])
  })

  it('sends no more than 64 at once', async () => {
    const { queue, sent } = queueOf(echo)
    await Promise.all(Array.from({ length: 150 }, (_, i) => queue.add(query(`${i}`))))
    expect(sent.map(({ length }) => length)).toEqual([64, 64, 22])
  })

  it('refuses the one that fails, and none beside it', async () => {
    const fault = { code: 'StoreFailed', message: 'no', detail: {} } as const
    const { queue } = queueOf((asked) => (asked.sql === 'b' ? { fault } : echo(asked)))
    const [a, b] = await Promise.allSettled([queue.add(query('a')), queue.add(query('b'))])
    expect(a).toMatchObject({ status: 'fulfilled' })
    expect(b).toMatchObject({ status: 'rejected', reason: { code: 'StoreFailed' } })
  })

  it('refuses all of a turn when nobody answers', async () => {
    const queue = new ReadQueue(() => Promise.reject(new Error('gone')))
    const outcomes = await Promise.allSettled([queue.add(query('a')), queue.add(query('b'))])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

describe('a prepared query', () => {
  it('is compiled once, and asked with what is given each time', () => {
    let made = 0
    const named = prepared((tables, name: string) => {
      made++
      return tables.selectFrom('meta').selectAll().where('name', '=', name).limit(1)
    })
    const [first, second] = [named('a'), named('b')]
    expect(second.sql).toBe(first.sql)
    expect(first.sql).toMatch(/limit 1$/)
    expect([first.parameters, second.parameters]).toEqual([['a'], ['b']])
    expect(made).toBe(1)
  })

  it('takes its parameters in their order, each once', () => {
    const swapped = prepared((tables, name: string, other: string) =>
      tables.selectFrom('meta').selectAll().where('name', '>', other).where('name', '<', name),
    )
    expect(() => swapped('a', 'b')).toThrow('in their order')
  })
})
