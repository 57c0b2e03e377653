/**
 * What writing and reading log files have in common: the target's log files, and whose the events are.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { EventSource } from '../data/event-source.js'
import { type EventStream, eventsOf } from '../data/events.js'
import { ReplayStream } from '../data/replay-stream.js'
import type { LogCalls } from '../targets/target.js'
import type { WorkParts } from './work.js'

const WORK_MAX = 32

/** @throws SealtrailError `TargetFailed` */
export function logsOf({ target }: WorkParts): LogCalls {
  if (target.logs === undefined)
    throw new SealtrailError('TargetFailed', 'the target has no log files')
  return target.logs
}

/** Of what is written: the events of the run's log where there is one. */
export function sourceFor(parts: WorkParts): EventSource {
  if (parts.log !== undefined) return new ReplayStream(parts.log)
  const events = eventsFor(parts)
  return {
    eventBytesMax: events.eventBytesMax,
    isReady: true,
    open: async () => undefined,
    next: (target) => events.next(target, 1),
    close: () => undefined,
  }
}

/** Others for each process and each kind of work, under one seed; told as if they were made now. */
export function eventsFor({ seed, number, client, target }: WorkParts): EventStream {
  const stream = client.index * WORK_MAX + number
  return eventsOf({ seed, stream, account: target.account })
}
