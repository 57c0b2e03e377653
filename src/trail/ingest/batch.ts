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
import { timeOfText } from './event-time.js'
import { Scanner } from './scan.js'

export const EVENT_BYTES_MAX = 1024 * 1024

const [LINE_END, SPACE, COMMA] = [0x0a, 0x20, 0x2c]
const START = Buffer.from('{"Records":[')
const END = Buffer.from(']}')
const ACCOUNT = /^\d{12}$/
const REGION = /^[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/

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
  #filled = START.length
  #looked = START.length
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
    this.#bytes.set(taken === piece.length ? piece : piece.subarray(0, taken), this.#filled)
    this.#filled += taken
    this.#look()
    return taken
  }

  /** The stream is over: the last line needs no end. @throws SealtrailError `InputInvalid` as {@link take} */
  end(): void {
    if (this.#filled === this.#looked) return
    this.#bytes[this.#filled++] = LINE_END
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
    const wholeEnd = bytes.subarray(0, this.#filled).lastIndexOf(LINE_END) + 1
    const isText = wholeEnd <= this.#looked || isUtf8(bytes.subarray(this.#looked, wholeEnd))
    while (this.#looked < wholeEnd && !this.isFull) {
      const from = this.#looked
      const to = bytes.indexOf(LINE_END, from)
      if (to - from > EVENT_BYTES_MAX)
        throw this.#refused(`it has more than ${EVENT_BYTES_MAX} bytes`)
      if (!isText && !isUtf8(bytes.subarray(from, to))) throw this.#refused('it is not UTF-8')
      if (isBlank(bytes, from, to)) bytes[to] = SPACE
      else {
        this.#add(from, to)
        bytes[to] = COMMA
        this.events++
      }
      this.#looked = to + 1
      this.#line++
    }
    if (!this.isFull && this.#filled - this.#looked > EVENT_BYTES_MAX) {
      throw this.#refused(`it has more than ${EVENT_BYTES_MAX} bytes`)
    }
  }

  #add(from: number, to: number): void {
    const bytes = this.#bytes
    const scanner = this.#scanner
    if (!scanner.scan(bytes, from, to)) throw this.#refused('it is not one JSON object')
    const time = timeOfText(bytes, scanner.from[0]!, scanner.to[0]!)
    if (time === undefined) throw this.#refused('its eventTime is no time')
    const region = this.#text(1) ?? ''
    if (!REGION.test(region)) throw this.#refused('its awsRegion is no region')
    if (!this.#text(2)) throw this.#refused('it has no eventID')
    const account = this.#text(3) ?? this.#limits.account
    if (!ACCOUNT.test(account)) throw this.#refused('its recipientAccountId is no account')
    const { slotMs } = this.#limits
    const slotEnd = Math.floor(time / slotMs + 1) * slotMs
    const name = `${account} ${region} ${slotEnd}`
    const part = this.#parts.get(name)
    if (part === undefined) {
      const ranges = [from, to + 1]
      this.#parts.set(name, { account, region, slotEnd, oldest: time, newest: time, ranges })
      return
    }
    if (time < part.oldest) part.oldest = time
    if (time > part.newest) part.newest = time
    if (part.ranges.at(-1) === from) part.ranges[part.ranges.length - 1] = to + 1
    else part.ranges.push(from, to + 1)
  }

  #text(member: number): string | undefined {
    const from = this.#scanner.from[member]!
    return from < 0 ? undefined : this.#bytes.toString('latin1', from, this.#scanner.to[member]!)
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
