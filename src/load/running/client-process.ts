/**
 * A sender in a process of its own, led over its message channel; it ends with the channel.
 *
 * @module
 */
import { systemClock } from '../../clock.js'
import { openAddress } from '../targets/open-address.js'
import { connectionsFor, type FromClient, localClient, type ToClient } from './client.js'
import { reasonOf } from './reason.js'

const ALIVE_MS = 1000

const say = (message: FromClient) => {
  if (process.connected) process.send?.(message)
}

setInterval(() => say({ type: 'alive' }), ALIVE_MS)
let client: ReturnType<typeof localClient> | undefined
// Who leads it ends it, when all have their say: a terminal's Ctrl-C, and the end of a service, are told to all of a group.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => undefined)
process.once('disconnect', () => process.exit())
process.on('message', (message: ToClient) => void hear(message))

async function hear(message: ToClient): Promise<void> {
  try {
    switch (message.type) {
      case 'start': {
        const { options, address } = message
        const target = openAddress(
          address,
          options.client.index,
          connectionsFor(options.scenario),
          systemClock,
        )
        const onWindow = (window: Parameters<Parameters<typeof localClient>[3]>[0]) =>
          say({ type: 'window', window })
        client = localClient(options, target, systemClock, onWindow)
        await client.prepare()
        say({ type: 'ready' })
        break
      }
      case 'go':
        if (client !== undefined) say({ type: 'sent', sent: await client.run(message.at) })
        break
      case 'stop':
        client?.stop(message.why)
        break
      case 'change':
        client?.change(message.factor)
    }
  } catch (error) {
    say({ type: 'failed', message: reasonOf(error) })
  }
}
