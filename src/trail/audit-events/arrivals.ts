/**
 * Events that come a few at a time, put together: all that wait for a trail while a batch of it is on its way are the next.
 *
 * So a call alone is an object of its own, at once, and a thousand at the same time share a few. Each is told when its own
 * events are safe.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../../errors.js'
import { Batch, roomOf } from '../ingest/batch.js'
import { deliverBatch } from '../ingest/deliver.js'
import type { TrailParts } from '../parts.js'
import type { Trail } from '../trails/trail.js'

/** Of one batch. */
const BATCH_BYTES = 8 * 1024 * 1024
/** That wait for one trail; more are told to come again. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024

interface Arrival {
  readonly bytes: Buffer
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Line {
  waiting: Arrival[]
  bytes: number
}

export class Arrivals {
  readonly #parts: TrailParts
  /** By trail; there is one while anything is on its way. */
  readonly #lines = new Map<string, Line>()

  constructor(parts: TrailParts) {
    this.#parts = parts
  }

  /**
   * Resolves when they are safe.
   * @param texts events, each on one line.
   * @throws SealtrailError `ThrottlingException`, and as deliverBatch does.
   */
  add(trail: Trail, texts: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${texts.join('\n')}\n`)
    const known = this.#lines.get(trail.id)
    if (known !== undefined && known.bytes + bytes.length > WAITING_BYTES_MAX) {
      const says = 'too many events are waiting to be delivered'
      return Promise.reject(new SealtrailError('ThrottlingException', says))
    }
    const line = known ?? { waiting: [], bytes: 0 }
    return new Promise((resolve, reject) => {
      line.waiting.push({ bytes, resolve, reject })
      line.bytes += bytes.length
      if (known !== undefined) return
      this.#lines.set(trail.id, line)
      void this.#run(trail, line)
    })
  }

  async #run(trail: Trail, line: Line): Promise<void> {
    // Those that come in the same moment are of the same batch.
    await new Promise(setImmediate)
    while (line.waiting.length > 0) await this.#settle(trail, takeFrom(line))
    this.#lines.delete(trail.id)
  }

  async #settle(trail: Trail, arrivals: readonly Arrival[]): Promise<void> {
    try {
      await this.#deliver(trail, arrivals)
      for (const { resolve } of arrivals) resolve()
    } catch (error) {
      // Somebody's events are what they may not be, and nobody else's fault.
      if (arrivals.length > 1 && isSealtrailError(error, 'InputInvalid')) {
        for (const one of arrivals) await this.#settle(trail, [one])
      } else {
        for (const { reject } of arrivals) reject(error)
      }
    }
  }

  async #deliver(trail: Trail, arrivals: readonly Arrival[]): Promise<void> {
    const size = arrivals.reduce((sum, { bytes }) => sum + bytes.length, 0)
    const { slotMs } = this.#parts
    const limits = { bytes: size + 1, slotMs, account: trail.account }
    const batch = new Batch(roomOf(size), limits, 1)
    for (const { bytes } of arrivals) batch.take(bytes)
    await deliverBatch(this.#parts, trail, batch)
  }
}

/** At least one. */
function takeFrom(line: Line): Arrival[] {
  let [count, bytes] = [0, 0]
  for (const arrival of line.waiting) {
    if (count > 0 && bytes + arrival.bytes.length > BATCH_BYTES) break
    count++
    bytes += arrival.bytes.length
  }
  line.bytes -= bytes
  return line.waiting.splice(0, count)
}
