/** What is left of blobs after a power cut: scripts/proofs/blob-power-cut.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { diskProblem, proofOf } from '../../support/proof.js'

const script = 'scripts/proofs/blob-power-cut.mjs'

describe.skipIf(diskProblem !== undefined)('blobs whose power is cut', () => {
  it('are all there that were safe, whatever no sync had covered', async () => {
    const { states, findings, told } = await proofOf(script, { puts: 60, states: 60 })
    expect(findings, told).toEqual([])
    expect(states).toBeGreaterThan(30)
  })

  it('are not, and that is found out, on a disk whose syncs do nothing', async () => {
    const { findings } = await proofOf(script, { puts: 40, states: 40, lies: 1 })
    expect(findings).not.toEqual([])
  })
})
