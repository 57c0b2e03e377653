/**
 * LookupEvents: management events of the account and region of the last 90 days, the newest first.
 *
 * The journal is what is looked in: records that do not hold what is sought, as text, are passed over at the speed of
 * memory. A call looks at so much of it, and gives a token for the rest. Source: AWS CloudTrail API reference,
 * LookupEvents.
 *
 * @module
 */
import { quote } from '../../audit/json.js'
import { inProfile } from '../../audit/profile.js'
import type { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import type { EventRecord } from '../selectors/selects.js'
import { mayInAccount } from './find-trail.js'

const DAYS_MS = 90 * 24 * 60 * 60 * 1000
const EVENTS_MAX = 50
/** Stretches of the journal that a call looks at, of about 128 KiB each. */
const STRETCHES_MAX = 512
/** Times of records are those of calls when they began; they come a little out of order. */
export const DISORDER_MS = 10 * 60 * 1000
const TOKEN = /^\d{1,15}$/

interface Sought {
  readonly key: string
  readonly value: string
}

export async function lookupEvents(
  parts: TrailParts,
  call: Call,
  input: InputOf<'LookupEvents'>,
): Promise<object> {
  mayInAccount(call)
  const now = parts.clock.now()
  const from = Math.max(input.StartTime?.getTime() ?? 0, now - DAYS_MS)
  const until = input.EndTime?.getTime() ?? Number.MAX_SAFE_INTEGER
  if (input.StartTime !== undefined && input.StartTime.getTime() > until) {
    const says = 'The time range is not valid: StartTime is later than EndTime.'
    throw refused('InvalidTimeRangeException', says)
  }
  const sought = soughtIn(input)
  const { MaxResults: wanted = EVENTS_MAX } = input
  const before = input.NextToken === undefined ? undefined : tokenIn(input.NextToken)
  const { account, region } = call.caller
  // There are no insights.
  const isEmpty = input.EventCategory !== undefined
  const holding = [
    `"recipientAccountId":${quote(account)}`,
    ...(sought === undefined ? [] : [textOf(sought)]),
  ]
  let query: RecordQuery | undefined = isEmpty ? undefined : { holding, before }
  const Events: object[] = []
  let next: number | undefined
  for (let stretches = 0; query !== undefined; stretches++) {
    if (stretches === STRETCHES_MAX) {
      next = query.before
      break
    }
    const page = await parts.store.records(query)
    query = page.next
    for (const { seq, record } of page.records) {
      const event = JSON.parse(record) as EventRecord
      const time = Date.parse(event.eventTime)
      if (time < from - DISORDER_MS) query = undefined
      const isMeant =
        event.recipientAccountId === account &&
        event.awsRegion === region &&
        event.managementEvent &&
        time >= from &&
        time <= until &&
        (sought === undefined || isSought(event, sought))
      if (!isMeant) continue
      if (Events.length === wanted) {
        next = seq + 1
        query = undefined
        break
      }
      Events.push(shown(event, inProfile(record, parts.profile)))
    }
  }
  await call.succeed()
  return { Events, ...(next === undefined ? {} : { NextToken: tokenOf(next) }) }
}

/** One attribute at a time. @throws SealtrailError `InvalidLookupAttributesException` */
function soughtIn({ LookupAttributes = [] }: InputOf<'LookupEvents'>): Sought | undefined {
  const [attribute, ...others] = LookupAttributes
  if (others.length > 0) {
    const says = 'You can only specify one attribute key and value pair for lookup.'
    throw refused('InvalidLookupAttributesException', says)
  }
  return attribute && { key: attribute.AttributeKey, value: attribute.AttributeValue }
}

/** A text that is in every record that is meant. */
function textOf({ key, value }: Sought): string {
  if (key === 'ReadOnly') return `"readOnly":${value === 'true'}`
  return quote(value).slice(1, -1)
}

function isSought(event: EventRecord, { key, value }: Sought): boolean {
  switch (key) {
    case 'EventId':
      return event.eventID === value
    case 'EventName':
      return event.eventName === value
    case 'ReadOnly':
      return String(event.readOnly) === value
    case 'Username':
      return usernameOf(event) === value
    case 'ResourceType':
      return event.resources?.some(({ type }) => type === value) === true
    case 'ResourceName':
      return event.resources?.some(({ ARN }) => ARN === value) === true
    case 'EventSource':
      return event.eventSource === value
    default:
      return event.userIdentity.accessKeyId === value
  }
}

function shown(event: EventRecord, record: string): object {
  const { accessKeyId } = event.userIdentity
  const username = usernameOf(event)
  return {
    EventId: event.eventID,
    EventName: event.eventName,
    ReadOnly: String(event.readOnly),
    ...(accessKeyId === undefined ? {} : { AccessKeyId: accessKeyId }),
    EventTime: new Date(event.eventTime),
    EventSource: event.eventSource,
    ...(username === undefined ? {} : { Username: username }),
    Resources: (event.resources ?? []).map(({ type, ARN }) => {
      return { ResourceType: type, ResourceName: ARN }
    }),
    CloudTrailEvent: record,
  }
}

/** A user's name, a session's, `root`, or the service that called. */
function usernameOf({ userIdentity }: EventRecord): string | undefined {
  const { type, userName, principalId, invokedBy } = userIdentity
  if (type === 'Root') return 'root'
  if (type === 'AssumedRole') return principalId?.split(':')[1]
  return type === 'AWSService' ? invokedBy : userName
}

function tokenOf(before: number): string {
  return Buffer.from(`lookup:${before}`).toString('base64url')
}

/** @throws SealtrailError `InvalidNextTokenException` */
function tokenIn(token: string): number {
  const text = Buffer.from(token, 'base64url').toString().slice('lookup:'.length)
  if (TOKEN.test(text) && tokenOf(Number(text)) === token) return Number(text)
  throw invalidToken()
}

function invalidToken(): SealtrailError {
  return refused('InvalidNextTokenException', 'The NextToken is not valid.')
}
