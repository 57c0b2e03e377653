/** The same where no addon loads: JavaScript does all. */
import { describe, expect, it, vi } from 'vitest'
import { nativeSignatures } from '../../src/sigv4/native-signatures.js'

// Before the first call asks for it.
vi.hoisted(() => Object.defineProperty(process, 'arch', { value: 'none' }))

describe('signatures', () => {
  it('are none of the addon’s here', () => {
    expect(nativeSignatures()).toBeUndefined()
  })
})

await import('./sigv4.vectors.test.js')
await import('./verify-signature.test.js')
