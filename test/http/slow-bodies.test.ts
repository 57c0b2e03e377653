/**
 * Bodies that come slowly, or stop: through whichever front the suite is run for.
 *
 * Each waits for a limit of time to pass, on a server of its own, so that all wait at once.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, it as test } from 'vitest'
import { fakeKms, RawClient, signedHeaders, startTestServer } from '../support/http.js'
import { answerOf, streamDoor, uploadHead } from '../support/stream-door.js'

const TIMEOUT_MS = 4000
const path = '/stream/count'
const payload = 'UNSIGNED-PAYLOAD'
const kms = fakeKms(() => ({ Keys: [], Truncated: false }))

const it = test.extend<{
  served: Readonly<{ door: ReturnType<typeof streamDoor>; url: string; client: RawClient }>
}>({
  // biome-ignore lint/correctness/noEmptyPattern: it is how vitest sees that nothing else is needed.
  async served({}, use) {
    const door = streamDoor()
    const limits = { requestTimeoutMs: TIMEOUT_MS, bodyBytesPerSecondMin: 1000 }
    const server = await startTestServer(kms, { doors: [door], ...limits })
    const client = new RawClient(server.port)
    await use({ door, url: server.url, client })
    client.close()
    await server.close()
  },
})

describe.concurrent('a body', () => {
  it('that stalls is cut, and told so', async ({ served: { door, url, client }, expect }) => {
    client.write(uploadHead(url, { path, payload }, { 'content-length': '100' }))
    client.write('some')
    expect(await client.until(/HTTP\/1\.1 408 /)).toContain('Connection: close')
    await expect.poll(() => door.errors).toEqual(['InputTooSlow'])
    await client.closed()
  })

  it('may come for longer than a request may take, if it comes', async ({ served, expect }) => {
    const { url, client } = served
    client.write(uploadHead(url, { path, payload }, { 'content-length': '30000' }))
    for (let i = 0; i < 30; i++) {
      client.write(Buffer.alloc(1000))
      await delay(TIMEOUT_MS / 20)
    }
    expect((await answerOf(client)).json).toMatchObject({ read: 30_000 })
  })

  it('that is refused and never ends is not listened to for ever', async ({ served, expect }) => {
    const { url, client } = served
    const upload = { path: '/stream/refuse', payload }
    client.write(uploadHead(url, upload, { 'content-length': String(1e12) }))
    const drip = setInterval(() => client.write('x'), 50)
    expect(await client.closed()).toContain('HTTP/1.1 400 ')
    clearInterval(drip)
  })

  it('that is taken whole is cut once it is behind the least rate, and told so', async ({
    served,
    expect,
  }) => {
    const { url, client } = served
    const headers = { ...signedHeaders(url), 'content-length': '100' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    client.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\n{`)
    expect(await client.closed()).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*"__type":"RequestTimeoutException"/,
    )
  })
})
