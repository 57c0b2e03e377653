import { describe, expect, it } from 'vitest'
import { CommitQueue } from '../../src/store/commit-queue.js'
import type { Batch, Outcome } from '../../src/store/view/thread-talk.js'

const WRITE = [0, 'a'] as const

/** A disk that answers when it is told to. */
class SlowDisk {
  readonly batches: Batch[] = []
  readonly #answers: Array<{ resolve(o: Outcome[]): void; reject(e: Error): void }> = []

  readonly send = (batch: Batch): Promise<Outcome[]> => {
    this.batches.push(batch)
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }))
  }

  succeed(): void {
    this.#answers.shift()?.resolve(this.batches.at(-1)!.map(() => undefined))
  }

  die(): void {
    this.#answers.shift()?.reject(new Error('gone'))
  }
}

/** Lets everything happen that waits for nothing outside. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a line of commits', () => {
  it('sends one batch at a time, and all that came meanwhile as the next', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    const first = queue.add([WRITE])
    await settle()
    const rest = Array.from({ length: 5 }, () => queue.add([WRITE, WRITE]))
    await settle()
    expect(disk.batches.map((groups) => groups.length)).toEqual([1])
    disk.succeed()
    await first
    await settle()
    expect(disk.batches.map((groups) => groups.length)).toEqual([1, 5])
    disk.succeed()
    await Promise.all(rest)
    expect([queue.batches, queue.groups]).toEqual([2, 6])
  })

  it('acknowledges nothing before the disk does', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1_000_000)
    let isAcknowledged = false
    const commit = queue.add([WRITE]).then(() => {
      isAcknowledged = true
    })
    await settle()
    expect(isAcknowledged).toBe(false)
    disk.succeed()
    await commit
  })

  it('has room again for what was answered', async () => {
    const disk = new SlowDisk()
    const queue = new CommitQueue(disk.send, 1000)
    const large = [[0, new Uint8Array(600)]] as const
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
    const sent = queue.add([WRITE])
    await settle()
    const waiting = queue.add([WRITE])
    disk.die()
    await expect(sent).rejects.toThrow('gone')
    await expect(waiting).rejects.toThrow('gone')
    await expect(queue.add([WRITE])).rejects.toThrow('gone')
    await queue.drain()
    expect(disk.batches).toHaveLength(1)
  })
})
