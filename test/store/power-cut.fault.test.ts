/** What is left after a power cut: scripts/proofs/power-cut.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { diskProblem, proofOf } from '../support/proof.js'

const script = 'scripts/proofs/power-cut.mjs'

describe.skipIf(diskProblem !== undefined)('a house whose power is cut', () => {
  it('has all that was acknowledged, whatever no sync had covered', async () => {
    const { states, findings, told } = await proofOf(script, {
      calls: 60,
      variants: 4,
      states: 50,
    })
    expect(findings, told).toEqual([])
    expect(states).toBeGreaterThan(30)
  })

  it('does not, and that is found out, on a disk whose syncs do nothing', async () => {
    const control = { calls: 40, variants: 2, states: 40, lies: 1 }
    expect((await proofOf(script, control)).findings).not.toEqual([])
  })
})
