/**
 * Once a day, all buckets with rules are walked over, and what is due is done.
 *
 *     each minute: a new day (UTC)? → bucket by bucket, page by page, with a rest between → that day is done
 *
 * A day is over when its time was seen to pass (service/seen-time.ts): a clock that jumps removes nothing. A walk that is
 * cut short goes on at the next start where it was; pages are small, so that calls get their turn and a close waits for
 * little. What fails is tried again a minute later. What is due is decided in due.ts.
 *
 * @module
 */
import { setTimeout as rest } from 'node:timers/promises'
import { readNamesWithRules } from '../buckets/rows.js'
import type { S3Parts } from '../parts.js'
import { carryOut, giveUpUploads } from './carry-out.js'
import { dayOf, type Place, putProgress, readProgress } from './progress.js'
import { rulesOf, sharedPrefix } from './rules.js'
import { pagesOf } from './standing.js'

const TICK_MS = 60 * 1000
const REST_MS = 10
const PAGE_BUCKETS = 100
/** So many pages are walked again at most after a start. */
const PAGES_BETWEEN = 20

export class Lifecycle {
  readonly #parts: S3Parts
  readonly #ticking: NodeJS.Timeout
  #running: Promise<void> | undefined
  #isClosing = false

  /** Goes on with what is due. */
  constructor(parts: S3Parts) {
    this.#parts = parts
    const tick = () => void this.catchUp().catch(() => undefined)
    this.#ticking = setInterval(tick, TICK_MS).unref()
    tick()
  }

  /** Resolves when all that is due has been done. */
  catchUp(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Waits for the page in hand. Twice is fine. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#ticking)
    await this.#running?.catch(() => undefined)
  }

  async #run(): Promise<void> {
    const { store, seenTime } = this.#parts
    if (this.#isClosing) return
    const now = seenTime.now()
    if (seenTime.nextAt() <= now) await seenTime.run()
    const progress = await readProgress(this.#parts)
    const today = dayOf(now)
    if (progress === undefined || progress.day >= today) return
    const { day, at } = progress
    let place: Place = at?.day === today ? at : { day: today, bucket: '', key: '' }
    let pages = 0
    for await (const next of this.#walk(place)) {
      if (this.#isClosing) return
      // Between buckets, and now and then within one.
      if (next.bucket !== place.bucket || ++pages % PAGES_BETWEEN === 0) {
        await store.commit({ changes: [putProgress({ day, at: next })] })
      }
      place = next
      await rest(REST_MS)
    }
    if (!this.#isClosing) await store.commit({ changes: [putProgress({ day: today })] })
  }

  /** Where it stands, after each page. */
  async *#walk(from: Place): AsyncGenerator<Place> {
    const { store } = this.#parts
    const { day } = from
    // The bucket that it stands in comes first.
    let [after, key] = [from.bucket, from.key]
    if (after !== '') yield* this.#walkBucket(day, after, key)
    for (;;) {
      const names = await readNamesWithRules(store, after, PAGE_BUCKETS)
      for (const name of names) yield* this.#walkBucket(day, name, '')
      if (names.length < PAGE_BUCKETS) return
      after = names.at(-1)!
      key = ''
    }
  }

  async *#walkBucket(day: number, name: string, from: string): AsyncGenerator<Place> {
    const { buckets, seenTime } = this.#parts
    const bucket = await buckets.find(name)
    if (bucket === undefined) return
    const all = rulesOf(bucket.config)
    for (const rule of all) await giveUpUploads(this.#parts, bucket, rule, seenTime.now())
    const rules = all.filter(
      (rule) => rule.expiration !== undefined || rule.noncurrent !== undefined,
    )
    if (rules.length === 0) return
    const prefix = sharedPrefix(rules)
    const start = from === '' ? prefix : from
    for await (const page of pagesOf(this.#parts, bucket.id, prefix, start)) {
      // Rules may have been changed since.
      const now = await buckets.find(name)
      if (now?.id !== bucket.id || now.config.lifecycle === undefined) return
      const still = rulesOf(now.config)
      await carryOut(this.#parts, now, still, page, seenTime.now())
      const last = page.at(-1)
      if (last !== undefined) yield { day, bucket: name, key: last.version.key }
    }
  }
}
