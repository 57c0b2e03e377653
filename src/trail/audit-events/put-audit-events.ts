/**
 * PutAuditEvents: events of other systems, through a channel into the log files of its trail.
 *
 * Events that are not what they should be are answered one by one; the others are safe when the call is answered. A call is a
 * data event of its channel, as with AWS: it leaves a record where a trail selects that, which names events by their ids and
 * shows nothing of what is in them. Source: AWS CloudTrail Data API reference; AWS CloudTrail user guide, "Logging data
 * events".
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { Call } from '../../service/calls/call.js'
import type { ServiceTable } from '../../service/service.js'
import { type Channel, channelArn, channelRef } from '../channels/channel.js'
import { loggingTrail } from '../ingest/deliver.js'
import { type AuditEventsInput, CLOUDTRAIL_DATA_API } from '../model.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import { trailRef } from '../trails/name.js'
import type { Arrivals } from './arrivals.js'
import { type AcceptedEvent, acceptedEvent, type GivenEvent } from './audit-event.js'

export interface AuditEventsParts extends TrailParts {
  readonly arrivals: Arrivals
}

export const DATA_TABLE: ServiceTable<AuditEventsParts> = {
  api: CLOUDTRAIL_DATA_API,
  eventSource: 'cloudtrail-data.amazonaws.com',
  internalFault: 'InternalFailure',
  operations: { PutAuditEvents: { run: putAuditEvents, isReadOnly: false, isDataEvent: true } },
}

/** AWS's reasons that are not about the event. */
type Delay = 'AccountNotSubscribed' | 'Throttling' | 'InternalFailure'

interface Failed {
  readonly id: string
  readonly errorCode: string
  readonly errorMessage: string
}

type Accepted = AcceptedEvent & Pick<GivenEvent, 'id'>

const MESSAGE_CHARACTERS_MAX = 1024

async function putAuditEvents(
  parts: AuditEventsParts,
  call: Call,
  { channelArn: given, auditEvents, externalId }: AuditEventsInput,
): Promise<object> {
  call.show({
    ...{ channelArn: given, auditEvents: auditEvents.map(({ id }) => ({ id })) },
    ...(externalId === undefined ? {} : { externalId }),
  })
  const channel = channelOf(parts, call, given)
  if (new Set(auditEvents.map(({ id }) => id)).size < auditEvents.length) {
    const says = 'Two or more entries in the request have the same event ID.'
    throw refused('DuplicatedAuditEventId', says)
  }
  const now = parts.clock.now()
  const failed: Failed[] = []
  const accepted: Accepted[] = []
  for (const event of auditEvents) {
    const answer = acceptedEvent(parts.root, channel, event, now)
    if ('text' in answer) accepted.push({ ...answer, id: event.id })
    else failed.push(failure(event.id, answer.code, answer.message))
  }
  const delay = accepted.length === 0 ? undefined : await deliver(parts, channel, accepted)
  const lost = delay === undefined ? [] : accepted.map(({ id }) => failure(id, ...delay))
  const successful = delay === undefined ? accepted : []
  const answer = {
    failed: [...failed, ...lost],
    successful: successful.map(({ id, eventId }) => ({ eventID: eventId, id })),
  }
  note(parts, channel, auditEvents, answer.failed, successful)
  // What is wrong with an event is said in its own words.
  const failedShown = answer.failed.map(({ id, errorCode }) => ({ id, errorCode }))
  call.showElements({ failed: failedShown, successful: answer.successful })
  await call.succeed()
  return answer
}

/**
 * @throws SealtrailError `InvalidChannelARN`, `ChannelInsufficientPermission`, `AccessDeniedException`, `ChannelNotFound`
 */
function channelOf(parts: TrailParts, call: Call, given: string): Channel {
  const ref = channelRef(given, call.caller)
  if (ref === undefined) {
    throw refused('InvalidChannelARN', `${excerpt(given)} is not the ARN of a channel.`)
  }
  const arn = channelArn(ref)
  call.uses({ accountId: ref.account, type: 'AWS::CloudTrail::Channel', arn })
  if (ref.account !== call.caller.account) {
    const says = "The caller's account ID must be the same as the channel owner's account ID."
    throw refused('ChannelInsufficientPermission', says)
  }
  call.may({ action: 'cloudtrail-data:PutAuditEvents', owner: ref.account, arn })
  const channel = parts.channels.find(ref)
  if (channel === undefined) throw refused('ChannelNotFound', `Channel ${arn} does not exist.`)
  return channel
}

/** What was in the way of all of them. */
async function deliver(
  parts: AuditEventsParts,
  channel: Channel,
  accepted: readonly Accepted[],
): Promise<[Delay, string] | undefined> {
  const trail = parts.trails.find(trailRef(channel.config.trail, channel))
  if (trail === undefined) {
    return ['AccountNotSubscribed', `The trail ${channel.config.trail} does not exist.`]
  }
  try {
    loggingTrail(parts, trail)
    await parts.arrivals.add(
      trail,
      accepted.map(({ text }) => text),
    )
    return undefined
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    const { code, message } = error
    if (code === 'TrailNotLogging') return ['AccountNotSubscribed', message]
    if (code === 'ThrottlingException') return ['Throttling', message]
    // The store says itself what it can do no more.
    if (code === 'StoreFailed' || code === 'Closed') throw error
    return ['InternalFailure', `The event could not be delivered: ${code}`]
  }
}

function note(
  { channels, clock }: TrailParts,
  channel: Channel,
  asked: readonly GivenEvent[],
  failed: readonly Failed[],
  successful: readonly Accepted[],
): void {
  const now = clock.now()
  const [last, safe, fault] = [asked.at(-1)!, successful.at(-1), failed.at(-1)]
  channels.note(channel, {
    ...{ attemptedAt: now, attemptedId: last.id },
    ...(safe === undefined ? {} : { succeededAt: now, succeededId: safe.eventId }),
    ...(fault === undefined ? {} : { error: fault.errorCode }),
  })
}

function failure(id: string, errorCode: string, message: string): Failed {
  return { id, errorCode, errorMessage: message.slice(0, MESSAGE_CHARACTERS_MAX) }
}
