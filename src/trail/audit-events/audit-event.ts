/**
 * An event of PutAuditEvents: whether its eventData is what AWS CloudTrail Lake takes, and the event that is kept of it.
 *
 *     id, eventData (JSON), eventDataChecksum → { eventVersion, eventCategory, …, metadata, eventData as it came }
 *
 * Nothing of eventData is changed but line ends between its members. The eventID follows from the channel, the id and the
 * eventData: an event that is sent again has it again. Source: AWS CloudTrail user guide, "CloudTrail Lake integrations event
 * schema"; AWS CloudTrail Data API reference.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { excerpt } from '../../excerpt.js'
import type { Root } from '../../root/root.js'
import { type Channel, channelArn } from '../channels/channel.js'
import { timeText } from '../delivery/names.js'
import { EVENT_BYTES_MAX } from '../ingest/batch.js'
import { timeOfText } from '../ingest/event-time.js'
import { DEPTH_MAX, Scanner } from '../ingest/scan.js'
import type { AuditEventsInput } from '../model.js'

export type GivenEvent = AuditEventsInput['auditEvents'][number]

/** What AWS calls a reason; those about one event. */
export type EventFault =
  | 'FieldTooLong'
  | 'FieldNotFound'
  | 'InvalidChecksum'
  | 'InvalidData'
  | 'InvalidRecipient'
  | 'InvalidEventSource'

export interface AcceptedEvent {
  readonly eventId: string
  /** One line. */
  readonly text: string
}

export interface RefusedEvent {
  readonly code: EventFault
  readonly message: string
}

const EVENT_VERSION = '1.0'
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?$/
const KIB = 1024

interface Rule {
  readonly isRequired?: true
  /** Of a text, in characters. */
  readonly text?: number
  /** Of an object, in bytes of JSON. */
  readonly object?: number
}

const RULES: Readonly<Record<string, Rule>> = {
  version: { isRequired: true, text: 256 },
  userIdentity: { isRequired: true, object: Number.POSITIVE_INFINITY },
  userAgent: { text: 1024 },
  eventSource: { isRequired: true, text: 1024 },
  eventName: { isRequired: true, text: 1024 },
  eventTime: { isRequired: true, text: 64 },
  UID: { isRequired: true, text: 1024 },
  requestParameters: { object: 100 * KIB },
  responseElements: { object: 100 * KIB },
  errorCode: { text: 256 },
  errorMessage: { text: 256 },
  sourceIPAddress: { text: 256 },
  recipientAccountId: { isRequired: true, text: 12 },
  additionalEventData: { object: 28 * KIB },
}
const IDENTITY_RULES: Readonly<Record<string, Rule>> = {
  type: { isRequired: true, text: 128 },
  principalId: { isRequired: true, text: 1024 },
  details: { object: Number.POSITIVE_INFINITY },
}

/** @param now milliseconds since the epoch. */
export function acceptedEvent(
  root: Root,
  channel: Channel,
  given: GivenEvent,
  now: number,
): AcceptedEvent | RefusedEvent {
  const { eventData, eventDataChecksum } = given
  if (eventDataChecksum !== undefined && eventDataChecksum !== checksumOf(eventData)) {
    return { code: 'InvalidChecksum', message: 'The checksum is not that of the eventData.' }
  }
  const data = objectIn(eventData)
  if (data === undefined) {
    return { code: 'InvalidData', message: 'The eventData is not a JSON object.' }
  }
  const inner = eventData.replace(/[\r\n]+/g, ' ')
  if (!canStandIn(inner)) {
    const message = `The eventData is deeper than ${DEPTH_MAX - 1} objects and lists.`
    return { code: 'InvalidData', message }
  }
  const refusal = faultOf(data, '', RULES) ?? faultIn(channel, data)
  if (refusal !== undefined) return refusal
  const time = timeOf(data.eventTime as string)
  if (time === undefined) {
    const message = 'The eventTime is not a time in the form yyyy-MM-DDTHH:mm:ss.'
    return { code: 'InvalidData', message }
  }
  const eventId = eventIdOf(root, channel, given)
  const outer = JSON.stringify({
    ...{ eventVersion: EVENT_VERSION, eventCategory: 'ActivityAuditLog' },
    ...{ eventType: 'ActivityLog', eventID: eventId, eventTime: timeText(time) },
    ...{ awsRegion: channel.region, recipientAccountId: channel.account },
    metadata: { ingestionTime: timeText(now), channelARN: channelArn(channel) },
  })
  const text = `${outer.slice(0, -1)},"eventData":${inner}}`
  if (Buffer.byteLength(text) > EVENT_BYTES_MAX) {
    return tooLong('eventData', `${EVENT_BYTES_MAX} bytes, with what is put beside it`)
  }
  return { eventId, text }
}

