/**
 * Events on their way into log files: their bytes, one after the other in memory that threads share, and which file each
 * belongs to.
 *
 *     {"Records":[ | event , event , event , … | the beginning of the next event
 *                                    ^ looked at   ^ filled
 *
 * The bytes of a file of which all events are, are a file where they lie; of several, each is copied out. A line's end becomes
 * the comma behind its event, an empty line a space. Source: docs/FORMAT.md §11.1.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { MINUTE_CHARACTERS, minuteIn, withinMinute } from './event-time.js'
import { Scanner, WORDS_PER_LINE } from './scan.js'

export const EVENT_BYTES_MAX = 1024 * 1024

const [LINE_END, SPACE, COMMA] = [0x0a, 0x20, 0x2c]
const START = Buffer.from('{"Records":[')
const END = Buffer.from(']}')
const ACCOUNT = /^\d{12}$/
const NO_TIME = 'its eventTime is no time'
const REGION = /^[a-z0-9-]{2,32}$/

/** Bytes that threads share. */
export type Room = Uint8Array<SharedArrayBuffer>

export interface BatchLimits {
  /** A batch ends behind the event with which it has so many. */
  readonly bytes: number
  /** How long a slot is. */
  readonly slotMs: number
  /** Of events that do not say whose they are. */
  readonly account: string
}

/** The events of one log file to be. */
export interface BatchPart {
  readonly account: string
  readonly region: string
  readonly slotEnd: number
  /** Milliseconds since the epoch. */
  readonly oldest: number
  readonly newest: number
  /** Where its events lie, each with the comma behind it: from, to, from, to, … */
  readonly ranges: readonly number[]
}

type Filling = { -readonly [Member in keyof BatchPart]: BatchPart[Member] } & { ranges: number[] }

/** An event, and what it has in common with those whose minute, region and account are the same. */
interface Last {
  readonly part: Filling
  readonly minute: number
  readonly words: Uint32Array
}

/** Of a batch of so many bytes. */
export function roomOf(bytes: number): Room {
  const size = START.length + bytes + EVENT_BYTES_MAX + END.length
  return new Uint8Array(new SharedArrayBuffer(size))
}

export class Batch {
  readonly room: Room
  readonly #limits: BatchLimits
  readonly #bytes: Buffer
  readonly #scanner = new Scanner()
  readonly #parts = new Map<string, Filling>()
  #last: Last | undefined
  #filled = START.length
  #looked = START.length
  /** Behind the last line that is whole. */
  #wholeEnd = START.length
  #line: number
  events = 0

  /** @param line the number of the first line, for whoever is told of one. */
  constructor(room: Room, limits: BatchLimits, line: number) {
    this.room = room
    this.#limits = limits
    this.#bytes = Buffer.from(room.buffer)
    this.#line = line
  }

  /** Of its events, with what is between them. */
  get bytes(): number {
    return this.#looked - START.length
  }

  /** Of the line that is next. */
  get line(): number {
    return this.#line
  }

  get isFull(): boolean {
    return this.bytes >= this.#limits.bytes
  }

  /**
   * Takes as much of `piece` as there is room for, and looks at the lines that are whole, until it is full.
   * @returns how much it took.
   * @throws SealtrailError `InputInvalid` for a line that is no event: those before it are in.
   */
  take(piece: Uint8Array): number {
    const room = this.#bytes.length - END.length - this.#filled
    const taken = Math.min(room, piece.length)
    const from = this.#filled
    this.#bytes.set(taken === piece.length ? piece : piece.subarray(0, taken), from)
    this.#filled += taken
    const lineEnd = this.#bytes.subarray(from, this.#filled).lastIndexOf(LINE_END)
    if (lineEnd >= 0) this.#wholeEnd = from + lineEnd + 1
    this.#look()
    return taken
  }

