/** A coordinator whose clients are not what they should be: each is named, with what was wrong, and nothing hangs. */
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Frames } from '../../../src/load/coordination/frames.js'
import { makeSecret, readSecret } from '../../../src/load/coordination/secret.js'
import { type Connection, listenFor } from '../../../src/load/coordination/tls.js'
import { Latencies } from '../../../src/load/recording/latencies.js'
import { environment } from '../../../src/load/recording/machine.js'
import { sealtrail } from '../../support/command.js'
import { temporaryFolder } from '../../support/serve.js'

const folder = temporaryFolder('load-peers')
const file = `${folder.path}/secret`
let secret: Uint8Array

beforeAll(async () => {
  await makeSecret(file)
  secret = await readSecret(file)
  target.listen(0, '127.0.0.1')
  await new Promise((resolve) => target.once('listening', resolve))
})
afterAll(() => {
  target.close()
  folder.remove()
})

const frame = (value: unknown) => {
  const text = JSON.stringify(value)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(Buffer.byteLength(text))
  return Buffer.concat([head, Buffer.from(text)])
}
const hello = frame({ kind: 'hello', version: 1, machine: environment(null) })
/** Makes a key, and is asked for nothing else. */
const target = createHttpServer((_, answer) => {
  answer.end(JSON.stringify({ KeyMetadata: { Arn: 'arn', AWSAccountId: '111122223333' } }))
})
const coordinated = async (port: number, more: readonly string[] = []) => {
  const { port: at } = target.address() as { port: number }
  const flags = ['--target', `http://127.0.0.1:${at}`, '--work', 'kms.Encrypt', '--rate', '9']
  const clients = ['--clients', `127.0.0.1:${port}`, '--secret', file]
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  const { code, said } = await sealtrail(['load', ...flags, ...clients, ...more], undefined, env)
  return `${code} ${said}`
}
/** What the coordinator says to a client that does so. */
const against = async (client: (socket: Connection) => void): Promise<string> => {
  const listener = await listenFor(
    { host: '127.0.0.1', port: 0 },
    secret,
    (socket) => {
      socket.on('error', () => undefined)
      client(socket)
    },
    () => undefined,
  )
  try {
    return await coordinated(listener.port)
  } finally {
    listener.close()
  }
}
/** A client that answers as one should, but for what `answers` says; each takes so long. */
const answering =
  (answers: Readonly<Record<string, readonly object[]>>, afterMs = 0) =>
  (socket: Connection) => {
    const usual: typeof answers = {
      hello: [{ kind: 'hello', version: 1, machine: environment(null) }],
      start: [{ kind: 'ready' }],
      clock: [{ kind: 'clock', at: Date.now() }],
    }
    const frames = new Frames(1 << 24, (value) => {
      const { kind } = value as { kind: string }
      const said = Buffer.concat((answers[kind] ?? usual[kind] ?? []).map(frame))
      setTimeout(() => socket.write(said), kind === 'clock' ? afterMs : 0)
    })
    socket.on('data', (piece: Buffer) => frames.push(piece))
  }
const latencies = new Latencies().encode()
const counts = {
  ...{ planned: 0, sent: 0, ok: 0, errors: {}, dropped: 0, bytes: 0, storedBytes: null },
  ...{ corrected: latencies, raw: latencies },
}
const sent = {
  ...{ warmup: counts, operations: {}, seconds: 1, plannedSeconds: 1, begunLateMs: 0, checks: [] },
  lateness: new Latencies().summary(),
}
const windowOf = (more: object) => ({
  kind: 'window',
  window: { index: 0, at: 0, ms: 1, inFlight: 0, clientCpu: 0, ...counts, ...more },
})
const plain = async (onSocket: (server: Server) => void): Promise<string> => {
  const server = createServer()
  onSocket(server)
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const told = await coordinated(port)
  server.close()
  return told
}

