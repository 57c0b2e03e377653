/**
 * Events of log files once more: as lines, each when it is due, in a time that runs as fast as was asked for.
 *
 *     told    12:00:00 ······· 12:00:07 · 12:00:08 ················ 12:01:40
 *     due     0 ms             700 ms     800 ms                    10,000 ms     with speed 10
 *
 * What is due at once comes together: CloudTrail tells seconds. The time that an event tells becomes the one at which it is
 * due. Within a file events are put in order; a file's events that are older than the last ones are due at once, for files of
 * one slot overlap. One file is in memory at a time. Nothing else of an event is changed.
 *
 * @module
 */
import { basename } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { givenMembers, givenText } from '../../given.js'
import { timeOfText } from '../../trail/ingest/event-time.js'
import { Scanner } from '../../trail/ingest/scan.js'
import { recordTexts } from '../../trail/reading/record-texts.js'
import { logFilesBelow, readLogFile } from './log-files.js'
import { writeTime } from './time-text.js'

export interface ReplayOptions {
  /** Log files are anywhere below it. */
  readonly directory: string
  /** When the first event is: milliseconds since the epoch. */
  readonly startMs: number
  /** So many seconds of the log in one; 1 unless given. */
  readonly speed?: number | undefined
}

/** Events that are due at once. */
export interface Due {
  /** Milliseconds since the start. */
  readonly dueMs: number
  readonly events: number
  readonly lines: Uint8Array
}

/** Thirty years in a second. */
const SPEED_MAX = 1e9
const START_MS_MAX = 253_339_228_800_000
const SCANNER = new Scanner()

interface Line {
  readonly bytes: Buffer
  readonly timeAt: number
  readonly timeMs: number
}

/** @throws SealtrailError `InputInvalid`; of a file that is none, with its name, `ObjectDamaged`, `GzipDamaged`, `OutputTooLarge` */
export async function* replayOf(options: ReplayOptions): AsyncGenerator<Due> {
  const { directory, startMs, speed } = givenOptions(options)
  let firstMs: number | undefined
  let lastDueMs = 0
  for (const path of await logFilesBelow(directory)) {
    const lines = linesOf(await readLogFile(path), basename(path))
    lines.sort((a, b) => a.timeMs - b.timeMs)
    firstMs ??= lines[0]?.timeMs
    for (let from = 0; from < lines.length; ) {
      const { timeMs } = lines[from]!
      let end = from + 1
      while (end < lines.length && lines[end]!.timeMs === timeMs) end++
      const passedMs = (timeMs - firstMs!) / speed
      // In a slow time of a long log some are due in years that have no four digits; nobody waits for those.
      const toldMs = Math.min(Math.max(0, startMs + passedMs), START_MS_MAX)
      const seconds = Math.floor(toldMs / 1000)
      const some = lines.slice(from, end)
      for (const { bytes, timeAt } of some) writeTime(bytes, timeAt, seconds)
      lastDueMs = Math.max(lastDueMs, passedMs)
      const joined = Buffer.concat(some.map(({ bytes }) => bytes))
      yield { dueMs: lastDueMs, events: some.length, lines: joined }
      from = end
    }
  }
}

function linesOf(plain: Uint8Array, name: string): Line[] {
  const lines: Line[] = []
  const texts = recordTexts(plain)
  let step = texts.next()
  for (; step.done !== true; step = texts.next()) {
    const line = lineOf(step.value)
    if (line === undefined) break
    lines.push(line)
  }
  if (step.done === true && step.value) return lines
  throw new SealtrailError('ObjectDamaged', `${name} is no log file of CloudTrail`)
}

/** Undefined when it is no event. */
function lineOf(text: string): Line | undefined {
  const bytes = Buffer.from(`${text.replaceAll(/[\r\n]/g, ' ')}\n`)
  if (SCANNER.scan(bytes, 0, bytes.length) !== 1) return undefined
  const [, from = 0, to = 0] = SCANNER.words
  const timeMs = timeOfText(bytes, from, to)
  return timeMs === undefined ? undefined : { bytes, timeAt: from, timeMs }
}

function givenOptions(options: ReplayOptions) {
  const { directory, startMs, speed = 1 } = givenMembers(options, 'options')
  if (!(Number.isInteger(startMs) && startMs >= 0 && startMs <= START_MS_MAX)) {
    throw new SealtrailError('InputInvalid', 'startMs must be milliseconds since 1970')
  }
  if (typeof speed !== 'number' || !(speed > 0 && speed <= SPEED_MAX)) {
    throw new SealtrailError('InputInvalid', `speed must be above 0, and ${SPEED_MAX} at most`)
  }
  return { directory: givenText(directory, 'directory'), startMs, speed }
}