  /** The stream is over: the last line needs no end. @throws SealtrailError `InputInvalid` as {@link take} */
  end(): void {
    if (this.#filled === this.#looked) return
    this.#bytes[this.#filled++] = LINE_END
    this.#wholeEnd = this.#filled
    this.#look()
  }

  /** What is behind its events, as the beginning of `next`. */
  moveRest(next: Batch): void {
    const rest = this.#bytes.subarray(this.#looked, this.#filled)
    this.#filled = this.#looked
    invariant(next.take(rest) === rest.length, 'a batch has room for what another one had over')
  }

  get parts(): readonly BatchPart[] {
    return [...this.#parts.values()]
  }

  /** The content of the log file; of the only part, where it lies. The batch takes nothing more. */
  contentOf({ ranges }: BatchPart): Room {
    if (this.#parts.size === 1) {
      // Over the last comma; what is behind it has gone to another batch.
      const end = ranges.at(-1)! - 1
      this.room.set(START, 0)
      this.room.set(END, end)
      return this.room.subarray(0, end + END.length)
    }
    let size = START.length + END.length - 1
    for (let i = 0; i < ranges.length; i += 2) size += ranges[i + 1]! - ranges[i]!
    const content = new Uint8Array(new SharedArrayBuffer(size))
    content.set(START, 0)
    let at = START.length
    for (let i = 0; i < ranges.length; i += 2) {
      content.set(this.room.subarray(ranges[i]!, ranges[i + 1]!), at)
      at += ranges[i + 1]! - ranges[i]!
    }
    content.set(END, at - 1)
    return content
  }

  #look(): void {
    const bytes = this.#bytes
    const scanner = this.#scanner
    const wholeEnd = this.#wholeEnd
    const isText = wholeEnd <= this.#looked || isUtf8(bytes.subarray(this.#looked, wholeEnd))
    while (this.#looked < wholeEnd && !this.isFull) {
      const lines = scanner.scan(bytes, this.#looked, wholeEnd)
      if (lines === 0) this.#passBlank()
      for (let line = 0; line < lines && !this.isFull; line++) {
        const to = scanner.words[line * WORDS_PER_LINE]!
        this.#checkLine(to)
        if (!isText && !isUtf8(bytes.subarray(this.#looked, to))) {
          throw this.#refused('it is not UTF-8')
        }
        this.#add(to, line * WORDS_PER_LINE + 1)
        this.events++
        this.#pass(to, COMMA)
      }
    }
    if (!this.isFull) this.#checkLine(this.#filled)
  }

  /** What was looked at is a line of white space, or no event. */
  #passBlank(): void {
    const to = this.#bytes.indexOf(LINE_END, this.#looked)
    this.#checkLine(to)
    if (!isBlank(this.#bytes, this.#looked, to)) throw this.#refused('it is not one JSON object')
    this.#pass(to, SPACE)
  }

  #pass(to: number, instead: number): void {
    this.#bytes[to] = instead
    this.#looked = to + 1
    this.#line++
  }

  #checkLine(to: number): void {
    if (to - this.#looked <= EVENT_BYTES_MAX) return
    throw this.#refused(`it has more than ${EVENT_BYTES_MAX} bytes`)
  }

  /** `at` is where the scanner's words have its members. */
  #add(to: number, at: number): void {
    const from = this.#looked
    const { words } = this.#scanner
    const [timeFrom, timeTo] = [words[at]!, words[at + 1]!]
    if (words[at + 4] === words[at + 5]) throw this.#refused('it has no eventID')
    const rest = withinMinute(this.#bytes, timeFrom, timeTo)
    if (rest === undefined) throw this.#refused(NO_TIME)
    const isLikeLast = this.#last !== undefined && this.#isLike(this.#last, at, rest)
    const last = isLikeLast ? this.#last! : this.#partOf(at, rest)
    this.#last = last
    const { part, minute } = last
    const time = minute + rest
    if (time < part.oldest) part.oldest = time
    if (time > part.newest) part.newest = time
    const { ranges } = part
    if (ranges.at(-1) === from) ranges[ranges.length - 1] = to + 1
    else ranges.push(from, to + 1)
  }

  /** Whether the members at `at` are, letter by letter, those of the event that was last, and the slot is. */
  #isLike({ words: theirs, part, minute }: Last, at: number, rest: number): boolean {
    const { words } = this.#scanner
    const { slotMs } = this.#limits
    const left = part.slotEnd - (minute + rest)
    return (
      left > 0 &&
      left <= slotMs &&
      this.#areSame(theirs[0]!, words[at]!, MINUTE_CHARACTERS) &&
      this.#areSameTexts(theirs, words, 2, at) &&
      this.#areSameTexts(theirs, words, 6, at)
    )
  }

  #areSameTexts(theirs: Uint32Array, words: Uint32Array, member: number, at: number): boolean {
    const [from, other] = [theirs[member]!, words[at + member]!]
    const length = theirs[member + 1]! - from
    const isLike = from > 0 === other > 0 && words[at + member + 1]! - other === length
    return isLike && this.#areSame(from, other, length)
  }

  #areSame(from: number, other: number, length: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) if (bytes[from + i] !== bytes[other + i]) return false
    return true
  }

  #partOf(at: number, rest: number): Last {
    const { words } = this.#scanner
    const { slotMs } = this.#limits
    const [timeFrom, timeTo] = [words[at]!, words[at + 1]!]
    const minute = minuteIn(this.#bytes, timeFrom, timeTo)
    if (minute === undefined) throw this.#refused(NO_TIME)
    const region = this.#text(at + 2)
    if (!REGION.test(region)) throw this.#refused('its awsRegion is no region')
    const account = words[at + 6] === 0 ? this.#limits.account : this.#text(at + 6)
    if (!ACCOUNT.test(account)) throw this.#refused('its recipientAccountId is no account')
    const slotEnd = Math.floor((minute + rest) / slotMs + 1) * slotMs
    const name = `${account} ${region} ${slotEnd}`
    let part = this.#parts.get(name)
    if (part === undefined) {
      const [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      part = { account, region, slotEnd, oldest, newest, ranges: [] }
      this.#parts.set(name, part)
    }
    return { part, minute, words: words.slice(at, at + WORDS_PER_LINE - 1) }
  }

  #text(at: number): string {
    const { words } = this.#scanner
    return this.#bytes.toString('latin1', words[at]!, words[at + 1]!)
  }

  #refused(why: string): SealtrailError {
    const line = this.#line
    return new SealtrailError('InputInvalid', `line ${line} is no event: ${why}`, { line })
  }
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  while (from < to && (bytes[from] === SPACE || bytes[from] === 0x09 || bytes[from] === 0x0d))
    from++
  return from === to
}
