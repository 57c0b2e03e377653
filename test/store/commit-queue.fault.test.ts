import { describe, expect, it } from 'vitest'
import { CommitQueue } from '../../src/store/commit-queue.js'
import { entriesOf, FACTS_OF } from '../../src/store/journal/entry.js'
import type { Batch, Written } from '../../src/store/thread/thread-talk.js'
import { fact, version } from './suite.js'

const ENTRY = { records: ['{"a":1}'] }

/** A disk that answers when it is told to. */
class SlowDisk {
  readonly batches: Batch[] = []
  readonly #answers: Array<{ resolve(written: Written): void; reject(e: Error): void }> = []

  readonly send = (batch: Batch): Promise<Written> => {
    this.batches.push(batch)
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }))
  }

  succeed(faults: Written['faults'] = []): void {
    this.#answers.shift()?.resolve({ faults, broken: undefined })
  }

  die(): void {
    this.#answers.shift()?.reject(new Error('gone'))
  }
}

/** Lets everything happen that waits for nothing outside. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

describe('a line of commits', () => {
  it('says which tables its entries are about', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const shreds = [{ erase: 'ab'.repeat(16) }]
    const added = [
      queue.add(ENTRY),
      queue.add({ changes: [fact('a')] }),
      queue.add({ changes: [version('a'), version('b')] }),
      queue.add({ changes: [version('a'), fact('a')] }),
      queue.add({ shreds }),
    ]
    await settle()
    const [{ bytes, effects }] = disk.batches as [Batch]
    const entries = [...entriesOf(Buffer.from(bytes))].map((entry) => entry!.of)
    const { small, large, both } = FACTS_OF
    expect(entries).toEqual([small, small, large, both, small])
    expect(effects.map(({ isLarge }) => isLarge)).toEqual([false, true, false, false])
    disk.succeed()
    await Promise.all(added)
  })

  it('sends one batch at a time, and all that came meanwhile as the next', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const first = queue.add(ENTRY)
    await settle()
    const rest = Array.from({ length: 5 }, () => queue.add(ENTRY))
    await settle()
    expect(disk.batches.map(({ entries }) => entries)).toEqual([1])
    disk.succeed()
    await first
    await settle()
    expect(disk.batches.map(({ entries }) => entries)).toEqual([1, 5])
    disk.succeed()
    await Promise.all(rest)
    expect([queue.batches, queue.commits]).toEqual([2, 6])
  })

  it('says where in its bytes the entries with effects are', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const shreds = [{ erase: 'x' }]
    for (const entry of [ENTRY, { changes: [fact('a')] }, ENTRY, { ...ENTRY, shreds }]) {
      void queue.add(entry)
    }
    await settle()
    const { bytes, effects, sequences } = disk.batches[0]!
    expect(effects.map(({ index }) => index)).toEqual([1, 3])
    expect(sequences).toBe(4)
    const [entry] = entriesOf(Buffer.from(bytes.buffer, effects[0]!.offset, effects[0]!.bytes))
    expect(entry?.facts.toString()).toContain('"put":"meta"')
    expect(effects[1]!.shreds).toEqual(shreds)
  })

  it('acknowledges nothing before the disk does', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    let isAcknowledged = false
    const commit = queue.add(ENTRY).then(() => {
      isAcknowledged = true
    })
    await settle()
    expect(isAcknowledged).toBe(false)
    disk.succeed()
    await commit
  })

  it('tells each caller of its own fault', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const commits = [queue.add(ENTRY), queue.add(ENTRY), queue.add(ENTRY)]
    await settle()
    disk.succeed([[1, { code: 'StoreFailed', message: 'the second', detail: {} }]])
    const outcomes = await Promise.allSettled(commits)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(queue.commits).toBe(2)
  })

  it('has room again for what was answered', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1000)
    const large = { records: ['x'.repeat(600)] }
    for (let i = 0; i < 5; i++) {
      const commit = queue.add(large)
      await settle()
      await expect(queue.add(large)).rejects.toMatchObject({ code: 'ThrottlingException' })
      disk.succeed()
      await commit
      await settle()
    }
  })

  it('whose disk dies answers everybody, and never sends again', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const sent = queue.add(ENTRY)
    await settle()
    disk.die()
    await expect(sent).rejects.toThrow('gone')
    await expect(queue.add(ENTRY)).rejects.toThrow('gone')
    await queue.drain()
    expect(disk.batches).toHaveLength(1)
  })

  it('is drained when all that was added has been answered', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const order: string[] = []
    const added = queue.add(ENTRY).then(() => order.push('added'))
    const drained = queue.drain().then(() => order.push('drained'))
    await settle()
    disk.succeed()
    await Promise.all([added, drained])
    expect(order).toEqual(['added', 'drained'])
  })
})
