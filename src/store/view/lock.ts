/**
 * One process for each data directory.
 *
 *     <dataDir>/lock        an empty SQLite database, in an exclusive transaction that never ends
 *
 * SQLite's own lock says so, and dies with its owner; Node has none. Apart from the view, because that is replaced
 * while the directory is held.
 *
 * @module
 */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { SealtrailError } from '../../errors.js'
import { databaseFault, isBusy } from './database-fault.js'

/** A process that is just closing gets this long to let go. */
const BUSY_TIMEOUT_MS = 500

export class Lock {
  readonly #sqlite: InstanceType<typeof DatabaseSync>

  private constructor(sqlite: InstanceType<typeof DatabaseSync>) {
    this.#sqlite = sqlite
  }

  /** @throws SealtrailError `StoreInUse`, `StoreFailed`. */
  static take(dataDir: string): Lock {
    let sqlite: InstanceType<typeof DatabaseSync> | undefined
    try {
      const path = join(dataDir, 'lock')
      sqlite = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
      chmodSync(path, 0o600)
      // Nothing is ever written, so that there is nothing to roll back after a crash.
      sqlite.exec('pragma journal_mode = memory')
      sqlite.exec('begin exclusive')
      return new Lock(sqlite)
    } catch (error) {
      sqlite?.close()
      throw lockFault(error, dataDir)
    }
  }

  release(): void {
    this.#sqlite.close()
  }
}

function lockFault(error: unknown, dataDir: string): SealtrailError {
  if (isBusy(error)) {
    const message = `the data directory ${dataDir} is in use by another sealtrail process`
    return new SealtrailError('StoreInUse', message, { dataDir }, { cause: error })
  }
  const { message, detail } = databaseFault(error)
  const said = `${join(dataDir, 'lock')} cannot be locked: ${message}`
  return new SealtrailError('StoreFailed', said, { dataDir, ...detail }, { cause: error })
}
