/** What holds for node:http holds for the addon's front: the same suites, and what is its own. */
import { describe, expect, it, vi } from 'vitest'
import { addonAbsence, loadAddon } from '../../src/engine/native/addon.js'
import { callSigned, fakeKms, startTestServer } from '../support/http.js'

// Before the suites start their servers.
vi.hoisted(() => {
  process.env.TEST_FRONT = 'native'
})

if (loadAddon() === undefined) {
  process.stderr.write(`not tested: the native front: ${addonAbsence()}\n`)
} else {
  await import('./hostile.test.js')
  await import('./load.test.js')
  await import('./wire.test.js')
  await import('./aws-sdk.test.js')
}

describe('a front', () => {
  it('that nobody names is there everywhere', async () => {
    const server = await startTestServer(
      fakeKms(() => ({ Keys: [], Truncated: false })),
      { front: 'auto' },
    )
    expect((await callSigned(server.url)).status).toBe(200)
    await server.close()
  })
})
