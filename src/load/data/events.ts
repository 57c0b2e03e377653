/**
 * Events of CloudTrail that follow from a seed: the same bytes on every machine and Node version.
 *
 *     eventsOf({ seed: 7 }).next(buffer)      lines of JSON, as many as have room
 *                          .document(buffer)  {"Records":[…]}, as a log file has it
 *
 * Shapes, their shares, sizes and gaps in time are learnt of log files of a real account (profile.ts); what is in them is
 * made up. An event is a template that is copied and whose slots are filled: nothing is parsed and no text is made, so that
 * who makes a load has his time for it (bench/load/events.bench.ts). Which buffers are filled changes nothing of the bytes.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { givenMembers } from '../../given.js'
import { PROFILE } from './profile.gen.js'
import type { Profile } from './profile.js'
import { Random } from './random.js'
import { Shapes } from './shapes.js'
import { copy, type Now } from './slots.js'
import { type Template, type Templates, templatesOf } from './templates.js'
import { TIME_CHARACTERS, writeTime } from './time-text.js'
import { Weighted } from './weighted.js'

export interface EventOptions {
  /** A whole number from 0 on. */
  readonly seed: number
  /** One of several of the same seed, which differ: a thread's number, say. 0 unless given. */
  readonly stream?: number | undefined
  /** Whose they are; 12 digits. */
  readonly account?: string | undefined
  readonly region?: string | undefined
  /** When the first one is: milliseconds since the epoch. */
  readonly startMs?: number | undefined
  /** In the time that they tell; as in the real log files unless given. */
  readonly eventsPerSecond?: number | undefined
}

const USUAL = { account: '123456789012', region: 'us-east-1', startMs: 1_767_225_600_000 }
/** 9998-01-01: ingest takes no later year. */
const START_MS_MAX = 253_339_228_800_000
const RATE_MAX = 1e9
const SECOND_NS = 1e9
const COMMA = 0x2c
const HEAD = Buffer.from('{"Records":[')
const TAIL = Buffer.from(']}')

/** @throws SealtrailError `InputInvalid` */
export function eventsOf(options: EventOptions): EventStream {
  return new EventStream(PROFILE, givenOptions(options))
}

export class EventStream {
  /** No event is longer, its line's end counted. */
  readonly eventBytesMax: number
  /** So many were written. */
  events = 0
  readonly #random: Random
  readonly #clock: Clock
  readonly #templates: Templates
  readonly #shapes: Shapes
  readonly #gaps: Weighted
  readonly #gapNs: readonly number[]
  /** Drawn, and not yet written. */
  #held: Template | undefined

  constructor(profile: Profile, options: ReturnType<typeof givenOptions>) {
    const { seed, stream, startMs, eventsPerSecond } = options
    this.#random = new Random(seed, stream)
    this.#clock = new Clock(startMs)
    this.#templates = templatesOf(profile, options, new Random(seed), this.#clock)
    this.eventBytesMax = this.#templates.bytesMax
    this.#shapes = new Shapes(profile)
    this.#gaps = new Weighted(profile.gaps.map(([, count]) => count))
    const rate = eventsPerSecond ?? realRate(profile)
    const unitNs = (SECOND_NS * realRate(profile)) / rate
    this.#gapNs = profile.gaps.map(([seconds]) => Math.round(seconds * unitNs))
  }

  /** Milliseconds since the epoch that the last event tells. */
  get timeMs(): number {
    return this.#clock.timeMs
  }

  /** Fills `target` with lines, as many as are whole in it, or `eventsMax`. @returns how many bytes they have */
  next(target: Uint8Array, eventsMax = Number.POSITIVE_INFINITY): number {
    return this.#write(target, 0, target.length, eventsMax)
  }

