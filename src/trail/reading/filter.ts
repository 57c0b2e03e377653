/**
 * Which events a reader wants: every member of a filter narrows.
 *
 * Most records do not fit, and are passed over as text, before they are parsed: {@link holdingOf} says which texts are in
 * each that fits. Whether a text is the member that was meant, {@link fits} sees.
 *
 * @module
 */
import { types } from 'node:util'
import { quote } from '../../audit/json.js'
import { inProfile, type Profile } from '../../audit/profile.js'
import { givenMembers, givenText, unlike } from '../../given.js'
import type { InputOf } from '../model.js'
import type { EventRecord } from '../selectors/selects.js'

export interface EventFilter {
  /** Of this time and later. */
  readonly from?: Date | undefined
  /** Such as `Decrypt`. */
  readonly eventName?: string | undefined
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource?: string | undefined
  /** Of a resource that the event names, such as a KMS key. */
  readonly keyArn?: string | undefined
  /** An ARN, an id such as `AIDA…`, or the name of an AWS service; of a role also what its sessions did. */
  readonly principal?: string | undefined
  /** As records have it, such as `AccessDenied`. */
  readonly errorCode?: string | undefined
  readonly readOnly?: boolean | undefined
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The members of a record that are looked at. Of an event that was ingested only these two are sure: others may be missing,
 * or be something else than a record of ours has there.
 */
export type ReadRecord = Pick<EventRecord, 'eventID' | 'eventTime'> &
  Partial<Omit<EventRecord, 'userIdentity'>> & {
    readonly errorCode?: string
    readonly sourceIPAddress?: string
    readonly userIdentity?: Partial<Omit<EventRecord['userIdentity'], 'sessionContext'>> & {
      readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } }
    }
  }

/** An event that was read, in the form in which records leave. */
export interface TrailEvent {
  /** Of the record in the journal; undefined of what only a log file has. */
  readonly seq: number | undefined
  /** One line of JSON. */
  readonly record: string
  /** The same, parsed. */
  readonly event: ReadRecord
}

const TEXTS = ['eventName', 'eventSource', 'keyArn', 'principal', 'errorCode'] as const

/** A caller's filter as our own. @throws SealtrailError `InputInvalid` */
export function givenFilter<Filter extends EventFilter>(given: Filter): Filter {
  const filter = givenMembers(given, 'a filter of events')
  for (const name of TEXTS) if (filter[name] !== undefined) givenText(filter[name], name)
  checkTime(filter.from, 'from')
  const { readOnly, signal } = filter
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    throw unlike('readOnly', 'true or false', readOnly)
  }
  if (signal !== undefined && !(!types.isProxy(signal) && signal instanceof AbortSignal)) {
    throw unlike('signal', 'an AbortSignal', signal)
  }
  return filter
}

/** @throws SealtrailError `InputInvalid` */
export function checkTime(given: Date | undefined, name: string): void {
  if (given === undefined) return
  const isTime = types.isDate(given) && !Number.isNaN(Date.prototype.getTime.call(given))
  if (!isTime) throw unlike(name, 'a Date that is a time', given)
}

/** Texts that are in every record that fits, all of them. */
export function holdingOf(filter: EventFilter, account: string): string[] {
  const { eventName, eventSource, keyArn, principal, errorCode, readOnly } = filter
  const members = [
    ['recipientAccountId', quote(account)],
    ['eventName', eventName && quote(eventName)],
    ['eventSource', eventSource && quote(eventSource)],
    ['errorCode', errorCode && quote(errorCode)],
    ['readOnly', readOnly],
  ] as const
  return [
    ...members.flatMap(([name, text]) => (text === undefined ? [] : [`"${name}":${text}`])),
    ...[keyArn, principal].flatMap((text) => (text === undefined ? [] : [quote(text)])),
  ]
}

/** Times are the reader's. */
export function fits(filter: EventFilter, event: ReadRecord): boolean {
  const { eventName, eventSource, keyArn, principal, errorCode, readOnly } = filter
  return (
    (eventName === undefined || event.eventName === eventName) &&
    (eventSource === undefined || event.eventSource === eventSource) &&
    (errorCode === undefined || event.errorCode === errorCode) &&
    (readOnly === undefined || event.readOnly === readOnly) &&
    (keyArn === undefined || arnsOf(event).includes(keyArn)) &&
    (principal === undefined || namesOf(event).includes(principal))
  )
}

/** A record of the journal that is the account's, of the time, and fits. */
export function isWanted(filter: EventFilter, account: string, event: ReadRecord): boolean {
  const { from } = filter
  const isMine = event.recipientAccountId === account
  return isMine && (!from || Date.parse(event.eventTime) >= from.getTime()) && fits(filter, event)
}

/** As it leaves the journal. */
export function eventOf(
  seq: number,
  event: ReadRecord,
  record: string,
  profile: Profile,
): TrailEvent {
  if (profile === 'modern') return { seq, record, event }
  const text = inProfile(record, profile)
  return { seq, record: text, event: JSON.parse(text) as ReadRecord }
}

/** What records say of a reading: the question that LookupEvents would have been asked. */
export function asLookup(filter: EventFilter & { readonly until?: Date | undefined }) {
  const { from, until, eventName, eventSource, keyArn, readOnly } = filter
  const attributes = [
    ['EventName', eventName],
    ['EventSource', eventSource],
    ['ResourceName', keyArn],
    ['ReadOnly', readOnly === undefined ? undefined : String(readOnly)],
  ] as const
  const LookupAttributes = attributes.flatMap(([AttributeKey, AttributeValue]) =>
    AttributeValue === undefined ? [] : [{ AttributeKey, AttributeValue }],
  )
  return {
    ...(LookupAttributes.length === 0 ? {} : { LookupAttributes }),
    ...(from === undefined ? {} : { StartTime: from }),
    ...(until === undefined ? {} : { EndTime: until }),
  } satisfies InputOf<'LookupEvents'>
}

function arnsOf({ resources }: { readonly resources?: unknown }): unknown[] {
  return Array.isArray(resources) ? resources.map((resource) => resource?.ARN) : []
}

function namesOf({ userIdentity }: ReadRecord): unknown[] {
  const { arn, principalId, invokedBy, sessionContext } = userIdentity ?? {}
  return [arn, principalId, invokedBy, sessionContext?.sessionIssuer?.arn]
}