describe('a coordinator', () => {
  it.each<readonly [string, Buffer, string]>([
    ['another version', frame({ kind: 'hello', version: 7, other: [] }), 'speaks version 7, not 1'],
    [
      'a message of 1 GiB',
      Buffer.from([64, 0, 0, 0]),
      'said what is no message here: a message of 1073741824 bytes, more than 65536',
    ],
    ['no JSON', Buffer.from([0, 0, 0, 2, 1, 2]), 'said what is no message here: a message that'],
    [
      'no machine',
      frame({ kind: 'hello', version: 1 }),
      'no message here: the whole must have mac',
    ],
    ['something else', frame({ kind: 'ready' }), 'said ready where hello was asked for'],
    ['a refusal', frame({ kind: 'refused', reason: 'is tired' }), 'is tired'],
  ])('is told %s by a client, and says which', async (_, bytes, sentence) => {
    const told = await against((socket) => socket.write(bytes))
    expect(told).toMatch(/^1 sealtrail: client 127\.0\.0\.1:\d+ /)
    expect(told).toContain(sentence)
  })

  it('says that a client is gone before it began', async () => {
    const told = await against((socket) => socket.end(hello))
    expect(told).toMatch(/^1 .*client 127\.0\.0\.1:\d+ (ended|lost) the connection/)
  })

  it.each<readonly [string, Readonly<Record<string, readonly object[]>>, string]>([
    ['cannot prepare', { start: [{ kind: 'failed', reason: 'has no bucket' }] }, 'has no bucket'],
    ['goes before it is told to', { start: [{ kind: 'clock', at: 1 }] }, 'said clock where ready'],
    [
      'counts what is no histogram',
      { go: [windowOf({ raw: Buffer.from('no').toString('base64') })] },
      'latencies that are no HdrHistogram',
    ],
    ['counts less than nothing', { go: [windowOf({ ok: -1 })] }, 'window.ok must be at least 0'],
    [
      'has latencies of nobody',
      { go: [windowOf({ ok: 1 })] },
      'latencies of more or fewer than ok',
    ],
    ['leaves out a window', { go: [windowOf({ index: 1 })] }, 'a window out of turn'],
    [
      'tells a window before it sends',
      { start: [windowOf({}), { kind: 'ready' }] },
      'a window out of turn',
    ],
    [
      'tells windows of times to come',
      { go: Array.from({ length: 8 }, (_, index) => windowOf({ index })) },
      'a window before its time',
    ],
    [
      'counts what it was not asked for',
      { go: [{ kind: 'sent', sent: { ...sent, operations: { 'a\nb': counts } }, stealMs: 0 }] },
      'counted work that it was not asked for',
    ],
    ['has not counted all', { go: [{ kind: 'sent', sent: {}, stealMs: 0 }] }, 'sent must have'],
    [
      'says what nobody asked for',
      { go: [{ kind: 'failed', reason: 'is tired' }, { kind: 'ready' }] },
      'is tired',
    ],
  ])('ends the run of a client that %s', async (_, answers, sentence) => {
    const told = await against(answering(answers))
    expect(told).toMatch(/client 127\.0\.0\.1:\d+ /)
    expect(told).toContain(sentence)
    expect(told).toMatch(/^1 /)
  })

  it('does not begin with a client whose clock nobody can tell', async () => {
    const told = await against(answering({}, 600))
    expect(told).toMatch(/^1 .*has a clock that is known to within \d{3} ms only, of at most 250/s)
  })

  it('knows who is no client at all, who leaves, and who does not listen', async () => {
    const speaksPlain = await plain((server) =>
      server.on('connection', (socket) => socket.on('error', () => 0).end('hello\r\n')),
    )
    expect(speaksPlain).toMatch(/^1 .*(is no client of load|ended the connection)/)
    const leaves = await plain((server) => server.on('connection', (socket) => socket.destroy()))
    expect(leaves).toMatch(/^1 .*ended the connection before it was secure/)
    expect(await coordinated(1)).toMatch(/^1 .*client 127\.0\.0\.1:1 cannot be reached: ECONN/)
  })

  it.each<readonly [string, readonly string[]]>([
    ['cannot reach target.kind embedded', ['--target', 'embedded']],
    ['cannot reach target.kind directory', ['--target', 'dir:x', '--work', 'logs.write']],
    ['cannot reach a server that is started for the run', ['--target', 'server']],
    ['raw is for processes of this machine', ['--raw']],
    ['machines[1] is there twice', ['--clients', '127.0.0.1:9,127.0.0.1:9']],
    ['machines[0] must have a port from 1 to 65535', ['--clients', '127.0.0.1:99999']],
    ['machines[0] must match', ['--clients', 'user@host:99']],
    ['the target is on the loopback of this machine', ['--clients', 'far.example:9']],
  ])('is refused: %s', async (sentence, more) => {
    const told = await coordinated(9, more)
    expect(told).toMatch(/^2 /)
    expect(told).toContain(sentence)
  })

  it('is refused records that it cannot look for, and clients beside machines', async () => {
    const { checkedScenario } = await import('../../../src/load/scenario/read.js')
    const given = (more: object) => () =>
      checkedScenario(
        {
          ...{ target: { kind: 'server', url: 'http://h:1' }, work: [{ kind: 'kms.Encrypt' }] },
          ...{ shape: { kind: 'constant', rate: 1 }, machines: ['a:1', '[::1]:2'], ...more },
        },
        'it',
      )
    expect(given({})()).toMatchObject({ clients: 2, machines: ['a:1', '[::1]:2'] })
    expect(given({ clients: 3 })).toThrow('clients are as many as machines')
    const target = { kind: 'server', url: 'http://h:1', dataDir: 'd' }
    expect(given({ target })).toThrow('target.dataDir is for processes beside the server')
  })
})

describe('a client', () => {
  it('listens on a port that is free, and says so when it cannot', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const args = ['load', 'client', '--secret', file, '--listen']
    expect(await sealtrail([...args, `127.0.0.1:${port}`])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('EADDRINUSE') },
    })
    server.close()
    expect(await sealtrail([...args, 'nowhere'])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('listen must be host:port') },
    })
    expect(await sealtrail([...args, '127.0.0.1:0', '--data-dir', 'x'])).toMatchObject({
      ...{ code: 2, said: expect.stringContaining('dataDir is not for load') },
    })
  })
})
