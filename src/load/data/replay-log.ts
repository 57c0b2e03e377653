/**
 * What a log has, before it is replayed: when its events are due, how many there are by then, how long the longest is.
 *
 * Of every second of the log two numbers; its events are read once more when they are sent (replay-stream.ts).
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { replayOf } from './replay.js'

export interface ReplayLog {
  readonly directory: string
  /** When the first event is: milliseconds since the epoch. */
  readonly startMs: number
  /** Seconds of the log in one. */
  readonly speed: number
  /** Milliseconds since the start; they never go back. */
  readonly dueMs: readonly number[]
  /** So many events are due by then. */
  readonly events: readonly number[]
  /** No event is longer, its line's end counted. */
  readonly eventBytesMax: number
}

export interface ReplayAsked {
  readonly directory: string
  readonly startMs: number
  /** So fast that the log fits into `durationMs`, unless given; never slower than it was. */
  readonly speed: number | undefined
  readonly durationMs: number
}

const LINE_END = 0x0a

/**
 * @param signal ends it between two seconds of the log
 * @throws SealtrailError as replayOf does, `InputInvalid` when there is no event; what `signal` is aborted with
 */
export async function readReplay(asked: ReplayAsked, signal?: AbortSignal): Promise<ReplayLog> {
  const { directory, startMs, durationMs } = asked
  const [loggedMs, events]: [number[], number[]] = [[], []]
  let [sum, eventBytesMax] = [0, 0]
  for await (const due of replayOf({ directory, startMs })) {
    signal?.throwIfAborted()
    sum += due.events
    loggedMs.push(due.dueMs)
    events.push(sum)
    eventBytesMax = Math.max(eventBytesMax, longestLine(due.lines))
  }
  if (sum === 0) throw new SealtrailError('InputInvalid', 'the log files have no event')
  const speed = asked.speed ?? Math.max(1, (loggedMs.at(-1) ?? 0) / durationMs)
  const dueMs = loggedMs.map((ms) => ms / speed)
  return { directory, startMs, speed, dueMs, events, eventBytesMax }
}

/** Of whole lines: bytes of the longest, its end counted. */
export function longestLine(lines: Uint8Array): number {
  let longest = 0
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(LINE_END, from) + 1
    longest = Math.max(longest, end - from)
    from = end
  }
  return longest
}
