/** The proof of scripts/proofs/s3-mutations.mjs, in small. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../support/proof.js'

describe('a server of S3', () => {
  it.each([
    ['node', 0],
    ['native', 1],
  ])('behind the %s front answers what was good before it was changed', async (_, native) => {
    const { states, findings, told } = await proofOf('scripts/proofs/s3-mutations.mjs', {
      ...{ requests: 400, native },
    })
    expect(findings, told).toEqual([])
    expect(states).toBe(400)
  })
})
