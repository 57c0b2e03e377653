/** Servers of benches end with who started them, and nobody waits for an answer that cannot come. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { Connection } from '../../src/bench/served/connection.js'
import { newAccessKey, seedWith } from '../../src/bench/user.js'
import { temporaryFolder } from '../support/serve.js'

const SERVER = join(import.meta.dirname, '../../dist/bench/served/process.js')
const folder = temporaryFolder('bench-served')
afterAll(() => folder.remove())

describe('a server of a bench', () => {
  let child: ChildProcess | undefined
  afterEach(() => void child?.kill('SIGKILL'))

  it('ends when who started it is gone, while its house is only being opened', async () => {
    const own = join(folder.path, 'opening')
    mkdirSync(own)
    const [dataDir, seed] = [join(own, 'data'), join(own, 'seed.json')]
    writeFileSync(seed, JSON.stringify(seedWith(newAccessKey())), { mode: 0o600 })
    child = fork(SERVER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const told: unknown[] = []
    child.on('message', (message) => told.push(message))
    child.send({ kind: 'sealtrail', dataDir, seed, front: 'node', engine: 'auto' })
    while (!existsSync(dataDir)) await wait(1)
    child.disconnect()
    await once(child, 'exit')
    expect(told).toEqual([])
  })
})

describe('a connection', () => {
  it('that the server closed while nobody asked fails who asks next', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    let close = () => {}
    const closed = new Promise<void>((resolve) => {
      close = resolve
    })
    const connection = await Connection.open(port, () => close())
    await closed
    await expect(connection.ask(Buffer.from('x'))).rejects.toThrow('closed the connection')
    server.close()
  })
})
