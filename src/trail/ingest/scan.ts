/**
 * Whether lines of bytes are one JSON object each, and where in them the members lie that say which log file they are for.
 *
 *     {"eventVersion":"1.11", … "eventTime":"2026-01-02T03:04:05Z", … "awsRegion":"us-east-1", …}
 *                                ^ from, to                            ^ from, to
 *
 * One walk over the bytes, which makes no values: what is asked of an event that passes by the hundred thousand is that it
 * does not break the file it is put in. Whether the bytes are UTF-8 is asked of many lines at once, elsewhere. Of a member
 * that is looked at there is one; the others are nobody's business here. The addon does the same walk several times as fast
 * (native/src/events.rs), for many lines in one call; about a line that it doubts, this one decides. Source: RFC 8259.
 *
 * @module
 */
import { type Addon, loadAddon } from '../../engine/native/addon.js'

/** The members that are looked at; each is a text. */
export const MEMBERS = ['eventTime', 'awsRegion', 'eventID', 'recipientAccountId'] as const

/** Of a line: where it ends, and from and to of each member, behind its opening quote and before the closing one. */
export const WORDS_PER_LINE = 1 + 2 * MEMBERS.length
/** Found by one call. */
const LINES_MAX = 128

/** Events of CloudTrail go less deep. */
export const DEPTH_MAX = 64
const [QUOTE, BACKSLASH, COLON, COMMA, LETTER_U] = [0x22, 0x5c, 0x3a, 0x2c, 0x75]
const [BRACE, BRACKET, BRACE_END, BRACKET_END] = [0x7b, 0x5b, 0x7d, 0x5d]
const [MINUS, PLUS, DOT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39]
const [SPACE, SMALL, LINE_END] = [0x20, 0x20, 0x0a]

/** 1 for what ends or breaks the run of a string: quote, backslash, control characters. */
const STOPS = new Uint8Array(256)
STOPS.fill(1, 0, SPACE)
STOPS[QUOTE] = STOPS[BACKSLASH] = 1
const IS_SPACE = new Uint8Array(256)
for (const byte of [SPACE, 0x09, 0x0a, 0x0d]) IS_SPACE[byte] = 1
const IS_HEX = new Uint8Array(256)
const ESCAPES = new Uint8Array(256)
for (const byte of Buffer.from('0123456789abcdefABCDEF')) IS_HEX[byte] = 1
for (const byte of Buffer.from('"\\/bfnrt')) ESCAPES[byte] = 1
const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word))
const NAMES = MEMBERS.map((name) => Buffer.from(name))

const OTHER = -1
/** A member that is there already, or that not everybody reads alike. */
const TWICE = -2

/** One scanner serves many lines, one after the other. */
export class Scanner {
  /** Of each line that was found, {@link WORDS_PER_LINE}: offsets, of which 0 is none. */
  readonly words = new Uint32Array(LINES_MAX * WORDS_PER_LINE)
  readonly #addon: Pick<Addon, 'scanEvents'> | undefined
  readonly #ends = new Uint8Array(DEPTH_MAX + 1)
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  /** Which of {@link MEMBERS} the value is that begins next; -1 for others. */
  #member = OTHER
  /** Of the string that was read last. */
  #hasEscape = false

  /** `addon` is undefined where there is none, or none is wanted. */
  constructor(addon = eventScanner()) {
    this.#addon = addon
  }

