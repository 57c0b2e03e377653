/** So many at once, so many in line, the rest turned away. */
import { describe, expect, it } from 'vitest'
import { Admission, Waiters } from '../../src/http/admission.js'

describe('admission', () => {
  it('lets in at once while there is a place', () => {
    const admission = new Admission({ inflightMax: 2, queueMax: 0 })
    expect(admission.enter()).toBeUndefined()
    expect(admission.enter()).toBeUndefined()
    expect(admission.inflight).toBe(2)
  })

  it('turns away when places and queue are full', () => {
    const admission = new Admission({ inflightMax: 1, queueMax: 1 })
    void admission.enter()
    void admission.enter()
    expect(admission.waiting).toBe(1)
    expect(() => admission.enter()).toThrow(
      expect.objectContaining({ code: 'ThrottlingException', message: 'Rate exceeded' }),
    )
  })

  it('lets in who has waited longest, and never more than there are places', async () => {
    const admission = new Admission({ inflightMax: 3, queueMax: 5000 })
    const order: number[] = []
    const all = Array.from({ length: 4000 }, async (_, i) => {
      await admission.enter()
      order.push(i)
      expect(admission.inflight).toBeLessThanOrEqual(3)
      await undefined
      admission.leave()
    })
    await Promise.all(all)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order).toHaveLength(4000)
    expect([admission.inflight, admission.waiting]).toEqual([0, 0])
  })

  it('counts what somebody waited before he came, once all have waited for long', () => {
    let time = 0
    const limits = { inflightMax: 9, queueMax: 9, queueMsMax: 1000 }
    const admission = new Admission(limits, { elapsed: () => time })
    const isTaken = (waitedMs: number) => {
      try {
        admission.checkRoom(waitedMs)
        return true
      } catch {
        return false
      }
    }
    expect([isTaken(0), isTaken(101), isTaken(9000)]).toEqual([true, true, true])
    time = 5001
    // All who came since had waited.
    expect([isTaken(101), isTaken(1000)]).toEqual([false, false])
    // Somebody had not.
    expect([isTaken(100), isTaken(1000)]).toEqual([true, true])
  })

  it('lets nobody wait longer than allowed, and once the line stands, only a tenth of it', async () => {
    let time = 0
    const limits = { inflightMax: 1, queueMax: 100, queueMsMax: 1000 }
    const admission = new Admission(limits, { elapsed: () => time })
    const outcomes: string[] = []
    const enter = (name: string) => {
      void admission.enter()?.then(
        () => outcomes.push(name),
        () => outcomes.push(`not ${name}`),
      )
    }
    /** Whoever has the place leaves it. */
    const leaveAt = async (at: number) => {
      time = at
      admission.leave()
      for (let i = 0; i < 3; i++) await undefined
      return outcomes.splice(0)
    }
    enter('first')
    enter('a')
    time = 500
    enter('b')
    enter('c')
    expect(await leaveAt(900)).toEqual(['a'])
    time = 1040
    enter('d')
    // The line has been standing for more than a second: b and c are too late, d is not.
    expect(await leaveAt(1100)).toEqual(['not b', 'not c', 'd'])
    enter('e')
    expect(await leaveAt(2000)).toEqual(['e'])
  })

  it('turns away at once who would wait too long, as places are left now', () => {
    let time = 0
    const limits = { inflightMax: 1, queueMax: 10_000, queueMsMax: 1000 }
    const admission = new Admission(limits, { elapsed: () => time })
    // The turned away are of no interest here.
    const enter = () => void admission.enter()?.catch(() => undefined)
    for (let i = 0; i < 2000; i++) {
      enter()
      enter()
      time += 10
      admission.leave()
    }
    expect(() => admission.checkRoom()).not.toThrow()
    for (let i = 0; i < 200; i++) enter()
    expect(() => admission.checkRoom()).toThrow(
      expect.objectContaining({ code: 'ThrottlingException' }),
    )
  })

  it('has room again after it was full', async () => {
    const admission = new Admission({ inflightMax: 1, queueMax: 1 })
    void admission.enter()
    const second = admission.enter()
    expect(() => admission.enter()).toThrow()
    admission.leave()
    await second
    expect(admission.enter()).toBeInstanceOf(Promise)
  })
})

describe('those who wait for their clients', () => {
  it('are so many and no more', () => {
    const waiters = new Waiters(2)
    waiters.enter()
    waiters.enter()
    expect(() => waiters.enter()).toThrow(expect.objectContaining({ code: 'ThrottlingException' }))
    waiters.leave()
    waiters.enter()
    expect(() => waiters.enter()).toThrow()
  })
})
