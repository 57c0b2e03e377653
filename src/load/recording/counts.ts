/**
 * What is counted of one kind of work, or of all: arrivals, and how they ended.
 *
 *     planned = sent + dropped + those still waiting;  sent = ok + errors + those under way
 *
 * Latencies are those of arrivals that were answered well. Sums of several processes are sums of these.
 *
 * @module
 */
import type { Totals } from '../report/run.js'
import { Latencies } from './latencies.js'

/** Plain data, between processes. */
export interface CountsData {
  readonly planned: number
  readonly sent: number
  readonly ok: number
  readonly errors: Readonly<Record<string, number>>
  readonly dropped: number
  readonly bytes: number
  readonly storedBytes: number | null
  readonly corrected: string
  readonly raw: string
}

const CODES_MAX = 100
const OTHER = 'OtherErrors'

export class Counts {
  planned = 0
  sent = 0
  ok = 0
  readonly errors = new Map<string, number>()
  dropped = 0
  bytes = 0
  storedBytes: number | undefined
  readonly corrected = new Latencies()
  readonly raw = new Latencies()

  static of(data: CountsData): Counts {
    const counts = new Counts()
    const { planned, sent, ok, dropped, bytes } = data
    Object.assign(counts, { planned, sent, ok, dropped, bytes })
    counts.storedBytes = data.storedBytes ?? undefined
    for (const [code, count] of Object.entries(data.errors)) counts.errors.set(code, count)
    counts.corrected.add(Latencies.decode(data.corrected))
    counts.raw.add(Latencies.decode(data.raw))
    return counts
  }

  /** Codes are the target's: of very many, all further ones are one. */
  fail(code: string, count = 1): void {
    const known = this.errors.has(code) || this.errors.size < CODES_MAX ? code : OTHER
    this.errors.set(known, (this.errors.get(known) ?? 0) + count)
  }

  store(bytes: number): void {
    this.storedBytes = (this.storedBytes ?? 0) + bytes
  }

  add(others: Counts): void {
    this.planned += others.planned
    this.sent += others.sent
    this.ok += others.ok
    for (const [code, count] of others.errors) this.fail(code, count)
    this.dropped += others.dropped
    this.bytes += others.bytes
    if (others.storedBytes !== undefined) this.store(others.storedBytes)
    this.corrected.add(others.corrected)
    this.raw.add(others.raw)
  }

  reset(): void {
    this.planned = this.sent = this.ok = this.dropped = this.bytes = 0
    this.storedBytes = undefined
    this.errors.clear()
    this.corrected.reset()
    this.raw.reset()
  }

  data(): CountsData {
    const { planned, sent, ok, dropped, bytes, storedBytes = null } = this
    const errors = Object.fromEntries(this.errors)
    const [corrected, raw] = [this.corrected.encode(), this.raw.encode()]
    return { planned, sent, ok, errors, dropped, bytes, storedBytes, corrected, raw }
  }

  totals(seconds: number): Totals {
    const { planned, sent, ok, dropped, bytes, storedBytes = null } = this
    return {
      ...{ planned, sent, ok, errors: Object.fromEntries(this.errors), dropped },
      ...{ bytes, storedBytes, seconds },
      ...{ corrected: this.corrected.latency(), raw: this.raw.latency() },
    }
  }
}
