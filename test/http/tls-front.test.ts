/** What holds for plain HTTP holds over TLS: the same suites. What is TLS's own is in tls.test.ts. */
import { afterAll, vi } from 'vitest'

// Before the suites start their servers. What clients check of a certificate is not their business.
const files = await vi.hoisted(async () => {
  const { certificateFiles } = await import('../support/certificate.js')
  const made = certificateFiles()
  process.env.TEST_TLS = `${made.tlsCert}:${made.tlsKey}`
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  return made
})
afterAll(() => files.remove())

await import('./hostile.test.js')
await import('./load.test.js')
await import('./wire.test.js')
await import('./aws-sdk.test.js')
await import('./abuse.test.js')
await import('./streams.test.js')
await import('./slow-bodies.test.js')