  /**
   * How many lines from `start` on are one object each, of as many as have room in `words`; 0 when the first is none. Lines
   * end with 0x0a, the last one at `end - 1`; nobody writes to `bytes` meanwhile.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const many = this.#addon?.scanEvents(bytes, start, end, this.words) ?? 0
    if (many > 0) return many
    return this.#isObject(bytes, start, bytes.indexOf(LINE_END, start)) ? 1 : 0
  }

  /** White space may be around it. At `end` stands a control character: a string ends there at the latest. */
  #isObject(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes
    this.#end = end
    this.#member = OTHER
    this.words.fill(0, 0, WORDS_PER_LINE)
    this.words[0] = end
    const at = this.#space(start)
    return this.#byte(at) === BRACE && this.#walk(at) === end
  }

  /** Behind the value that begins at `at`, and the white space there; -1 when it is none. */
  #walk(at: number): number {
    const ends = this.#ends
    let depth = 0
    do {
      // A value begins here.
      const byte = this.#byte(at)
      if (byte === BRACE || byte === BRACKET) {
        if (this.#member !== OTHER || depth === DEPTH_MAX) return -1
        ends[++depth] = byte === BRACE ? BRACE_END : BRACKET_END
        at = this.#space(at + 1)
        if (this.#byte(at) !== ends[depth]) {
          at = this.#item(at, depth)
          continue
        }
      } else {
        at = this.#leaf(at, byte)
        if (at < 0) return -1
        at = this.#space(at)
      }
      // It ends here, and perhaps what it stands in.
      while (depth > 0 && this.#byte(at) === ends[depth]) {
        depth--
        at = this.#space(at + 1)
      }
      if (depth === 0) return at
      if (this.#byte(at) !== COMMA) return -1
      at = this.#item(this.#space(at + 1), depth)
    } while (at >= 0)
    return -1
  }

  /** Where the value of the item at `at` begins: behind its name, in an object. */
  #item(at: number, depth: number): number {
    if (this.#ends[depth] === BRACKET_END) return at
    if (this.#byte(at) !== QUOTE) return -1
    const behind = this.#string(at + 1)
    if (behind < 0) return -1
    if (depth === 1) {
      this.#member = this.#memberAt(at + 1, behind - 1)
      if (this.#member === TWICE) return -1
    }
    const colon = this.#space(behind)
    return this.#byte(colon) === COLON ? this.#space(colon + 1) : -1
  }

  /** Behind a text, number or literal; a text where a member is looked at. */
  #leaf(at: number, byte: number): number {
    const member = this.#member
    if (byte === QUOTE) {
      const behind = this.#string(at + 1)
      if (member === OTHER || behind < 0) return behind
      if (this.#hasEscape) return -1
      this.words[1 + 2 * member] = at + 1
      this.words[2 + 2 * member] = behind - 1
      this.#member = OTHER
      return behind
    }
    if (member !== OTHER) return -1
    return byte <= NINE ? this.#number(at) : this.#literal(at)
  }

  #memberAt(from: number, to: number): number {
    const bytes = this.#bytes
    // A name may be written so that only a reader of JSON knows it.
    if (this.#hasEscape) {
      const text = Buffer.from(bytes.subarray(from - 1, to + 1)).toString()
      return MEMBERS.includes(JSON.parse(text)) ? TWICE : OTHER
    }
    const length = to - from
    for (let i = 0; i < NAMES.length; i++) {
      const name = NAMES[i]!
      if (name.length !== length || name[0] !== bytes[from] || name[5] !== bytes[from + 5]) continue
      let k = 1
      while (k < length && name[k] === bytes[from + k]) k++
      if (k === length) return this.words[1 + 2 * i]! > 0 ? TWICE : i
    }
    return OTHER
  }

  /** Behind the closing quote of the string whose first character is at `at`. */
  #string(at: number): number {
    const bytes = this.#bytes
    this.#hasEscape = false
    for (;;) {
      while (STOPS[bytes[at]!] === 0) at++
      if (at >= this.#end) return -1
      const byte = bytes[at]!
      if (byte === QUOTE) return at + 1
      if (byte !== BACKSLASH) return -1
      this.#hasEscape = true
      const escaped = bytes[at + 1]!
      if (escaped === LETTER_U) {
        for (let i = 2; i < 6; i++)
          if (at + i >= this.#end || IS_HEX[bytes[at + i]!] === 0) return -1
        at += 6
      } else {
        if (at + 1 >= this.#end || ESCAPES[escaped] === 0) return -1
        at += 2
      }
    }
  }

  #number(at: number): number {
    if (this.#byte(at) === MINUS) at++
    const first = this.#byte(at)
    const whole = this.#digits(at)
    if (whole < 0 || (first === ZERO && whole > at + 1)) return -1
    at = whole
    if (this.#byte(at) === DOT) at = this.#digits(at + 1)
    if (at >= 0 && (this.#byte(at) | SMALL) === 0x65) {
      const sign = this.#byte(at + 1)
      at = this.#digits(sign === PLUS || sign === MINUS ? at + 2 : at + 1)
    }
    return at
  }

  /** Behind one digit or more. */
  #digits(at: number): number {
    const from = at
    while (this.#byte(at) >= ZERO && this.#byte(at) <= NINE) at++
    return at > from ? at : -1
  }

  #literal(at: number): number {
    for (const word of LITERALS) {
      let k = 0
      while (k < word.length && this.#byte(at + k) === word[k]) k++
      if (k === word.length) return at + k
    }
    return -1
  }

  /** Never further than `end`, where a control character stands, which is nothing that anybody looks for. */
  #byte(at: number): number {
    return this.#bytes[at]!
  }

  #space(at: number): number {
    return this.#bytes[at]! > SPACE ? at : this.#behindSpace(at)
  }

  #behindSpace(at: number): number {
    const bytes = this.#bytes
    while (at < this.#end && IS_SPACE[bytes[at]!] === 1) at++
    return at
  }
}

const KNOWN = Buffer.from(' {"eventTime":"t","x":[1,{"awsRegion":"r"}]}\n{"eventTime":1}\n')
const [KNOWN_END, KNOWN_FROM, KNOWN_TO] = [44, 15, 16]

let tested: { readonly addon: Pick<Addon, 'scanEvents'> | undefined } | undefined

/** The addon, once it has given a known answer on this thread. */
function eventScanner(): Pick<Addon, 'scanEvents'> | undefined {
  tested ??= { addon: trusted(loadAddon()) }
  return tested.addon
}

/** `addon`, if it passes. */
export function trusted(
  addon: Partial<Pick<Addon, 'scanEvents'>> | undefined,
): Pick<Addon, 'scanEvents'> | undefined {
  const words = new Uint32Array(2 * WORDS_PER_LINE)
  const lines = addon?.scanEvents?.(KNOWN, 0, KNOWN.length, words)
  const found = [KNOWN_END, KNOWN_FROM, KNOWN_TO, ...Array(2 * WORDS_PER_LINE - 3).fill(0)]
  const isRight = lines === 1 && found.every((word, i) => words[i] === word)
  return isRight ? (addon as Pick<Addon, 'scanEvents'>) : undefined
}
