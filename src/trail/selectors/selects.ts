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

interface Resource {
  readonly type: string
  readonly ARN?: string
  /** What all that was looked at begins with, instead of an ARN. */
  readonly ARNPrefix?: string
}

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
  readonly resources?: readonly Resource[]
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

const RESOURCE_FIELDS = new Set(['resources.type', 'resources.ARN'])
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

/** What is asked of resources, one of them answers as a whole: not one the type, and another the ARN. */
function advancedSelects({ FieldSelectors }: AdvancedEventSelector, event: Selected): boolean {
  const asked = FieldSelectors.filter(({ Field }) => RESOURCE_FIELDS.has(Field))
  return (
    FieldSelectors.every(
      (selector) =>
        RESOURCE_FIELDS.has(selector.Field) ||
        fieldSelects(selector, valueIn(event, selector.Field)),
    ) &&
    (asked.length === 0 ||
      event.resources?.some((resource) => resourceFits(asked, resource)) === true)
  )
}

function resourceFits(asked: readonly FieldSelector[], resource: Resource): boolean {
  return asked.every((selector) => {
    return fieldSelects(
      selector,
      selector.Field === 'resources.type' ? resource.type : nameOf(resource),
    )
  })
}

/** A value that is not there equals nothing, and so is not equal to whatever it is not to be. */
function fieldSelects(selector: FieldSelector, value: string | undefined): boolean {
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
    return (value !== undefined && wanted.some((text) => fits(value, text))) !== isNot
  })
}

const FITS = {
  Equals: (value: string, text: string) => value === text,
  StartsWith: (value: string, text: string) => value.startsWith(text),
  EndsWith: (value: string, text: string) => value.endsWith(text),
}

function valueIn(event: Selected, field: string): string | undefined {
  if (field === 'userIdentity.arn') return event.userIdentity.arn
  const value = (event as unknown as Readonly<Record<string, unknown>>)[field]
  return value === undefined ? undefined : String(value)
}

function nameOf({ ARN, ARNPrefix }: Resource): string {
  return ARN ?? ARNPrefix ?? ''
}
