/**
 * Log files read back: got, their key asked for, opened, unpacked. What there is to read is written before the run.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { SealtrailError } from '../../errors.js'
import { recordTexts } from '../../trail/reading/record-texts.js'
import type { LogCalls } from '../targets/target.js'
import { askedAgain } from './behind.js'
import { Checking } from './checking.js'
import { inParallel } from './in-parallel.js'
import { eventsFor, logsOf } from './log-parts.js'
import type { Work, WorkParts } from './work.js'

const EVENTS_PER_FILE = 200
/** As it was read before the run. */
interface LogFile {
  readonly name: string
  /** CRC-32. */
  readonly sum: number
  readonly events: number
}

/** Log files of what is written beside have numbers from 0 on. */
const FIRST_NUMBER = 900_000_000_000

export class LogReading implements Work {
  readonly #parts: WorkParts
  readonly #logs: LogCalls
  readonly #known = new Checking('log files hold the events that were given')
  readonly #same = new Checking('log files are read as they were written')
  readonly checks = [this.#known, this.#same]
  #files: readonly LogFile[] = []
  #next = 0

  constructor(parts: WorkParts) {
    this.#parts = parts
    this.#logs = logsOf(parts)
  }

  async prepare(): Promise<void> {
    const { settings, client, events } = this.#parts
    const stream = eventsFor(this.#parts)
    const before = new Set(await namesOf(this.#logs))
    for (let i = 0; i < settings.files; i++) {
      const lines = new Uint8Array(EVENTS_PER_FILE * stream.eventBytesMax)
      const written = lines.subarray(0, stream.next(lines, EVENTS_PER_FILE))
      const marks = [...linesOf(written)].map((line) => events.add(line))
      const number = FIRST_NUMBER + i * client.of + client.index
      await askedAgain<number | undefined>((done) => this.#logs.write(number, written, done))
      events.files++
      for (const mark of marks) events.acknowledge(mark)
    }
    const names = (await namesOf(this.#logs)).filter((name) => !before.has(name))
    this.#files = await inParallel(names.length, (number) => this.#looked(names[number]!))
    const whole = settings.files * EVENTS_PER_FILE
    const found = this.#files.reduce((sum, { events }) => sum + events, 0)
    if (found === whole) return
    const says = `of ${whole} events that were put in log files, the target gives back ${found}`
    throw new SealtrailError('TargetFailed', says)
  }

  isReady(): boolean {
    return true
  }

  begin(slot: number): void {
    const { name, sum } = this.#files[this.#next++ % this.#files.length]!
    this.#logs.read(name, (code, file) => {
      if (file !== undefined) this.#same.note(crc32(file) === sum, () => `${name} is another`)
      this.#parts.answering.done(slot, code, file?.length ?? 0)
    })
  }

  flush(): void {}

  async verify(): Promise<void> {}

  /** Each line of it, before the run; in the run its sum tells as much, and costs less. */
  async #looked(name: string): Promise<LogFile> {
    const file = await askedAgain<Uint8Array>((done) => this.#logs.read(name, done))
    const lines = linesIn(file)
    for (const line of lines) {
      const isKnown = this.#parts.events.markOf(line) !== undefined
      this.#known.note(isKnown, () => `an event in ${name} was never given`)
    }
    return { name, sum: crc32(file), events: lines.length }
  }
}

/** All log files that there are. */
export async function namesOf(logs: Pick<LogCalls, 'list'>): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const after = names.at(-1) ?? ''
    const page = await askedAgain<readonly string[]>((done) => logs.list(after, done))
    if (page.length === 0) return names
    for (const name of page) names.push(name)
  }
}

/** The events of `{"Records":[…]}`, as they stand there; one more where it is no log file. */
export function linesIn(file: Uint8Array): Buffer[] {
  const texts = recordTexts(file)
  const lines: Buffer[] = []
  for (;;) {
    const { done, value } = texts.next()
    if (done) return value === true ? lines : [...lines, Buffer.from('no log file')]
    lines.push(Buffer.from(value as string))
  }
}

function* linesOf(lines: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(0x0a, from)
    yield lines.subarray(from, end)
    from = end + 1
  }
}
