/** What bucket keys save: scripts/proofs/bucket-key-calls.mjs, in its small form. */
import { describe, expect, it } from 'vitest'
import { proofOf } from '../../support/proof.js'

describe('300 puts under a bucket key', () => {
  it('ask KMS as good as never, and another requester asks for himself', async () => {
    const report = await proofOf('scripts/proofs/bucket-key-calls.mjs', { puts: 300 })
    expect(report.findings, report.told).toEqual([])
    expect(report).toMatchObject({ calls: [1, 1], direct: 10, reads: 1 })
  })
})
