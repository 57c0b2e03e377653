/** A whole key service in a folder of its own: real SQLite, a real root key file, real threads. */
import type { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyUses } from '../../src/audit/key-uses.js'
import { readRecords } from '../../src/audit/read.js'
import type { Clock } from '../../src/clock.js'
import { chooseEngines, type Engines } from '../../src/engine/choose.js'
import type { EngineName } from '../../src/engine/engine.js'
import { createKms, type Kms, type KmsService } from '../../src/kms/kms.js'
import type { Proxies } from '../../src/kms/xks/proxies.js'
import { openPool, type Pool } from '../../src/pool/pool.js'
import { bindRoot, openRoot, type Root } from '../../src/root/root.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import type { Gate } from '../../src/service/gate.js'
import { openStore, type Store } from '../../src/store/store.js'

export const ACCOUNT = '111122223333'
export const REGION = 'eu-west-1'
export const ARN = `arn:aws:kms:${REGION}:${ACCOUNT}`
export const caller: Caller = accountRoot(ACCOUNT, REGION)

/** A clock that a test moves; it starts at a round hour. */
class TestClock implements Clock {
  time = Date.UTC(2026, 0, 2, 3, 0, 0)

  now(): number {
    return this.time
  }

  /** So much of its time did not pass: it was set ahead. */
  #jumpedMs = 0

  elapsed(): number {
    return this.time - this.#jumpedMs
  }

  /** It is set ahead, or back. */
  jump(ms: number): void {
    this.time += ms
    this.#jumpedMs += ms
  }

  jumpDays(days: number): void {
    this.jump(days * 24 * 60 * 60 * 1000)
  }

  addDays(days: number): void {
    this.time += days * 24 * 60 * 60 * 1000
  }
}

export interface TestKms {
  readonly store: Store
  readonly root: Root
  readonly service: KmsService
  /** As {@link caller}. */
  readonly kms: Kms
  readonly keyUses: KeyUses
  readonly clock: TestClock
  readonly engines: Engines
  readonly pool: Pool
  /** Parsed records, oldest first. */
  records(filter?: { eventName?: string }): Promise<AuditRecord[]>
  /** Closes, and opens the same folder again with the same clock. */
  reopen(): Promise<TestKms>
  close(): Promise<void>
  /** Closes and removes the folder. */
  remove(): Promise<void>
}

/** The parts of a record that tests look at. */
export interface AuditRecord {
  readonly eventName: string
  readonly eventID: string
  readonly requestID: string
  readonly readOnly: boolean
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: Record<string, unknown> | null
  readonly responseElements: Record<string, unknown> | null
  readonly resources?: ReadonlyArray<{ readonly ARN: string; readonly accountId: string }>
  readonly additionalEventData?: Record<string, unknown>
  readonly eventSource: string
  readonly eventCategory: string
  readonly recipientAccountId: string
  readonly sharedEventID?: string
}

export interface TestKmsOptions {
  /** One that a test keeps; a new one unless said. */
  readonly folder?: string
  /** `auto` unless said. */
  readonly engine?: EngineName
  readonly keysMax?: number
  /** Whose request quotas hold; nobody's unless said. */
  readonly quotasOf?: string
  readonly faults?: Gate
  /** Whom attestation documents must lead back to; AWS unless said. */
  readonly attestationRoots?: readonly X509Certificate[]
  /** For a service as it is opened: it closes them. */
  readonly proxies?: () => Proxies
  readonly proxyUsesMax?: number
  /** Whom key policies may name; everybody unless said. */
  readonly isThere?: (arn: string) => boolean
  /** Stands between the service and what is real, to fail, wait or count. */
  readonly wrapStore?: (store: Store) => Store
  readonly wrapRoot?: (root: Root) => Root
}

export async function openTestKms(options: TestKmsOptions = {}): Promise<TestKms> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sealtrail-kms-'))
  return await open(folder, new TestClock(), options)
}

async function open(folder: string, clock: TestClock, options: TestKmsOptions): Promise<TestKms> {
  const engines = chooseEngines(options.engine ?? 'auto')
  const store = await openStore({ dataDir: join(folder, 'data') })
  const root = await openRoot({ kind: 'file', path: join(folder, 'root-key') }, engines.small)
  await bindRoot(store, root)
  const pool = openPool({ threads: 1 })
  const { isThere = () => true } = options
  const { keysMax, wrapStore = (same) => same, wrapRoot = (same) => same } = options
  const { attestationRoots } = options
  const keyUses = await KeyUses.open({ store, root, clock })
  const service = await createKms({
    ...{ store: wrapStore(store), root: wrapRoot(root), engines, pool, clock, keyUses },
    principals: { isThere, idOf: () => undefined, nameOf: (_id: string, arn: string) => arn },
    ...(keysMax === undefined ? {} : { keysMax }),
    ...{ quotasOf: options.quotasOf, faults: options.faults },
    ...(attestationRoots === undefined ? {} : { attestationRoots }),
    ...(options.proxies && { proxies: options.proxies() }),
    ...(options.proxyUsesMax === undefined ? {} : { proxyUsesMax: options.proxyUsesMax }),
  })
  const close = async () => {
    await service.close()
    await keyUses.close()
    await pool.close()
    root.release()
    await store.close()
  }
  return {
    ...{ store, root, service, clock, engines, pool, keyUses, close, kms: service.as(caller) },
    async records(filter = {}) {
      const records: AuditRecord[] = []
      for (let afterSeq = 0; ; ) {
        const page = await readRecords(store, { ...filter, afterSeq, limit: 1000 })
        records.push(...page.map(({ record }) => JSON.parse(record) as AuditRecord))
        if (page.length === 0) return records
        afterSeq = page.at(-1)!.seq
      }
    },
    async reopen() {
      await close()
      return await open(folder, clock, options)
    },
    async remove() {
      await close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The same store, as an object whose methods can be replaced. */
export function storeLike(store: Store): Store {
  const { dataDir, query, counts, broken, checked, scribe } = store
  return {
    ...{ dataDir, query, counts, broken, checked, scribe },
    onFacts: (listener) => store.onFacts(listener),
    onRecords: (listener) => store.onRecords(listener),
    seal: (key) => store.seal(key),
    read: (select) => store.read(select),
    commit: (entry) => store.commit(entry),
    records: (wanted) => store.records(wanted),
    leaves: (after) => store.leaves(after),
    release: (upTo) => store.release(upTo),
    syncs: () => store.syncs(),
    shred: (id) => store.shred(id),
    close: () => store.close(),
  }
}
