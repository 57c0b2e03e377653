/**
 * Ours without what its records cost: calls that change nothing are answered without their commit.
 *
 *     node unrecorded.js <data directory> <port> <front> [recorded]
 *
 * For the bench only, to tell how much of a served call the journal is. All else is as `sealtrail serve` has it. With the
 * word at the end they are committed after all: then nothing else is between the two.
 *
 * @module
 */
import { NO_USES } from '../../src/audit/key-uses.js'
import { systemClock } from '../../src/clock.js'
import { type Config, readConfig } from '../../src/config.js'
import { chooseEngines } from '../../src/engine/choose.js'
import { kmsDoor } from '../../src/http/doors/kms.js'
import { createKms } from '../../src/kms/kms.js'
import { listen } from '../../src/listen.js'
import { openPool } from '../../src/pool/pool.js'
import { bindRoot, openRoot } from '../../src/root/root.js'
import { openStore, type Store } from '../../src/store/store.js'

const [dataDir = '', port, front, records] = process.argv.slice(2)
const config = readConfig({ dataDir, port: Number(port), front: front as Config['front'] })
const engines = chooseEngines(config.engine, config.lockedMemory)
const store = await openStore({ dataDir })
const root = await openRoot({ kind: 'file', path: config.rootKeyFile }, engines.small, store)
await bindRoot(store, root)
const pool = openPool({ threads: config.threads })
const kms = await createKms({
  ...{
    root,
    engines,
    pool,
    clock: systemClock,
    principals: {
      isThere: () => true,
      idOf: () => undefined,
      nameOf: (_: string, arn: string) => arn,
    },
  },
  store: records === 'recorded' ? store : unrecording(store),
  keyUses: NO_USES,
})
// Nothing is repeated natively: that is recorded whatever a store leaves out.
const repeats = { scribe: undefined, onFacts: () => () => undefined }
const doors = [kmsDoor(kms)]
const served = { doors, engine: engines.small, store: repeats, config, clock: systemClock }
const parts = { ...served, isRepeating: true, findUser: () => undefined }
await listen(parts, { port: config.port, front: config.front })
console.log('listening')

function unrecording(real: Store): Store {
  const commit: Store['commit'] = (entry) =>
    entry.changes?.length ? real.commit(entry) : Promise.resolve()
  return new Proxy(real, {
    get(target, name) {
      if (name === 'commit') return commit
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
