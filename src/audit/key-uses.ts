/**
 * When each KMS key was last used: an index behind the records, and how far it has come.
 *
 *     records ── follower.ts ──> memory ── every five minutes, and at the end ──> rows, then the cursor
 *
 * A use costs no commit, and a process that dies loses nothing: the next one reads on from the cursor. Who asks is told
 * of every use whose call was answered before. Rows outlive the records (recordDays). A key's row goes with the key.
 * Source: docs/FORMAT.md §6.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import type { Clock } from '../clock.js'
import { SealtrailError } from '../errors.js'
import type { Root } from '../root/root.js'
import { macOfColumns } from '../root/row-mac.js'
import type { Change } from '../store/change.js'
import type { StoredRecord } from '../store/journal/records.js'
import type { Store } from '../store/store.js'
import { Follower } from './follower.js'
import { deletedIn, type RecordedCall, type RecordedUse, useIn } from './key-use.js'
import { Tally } from './tally.js'

export interface KeyUse {
  readonly operation: string
  /** Milliseconds since the epoch, of a whole second. */
  readonly usedAt: number
  readonly eventId: string
  readonly requestId: string
}

export interface LastUse {
  /** Undefined: none since `trackedSince`. */
  readonly use: KeyUse | undefined
  /** When the first record was made that was read; undefined before there is one. */
  readonly trackedSince: number | undefined
}

export interface LastUses {
  /** @throws SealtrailError `StoreDamaged`, `StoreFailed`, `Closed` */
  lastUse(keyArn: string): Promise<LastUse>
}

/** For a house that is asked of nothing that was. */
export const NO_USES: LastUses = {
  lastUse: async () => ({ use: undefined, trackedSince: undefined }),
}

const META_KEY_USES = 'key-uses'
const KEPT_EVERY_MS = 5 * 60 * 1000
/** Keys whose last use is in memory only; then it is kept before its time. */
const FRESH_MAX = 4096
/** Records without a use of which the cursor need not tell. */
const UNKEPT_MAX = 100_000
/** Rows of one commit. */
const COMMIT_MAX = 1024

/** How it is kept: JSON. */
interface Cursor {
  readonly after: number
  readonly since?: number
}

export class KeyUses implements LastUses {
  /** Calls and uses since this process began to read. */
  readonly tally = new Tally()
  readonly #store: Store
  readonly #root: Root
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #follower: Follower
  #since: number | undefined
  /** Not in rows yet; undefined of a key that is deleted. */
  readonly #fresh = new Map<string, KeyUse | undefined>()
  #keptAt: number
  #keptAfter: number

  private constructor({ store, root, clock }: KeyUsesOptions, { after, since }: Cursor) {
    this.#store = store
    this.#root = root
    this.#clock = clock
    this.#since = since
    this.#keptAt = clock.elapsed()
    this.#keptAfter = after
    this.#follower = new Follower(
      store,
      after,
      (record) => this.#note(record),
      () => this.#keepWhenDue(),
    )
  }

  static async open(options: KeyUsesOptions): Promise<KeyUses> {
    const { store } = options
    const [row] = await store.read(
      store.query.selectFrom('meta').select('value').where('name', '=', META_KEY_USES).compile(),
    )
    const kept = row && (JSON.parse(Buffer.from(row.value).toString()) as Cursor)
    return new KeyUses(options, kept ?? { after: 0 })
  }

  async lastUse(keyArn: string): Promise<LastUse> {
    await this.#follower.follow()
    const use = this.#fresh.has(keyArn)
      ? this.#fresh.get(keyArn)
      : await readUse(this.#store, this.#root, keyArn)
    return { use, trackedSince: this.#since }
  }

  /** What there is to count is counted. @throws as {@link lastUse} */
  follow(): Promise<void> {
    return this.#follower.follow()
  }

  /** What cannot be kept now is read again by the next process. */
  async close(): Promise<void> {
    await this.#follower.close()
    if (this.#isWorthKeeping) await this.#keep().catch(() => undefined)
  }

  #note({ record, count }: Required<StoredRecord>): void {
    const call = JSON.parse(record) as RecordedCall
    const usedAt = Date.parse(call.eventTime)
    this.#since ??= usedAt
    const use = ownersUse(call)
    this.tally.add(call, use, count)
    const { eventID: eventId, requestID: requestId } = call
    for (const key of use?.keys ?? []) {
      this.#fresh.set(key, { operation: use!.operation, usedAt, eventId, requestId })
    }
    for (const key of deletedIn(call)) this.#fresh.set(key, undefined)
  }

  /** A few records without a use are read again sooner than that is committed. */
  get #isWorthKeeping(): boolean {
    return this.#fresh.size > 0 || this.#follower.after > this.#keptAfter + UNKEPT_MAX
  }

  async #keepWhenDue(): Promise<void> {
    const isDue = this.#clock.elapsed() - this.#keptAt >= KEPT_EVERY_MS
    if ((isDue && this.#isWorthKeeping) || this.#fresh.size > FRESH_MAX) await this.#keep()
  }

  async #keep(): Promise<void> {
    const [fresh, after] = [new Map(this.#fresh), this.#follower.after]
    const cursor: Cursor = { after, ...(this.#since === undefined ? {} : { since: this.#since }) }
    const value = Buffer.from(JSON.stringify(cursor))
    const changes = [...fresh].map(([key, use]) => {
      return use === undefined ? dropUse(key) : putUse(this.#root, key, use)
    })
    // Rows ahead of the cursor are made again as they are.
    for (let i = 0; i < changes.length; i += COMMIT_MAX) {
      await this.#store.commit({ changes: changes.slice(i, i + COMMIT_MAX) })
    }
    await this.#store.commit({ changes: [{ put: 'meta', row: { name: META_KEY_USES, value } }] })
    this.#keptAt = this.#clock.elapsed()
    this.#keptAfter = after
    for (const [key, use] of fresh) if (this.#fresh.get(key) === use) this.#fresh.delete(key)
  }
}

/** Of a use across accounts, what the record of the key's owner says. */
function ownersUse(call: RecordedCall): RecordedUse | undefined {
  const use = useIn(call)
  const isOwn = (key: string) => key.split(':')[4] === call.recipientAccountId
  return use && { ...use, keys: use.keys.filter(isOwn) }
}

export interface KeyUsesOptions {
  readonly store: Store
  readonly root: Root
  readonly clock: Pick<Clock, 'elapsed'>
}

function putUse(root: Root, keyArn: string, use: KeyUse): Change {
  const columns = {
    ...{ key_arn: keyArn, used_at: use.usedAt, operation: use.operation },
    ...{ event_id: use.eventId, request_id: use.requestId },
  }
  return { put: 'key_use', row: { ...columns, mac: macOfColumns(root, 'key_use', columns) } }
}

function dropUse(keyArn: string): Change {
  return { drop: 'key_use', key: { key_arn: keyArn } }
}

/** @throws SealtrailError `StoreDamaged` when the row is not as it was put there. */
async function readUse(store: Store, root: Root, keyArn: string): Promise<KeyUse | undefined> {
  const [row] = await store.read(
    store.query.selectFrom('key_use').selectAll().where('key_arn', '=', keyArn).compile(),
  )
  if (row === undefined) return undefined
  if (!constantTimeEqual(row.mac, macOfColumns(root, 'key_use', row))) {
    const says = `the last use of ${keyArn} is not as it was written: stop, and start on the journal`
    throw new SealtrailError('StoreDamaged', says, { key: keyArn })
  }
  const { operation, used_at: usedAt, event_id: eventId, request_id: requestId } = row
  return { operation, usedAt, eventId, requestId }
}
