/** A front that was asked for by name is used or refused; one that was not is what there is. */
import { describe, expect, it, vi } from 'vitest'
import { callSigned, fakeKms, startTestServer } from '../support/http.js'

// Before the first call asks for the addon.
vi.hoisted(() => Object.defineProperty(process, 'arch', { value: 'none' }))

const kms = fakeKms(() => ({ Keys: [], Truncated: false }))

describe('where no addon loads, a server', () => {
  it('has node:http for its front unless told otherwise', async () => {
    const server = await startTestServer(kms, { front: 'auto' })
    expect((await callSigned(server.url)).status).toBe(200)
    await server.close()
  })

  it('with the native front is refused', async () => {
    await expect(startTestServer(kms, { front: 'native' })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringMatching(/^the native front is not here: no addon for this platform/),
    })
  })
})