function faultIn(
  { account }: Channel,
  { userIdentity, eventSource, recipientAccountId }: Readonly<Record<string, unknown>>,
): RefusedEvent | undefined {
  const identity = userIdentity as Readonly<Record<string, unknown>>
  const fault = faultOf(identity, 'userIdentity.', IDENTITY_RULES)
  if (fault !== undefined) return fault
  if (recipientAccountId !== account) {
    const message = 'The recipientAccountId is not the account that owns the channel.'
    return { code: 'InvalidRecipient', message }
  }
  if ((eventSource as string).endsWith('.amazonaws.com')) {
    return { code: 'InvalidEventSource', message: 'The eventSource is a service of AWS.' }
  }
  return undefined
}

function faultOf(
  members: Readonly<Record<string, unknown>>,
  path: string,
  rules: Readonly<Record<string, Rule>>,
): RefusedEvent | undefined {
  for (const [name, { isRequired, text, object }] of Object.entries(rules)) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined
    const what = `${path}${name}`
    if (value === undefined || value === null || value === '') {
      if (isRequired) return { code: 'FieldNotFound', message: `${what} is required.` }
      continue
    }
    if (text !== undefined) {
      if (typeof value !== 'string') {
        return { code: 'InvalidData', message: `${what} must be a string.` }
      }
      if (value.length > text) return tooLong(what, `${text} characters`)
    }
    if (object !== undefined) {
      if (typeof value !== 'object' || Array.isArray(value)) {
        return { code: 'InvalidData', message: `${what} must be an object.` }
      }
      if (object !== Number.POSITIVE_INFINITY) {
        const bytes = Buffer.byteLength(JSON.stringify(value))
        if (bytes > object) return tooLong(what, `${object} bytes`)
      }
    }
  }
  return undefined
}

function tooLong(what: string, most: string): RefusedEvent {
  return { code: 'FieldTooLong', message: `${excerpt(what)} is longer than ${most}.` }
}

/** Whether an event with this object in it is one to whoever takes it (ingest/): there are bounds to how deep it goes. */
function canStandIn(object: string): boolean {
  const line = Buffer.from(`{"eventData":${object}}\n`)
  return new Scanner().scan(line, 0, line.length) === 1
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function timeOf(text: string): number | undefined {
  if (!TIME.test(text)) return undefined
  const bytes = Buffer.from(text.endsWith('Z') ? text : `${text}Z`)
  return timeOfText(bytes, 0, bytes.length)
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/** A UUID of version 8: what it is made of is ours. Source: RFC 9562 §5.8. */
function eventIdOf(root: Root, channel: Channel, { id, eventData }: GivenEvent): string {
  const text = JSON.stringify(['audit-event', channel.id, id, checksumOf(eventData)])
  const hex = Buffer.from(root.authenticate(text)).toString('hex', 0, 16)
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]
  return [
    ...[hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`],
    ...[`${variant}${hex.slice(17, 20)}`, hex.slice(20)],
  ].join('-')
}
