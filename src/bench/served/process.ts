/**
 * One server in a process of its own: ours, with a seed; the plain one; or node:http alone.
 *
 * Started with a message channel (servers.ts): says where it listens, tells the newest record when it is asked, and ends
 * with the channel.
 *
 * @module
 */
import type { AddressInfo } from 'node:net'
import { openSealtrail, type Sealtrail } from '../../sealtrail.js'
import { echoServer } from './echo.js'
import { plainServer } from './plain.js'
import type { FromServer, ServerWanted } from './servers.js'

const say = (message: FromServer) => {
  if (process.connected) process.send?.(message)
}
let house: Promise<Sealtrail> | undefined
// Who started it ends it, also while a house is only being opened.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => void end())
process.once('message', (wanted) => void serve(wanted as ServerWanted))

async function end(): Promise<void> {
  try {
    await (await house)?.close()
  } finally {
    process.exit()
  }
}

async function serve(wanted: ServerWanted): Promise<void> {
  try {
    if (wanted.kind === 'sealtrail') return await serveHouse(wanted)
    const server = wanted.kind === 'echo' ? echoServer() : plainServer(wanted.accessKey)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      say({ type: 'listening', url: `http://127.0.0.1:${port}` })
    })
  } catch (error) {
    say({ type: 'failed', message: (error as Error).message })
    if (process.connected) process.disconnect()
  }
}

async function serveHouse({ dataDir, seed, front, engine }: HouseWanted): Promise<void> {
  house = openSealtrail({ dataDir, seed, engine })
  const opened = await house
  const { url } = await opened.listen({ port: 0, front })
  process.on('message', async () => {
    const [newest] = await opened.records({ limit: 1 })
    say({ type: 'record', record: newest?.record ?? '' })
  })
  say({ type: 'listening', url })
}

type HouseWanted = Extract<ServerWanted, { readonly kind: 'sealtrail' }>
