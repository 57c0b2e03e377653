/**
 * Deliveries: what every trail has to deliver, looked at by a timer, and never in front of a call.
 *
 *     journal → batch fixed (commit) → each of its files put → delivered (commit, with the cursor behind the last)
 *
 * A file is put under a name that is its own, and only if it is not there yet; so whoever dies in between puts it once.
 * What fails is tried again, later and later; whether another try would be refused is asked without a record first. What
 * is in the way is in the trail's status.
 *
 * @module
 */
import { isSealtrailError, type SealtrailError } from '../errors.js'
import { wouldBeRefused } from './delivery/destination.js'
import { type GatheredFile, gather, textOf } from './delivery/gather.js'
import { digestKey, logFileKey } from './delivery/names.js'
import { putAsCloudTrail } from './delivery/put.js'
import { sha256 } from './digests/digest.js'
import { dueRegion, writeDigest, writeLastDigest } from './digests/write.js'
import type { TrailParts } from './parts.js'
import { dropFile, putFile, readFiles } from './trails/rows.js'
import {
  type Batch,
  type BatchPlace,
  chainsWith,
  newChains,
  type Trail,
  type TrailState,
} from './trails/trail.js'

export interface RunnerOptions {
  /** How long a slot is. */
  readonly slotMs: number
  /** How often is looked; 0: only when somebody asks. */
  readonly tickMs: number
}

const RETRY_MS = 30 * 1000
const RETRY_MS_MAX = 5 * 60 * 1000
/** A deleted trail that cannot deliver is given up. */
const DELETED_MS_MAX = 24 * 60 * 60 * 1000
/** How far a cursor moves over records of others before that is kept. */
const SCAN_KEPT_EVERY = 100_000

interface Waiting {
  readonly tries: number
  readonly until: number
}

export class Runner {
  readonly #parts: TrailParts
  readonly #slotMs: number
  readonly #timer: NodeJS.Timeout | undefined
  /** Behind the cursors: records that were looked at, of which none is the trail's. */
  readonly #scanned = new Map<string, number>()
  readonly #waiting = new Map<string, Waiting>()
  #lastSlot = Number.NEGATIVE_INFINITY
  #isNudged = true
  #isClosing = false
  #running: Promise<void> | undefined

  constructor(parts: TrailParts, { slotMs, tickMs }: RunnerOptions) {
    this.#parts = parts
    this.#slotMs = slotMs
    if (tickMs > 0) this.#timer = setInterval(() => this.#tick(), tickMs).unref()
  }

  /** Something changed that is worth another look. */
  nudge(): void {
    this.#isNudged = true
    this.#waiting.clear()
  }

