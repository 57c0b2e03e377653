/** What is left after kill -9: scripts/proofs/kills.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../support/proof.js'

const script = 'scripts/proofs/kills.mjs'

describe('a house that is killed', () => {
  it('has all that was acknowledged to its clients, 8 times over', async () => {
    const { states, findings, told } = await proofOf(script, { rounds: 8 })
    expect(findings, told).toEqual([])
    expect(states).toBe(8)
  })

  it('is found out when it has not', async () => {
    expect((await proofOf(script, { rounds: 6, invents: 1 })).findings).not.toEqual([])
  })
})
