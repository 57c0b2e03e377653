/**
 * One server in a process of its own: ours, with a seed; the plain one; or node:http alone.
 *
 * Started with a message channel (servers.ts): says where it listens, tells the newest record when it is asked, and ends
 * with the channel.
 *
 * @module
 */
import type { AddressInfo } from 'node:net'
import { openSealtrail } from '../../sealtrail.js'
import { echoServer } from './echo.js'
import { plainServer } from './plain.js'
import type { FromServer, ServerWanted } from './servers.js'

const say = (message: FromServer) => {
  if (process.connected) process.send?.(message)
}
// Who started it ends it.
process.on('SIGINT', () => undefined)
process.once('message', (wanted) => void serve(wanted as ServerWanted))

async function serve(wanted: ServerWanted): Promise<void> {
  try {
    if (wanted.kind === 'sealtrail') return await serveHouse(wanted)
    process.once('disconnect', () => process.exit())
    const server = wanted.kind === 'echo' ? echoServer() : plainServer(wanted.accessKey)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      say({ type: 'listening', url: `http://127.0.0.1:${port}` })
    })
  } catch (error) {
    say({ type: 'failed', message: (error as Error).message })
    process.disconnect()
  }
}

async function serveHouse({ dataDir, seed, front, engine }: HouseWanted): Promise<void> {
  const house = await openSealtrail({ dataDir, seed, engine })
  process.once('disconnect', () => void house.close().finally(() => process.exit()))
  const { url } = await house.listen({ port: 0, front })
  process.on('message', async () => {
    const [newest] = await house.records({ limit: 1 })
    say({ type: 'record', record: newest?.record ?? '' })
  })
  say({ type: 'listening', url })
}

type HouseWanted = Extract<ServerWanted, { readonly kind: 'sealtrail' }>
