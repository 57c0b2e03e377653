/**
 * The whole house opened as one thing: engines, pool, store, root, KMS, and the sealing of objects.
 *
 * Everything here is composition; each part explains itself in its room. Rooms that a house may do without are loaded when it
 * is told not to. The public names are re-exported by index.ts.
 *
 * @module
 */
import { KeyUses } from './audit/key-uses.js'
import { type RecordFilter, readRecords, type StoredRecord } from './audit/read.js'
import { type Clock, scaledClock, systemClock } from './clock.js'
import { type Config, readConfig } from './config.js'
import { chooseEngines, type Engines } from './engine/choose.js'
import { SealtrailError } from './errors.js'
import type { AccessQuestion, Explanation } from './explain/explain.js'
import type { Faults } from './faults/faults.js'
import { isPlainObject, kindOf, reading } from './given.js'
import { createIam } from './iam/iam.js'
import { Principals } from './iam/principals/principals.js'
import { Sessions } from './iam/sts/sessions.js'
import { createSts } from './iam/sts/sts.js'
import { createKms, type Kms } from './kms/kms.js'
import { readTrustedRoots } from './kms/recipient/trusted-roots.js'
import { parseEndpoints } from './kms/xks/endpoints.js'
import { Proxies } from './kms/xks/proxies.js'
import type { Listening, ListenOptions } from './listen.js'
import { openPool } from './pool/pool.js'
import { MerkleLog } from './proofs/merkle-log.js'
import { type Proofs, proofsFor } from './proofs/proofs.js'
import { bindRoot, openRoot } from './root/root.js'
import { createS3, type S3 } from './s3/s3.js'
import { type Objects, sealedObjects } from './sealed-objects.js'
import { accountRoot, type Caller, givenCaller } from './service/caller.js'
import type { CallSource } from './service/calls/call-context.js'
import type { FindCredential } from './sigv4/credential.js'
import { openBlobs } from './store/blobs/open-blobs.js'
import { bothSides } from './store/blobs/sides.js'
import { openStore, type Store } from './store/store.js'
import { type CloudTrail, createTrail } from './trail/trail.js'
import { dataEventTrails } from './trail/trails/data-events.js'
import { Trails } from './trail/trails/trails.js'
import { type Usage, type UsageAsked, usageOf } from './trail/usage/usage.js'
import type { AccessParts } from './upstream/client/access.js'

export type SealtrailOptions = Pick<Config, 'dataDir'> &
  Partial<
    Pick<
      Config,
      | ('rootKeyFile' | 'seed' | 'recordDays' | 'engine' | 'lockedMemory' | 'threads')
      | ('account' | 'region' | 'quotas' | 'faults' | 'attestationRoot' | 's3SseC')
      | ('trailClock' | 'trailProfile' | 'trailSlotSeconds' | 'xksProxyEndpoints')
      | ('s3Upstream' | 's3UpstreamRegion' | 's3UpstreamStyle' | 's3UpstreamCredentials')
    >
  > & {
    /** The access key for s3Upstream, instead of a file. */
    readonly s3UpstreamAccess?: AccessParts | undefined
  }

export interface Sealtrail extends Objects {
  /** The KMS operations, AWS-shaped: PascalCase members, Uint8Array blobs, Date timestamps. */
  readonly kms: Kms
  /** The operations of S3, AWS-shaped; a Body is bytes, text, or what yields bytes. */
  readonly s3: S3
  /** The operations of CloudTrail: trails, which deliver the audit records as log files. */
  readonly cloudtrail: CloudTrail
  /** Whose calls these are, as the audit records say. */
  readonly caller: Caller
  /** The same house, with calls made and recorded as another caller's. */
  as(caller: Caller): Sealtrail
  /** Audit records of the caller's account: newest first, or in order after `afterSeq`. */
  records(filter?: Omit<RecordFilter, 'account'>): Promise<StoredRecord[]>
  /** The Merkle log over all audit records: checkpoints, and proofs for whoever holds one. */
  readonly proofs: Proofs
  /** How much the keys of the caller's account were used, by day, key, principal and operation, and what of it is charged. */
  usage(asked?: UsageAsked): Promise<Usage[]>
  /** Why somebody may do something, or may not. Nothing is done, and nothing recorded. */
  explain(question: AccessQuestion): Promise<Explanation>
  readonly engines: Engines
  /**
   * How often the disk was waited for since the process began: fsyncs and fdatasyncs of the house, but for those that SQLite
   * makes when it writes its log back. Houses of one process share a part of the number.
   */
  syncs(): Promise<number>
  /**
   * Says that the wall clock is right. Keys and objects are deleted when their time was seen to pass: after a clock that
   * jumped, or days without a process, that is later than the clock says (docs/OPERATING.md).
   */
  confirmClock(): Promise<void>
  /**
   * Serves AWS SDKs and CLIs on a port, for every account and region, until it or the house is closed.
   * @throws SealtrailError `ConfigInvalid`, `Closed`
   */
  listen(options?: ListenOptions): Promise<Listening>
  /** Resolves, with the cause, when nothing more can be recorded until the house is opened again. */
  readonly broken: Promise<unknown>
  /** Waits for work in flight, writes what is to be written, wipes every key. Twice is fine. */
  close(): Promise<void>
}

