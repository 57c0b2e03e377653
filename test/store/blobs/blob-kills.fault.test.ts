/** What is left of blobs after kill -9: scripts/proofs/blob-kills.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../../support/proof.js'

const script = 'scripts/proofs/blob-kills.mjs'

describe('a process that puts blobs, and is killed', () => {
  it('left every one that was safe, and nothing that nobody names, 20 times over', async () => {
    const { states, findings, told } = await proofOf(script, { rounds: 20 })
    expect(findings, told).toEqual([])
    expect(states).toBe(20)
  })

  it('is found out when it has not', async () => {
    expect((await proofOf(script, { rounds: 3, invents: 1 })).findings).not.toEqual([])
  })
})
