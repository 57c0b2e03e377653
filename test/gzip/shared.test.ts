/** Memory that another thread writes to while it is compressed. In a process of its own, which might die of it. */
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/child.js'

describe('shared memory', () => {
  it('is compressed at every level while another thread writes to it', async () => {
    const script = new URL('./written-meanwhile.mjs', import.meta.url).pathname
    expect(await runScript(script)).toBe('156 members\n')
  })
})
