/** So many at once, so many in line, the rest turned away. */
import { describe, expect, it } from 'vitest'
import { Admission } from '../../src/http/admission.js'

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
