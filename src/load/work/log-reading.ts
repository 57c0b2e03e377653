/**
 * Log files read back: got, their key asked for, opened, unpacked. What there is to read is written before the run.
 *
 * @module
 */
import type { LogCalls } from '../targets/target.js'
import { askedAgain } from './behind.js'
import { Checking, Sampler } from './checking.js'
import { eventsFor, logsOf } from './log-parts.js'
import type { Work, WorkParts } from './work.js'

const EVENTS_PER_FILE = 200
/** Log files of what is written beside have numbers from 0 on. */
const FIRST_NUMBER = 900_000_000_000

export class LogReading implements Work {
  readonly #parts: WorkParts
  readonly #logs: LogCalls
  readonly #known = new Checking('log files hold the events that were given')
  readonly checks = [this.#known]
  readonly #sampler: Sampler
  #names: readonly string[] = []
  #next = 0

  constructor(parts: WorkParts) {
    this.#parts = parts
    this.#logs = logsOf(parts)
    this.#sampler = new Sampler(parts.check)
  }

  async prepare(): Promise<void> {
    const { settings, client, events: known } = this.#parts
    const stream = eventsFor(this.#parts)
    const before = new Set(await namesOf(this.#logs))
    for (let i = 0; i < settings.files; i++) {
      const lines = new Uint8Array(EVENTS_PER_FILE * stream.eventBytesMax)
      const written = lines.subarray(0, stream.next(lines, EVENTS_PER_FILE))
      for (const line of linesOf(written)) known.add(line)
      const number = FIRST_NUMBER + i * client.of + client.index
      await askedAgain<number | undefined>((done) => this.#logs.write(number, written, done))
      known.acknowledged += EVENTS_PER_FILE
    }
    this.#names = (await namesOf(this.#logs)).filter((name) => !before.has(name))
  }

  isReady(): boolean {
    return true
  }

  begin(slot: number): void {
    const name = this.#names[this.#next++ % this.#names.length]!
    this.#logs.read(name, (code, file) => {
      if (file !== undefined && this.#sampler.takes()) this.#look(name, file)
      this.#parts.answering.done(slot, code, file?.length ?? 0)
    })
  }

  flush(): void {}

  async verify(): Promise<void> {}

  #look(name: string, file: Uint8Array): void {
    for (const line of linesIn(file)) {
      this.#known.note(this.#parts.events.has(line), () => `an event in ${name} was never given`)
    }
  }
}

/** All log files that there are. */
export async function namesOf(logs: LogCalls): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const after = names.at(-1) ?? ''
    const page = await askedAgain<readonly string[]>((done) => logs.list(after, done))
    if (page.length === 0) return names
    names.push(...page)
  }
}

/** The events of `{"Records":[…]}`, as lines; one that stands for a file that is none. */
export function linesIn(file: Uint8Array): Buffer[] {
  try {
    const { Records } = JSON.parse(Buffer.from(file).toString()) as { Records: readonly object[] }
    return Records.map((record) => Buffer.from(JSON.stringify(record)))
  } catch {
    return [Buffer.from('no log file')]
  }
}

function* linesOf(lines: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(0x0a, from)
    yield lines.subarray(from, end)
    from = end + 1
  }
}
