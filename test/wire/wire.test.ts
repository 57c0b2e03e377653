/** The way out: whose time is over is told so, wherever his request is; who is under way is answered before an end. */
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { Wire } from '../../src/wire/wire.js'
import { runScript } from '../support/child.js'

const FOREVER_MS = 600_000
const REQUEST = { method: 'GET', target: '/', headers: {}, answerBytesMax: 1024 } as const
/** As many connections as a wire has. */
const CONNECTIONS = 64

const closers: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function wireTo(origin: string, attemptMs: number): Wire {
  const wire = new Wire(origin, { connectMs: FOREVER_MS, idleMs: FOREVER_MS, attemptMs })
  closers.push(() => wire.close())
  return wire
}

/** Takes connections, and says nothing on any: no TLS either. */
async function silentOrigin(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
  const port = await portOf(server)
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
  })
  return `https://127.0.0.1:${port}`
}

/** Answers when it is told to. */
async function waitingHost() {
  const answers: ServerResponse[] = []
  let onRequest = () => {}
  const server = createHttpServer((_, response) => {
    answers.push(response)
    onRequest()
  })
  const port = await portOf(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    async asked(count: number) {
      while (answers.length < count) {
        await new Promise<void>((resolve) => {
          onRequest = resolve
        })
      }
    },
    answer: () => answers.shift()!.end('whole'),
  }
}

describe('a request whose time is over', () => {
  it('is told so before there is a connection', async () => {
    const wire = wireTo(await silentOrigin(), 50)
    await expect(wire.send(REQUEST)).rejects.toMatchObject({ name: 'NoAnswer', lack: 'time' })
  })

  it('is told so before there is a connection for it, and is never sent', async () => {
    const host = await waitingHost()
    const wire = wireTo(host.origin, FOREVER_MS)
    const first = Array.from({ length: CONNECTIONS }, () => wire.send(REQUEST))
    await host.asked(CONNECTIONS)
    const stopping = new AbortController()
    const late = wire.send({ ...REQUEST, target: '/late', signal: stopping.signal })
    const reason = new Error('no longer')
    stopping.abort(reason)
    await expect(late).rejects.toBe(reason)
    const last = wire.send(REQUEST)
    for (let i = 0; i < CONNECTIONS; i++) host.answer()
    await host.asked(1)
    host.answer()
    for (const sent of [...first, last]) expect((await sent).status).toBe(200)
  })
})

describe('the first request of a process', () => {
  it('has all its time, however long undici takes to load', async () => {
    const script = fileURLToPath(new URL('slow-to-load.mjs', import.meta.url))
    expect(await runScript(script)).toBe('200\n')
  })
})

describe('the end of a wire', () => {
  it('takes nobody, and waits for those under way', async () => {
    const host = await waitingHost()
    const wire = wireTo(host.origin, FOREVER_MS)
    const sent = wire.send(REQUEST)
    await host.asked(1)
    const ended = wire.end()
    await expect(wire.send(REQUEST)).rejects.toMatchObject({ code: 'Closed' })
    host.answer()
    expect((await sent).body.toString()).toBe('whole')
    await ended
  })

  it('leaves nobody who had not been sent', async () => {
    const host = await waitingHost()
    const wire = wireTo(host.origin, FOREVER_MS)
    const sent = wire.send(REQUEST)
    await Promise.all([
      wire.close(),
      expect(sent).rejects.toMatchObject({ name: 'SealtrailError', code: 'Closed' }),
    ])
  })

  it('is at once when it is closed', async () => {
    const host = await waitingHost()
    const wire = wireTo(host.origin, FOREVER_MS)
    const sent = wire.send(REQUEST)
    await host.asked(1)
    await wire.close()
    await expect(sent).rejects.toMatchObject({ code: 'Closed' })
  })
})
