/** What a house does when its disk fails: scripts/proofs/syscall-faults.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { diskProblem, proofOf } from '../support/proof.js'

describe.skipIf(diskProblem !== undefined)('a house whose disk fails once', () => {
  it('acknowledges what is there, and goes on or says that it is broken, whichever call fails', async () => {
    const small = { calls: 8, states: 12 }
    const { states, findings, told } = await proofOf('scripts/proofs/syscall-faults.mjs', small)
    expect(findings, told).toEqual([])
    expect(states).toBeGreaterThan(5)
  })
})
