/** Too much work, and the end of work: some is turned away, nothing in flight is lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  callSigned,
  fakeKms,
  RawClient,
  requestText,
  signedHeaders,
  startTestServer,
} from '../support/http.js'

/** A key service whose calls wait until they are let go. */
function heldKms() {
  const held: Array<() => void> = []
  const kms = fakeKms(async () => {
    await new Promise<void>((resolve) => held.push(resolve))
    return { Keys: [], Truncated: false }
  })
  const letGo = () => {
    for (const go of held.splice(0)) go()
  }
  const until = async (count: number) => {
    while (held.length < count) await delay(5)
  }
  return { kms, letGo, until, held }
}

describe('a server with all places taken', () => {
  it('turns requests away with 503, says when to come again, and recovers', async () => {
    const { kms, letGo, until } = heldKms()
    const server = await startTestServer(kms, { inflightMax: 2, queueMax: 3 })
    const admitted = Array.from({ length: 5 }, () => callSigned(server.url))
    await until(2)
    while ((await callSigned(server.url)).status !== 503) await delay(5)
    const away = await callSigned(server.url)
    expect([away.status, away.json, away.headers.get('retry-after')]).toEqual([
      503,
      { __type: 'ThrottlingException', message: 'Rate exceeded' },
      '1',
    ])
    expect((await fetch(`${server.url}/_sealtrail/health/ready`)).status).toBe(200)
    const letting = setInterval(letGo, 5)
    const replies = await Promise.all(admitted)
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect((await callSigned(server.url)).status).toBe(200)
    clearInterval(letting)
    await server.close()
  })

  it('gives the place of a client that went away to the next', async () => {
    const { kms, letGo, until } = heldKms()
    const server = await startTestServer(kms, { inflightMax: 1, queueMax: 10 })
    const first = callSigned(server.url)
    await until(1)
    const gone = new RawClient(server.port)
    gone.write(requestText(signedHeaders(server.url)))
    await delay(30)
    gone.close()
    const last = callSigned(server.url)
    const letting = setInterval(letGo, 5)
    expect((await first).status).toBe(200)
    expect((await last).status).toBe(200)
    expect(kms.calls).toHaveLength(2)
    clearInterval(letting)
    await server.close()
  })
})

describe('clients that send half a body', () => {
  /** Begins a body of 100 bytes, of which `sent` come. */
  const begin = (port: number, sent: string) => {
    const client = new RawClient(port)
    const head = 'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: TrentService.ListKeys\r\n'
    client.write(`${head}content-length: 100\r\n\r\n${sent}`)
    return client
  }

  it('take nobody’s place', async () => {
    const server = await startTestServer(
      fakeKms(() => undefined),
      { inflightMax: 2, queueMax: 0 },
    )
    const slow = Array.from({ length: 20 }, () => begin(server.port, '{'))
    await delay(50)
    expect((await callSigned(server.url)).status).toBe(200)
    for (const client of slow) client.close()
    await server.close()
  })

  it('fill no more memory than there is for bodies, and give it back when they go', async () => {
    const server = await startTestServer(
      fakeKms(() => undefined),
      { inflightMax: 1, bodyBytesMax: 1024 },
    )
    const slow = Array.from({ length: 11 }, () => begin(server.port, 'x'.repeat(99)))
    // The room is for ten of them.
    await Promise.any(slow.map((client) => client.until(/^HTTP\/1\.1 503 /)))
    expect(slow.filter(({ received }) => received !== '')).toHaveLength(1)
    for (const client of slow) client.close()
    while ((await callSigned(server.url, { body: `{${' '.repeat(1022)}}` })).status !== 200) {
      await delay(5)
    }
    await server.close()
  })
})

describe('a server that stops', () => {
  it('answers what is in flight, takes nothing new, and says so', async () => {
    const { kms, letGo, until } = heldKms()
    const server = await startTestServer(kms)
    const idle = new RawClient(server.port)
    idle.write('GET /_sealtrail/health/ready HTTP/1.1\r\nhost: x\r\n\r\n')
    await idle.until(/ready/)
    const inFlight = callSigned(server.url)
    await until(1)
    const closing = server.close()
    await idle.closed()
    await expect(callSigned(server.url)).rejects.toThrow()
    letGo()
    const reply = await inFlight
    expect([reply.status, reply.headers.get('connection')]).toEqual([200, 'close'])
    await closing
  })

  it('is not ready on connections that it still has', async () => {
    const { kms, letGo, until } = heldKms()
    const server = await startTestServer(kms)
    const client = new RawClient(server.port)
    client.write(requestText(signedHeaders(server.url)))
    await until(1)
    const closing = server.close()
    client.write('GET /_sealtrail/health/ready HTTP/1.1\r\nhost: x\r\n\r\n')
    await delay(30)
    letGo()
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK/)
    await closing
  })

  it('breaks off what is not done in time', async () => {
    const { kms, until, letGo } = heldKms()
    const server = await startTestServer(kms, { stopTimeoutMs: 100 })
    const stuck = callSigned(server.url).catch((error: Error) => error)
    await until(1)
    await server.close()
    expect(await stuck).toBeInstanceOf(Error)
    letGo()
  })
})
