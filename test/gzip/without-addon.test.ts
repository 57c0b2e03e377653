/** The same where no addon loads: by node:zlib. */
import { describe, expect, it, vi } from 'vitest'
import { addonAbsence, loadAddon } from '../../src/engine/native/addon.js'
import { gzipSuite } from './suite.js'

// Before the first call asks for it.
vi.hoisted(() => Object.defineProperty(process, 'arch', { value: 'none' }))

describe('the addon', () => {
  it('is absent from this suite', () => {
    expect(loadAddon()).toBeUndefined()
    expect(addonAbsence()).toMatch(/^no addon for this platform/)
  })
})

gzipSuite()
