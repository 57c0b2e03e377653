/** One record of each call: scripts/proofs/trail-exactly-once.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../support/proof.js'

const script = 'scripts/proofs/trail-exactly-once.mjs'

describe('a call, answered or refused', () => {
  it('has one record in delivered files and in LookupEvents, as its client was told, over three times kill -9', async () => {
    const { states, findings, told } = await proofOf(script, { calls: 4000, kills: 3 })
    expect(findings, told).toEqual([])
    expect(states).toBe(3)
  }, 600_000)

  it('that was never made is missed in both', async () => {
    const { findings } = await proofOf(script, { calls: 200, kills: 1, invents: 1 })
    const missing = findings.filter(({ requestId }) => requestId === 'never-made')
    expect(missing.map(({ where }) => where)).toEqual(['delivered', 'looked up'])
  })

  it('that its client knows nothing of is found in both, and no other of the house is', async () => {
    const { findings, told } = await proofOf(script, { calls: 200, kills: 0, forgets: 1 })
    expect(findings, told).toMatchObject([
      { where: 'delivered', nobodys: expect.any(String), name: 'CreateUser' },
      { where: 'looked up', nobodys: expect.any(String), name: 'CreateUser' },
    ])
  })
})
