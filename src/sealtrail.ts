/**
 * The whole house opened as one thing: engines, pool, store, root, KMS, and the sealing of objects.
 *
 * Everything here is composition; each part explains itself in its room. The public names are
 * re-exported by index.ts.
 *
 * @module
 */
import { type RecordFilter, readRecords, type StoredRecord } from './audit/read.js'
import { systemClock } from './clock.js'
import { type Config, readConfig } from './config.js'
import { chooseEngines, type Engines } from './engine/choose.js'
import { accountRoot, type Caller } from './iam/caller.js'
import { createKms, type Door, type Kms, type KmsService } from './kms/kms.js'
import { openPool } from './pool/pool.js'
import { bindRoot, openRoot } from './root/root.js'
import { type Objects, sealedObjects } from './sealed-objects.js'
import { openStore } from './store/store.js'

export type SealtrailOptions = Pick<Config, 'dataDir'> &
  Partial<
    Pick<Config, 'rootKeyFile' | 'engine' | 'lockedMemory' | 'threads' | 'account' | 'region'>
  >

export interface Sealtrail extends Objects {
  /** The KMS operations, AWS-shaped: PascalCase members, Uint8Array blobs, Date timestamps. */
  readonly kms: Kms
  /** Whose calls these are, as the audit records say. */
  readonly caller: Caller
  /** The same house, with calls made and recorded as another caller's. */
  as(caller: Caller): Sealtrail
  /** Audit records: newest first, or in order after `afterSeq`. */
  records(filter?: RecordFilter): Promise<StoredRecord[]>
  readonly engines: Engines
  /** The service behind `kms`, for a server that answers many callers. */
  readonly service: KmsService
  /** Resolves, with the cause, when nothing more can be recorded until the house is opened again. */
  readonly broken: Promise<unknown>
  /** Waits for work in flight, writes what is to be written, wipes every key. Twice is fine. */
  close(): Promise<void>
}

/**
 * Opens the data directory, making it and its root key when they are not there.
 *
 * @throws SealtrailError `ConfigInvalid`, `EngineUnavailable`, `StoreInUse`, `StoreFailed`,
 * `RootKeyUnusable`.
 */
export async function openSealtrail(options: SealtrailOptions): Promise<Sealtrail> {
  const config = readConfig(options)
  const engines = chooseEngines(config.engine, config.lockedMemory)
  const closers: Array<() => unknown> = []
  try {
    const store = await openStore({ dataDir: config.dataDir })
    closers.push(() => store.close())
    const root = await openRoot({ kind: 'file', path: config.rootKeyFile }, engines.small, store)
    closers.push(() => root.release())
    await bindRoot(store, root)
    const pool = openPool({ threads: config.threads })
    closers.push(() => pool.close())
    const service = await createKms({ store, root, engines, pool, clock: systemClock })
    closers.push(() => service.close())

    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      closing ??= closeAll(closers)
      return closing
    }
    const { broken } = store
    const records = (filter?: RecordFilter) => readRecords(store, filter)
    const as = (caller: Caller): Sealtrail => {
      const kms = service.as(caller, doorOf(caller))
      const objects = sealedObjects({ kms, engines, pool })
      return { kms, caller, as, records, engines, service, broken, close, ...objects }
    }
    return as(accountRoot(config.account, config.region))
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** An AWS service calls from its own name, as CloudTrail shows it; a program from this machine. */
function doorOf({ identity: { invokedBy } }: Caller): Door {
  const [sourceIpAddress, userAgent] = [invokedBy ?? '127.0.0.1', invokedBy ?? 'sealtrail']
  return { sourceIpAddress, userAgent }
}

/** Last opened, first closed; the rest also when one fails. */
async function closeAll(closers: Array<() => unknown>): Promise<void> {
  const close = closers.pop()
  if (close === undefined) return
  try {
    await close()
  } finally {
    await closeAll(closers)
  }
}
