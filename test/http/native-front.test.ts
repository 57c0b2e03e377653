/** What holds for node:http holds for the addon's front: the same suites, and what is its own. */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { addonAbsence, loadAddon } from '../../src/engine/native/addon.js'
import {
  callSigned,
  fakeKms,
  RawClient,
  requestText,
  signedHeaders,
  startTestServer,
} from '../support/http.js'

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
  await import('./abuse.test.js')
  await import('./streams.test.js')
  await import('./slow-bodies.test.js')
  await import('./xks-door.test.js')
  await import('../iam/access-keys.test.js')
  await import('../iam/refusals.test.js')
  await import('../iam/sts/sessions.test.js')
}

describe('a front', () => {
  const keys = fakeKms(() => ({ Keys: [], Truncated: false }))

  it('that nobody names is there everywhere', async () => {
    const server = await startTestServer(keys, { front: 'auto' })
    expect((await callSigned(server.url)).status).toBe(200)
    await server.close()
  })

  it('takes a body in many pieces, however they are cut', async () => {
    const server = await startTestServer(keys, { bodyBytesMax: 1 << 20 })
    const body = `{"Limit":12${' '.repeat(900_000)}}`
    const text = requestText(signedHeaders(server.url, { body }), body)
    for (const pieceBytes of [1000, 65_536, 300_001]) {
      const client = new RawClient(server.port)
      for (let at = 0; at < text.length; at += pieceBytes) {
        client.write(text.slice(at, at + pieceBytes))
        await turn()
      }
      expect(await client.until(/\}$/)).toContain('HTTP/1.1 200 OK')
      client.close()
    }
    await server.close()
  })

  it('gives out answers larger than any of its buffers, to who reads slowly too', async () => {
    const Keys = Array.from({ length: 20_000 }, (_, i) => ({ KeyId: `${i}`, KeyArn: `arn:${i}` }))
    const server = await startTestServer(fakeKms(() => ({ Keys, Truncated: false })))
    const client = new RawClient(server.port)
    client.socket.pause()
    client.write(requestText(signedHeaders(server.url)).repeat(3))
    await delay(100)
    client.socket.resume()
    const received = await client.until(/(Truncated[\s\S]*){3}\}$/)
    const bodies = received.split(/HTTP\/1\.1 200 OK[\s\S]*?\r\n\r\n/).slice(1)
    expect(bodies.map((body) => JSON.parse(body).Keys.length)).toEqual([20_000, 20_000, 20_000])
    client.close()
    await server.close()
  })

  it('answers many at once, each on its own connection', async () => {
    const echo = fakeKms((_operation, input) => ({
      NextMarker: (input as { Marker: string }).Marker,
    }))
    const server = await startTestServer(echo)
    const ask = async (marker: string) => {
      const reply = await callSigned(server.url, { body: `{"Marker":"${marker}"}` })
      expect(reply.json).toEqual({ NextMarker: marker })
    }
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => ask(`m${round}-${i}`)))
    }
    await server.close()
  })

  it('closes what a client has closed, also when its last bytes came with the end', async () => {
    const server = await startTestServer(keys)
    for (const text of ['', 'POST / HT', requestText(signedHeaders(server.url))]) {
      const client = new RawClient(server.port)
      client.socket.end(text)
      await client.closed()
    }
    await server.close()
  })

  it('can be opened and closed again and again', async () => {
    for (let i = 0; i < 30; i++) {
      const server = await startTestServer(keys)
      const asked = callSigned(server.url)
      if (i % 2 === 0) expect((await asked).status).toBe(200)
      await Promise.all([server.close(), server.close(), asked.catch(() => undefined)])
    }
  })
})
