/**
 * Whether a trail takes an event: its place, and what its selectors say.
 *
 * Events are records as they were written, parsed; what is looked at is there, or the event is not selected by it.
 * Source: AWS CloudTrail user guide, "Logging management events", "Filtering data events by using advanced event
 * selectors".
 *
 * @module
 */
import {
  type AdvancedEventSelector,
  type EventSelector,
  type FieldSelector,
  OPERATORS,
  type Scope,
} from './selectors.js'

/** The members of a record that are looked at. */
export interface EventRecord {
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly eventID: string
  readonly awsRegion: string
  readonly recipientAccountId: string
  readonly readOnly: boolean
  readonly managementEvent: boolean
  readonly eventCategory: string
  /** What all that was looked at begins with, instead of an ARN. */
  readonly resources?: ReadonlyArray<{
    readonly type: string
    readonly ARN?: string
    readonly ARNPrefix?: string
  }>
  readonly userIdentity: {
    readonly arn?: string
    readonly userName?: string
    readonly principalId?: string
    readonly accessKeyId?: string
    readonly invokedBy?: string
    readonly type: string
    readonly sessionContext?: { readonly sessionIssuer?: { readonly userName?: string } }
  }
}

/** Services of all regions. */
const GLOBAL = new Set(['iam.amazonaws.com', 'sts.amazonaws.com', 'cloudfront.amazonaws.com'])

/** What selectors look at: of a record, or of an event that has none yet. */
type Selected = Pick<
  EventRecord,
  'eventSource' | 'awsRegion' | 'readOnly' | 'managementEvent' | 'resources'
> & { readonly userIdentity: { readonly arn?: string } }

/** `home` is the trail's region. */
export function takes(scope: Scope, home: string, event: Selected): boolean {
  if (!scope.isMultiRegion && event.awsRegion !== home) return false
  if (!scope.includesGlobal && GLOBAL.has(event.eventSource)) return false
  const { selectors } = scope
  if (selectors === undefined) return event.managementEvent
  return 'basic' in selectors
    ? selectors.basic.some((selector) => basicSelects(selector, event))
    : selectors.advanced.some((selector) => advancedSelects(selector, event))
}

function basicSelects(selector: EventSelector, event: Selected): boolean {
  const { ReadWriteType, IncludeManagementEvents, ExcludeManagementEventSources = [] } = selector
  if (ReadWriteType !== 'All' && (ReadWriteType === 'ReadOnly') !== event.readOnly) return false
  if (event.managementEvent) {
    return (
      IncludeManagementEvents === true && !ExcludeManagementEventSources.includes(event.eventSource)
    )
  }
  return (selector.DataResources ?? []).some(({ Type, Values = [] }) =>
    event.resources?.some(
      (resource) =>
        resource.type === Type && Values.some((value) => nameOf(resource).startsWith(value)),
    ),
  )
}

function advancedSelects({ FieldSelectors }: AdvancedEventSelector, event: Selected): boolean {
  return FieldSelectors.every((selector) => fieldSelects(selector, valuesOf(event, selector.Field)))
}

/** A value that is not there equals nothing, and so is not equal to whatever it is not to be. */
function fieldSelects(selector: FieldSelector, values: readonly string[]): boolean {
  return OPERATORS.every((operator) => {
    const wanted = selector[operator]
    if (wanted === undefined) return true
    const isNot = operator.startsWith('Not')
    const fits =
      FITS[
        isNot
          ? (operator.slice('Not'.length) as keyof typeof FITS)
          : (operator as keyof typeof FITS)
      ]
    return values.some((value) => wanted.some((text) => fits(value, text))) !== isNot
  })
}

const FITS = {
  Equals: (value: string, text: string) => value === text,
  StartsWith: (value: string, text: string) => value.startsWith(text),
  EndsWith: (value: string, text: string) => value.endsWith(text),
}

function valuesOf(event: Selected, field: string): readonly string[] {
  switch (field) {
    case 'userIdentity.arn':
      return event.userIdentity.arn === undefined ? [] : [event.userIdentity.arn]
    case 'resources.type':
      return event.resources?.map(({ type }) => type) ?? []
    case 'resources.ARN':
      return event.resources?.map(nameOf) ?? []
    default: {
      const value = (event as unknown as Readonly<Record<string, unknown>>)[field]
      return value === undefined ? [] : [String(value)]
    }
  }
}

function nameOf({
  ARN,
  ARNPrefix,
}: {
  readonly ARN?: string
  readonly ARNPrefix?: string
}): string {
  return ARN ?? ARNPrefix ?? ''
}