/**
 * Opens the data directory, making it and its root key when they are not there.
 *
 * @throws SealtrailError `ConfigInvalid`, `SeedDiffers`, `EngineUnavailable`, `StoreInUse`, `StoreFailed`,
 * `RootKeyUnusable`.
 */
export async function openSealtrail(given: SealtrailOptions): Promise<Sealtrail> {
  if (!isPlainObject(given)) throw invalid(`options: must be a plain object, not ${kindOf(given)}`)
  const { s3UpstreamAccess, ...options } = reading('options', () => ({ ...given }))
  if (!options.dataDir) throw invalid('options: dataDir must be given')
  const config = readConfig(options)
  const engines = chooseEngines(config.engine, config.lockedMemory)
  const closers: Array<() => unknown> = []
  try {
    const { dataDir, recordDays } = config
    // Who chose another engine has no native code run.
    const scribe = engines.small.name === 'native'
    const store = await openStore({ dataDir, recordDays, scribe })
    closers.push(() => store.close())
    const root = await openRoot({ kind: 'file', path: config.rootKeyFile }, engines.small, store)
    closers.push(() => root.release())
    await bindRoot(store, root)
    const log = await MerkleLog.open({ store, root, tickMs: LOG_TICK_MS })
    closers.push(() => log.close())
    const pool = openPool({ threads: config.threads })
    closers.push(() => pool.close())
    if (config.seed !== '') {
      const { region } = config
      const { applySeed } = await import('./seed/seed.js')
      await applySeed({ store, root, engines, pool, clock: systemClock, region }, config.seed)
    }
    const clock = trailClockOf(config)
    const principals = await Principals.open(store, root)
    const iam = createIam({ store, clock, root, principals })
    closers.push(() => iam.close())
    const keyUses = await KeyUses.open({ store, root, clock: systemClock })
    closers.push(() => keyUses.close())
    const quotasOf = config.quotas === 'off' ? undefined : config.quotas.slice('aws:'.length)
    const faults = await openFaults(config)
    const attestationRoots = await readTrustedRoots(config.attestationRoot)
    const endpoints = parseEndpoints(config.xksProxyEndpoints)
    const proxies = new Proxies({ clock: systemClock, endpoints })
    const service = await createKms({
      ...{ store, root, engines, pool, clock, principals, keyUses, proxies },
      ...{ quotasOf, attestationRoots, proxyUsesMax: config.inflightMax * PROXY_PART },
      faults: faults && ((call) => faults.pass(call)),
    })
    closers.push(() => service.close())
    const local = await openBlobs(store.dataDir)
    closers.push(() => local.close())
    const upstream = await openUpstream(config, s3UpstreamAccess, store)
    closers.push(() => upstream?.close())
    const blobs = bothSides(local, upstream)
    const trails = await Trails.open(store, root)
    const s3 = createS3({
      ...{ store, root, engines, pool, clock, kms: service, blobs },
      dataEvents: dataEventTrails(trails),
      ...{ sseC: config.s3SseC, principals, seenTime: service.seenTime },
    })
    closers.push(() => s3.close())
    const slotMs = config.trailSlotSeconds * 1000
    const trail = await createTrail({
      ...{ store, root, engines, pool, clock, kms: service, s3, trails, slotMs },
      ...{ profile: config.trailProfile, tickMs: TRAIL_TICK_MS },
    })
    closers.push(() => trail.close())

    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      // The port waits for its requests, S3 and trails for their calls: none of them is to wait for a fault.
      faults?.close()
      closing ??= closeAll(closers)
      return closing
    }
    const checkOpen = (): void => {
      if (closing !== undefined) throw new SealtrailError('Closed', 'the house is closed')
    }
    const { broken } = store
    const confirmClock = async (): Promise<void> => {
      await service.confirmClock()
      await s3.catchUp()
    }
    const sessions = new Sessions({ root, principals, clock: systemClock })
    const sts = createSts({ store, clock, principals, sessions })
    const services = { kms: service, iam, cloudtrail: trail, s3, sts }
    const findUser: FindCredential = (id, token) => principals.find(id) ?? sessions.find(id, token)
    const served = {
      ...{ engine: engines.small, store, config, clock: systemClock, findUser },
      // Records tell the house's time, and what counts calls, or fails them, sees each.
      isRepeating: clock === systemClock && quotasOf === undefined && faults === undefined,
      measured: { tally: keyUses.tally, store, deliveries: () => trail.deliveries() },
    }
    const listenWith = async (options: ListenOptions = {}): Promise<Listening> => {
      checkOpen()
      const [{ listen }, { doorsOf }] = await Promise.all([
        import('./listen.js'),
        import('./doors.js'),
      ])
      checkOpen()
      const listening = await listen({ ...served, doors: doorsOf(services) }, options)
      // Closed before what it serves; the house may have been closed meanwhile.
      if (closing !== undefined) await listening.close()
      checkOpen()
      closers.push(() => listening.close())
      return listening
    }
    const { region, account } = config
    const asked = { store, clock: systemClock, principals, kms: service, region, account }
    const explainHere: Sealtrail['explain'] = async (question) => {
      checkOpen()
      const { explain } = await import('./explain/explain.js')
      return await explain(asked, question)
    }
    const syncs = () => store.syncs()
    const methods = { close, as, listen: listenWith, confirmClock, explain: explainHere, syncs }
    const house = { engines, broken, ...methods }
    function as(whom: Caller): Sealtrail {
      const caller = givenCaller(whom)
      const source = sourceOf(caller)
      const kms = service.as(caller, source)
      const objects = sealedObjects({ kms, engines, pool })
      const records: Sealtrail['records'] = (filter) => readRecords(store, filter, caller.account)
      const [forS3, cloudtrail] = [s3.as(caller, source), trail.as(caller, source)]
      const usage: Sealtrail['usage'] = (asked) => usageOf(store, caller.account, asked)
      const proofs = proofsFor(log, caller.account)
      return { ...house, kms, s3: forS3, cloudtrail, caller, records, proofs, usage, ...objects }
    }
    return as(accountRoot(config.account, config.region))
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** How often deliveries are looked at. */
const TRAIL_TICK_MS = 250
/** Of the places at the port: for calls that wait for the proxies of external key stores. */
const PROXY_PART = 0.5

/** How often the log of the journal goes on, once it was begun. */
const LOG_TICK_MS = 10_000

async function openFaults({ faults }: Config): Promise<Faults | undefined> {
  if (faults === '') return undefined
  const { Faults } = await import('./faults/faults.js')
  return await Faults.open(faults)
}

async function openUpstream(config: Config, access: AccessParts | undefined, store: Store) {
  if (config.s3Upstream === '') return undefined
  const { openConfigured } = await import('./upstream/configured.js')
  return await openConfigured(config, access, store, systemClock)
}

/** The clock of records and schedules: the wall's, unless it is scaled for a test or a demo. */
function trailClockOf({ trailClock }: Config): Clock {
  const factor = Number(trailClock.split(':')[1] ?? 1)
  return factor === 1 ? systemClock : scaledClock(systemClock, factor)
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('ConfigInvalid', message)
}

/** An AWS service calls from its own name, as CloudTrail shows it; a program from this machine. */
function sourceOf({ identity: { invokedBy } }: Caller): CallSource {
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