  /**
   * A log file of `eventsMax` events, or as many as have room, into `target`.
   * @returns its bytes; 0 when there is no room for one.
   */
  document(target: Uint8Array, eventsMax = Number.POSITIVE_INFINITY): number {
    const room = target.length - TAIL.length
    if (room < HEAD.length) return 0
    let at = HEAD.length
    for (let left = eventsMax; left > 0; left--) {
      // Its line's end is a comma's place, and the last one's that of the tail.
      const bytes = this.#write(target, at, room + 1, 1)
      if (bytes === 0) break
      at += bytes
      target[at - 1] = COMMA
    }
    if (at === HEAD.length) return 0
    target.set(HEAD)
    target.set(TAIL, at - 1)
    return at - 1 + TAIL.length
  }

  #write(target: Uint8Array, from: number, end: number, eventsMax: number): number {
    let at = from
    for (let left = eventsMax; left > 0; left--) {
      this.#held ??= this.#draw()
      const { bytes, slots } = this.#held
      if (at + bytes.length > end) break
      target.set(bytes, at)
      this.#fill(target, at, slots)
      at += bytes.length
      this.#held = undefined
      this.events++
    }
    return at - from
  }

  #draw(): Template {
    this.#clock.pass(this.#gapNs[this.#gaps.pick(this.#random)]!)
    return this.#templates.all[this.#shapes.next(this.#random)]!
  }

  #fill(target: Uint8Array, start: number, slots: Int32Array): void {
    const { pools } = this.#templates
    for (let i = 0; i < slots.length; ) {
      const pool = pools[slots[i]!]!
      const count = slots[i + 1]!
      const first = start + slots[i + 2]!
      pool.fill(target, first, this.#random, this.#clock)
      for (let k = 1; k < count; k++) {
        copy(target, first, target, start + slots[i + 2 + k]!, pool.length)
      }
      i += 2 + count
    }
  }
}

/** The time that events tell. */
class Clock implements Now {
  readonly text = new Uint8Array(TIME_CHARACTERS)
  readonly write = writeTime
  readonly #startMs: number
  #passedNs = 0
  #seconds = -1

  constructor(startMs: number) {
    this.#startMs = startMs
    this.pass(0)
  }

  get seconds(): number {
    return this.#seconds
  }

  get timeMs(): number {
    return this.#startMs + Math.floor(this.#passedNs / 1e6)
  }

  pass(ns: number): void {
    this.#passedNs += ns
    const seconds = Math.floor(this.timeMs / 1000)
    if (seconds === this.#seconds) return
    this.#seconds = seconds
    writeTime(this.text, 0, seconds)
  }
}

function realRate({ gaps }: Profile): number {
  const count = gaps.reduce((sum, [, count]) => sum + count, 0)
  return count / gaps.reduce((sum, [seconds, count]) => sum + seconds * count, 0)
}

function givenOptions(options: EventOptions) {
  const given = givenMembers(options, 'options')
  const { seed, stream = 0, eventsPerSecond } = given
  const { account, region, startMs } = { ...USUAL, ...defined(given) }
  if (!isWhole(seed, Number.MAX_SAFE_INTEGER))
    throw invalid('seed must be a whole number from 0 on')
  if (!isWhole(stream, 2 ** 31)) throw invalid('stream must be a whole number from 0 to 2^31')
  if (!isWhole(startMs, START_MS_MAX)) throw invalid('startMs must be milliseconds since 1970')
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) {
    throw invalid('account must be 12 digits')
  }
  if (typeof region !== 'string' || !/^[a-z0-9-]{2,32}$/.test(region)) {
    throw invalid('region must be the name of one, such as us-east-1')
  }
  if (eventsPerSecond !== undefined && !isRate(eventsPerSecond)) {
    throw invalid(`eventsPerSecond must be above 0, and ${RATE_MAX} at most`)
  }
  return { seed, stream, account, region, startMs, eventsPerSecond }
}

function defined(given: EventOptions): Partial<typeof USUAL> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function isWhole(given: unknown, most: number): boolean {
  return Number.isSafeInteger(given) && (given as number) >= 0 && (given as number) <= most
}

function isRate(given: unknown): boolean {
  return typeof given === 'number' && given > 0 && given <= RATE_MAX
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('InputInvalid', message)
}
