import { describe, expect, it } from 'vitest'
import { runScript } from '../support/child.js'

const GiB = 1024 ** 3

describe('a stream of 2 GiB', () => {
  it('passes through seal and open whole, in no more than 64 MiB of memory', async () => {
    const printed = await runScript('test/acceptance/stream-memory.mjs', [String(2 * GiB)])
    const { same, grownBytes } = JSON.parse(printed)
    expect(same).toBe(true)
    expect(grownBytes).toBeLessThanOrEqual(64 * 1024 ** 2)
  })
})
