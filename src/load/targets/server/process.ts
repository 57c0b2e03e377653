/**
 * A sealtrail server for one run, in a process of its own: what it costs is told apart from what the load costs.
 *
 * Started with a message channel (started.ts); says where it listens, and ends when it is told to or the channel is gone.
 *
 * @module
 */
import { openSealtrail } from '../../../sealtrail.js'
import type { ServerStarted, ServerWanted } from './started.js'

const say = (message: ServerStarted) => process.send?.(message)
// Whoever started us ends us, in an order of its own: signals are told to all of a group.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => undefined)
process.once('message', (wanted) => void serve(wanted as ServerWanted))

async function serve({ dataDir, region }: ServerWanted): Promise<void> {
  try {
    const house = await openSealtrail({ dataDir, region, s3SseC: 'allow' })
    const { url } = await house.listen({ port: 0 })
    const close = () =>
      void house.close().finally(() => {
        if (process.connected) process.disconnect()
      })
    process.once('message', close)
    process.once('disconnect', close)
    const { small, bulk } = house.engines
    say({ url, engine: small === bulk ? small.name : `${small.name}, ${bulk.name}` })
  } catch (error) {
    say({ failed: (error as Error).message })
    process.disconnect()
  }
}
