/** What a house makes of a damaged directory: scripts/proofs/damage.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../support/proof.js'

describe('a damaged data directory', () => {
  it('is refused with the name of a file, or served as it was', async () => {
    const small = { places: 4, calls: 20, editedBases: 1 }
    const { states, findings, told } = await proofOf('scripts/proofs/damage.mjs', small)
    expect(findings, told).toEqual([])
    expect(states).toBeGreaterThan(50)
  })
})
