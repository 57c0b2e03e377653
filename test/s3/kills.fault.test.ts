/** What is left of objects after kill -9: scripts/proofs/s3-kills.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../support/proof.js'

const script = 'scripts/proofs/s3-kills.mjs'

describe('a store of objects that is killed under its writers', () => {
  it.each([
    ['with sealtrail inside', 0],
    ['served by HTTP', 1],
  ])('has all that was acknowledged, and nothing torn, %s', async (_how, served) => {
    const { states, findings, told } = await proofOf(script, { rounds: 2, served })
    expect(findings, told).toEqual([])
    expect(states).toBe(2)
  })

  it('is found out when it has not', async () => {
    expect((await proofOf(script, { rounds: 4, invents: 1 })).findings).not.toEqual([])
  })
})
