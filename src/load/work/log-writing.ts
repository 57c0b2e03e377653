/**
 * Events into log files: each arrival is one event, which is gathered with others, compressed, sealed and put.
 *
 *     arrivals → batch (ends when it is full, or old) → the target's log file → all its events are answered
 *
 * An event is under way from its arrival until its log file is durable. Batches are few at a time: where the target does not
 * keep up, arrivals wait. At the end, as many log files must be listed as were acknowledged. A share of them is read back, and
 * no event in them may be another than those that were given; where all are read, none may be missing. Events are made of the
 * seed, or those of a log that is replayed.
 *
 * @module
 */
import type { EventSource } from '../data/event-source.js'
import { NumberList } from '../targets/number-list.js'
import type { LogCalls } from '../targets/target.js'
import { askedAgain } from './behind.js'
import { Checking, Sampler } from './checking.js'
import { logsOf, sourceFor } from './log-parts.js'
import { linesIn, namesOf } from './log-reading.js'
import type { Work, WorkParts } from './work.js'

const LISTED = 'log files that were acknowledged are listed'
/** Being sent; a further one is being filled. */
const SENDING_MAX = 3
const EVENTS_IN_FLIGHT_MAX = 10_000_000

class Batch {
  readonly bytes: Uint8Array
  used = 0
  /** Of each event. */
  readonly slots: number[] = []
  readonly sizes: number[] = []
  readonly marks: number[] = []

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes)
  }

  clear(): void {
    this.used = 0
    this.slots.length = this.sizes.length = this.marks.length = 0
  }
}

export class LogWriting implements Work {
  readonly inFlightMax = EVENTS_IN_FLIGHT_MAX
  readonly #parts: WorkParts
  readonly #logs: LogCalls
  readonly #events: EventSource
  readonly #known = new Checking('log files hold the events that were given')
  readonly #lost = new Checking('no event that was acknowledged is lost')
  readonly #listed = new Checking(LISTED)
  readonly checks = [this.#known, this.#lost, this.#listed]
  readonly #free: Batch[] = []
  #batch: Batch | undefined
  #timer: NodeJS.Timeout | undefined
  #sending = 0
  #number = 0

  constructor(parts: WorkParts) {
    this.#parts = parts
    this.#logs = logsOf(parts)
    this.#events = sourceFor(parts)
  }

  async prepare(): Promise<void> {
    await this.#events.open()
  }

  isReady(): boolean {
    return this.#events.isReady && this.#sending < SENDING_MAX
  }

  begin(slot: number): void {
    const batch = this.#batch ?? this.#open()
    const bytes = this.#events.next(batch.bytes.subarray(batch.used))
    const line = batch.bytes.subarray(batch.used, batch.used + bytes - 1)
    batch.marks.push(this.#parts.events.add(line))
    batch.slots.push(slot)
    batch.sizes.push(bytes)
    batch.used += bytes
    if (batch.used >= this.#parts.settings.batchBytes) this.#send(batch)
  }

  flush(): void {
    if (this.#batch !== undefined) this.#send(this.#batch)
  }

  async verify(): Promise<void> {
    this.#events.close()
    const { events, check } = this.#parts
    const sampler = new Sampler(check)
    const found = new NumberList()
    const names = await namesOf(this.#logs)
    this.#listed.noteAll(events.files, Math.max(0, events.files - names.length), () => {
      return `${events.files} were acknowledged, and ${names.length} are listed`
    })
    for (const name of names) {
      if (!sampler.takes()) continue
      const file = await askedAgain<Uint8Array>((done) => this.#logs.read(name, done))
      for (const line of linesIn(file)) {
        const mark = events.markOf(line)
        this.#known.note(mark !== undefined, () => `an event in ${name} was never given`)
        if (sampler.isAll && mark !== undefined) found.push(mark)
      }
    }
    if (!sampler.isAll) return
    const { acknowledged } = events
    const lost = events.lacking(found)
    const says = () => `${lost} of ${acknowledged} that were acknowledged are in no log file`
    this.#lost.noteAll(acknowledged, lost, says)
  }

  #open(): Batch {
    const { batchBytes, batchAgeMs } = this.#parts.settings
    const room = batchBytes + this.#events.eventBytesMax
    const batch = this.#free.pop() ?? new Batch(room)
    this.#batch = batch
    this.#timer = setTimeout(() => this.flush(), batchAgeMs)
    return batch
  }

  #send(batch: Batch): void {
    const { answering, client } = this.#parts
    clearTimeout(this.#timer)
    this.#batch = undefined
    this.#sending++
    const number = this.#number++ * client.of + client.index
    this.#logs.write(number, batch.bytes.subarray(0, batch.used), (code, stored) => {
      this.#sending--
      const { slots, sizes, marks } = batch
      if (code === undefined) {
        this.#parts.events.files++
        for (const mark of marks) this.#parts.events.acknowledge(mark)
      }
      let [bytes, told] = [0, 0]
      for (let i = 0; i < slots.length; i++) {
        bytes += sizes[i]!
        // Each its share: a log file may have events of the warm-up, and of the time behind it.
        const upTo = Math.round(((stored ?? 0) * bytes) / batch.used)
        if (stored !== undefined) answering.stored(slots[i]!, upTo - told)
        told = upTo
        answering.done(slots[i]!, code, sizes[i]!)
      }
      batch.clear()
      this.#free.push(batch)
    })
  }
}
