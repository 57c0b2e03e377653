/** The proof of scripts/proofs/kms-mutations.mjs, in small; how long something took is for the proof itself. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../support/proof.js'

describe('a server of the KMS', () => {
  it.each([
    ['node', 0],
    ['native', 1],
  ])('behind the %s front answers what was good before it was changed', async (_, native) => {
    const { states, findings, told } = await proofOf('scripts/proofs/kms-mutations.mjs', {
      ...{ requests: 400, native, standMs: 0 },
    })
    expect(findings, told).toEqual([])
    expect(states).toBe(400)
  })
})
