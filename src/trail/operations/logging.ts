/**
 * Logging: switched on and off, and how far it has come.
 *
 * What is recorded before a stop is delivered after it; what is recorded until the next start is not. Source: AWS
 * CloudTrail API reference, StartLogging, StopLogging, GetTrailStatus.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { timeText } from '../delivery/names.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { deliveryError, newChains, type Range } from '../trails/trail.js'
import { changeTrail, lastRecord, trailNamed } from './find-trail.js'

export async function startLogging(
  parts: TrailParts,
  call: Call,
  input: InputOf<'StartLogging'>,
): Promise<void> {
  const after = await lastRecord(parts.store)
  await changeTrail(parts, call, input.Name, async (trail) => {
    if (trail.state.isLogging) return { next: trail }
    const { overtakenAt: _, ...state } = trail.state
    const startedAt = parts.clock.now()
    const ranges = [...state.ranges, { after }]
    // While the range before is not delivered, its chain goes on.
    const chains = state.ranges.length === 0 ? newChains(trail, startedAt) : state.chains
    return { next: { ...trail, state: { ...state, isLogging: true, startedAt, ranges, chains } } }
  })
}

export async function stopLogging(
  parts: TrailParts,
  call: Call,
  input: InputOf<'StopLogging'>,
): Promise<void> {
  const { store, trails, clock } = parts
  const until = await lastRecord(store)
  const { id } = await changeTrail(parts, call, input.Name, async (trail) => {
    const { state } = trail
    if (!state.isLogging) return { next: trail }
    const ranges = endingAt(state.ranges, until)
    return {
      next: { ...trail, state: { ...state, isLogging: false, stoppedAt: clock.now(), ranges } },
    }
  })
  // The record of the stop itself is delivered, too.
  const last = await lastRecord(store)
  await trails.change(id, async (trail, commit) => {
    const { state } = trail
    if (state.isLogging || state.ranges.at(-1)?.until !== until) return
    const next = { ...trail, state: { ...state, ranges: endingAt(state.ranges, last) } }
    await commit(next, (change) => store.commit({ changes: [change] }))
  })
}

export async function getTrailStatus(
  parts: TrailParts,
  call: Call,
  input: InputOf<'GetTrailStatus'>,
): Promise<object> {
  const { state } = trailNamed(parts, call, input.Name)
  const { startedAt, stoppedAt, deliveredAt, attemptedAt } = state
  const error = deliveryError(state)
  await call.succeed()
  return {
    IsLogging: state.isLogging,
    ...(error === undefined ? {} : { LatestDeliveryError: error }),
    ...dateOf('LatestDeliveryTime', deliveredAt),
    ...dateOf('StartLoggingTime', startedAt),
    ...dateOf('StopLoggingTime', stoppedAt),
    ...dateOf('LatestDigestDeliveryTime', state.digestDeliveredAt),
    ...(state.digestError === undefined ? {} : { LatestDigestDeliveryError: state.digestError }),
    LatestDeliveryAttemptTime: textOf(attemptedAt),
    LatestNotificationAttemptTime: '',
    LatestNotificationAttemptSucceeded: '',
    LatestDeliveryAttemptSucceeded: textOf(deliveredAt),
    TimeLoggingStarted: textOf(startedAt),
    TimeLoggingStopped: textOf(stoppedAt),
  }
}

function endingAt(ranges: readonly Range[], until: number): readonly Range[] {
  return ranges.map((range, i) => (i === ranges.length - 1 ? { ...range, until } : range))
}

function dateOf<Name extends string>(name: Name, time: number | undefined) {
  return time === undefined ? {} : { [name]: new Date(time) }
}

function textOf(time: number | undefined): string {
  return time === undefined ? '' : timeText(time)
}
