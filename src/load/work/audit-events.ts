/**
 * PutAuditEvents: events of another system through a channel, several in a call.
 *
 * Of a share of the calls each event is looked for at the end. Theirs are of another day than the others', so that their log
 * files are few, and stand below a prefix of their own. There they must be, as they were put, under the id that was told.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { AuditEventCalls, AuditEventLogs } from '../targets/target.js'
import { askedAgain } from './behind.js'
import { Checking, Sampler } from './checking.js'
import { inParallel } from './in-parallel.js'
import { linesIn, namesOf } from './log-reading.js'
import type { Work, WorkParts } from './work.js'

const DAYS = { others: '2026-01-02', looked: '2026-01-03' } as const
/** Of those that are looked for. */
const EVENTS_HELD_MAX = 200_000

interface Event {
  readonly id: string
  readonly text: string
}

export class AuditEventsWork implements Work {
  readonly #parts: WorkParts
  readonly #calls: AuditEventCalls
  readonly #logs: AuditEventLogs | undefined
  readonly #sampler: Sampler
  readonly #found = new Checking('events that were put are in log files')
  readonly #same = new Checking('events are kept as they were put')
  readonly checks = [this.#found, this.#same]
  /** Of those that are looked for: number, and the id that was told. */
  readonly #told = new Map<number, string>()
  #before: ReadonlySet<string> = new Set()
  #next = 0

  constructor(parts: WorkParts) {
    const { auditEvents } = parts.target
    if (auditEvents === undefined) {
      throw new SealtrailError('TargetFailed', 'the target has no CloudTrail Data')
    }
    this.#parts = parts
    this.#calls = auditEvents
    this.#logs = auditEvents.logsOf(DAYS.looked)
    this.#sampler = new Sampler(parts.check)
  }

  async prepare(): Promise<void> {
    // Of another run: it may have put the same.
    if (this.#logs !== undefined) this.#before = new Set(await namesOf(this.#logs))
  }

  isReady(): boolean {
    return true
  }

  begin(slot: number): void {
    const { settings, answering } = this.#parts
    const first = this.#next
    this.#next += settings.events
    const isLooked = this.#looksAt(settings.events)
    const day = isLooked ? DAYS.looked : DAYS.others
    const events = Array.from({ length: settings.events }, (_, i) => this.#event(first + i, day))
    const bytes = events.reduce((sum, { text }) => sum + text.length, 0)
    this.#calls.put(events, (code, put) => {
      if (put !== undefined && isLooked) this.#remember(first, events, put)
      answering.done(slot, code, bytes)
    })
  }

  flush(): void {}

  async verify(): Promise<void> {
    const logs = this.#logs
    if (logs === undefined) return
    const names = (await namesOf(logs)).filter((name) => !this.#before.has(name))
    const found = new Set<number>()
    await inParallel(names.length, async (i) => {
      const name = names[i]!
      const file = await askedAgain<Uint8Array>((done) => logs.read(name, done))
      for (const line of linesIn(file)) this.#look(line.toString(), name, found)
    })
    for (const number of this.#told.keys()) {
      this.#found.note(found.has(number), () => `${this.#idOf(number)} is in no log file`)
    }
  }

  #looksAt(events: number): boolean {
    const hasRoom = this.#told.size + events <= EVENTS_HELD_MAX
    return this.#logs !== undefined && hasRoom && this.#sampler.takes()
  }

  #remember(first: number, events: readonly Event[], put: ReadonlyMap<string, string>): void {
    for (const [i, { id }] of events.entries()) {
      const eventID = put.get(id)
      if (eventID !== undefined) this.#told.set(first + i, eventID)
    }
  }

  #look(line: string, name: string, found: Set<number>): void {
    const { eventID, eventData } = recordIn(line)
    const number = this.#numberOf(eventData?.UID)
    if (number === undefined) {
      const isOthers = /^\d+-\d+-\d+$/.test(`${eventData?.UID}`)
      if (!isOthers) this.#same.note(false, () => `an event in ${name} was never put`)
      return
    }
    const isSame = JSON.stringify(eventData) === this.#event(number, DAYS.looked).text
    const told = this.#told.get(number)
    const isTold = told === undefined || told === eventID
    const difference = !isSame
      ? 'is another'
      : !isTold
        ? `is called ${eventID}, and was told as ${told}`
        : found.has(number)
          ? 'is there twice'
          : undefined
    this.#same.note(
      difference === undefined,
      () => `${this.#idOf(number)} in ${name} ${difference}`,
    )
    if (isSame && isTold) found.add(number)
  }

  #idOf(number: number): string {
    const { client, seed } = this.#parts
    return `${seed}-${client.index}-${number}`
  }

  /** Undefined of what this process has not put. */
  #numberOf(id: unknown): number | undefined {
    if (typeof id !== 'string') return undefined
    const number = Number(id.slice(id.lastIndexOf('-') + 1))
    return id === this.#idOf(number) && number < this.#next ? number : undefined
  }

  #event(number: number, day: string): Event {
    const id = this.#idOf(number)
    const event = {
      ...{ version: '1.0', UID: id, eventTime: `${day}T03:04:05Z`, eventName: 'Login' },
      eventSource: 'load.example.com',
      recipientAccountId: this.#parts.target.account,
      userIdentity: { type: 'Customer', principalId: `user-${number % 1000}` },
    }
    return { id, text: JSON.stringify(event) }
  }
}

interface Record {
  readonly eventID?: unknown
  readonly eventData?: { readonly UID?: unknown }
}

function recordIn(line: string): Record {
  try {
    return JSON.parse(line) as Record
  } catch {
    return {}
  }
}
