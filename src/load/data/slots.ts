/**
 * Values that change from event to event: ids, times and random words, written as bytes into places that await them.
 *
 * A pool gives values of one alphabet and length. Some are new each time (an event's own id), some come again for a while
 * (the VPC that somebody works on): then one of the last few, or with the pool's chance a new one that takes the oldest's
 * place. What stays the same for a whole seed is written into the templates (templates.ts).
 *
 * @module
 */
import type { Alphabet, Profile } from './profile.js'
import type { Random } from './random.js'
import { TIME_CHARACTERS } from './time-text.js'

/** Values that came lately: so many are remembered; the script that learns them says the same. */
export const RECENT = 8
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = UPPER.toLowerCase()
const DIGITS = '0123456789'
export const ALPHABETS = {
  hex: '0123456789abcdef',
  HEX: '0123456789ABCDEF',
  BASE32: `${UPPER}234567`,
  BASE36: `${DIGITS}${UPPER}`,
  base36: `${DIGITS}${LOWER}`,
  base62: `${DIGITS}${UPPER}${LOWER}`,
  base64: `${UPPER}${LOWER}${DIGITS}+/`,
  letters: LOWER,
  digits: DIGITS,
} as const

const DASH = 0x2d
const DASHES = [8, 13, 18, 23]
const VERSION_AT = 14
const VARIANT_AT = 19
const ALWAYS = 256
/** A session began up to so long ago. */
const SESSION_SECONDS = 3600

/** What time it is in the events: as a number, and as text. */
export interface Now {
  readonly seconds: number
  readonly text: Uint8Array
  write(target: Uint8Array, at: number, seconds: number): void
}

export class Pool {
  readonly length: number
  readonly #alphabet: Alphabet
  readonly #fresh: number
  readonly #last: number
  readonly #codes: Uint8Array
  readonly #recent: Uint8Array
  #known = 0
  /** Where the next new value goes, and where the one before is. */
  #next = 0
  #before = 0

  constructor([alphabet, length, fresh, last]: Profile['pools'][number]) {
    this.length = length
    this.#alphabet = alphabet
    this.#fresh = fresh
    this.#last = fresh + last
    this.#codes = codesOf(alphabet)
    this.#recent = new Uint8Array(RECENT * length)
  }

  /** Whether a seed has one value of it. */
  get isKept(): boolean {
    return this.#fresh === 0 && this.#alphabet !== 'now'
  }

  /** Writes the next value to `at`. */
  fill(target: Uint8Array, at: number, random: Random, now: Now): void {
    if (this.#alphabet === 'now') copy(now.text, 0, target, at, TIME_CHARACTERS)
    else if (this.#fresh === ALWAYS) this.write(target, at, random, now)
    else this.#fillLately(target, at, random, now)
  }

  /** Writes a new value. */
  write(target: Uint8Array, at: number, random: Random, now: Now): void {
    const { length } = this
    if (this.#alphabet === 'uuid' || this.#alphabet === 'UUID') {
      writeUuid(target, at, this.#codes, random)
    } else if (this.#alphabet === 'session') {
      now.write(target, at, now.seconds - random.below(SESSION_SECONDS))
    } else {
      writeText(target, at, length, this.#codes, random)
      // As JSON, no number begins with it.
      if (this.#alphabet === 'digits') target[at] = this.#codes[1 + random.below(9)]!
    }
  }

  #fillLately(target: Uint8Array, at: number, random: Random, now: Now): void {
    const { length } = this
    const word = random.word()
    const chance = word & 0xff
    let slot = chance < this.#last ? this.#before : ((word >>> 8) & 0xffff) % RECENT
    if (chance < this.#fresh || slot >= this.#known) {
      slot = this.#next
      this.#next = (slot + 1) % RECENT
      if (this.#known < RECENT) this.#known++
      this.write(this.#recent, slot * length, random, now)
    }
    this.#before = slot
    copy(this.#recent, slot * length, target, at, length)
  }
}

/** Values are short: calls would cost more than the loop. */
export function copy(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  at: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) target[at + i] = source[from + i]!
}

function codesOf(alphabet: Alphabet): Uint8Array {
  if (alphabet === 'uuid') return Buffer.from(ALPHABETS.hex)
  if (alphabet === 'UUID') return Buffer.from(ALPHABETS.HEX)
  if (alphabet === 'now' || alphabet === 'session') return new Uint8Array(0)
  return Buffer.from(ALPHABETS[alphabet])
}

/** 128 bits of which six say that it is random: RFC 9562, version 4. */
function writeUuid(target: Uint8Array, at: number, codes: Uint8Array, random: Random): void {
  let place = at
  for (let i = 0; i < 4; i++) {
    const word = random.word()
    for (let shift = 28; shift >= 0; shift -= 4) {
      if (place === at + 8 || place === at + 13 || place === at + 18 || place === at + 23) place++
      target[place++] = codes[(word >>> shift) & 15]!
    }
  }
  for (const dash of DASHES) target[at + dash] = DASH
  target[at + VERSION_AT] = codes[4]!
  target[at + VARIANT_AT] = codes[8 + (target[at + VARIANT_AT]! & 3)]!
}

/** Of 64 characters or fewer; each takes 10 bits, so that none is much more frequent than another. */
function writeText(
  target: Uint8Array,
  at: number,
  length: number,
  codes: Uint8Array,
  random: Random,
): void {
  const count = codes.length
  const end = at + length
  for (let place = at; place < end; ) {
    let word = random.word()
    for (let k = 0; k < 3 && place < end; k++) {
      target[place++] = codes[((word & 0x3ff) * count) >>> 10]!
      word >>>= 10
    }
  }
}
