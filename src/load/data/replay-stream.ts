/**
 * The events of a replay, one after the other, as whoever sends them asks for them.
 *
 * Files are read ahead, a little: who asks for more than was read is told to wait. They are read for the second time: where
 * others write meanwhile, an event that has no room ends the replay. When an event is due is replay-log.ts; here
 * is only their order.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { EventSource } from './event-source.js'
import { replayOf } from './replay.js'
import { longestLine, type ReplayLog } from './replay-log.js'

const AHEAD_BYTES = 8 << 20
const LINE_END = 0x0a

export class ReplayStream implements EventSource {
  readonly eventBytesMax: number
  readonly #log: ReplayLog
  readonly #ahead: Uint8Array[] = []
  #aheadBytes = 0
  /** In the first of those ahead. */
  #at = 0
  #wanted: () => void = () => undefined
  #failure: unknown
  #isStopped = false

  constructor(log: ReplayLog) {
    this.eventBytesMax = log.eventBytesMax
    this.#log = log
  }

  async open(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#wanted = resolve
    })
    void this.#read()
    await first
  }

  get isReady(): boolean {
    return this.#ahead.length > 0
  }

  next(target: Uint8Array): number {
    const [lines] = this.#ahead
    if (lines === undefined) return 0
    const end = lines.indexOf(LINE_END, this.#at) + 1
    target.set(lines.subarray(this.#at, end))
    const bytes = end - this.#at
    this.#at = end
    if (end === lines.length) {
      this.#ahead.shift()
      this.#aheadBytes -= lines.length
      this.#at = 0
      this.#wanted()
    }
    return bytes
  }

  /** Nothing more is read. @throws SealtrailError when a file could not be read any more */
  close(): void {
    this.#isStopped = true
    this.#wanted()
    if (this.#failure !== undefined) throw this.#failure
  }

  async #read(): Promise<void> {
    try {
      const { directory, startMs, speed } = this.#log
      for await (const { lines } of replayOf({ directory, startMs, speed })) {
        if (this.#isStopped) return
        if (longestLine(lines) > this.eventBytesMax) throw changed()
        this.#ahead.push(lines)
        this.#aheadBytes += lines.length
        this.#wanted()
        while (this.#aheadBytes > AHEAD_BYTES && !this.#isStopped) await this.#more()
      }
    } catch (error) {
      this.#failure = error
    }
    this.#wanted()
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wanted = resolve
    })
  }
}

function changed(): SealtrailError {
  const message =
    'the log files were changed while they were replayed: an event is longer than all were'
  return new SealtrailError('InputInvalid', message)
}
