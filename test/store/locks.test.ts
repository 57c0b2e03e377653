/** Names are held by one at a time, and taking several never locks up. */
import { describe, expect, it } from 'vitest'
import { Locks } from '../../src/store/keep/locks.js'
import { Lru } from '../../src/store/keep/lru.js'

const later = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a lock', () => {
  it('lets one in at a time, in the order of asking', async () => {
    const locks = new Locks()
    const seen: string[] = []
    const visit = (name: string, who: string) =>
      locks.run([name], async () => {
        seen.push(`${who} in`)
        await later()
        seen.push(`${who} out`)
      })
    await Promise.all([visit('a', '1'), visit('a', '2'), visit('b', '3')])
    expect(seen.filter((step) => !step.startsWith('3'))).toEqual(['1 in', '1 out', '2 in', '2 out'])
    expect(seen.indexOf('3 in')).toBeLessThan(seen.indexOf('1 out'))
  })

  it('is let go by a failure, which its own caller alone sees', async () => {
    const locks = new Locks()
    const failed = locks.run(['a'], () => Promise.reject(new Error('no')))
    const next = locks.run(['a'], () => Promise.resolve('yes'))
    await expect(failed).rejects.toThrow('no')
    await expect(next).resolves.toBe('yes')
  })

  it('on several names never waits in a circle', async () => {
    const locks = new Locks()
    let inside = 0
    const both = (names: string[]) =>
      locks.run(names, async () => {
        expect(++inside).toBe(1)
        await later()
        inside--
      })
    await Promise.all([both(['a', 'b']), both(['b', 'a']), both(['b']), both(['a', 'b'])])
  })
})

describe('a bounded map', () => {
  it('forgets what was asked for longest ago', () => {
    const gone: number[] = []
    const map = new Lru<number>(2, (value) => gone.push(value))
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)
    expect(gone).toEqual([2])
    expect(map.get('b')).toBeUndefined()
    expect(map.get('a')).toBe(1)
    map.set('a', 4)
    map.delete('c')
    map.clear()
    expect(gone).toEqual([2, 1, 3, 4])
  })
})
