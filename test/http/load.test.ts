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

/**
 * Begins a body of `bytes` bytes under a head of a known access key, and is told to send it, or turned away; `sent`
 * comes uninvited.
 */
function begin(port: number, sent = '', bytes = 100) {
  const client = new RawClient(port)
  const headers = Object.entries(signedHeaders(`http://127.0.0.1:${port}`))
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  client.write(
    `POST / HTTP/1.1\r\n${head}expect: 100-continue\r\ncontent-length: ${bytes}\r\n\r\n${sent}`,
  )
  return client
}

/** Until no place and no turn is left; asking takes neither. */
async function untilFull(port: number): Promise<void> {
  for (let isFull = false; !isFull; ) {
    const client = begin(port)
    isFull = /^HTTP\/1\.1 503 /.test(await client.until(/^HTTP\/1\.1 (100|503) /))
    client.close()
  }
}

/** What was sent to the server before, on whatever connection, has come to it after this. */
async function roundTrip(url: string): Promise<void> {
  expect((await fetch(`${url}/_sealtrail/health/live`)).status).toBe(200)
}

describe('a server with all places taken', () => {
  it('turns requests away with 503, says when to come again, and recovers', async () => {
    const { kms, letGo, until } = heldKms()
    const server = await startTestServer(kms, { inflightMax: 2, queueMax: 3, queueMsMax: 60_000 })
    const admitted = Array.from({ length: 5 }, () => callSigned(server.url))
    await until(2)
    await untilFull(server.port)
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
    const server = await startTestServer(kms, { inflightMax: 1, queueMax: 2, queueMsMax: 60_000 })
    const first = callSigned(server.url)
    await until(1)
    const gone = new RawClient(server.port)
    gone.write(requestText(signedHeaders(server.url)))
    const last = callSigned(server.url)
    await untilFull(server.port)
    gone.close()
    await roundTrip(server.url)
    const letting = setInterval(letGo, 5)
    expect((await first).status).toBe(200)
    expect((await last).status).toBe(200)
    expect(kms.calls).toHaveLength(2)
    clearInterval(letting)
    await server.close()
  })
})

describe('a request that waits', () => {
  it('is turned away when its time is over, with 503, and the next is served', async () => {
    const { kms, letGo, until } = heldKms()
    const server = await startTestServer(kms, { inflightMax: 1, queueMsMax: 100 })
    const first = callSigned(server.url)
    await until(1)
    const late = await Promise.all(Array.from({ length: 20 }, () => callSigned(server.url)))
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([503]))
    expect(late[0]!.headers.get('retry-after')).toBe('1')
    const letting = setInterval(letGo, 5)
    expect((await first).status).toBe(200)
    expect((await callSigned(server.url)).status).toBe(200)
    expect(kms.calls).toHaveLength(2)
    clearInterval(letting)
    await server.close()
  })
})

describe('clients that send half a body', () => {
  it('take nobody’s place', async () => {
    const server = await startTestServer(
      fakeKms(() => undefined),
      { inflightMax: 2, queueMax: 0 },
    )
    const slow = Array.from({ length: 20 }, () => begin(server.port, '{'))
    const told = await Promise.all(slow.map((client) => client.until(/^HTTP\/1\.1 \d+ /)))
    expect(told.filter((text) => !text.startsWith('HTTP/1.1 100 '))).toEqual([])
    expect((await callSigned(server.url)).status).toBe(200)
    for (const client of slow) client.close()
    await server.close()
  })

  it('fill no more memory than there is for bodies, and give it back when they go', async () => {
    const server = await startTestServer(
      fakeKms(() => undefined),
      { inflightMax: 1, bodyBytesMax: 100_000 },
    )
    const slow = Array.from({ length: 11 }, () => begin(server.port, 'x'.repeat(9999), 10_000))
    // The room is for ten of them.
    await Promise.any(slow.map((client) => client.until(/HTTP\/1\.1 503 /)))
    expect(slow.filter(({ received }) => received.includes(' 503 '))).toHaveLength(1)
    // Small ones have theirs.
    expect((await callSigned(server.url)).status).toBe(200)
    for (const client of slow) client.close()
    const whole = `{${' '.repeat(99_998)}}`
    while ((await callSigned(server.url, { body: whole })).status !== 200) await delay(5)
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
    const { kms } = heldKms()
    const server = await startTestServer(kms)
    const client = new RawClient(server.port)
    const ready = 'GET /_sealtrail/health/ready HTTP/1.1\r\nhost: x\r\n'
    // With the answer to the first, the server has read half of the second: this connection is not idle.
    client.write(`${ready}\r\n${ready}`)
    expect(await client.until(/\}$/)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"ready"/s)
    const closing = server.close()
    client.received = ''
    client.write('\r\n')
    const answer = await client.closed()
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*\r\nConnection: close\r\n.*"not ready"/s)
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