  /** Delivers all that is due. Resolves when that is done, or fails for now. */
  async run(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    if (this.#isClosing) return
    this.#running = this.#runAll().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#running
  }

  #tick(): void {
    const { clock, trails } = this.#parts
    const now = clock.now()
    const isDue =
      this.#isNudged ||
      Math.floor(now / this.#slotMs) !== this.#lastSlot ||
      [...this.#waiting.values()].some(({ until }) => until <= now) ||
      trails.all().some((trail) => dueRegion(trail, now) !== undefined)
    if (isDue && this.#running === undefined) void this.run()
  }

  async #runAll(): Promise<void> {
    this.#isNudged = false
    const now = this.#parts.clock.now()
    this.#lastSlot = Math.floor(now / this.#slotMs)
    const trails = this.#parts.trails.all()
    await Promise.all(trails.map(({ id }) => this.#runTrail(id)))
  }

  async #runTrail(id: string): Promise<void> {
    const wait = this.#waiting.get(id)
    if (wait !== undefined && wait.until > this.#parts.clock.now()) return
    try {
      while (!this.#isClosing && (await this.#step(id))) this.#waiting.delete(id)
    } catch (error) {
      // The store says itself what it can do no more.
      if (!isSealtrailError(error)) throw error
      this.#wait(id)
    }
  }

  #wait(id: string): void {
    const { tries } = this.#waiting.get(id) ?? { tries: 0 }
    const delay = Math.min(RETRY_MS * 2 ** tries, RETRY_MS_MAX)
    this.#waiting.set(id, { tries: tries + 1, until: this.#parts.clock.now() + delay })
  }

  /** The next thing that a trail has to do; false when there is none now. */
  async #step(id: string): Promise<boolean> {
    const trail = this.#parts.trails.get(id)
    if (trail === undefined) return false
    const { config, state } = trail
    const now = this.#parts.clock.now()
    if (state.deletedAt !== undefined && now > state.deletedAt + DELETED_MS_MAX) {
      return await this.#giveUp(trail)
    }
    const region = dueRegion(trail, now)
    if (region !== undefined) return await this.#digest(trail, region, writeDigest)
    if (state.batch !== undefined) return await this.#deliverAt(trail, state.batch)
    if (!config.validates && !isEmpty(state.chains)) return await this.#lastDigest(trail)
    const [range] = state.ranges
    if (range === undefined) return false
    const after = Math.max(range.after, this.#scanned.get(id) ?? 0)
    const { until = Number.MAX_SAFE_INTEGER } = range
    const scope = scopeOf(trail)
    const gathered = await gather(this.#parts.store, trail, {
      ...{ after, until, scope, slotMs: this.#slotMs },
      before: range.until === undefined ? this.#closedUntil(now) : Number.POSITIVE_INFINITY,
    })
    if (gathered.files.length > 0) {
      const files = gathered.files.map(({ region, slotEnd }) => ({ region, slotEnd }))
      const { upTo } = gathered
      const { profile } = this.#parts
      const batch = {
        after,
        upTo,
        scope,
        slotMs: this.#slotMs,
        profile,
        place: placeOf(trail),
        files,
      }
      return await this.#begin(trail, batch)
    }
    if (gathered.upTo >= until) {
      return isEmpty(state.chains) ? await this.#endRange(trail) : await this.#lastDigest(trail)
    }
    this.#scanned.set(id, gathered.upTo)
    if (gathered.upTo > range.after + SCAN_KEPT_EVERY) {
      await this.#alter(trail, ({ ranges: [first, ...others] }) => {
        return { ranges: [{ ...first, after: gathered.upTo }, ...others] }
      })
    }
    return gathered.isMore
  }

  /** Slots before are over. */
  #closedUntil(now: number): number {
    return Math.floor(now / this.#slotMs) * this.#slotMs
  }

  async #begin(trail: Trail, batch: Batch): Promise<boolean> {
    await this.#alter(trail, () => ({ batch }))
    return true
  }

  async #deliverAt(trail: Trail, batch: Batch): Promise<boolean> {
    const { place } = batch
    if (place === undefined) {
      await this.#alter(trail, () => ({ batch: { ...batch, place: placeOf(trail) } }))
      return true
    }
    const { prefix: _, ...config } = trail.config
    return await this.#deliver({ ...trail, config: { ...config, ...place } }, batch)
  }

  /** `trail` is as it was when the place was fixed. */
  async #deliver(trail: Trail, batch: Batch): Promise<boolean> {
    const { root, store } = this.#parts
    const { after, upTo, scope, slotMs } = batch
    const before = Number.POSITIVE_INFINITY
    const gathered = await gather(store, trail, { after, until: upTo, scope, before, slotMs })
    for (const [i, file] of batch.files.entries()) {
      const found = gathered.files.find(
        ({ region, slotEnd }) => region === file.region && slotEnd === file.slotEnd,
      )
      const rest = { ...batch, files: batch.files.slice(i + 1) }
      // Its records are older than what the journal keeps (recordDays).
      if (found === undefined) await this.#delivered(trail, rest, undefined)
      else {
        const key = logFileKey(root, trail, batch, file)
        if (!(await this.#putFile(trail, rest, key, found))) return false
      }
      if (this.#isClosing) return false
    }
    return true
  }

  async #putFile(trail: Trail, rest: Batch, key: string, file: GatheredFile): Promise<boolean> {
    const plain = textOf(file, rest.profile)
    try {
      await this.#checkFirst(trail, trail.state.error, key)
      await putAsCloudTrail(this.#parts, trail, { key, plain, isNamedByContent: true })
    } catch (error) {
      return await this.#failed(trail, error, (told, now, { batch }) => {
        // Whoever was refused has put nothing there.
        const { place: _, ...elsewhere } = batch!
        const isRefused = isSealtrailError(error) && error.fault === 'client'
        return { error: told, attemptedAt: now, batch: isRefused ? elsewhere : batch! }
      })
    }
    await this.#delivered(trail, rest, { key, plain, file })
    return true
  }

