/** The same where no addon loads: by node:zlib. */
import { describe, expect, it, vi } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { gzipSuite } from './suite.js'

vi.mock('../../src/engine/native/addon.js', async (original) => ({
  ...(await original<object>()),
  loadAddon: () => undefined,
}))

describe('the addon', () => {
  it('is absent from this suite', () => {
    expect(loadAddon()).toBeUndefined()
  })
})

gzipSuite()
