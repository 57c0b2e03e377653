/**
 * A turn of a trail: the one thing that it has to do next.
 *
 *     digest that is due → batch that is fixed → the next batch, looked for behind the cursor → chains ended → end of a range
 *
 * When trails have turns is in runner.ts, how a batch is delivered in log-files.ts.
 *
 * @module
 */
import { BATCH_BOUNDS, gather } from '../delivery/gather.js'
import { digestKey } from '../delivery/names.js'
import { dueRegion, ended, writeDigest } from '../digests/write.js'
import type { TrailParts } from '../parts.js'
import { dropFile, readFiles } from '../trails/rows.js'
import { newChains, type Range, type Trail } from '../trails/trail.js'
import { alterState, attempt, type Came } from './attempt.js'
import { deliverBatch } from './log-files.js'

/** A deleted trail that cannot deliver is given up. */
const DELETED_MS_MAX = 24 * 60 * 60 * 1000
/** How far a cursor moves over records of others before that is kept. */
const SCAN_KEPT_EVERY = 100_000

export class Turns {
  readonly #parts: TrailParts
  readonly #slotMs: number
  readonly #isClosing: () => boolean
  /** Behind the cursors: records that were looked at, of which none is the trail's. */
  readonly #scanned = new Map<string, number>()

  constructor(parts: TrailParts, slotMs: number, isClosing: () => boolean) {
    this.#parts = parts
    this.#slotMs = slotMs
    this.#isClosing = isClosing
  }

  /** @throws SealtrailError `StoreFailed`, `StoreDamaged` */
  async next(id: string): Promise<Came> {
    const trail = this.#parts.trails.get(id)
    if (trail === undefined) return 'nothing'
    const now = this.#parts.clock.now()
    const came = await this.#turn(trail, now)
    const { deletedAt = now } = trail.state
    // Nobody is given up untried: it may be the clock that made a day pass.
    const isGivenUp = came === 'failed' && now > deletedAt + DELETED_MS_MAX
    return isGivenUp ? await this.#giveUp(trail) : came
  }

  async #turn(trail: Trail, now: number): Promise<Came> {
    const region = dueRegion(trail, now)
    const digested = region === undefined ? 'nothing' : await this.#digest(trail, region)
    if (digested === 'done') return 'done'
    // Log files do not wait for a digest that nobody lets in.
    const came = await this.#deliver(trail, now, digested === 'failed')
    return came === 'nothing' ? digested : came
  }

  async #deliver(trail: Trail, now: number, isDigestLeft: boolean): Promise<Came> {
    const { batch, ranges } = trail.state
    if (batch !== undefined) return await deliverBatch(this.#parts, trail, batch, this.#isClosing)
    const [range] = ranges
    return range === undefined ? 'nothing' : await this.#lookBehind(trail, range, now, isDigestLeft)
  }

  /** What the journal holds behind the cursor becomes a batch, or was none of the trail's. */
  async #lookBehind(trail: Trail, range: Range, now: number, isDigestLeft: boolean): Promise<Came> {
    const { id, config, state } = trail
    const after = Math.max(range.after, this.#scanned.get(id) ?? 0)
    const { until = Number.MAX_SAFE_INTEGER } = range
    const [scope, slotMs] = [scopeOf(trail), this.#slotMs]
    const others = Object.keys(state.chains).filter((region) => region !== trail.region)
    const { files, regions, upTo, isMore } = await gather(this.#parts.store, trail, {
      ...{ after, until, scope, slotMs, regions: others, bounds: BATCH_BOUNDS },
      before: range.until === undefined ? this.#closedUntil(now) : Number.POSITIVE_INFINITY,
    })
    if (files.length > 0) {
      const { profile } = this.#parts
      const batch = {
        ...{ after, upTo, scope, slotMs, profile, regions },
        files: files.map(({ region, slotEnd }) => ({ region, slotEnd })),
      }
      await alterState(this.#parts, trail, () => ({ batch }))
      return 'done'
    }
    if (upTo >= until) {
      if (isDigestLeft) return 'nothing'
      return isEmpty(state.chains) ? await this.#endRange(trail) : await this.#endChains(trail)
    }
    this.#scanned.set(id, upTo)
    if (upTo > range.after + SCAN_KEPT_EVERY) {
      await alterState(this.#parts, trail, ({ ranges: [first, ...others] }) => {
        return { ranges: [{ ...first, after: upTo }, ...others] }
      })
    }
    if (isMore) return 'done'
    // What is due by now is told of by the last digest, too.
    const isEnded = isDigestLeft || config.validates || isEmpty(state.chains)
    return isEnded ? 'nothing' : await this.#endChains(trail)
  }

  /** Slots before are over. */
  #closedUntil(now: number): number {
    return Math.floor(now / this.#slotMs) * this.#slotMs
  }

  /** Their last digests are due then. */
  async #endChains(trail: Trail): Promise<Came> {
    const now = this.#parts.clock.now()
    await alterState(this.#parts, trail, ({ chains }) => ({ chains: ended(chains, now) }))
    return 'done'
  }

  async #digest(trail: Trail, region: string): Promise<Came> {
    const key = digestKey(trail, region, this.#parts.clock.now())
    const failed = trail.state.digestError
    const told = (digestError: string) => ({ digestError })
    return await attempt(this.#parts, trail, { key, failed, told }, async () => {
      await writeDigest(this.#parts, trail, region)
    })
  }

  async #endRange(trail: Trail): Promise<Came> {
    this.#scanned.delete(trail.id)
    await alterState(this.#parts, trail, ({ ranges: [, ...ranges] }, now) => {
      const chains = ranges.length > 0 ? newChains(now, this.#parts.clock.now()) : {}
      return { ranges, chains }
    })
    return 'done'
  }

  async #giveUp(trail: Trail): Promise<Came> {
    const { store, root, trails } = this.#parts
    const files = await readFiles(store, root, trail.id)
    await trails.change(trail.id, async (now, commit) => {
      const next = { ...now, state: { ...now.state, ranges: [], chains: {} } }
      await commit(next, (change) => store.commit({ changes: [...files.map(dropFile), change] }))
    })
    return 'nothing'
  }
}

function scopeOf({ config }: Trail) {
  const { isMultiRegion, includesGlobal, selectors } = config
  return { isMultiRegion, includesGlobal, ...(selectors === undefined ? {} : { selectors }) }
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0
}