  async #delivered(
    trail: Trail,
    rest: Batch,
    put:
      | { readonly key: string; readonly plain: Uint8Array; readonly file: GatheredFile }
      | undefined,
  ): Promise<void> {
    const { trails, store, root, clock } = this.#parts
    await trails.change(trail.id, async (now, commit) => {
      const time = clock.now()
      const { batch: _, error: __, ...state } = now.state
      const isDone = rest.files.length === 0
      const [range, ...ranges] = state.ranges
      const cursor = isDone
        ? { ranges: [{ ...range!, after: rest.upTo }, ...ranges] }
        : { batch: rest }
      const chains = put === undefined ? state.chains : chainsWith(now, put.file.region, time)
      const times = put === undefined ? {} : { deliveredAt: time, attemptedAt: time }
      const next = { ...now, state: { ...state, ...cursor, ...times, chains } }
      const isDigested = put !== undefined && Object.hasOwn(chains, put.file.region)
      await commit(next, (change) => {
        const row = isDigested
          ? [
              putFile(root, {
                ...{
                  trailId: now.id,
                  key: put.key,
                  deliveredAt: time,
                  bucket: trail.config.bucket,
                },
                ...{ region: put.file.region, hash: sha256(put.plain) },
                ...{ oldest: put.file.oldest, newest: put.file.newest },
              }),
            ]
          : []
        return store.commit({ changes: [change, ...row] })
      })
    })
  }

  async #lastDigest(trail: Trail): Promise<boolean> {
    const [region] = Object.keys(trail.state.chains)
    return await this.#digest(trail, region!, writeLastDigest)
  }

  async #digest(trail: Trail, region: string, write: typeof writeDigest): Promise<boolean> {
    try {
      const key = digestKey(trail, region, this.#parts.clock.now())
      await this.#checkFirst(trail, trail.state.digestError, key)
      await write(this.#parts, trail, region)
      return true
    } catch (error) {
      return await this.#failed(trail, error, (digestError) => ({ digestError }))
    }
  }

  async #endRange(trail: Trail): Promise<boolean> {
    this.#scanned.delete(trail.id)
    await this.#alter(trail, ({ ranges: [, ...ranges] }, now) => {
      const chains = ranges.length > 0 ? newChains(now, this.#parts.clock.now()) : {}
      return { ranges, chains }
    })
    return true
  }

  /** Whoever failed before asks before he tries again. */
  async #checkFirst(trail: Trail, failed: string | undefined, key: string): Promise<void> {
    if (failed === undefined) return
    const refusal = await wouldBeRefused(this.#parts, trail, key)
    if (refusal !== undefined) throw refusal
  }

  async #failed(
    trail: Trail,
    error: unknown,
    told: (name: string, now: number, state: TrailState) => Partial<TrailState>,
  ): Promise<boolean> {
    if (!isSealtrailError(error)) throw error
    await this.#alter(trail, (state) => told(nameOf(error), this.#parts.clock.now(), state))
    this.#wait(trail.id)
    return false
  }

  async #giveUp(trail: Trail): Promise<boolean> {
    const { store, root, trails } = this.#parts
    const files = await readFiles(store, root, trail.id)
    await trails.change(trail.id, async (now, commit) => {
      const next = { ...now, state: { ...now.state, ranges: [], chains: {} } }
      await commit(next, (change) => store.commit({ changes: [...files.map(dropFile), change] }))
    })
    return false
  }

  async #alter(
    { id }: Trail,
    change: (state: TrailState, trail: Trail) => Partial<TrailState>,
  ): Promise<void> {
    const { trails, store } = this.#parts
    await trails.change(id, async (now, commit) => {
      const next = { ...now, state: { ...now.state, ...change(now.state, now) } }
      await commit(next, (row) => store.commit({ changes: [row] }))
    })
  }
}

function placeOf({ config: { bucket, prefix } }: Trail): BatchPlace {
  return { bucket, ...(prefix === undefined ? {} : { prefix }) }
}

function scopeOf({ config }: Trail) {
  const { isMultiRegion, includesGlobal, selectors } = config
  return { isMultiRegion, includesGlobal, ...(selectors === undefined ? {} : { selectors }) }
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0
}

function nameOf({ code }: SealtrailError): string {
  return code === 'AccessDeniedException' ? 'AccessDenied' : code
}
