/**
 * What a trail selects of all events, as PutEventSelectors says it: basic selectors, or advanced ones.
 *
 * A value, with the members of AWS's model. Whether an event is selected is in selects.ts. Source: AWS CloudTrail API
 * reference, "EventSelector", "AdvancedEventSelector", "AdvancedFieldSelector".
 *
 * @module
 */
import type { SealtrailError } from '../../errors.js'
import { refused } from '../refusals.js'

/** Which records a trail takes. */
export interface Scope {
  readonly isMultiRegion: boolean
  /** IAM and STS. */
  readonly includesGlobal: boolean
  /** All management events unless said. */
  readonly selectors?: Selectors
}

export type Selectors =
  | { readonly basic: readonly EventSelector[] }
  | { readonly advanced: readonly AdvancedEventSelector[] }

export interface EventSelector {
  readonly ReadWriteType?: string | undefined
  readonly IncludeManagementEvents?: boolean | undefined
  readonly DataResources?: readonly DataResource[] | undefined
  readonly ExcludeManagementEventSources?: readonly string[] | undefined
}

interface DataResource {
  readonly Type?: string | undefined
  readonly Values?: readonly string[] | undefined
}

export interface AdvancedEventSelector {
  readonly Name?: string | undefined
  readonly FieldSelectors: readonly FieldSelector[]
}

export interface FieldSelector {
  readonly Field: string
  readonly Equals?: readonly string[] | undefined
  readonly StartsWith?: readonly string[] | undefined
  readonly EndsWith?: readonly string[] | undefined
  readonly NotEquals?: readonly string[] | undefined
  readonly NotStartsWith?: readonly string[] | undefined
  readonly NotEndsWith?: readonly string[] | undefined
}

export const OPERATORS = [
  ...(['Equals', 'StartsWith', 'EndsWith'] as const),
  ...(['NotEquals', 'NotStartsWith', 'NotEndsWith'] as const),
]

/** What a trail has that nobody set any on. */
export const DEFAULT_SELECTORS: Selectors = {
  basic: [
    {
      ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
      ...{ DataResources: [], ExcludeManagementEventSources: [] },
    },
  ],
}

const BASIC_MAX = 5
const RESOURCES_MAX = 250
const VALUES_MAX = 500
const EXCLUDABLE = ['kms.amazonaws.com', 'rdsdata.amazonaws.com']
const RESOURCE_TYPES = ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::DynamoDB::Table']
const CATEGORIES = ['Management', 'Data', 'NetworkActivity']
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Management: [
    ...['eventCategory', 'eventSource', 'readOnly', 'eventName', 'eventType'],
    ...['sessionCredentialFromConsole', 'userIdentity.arn'],
  ],
  Data: [
    ...['eventCategory', 'eventName', 'eventSource', 'eventType', 'readOnly', 'resources.ARN'],
    ...['resources.type', 'sessionCredentialFromConsole', 'userIdentity.arn'],
  ],
  NetworkActivity: ['eventCategory', 'eventName', 'eventSource', 'errorCode', 'vpcEndpointId'],
}

interface Given {
  readonly EventSelectors?: readonly EventSelector[] | undefined
  readonly AdvancedEventSelectors?: readonly AdvancedEventSelector[] | undefined
}

/** @throws SealtrailError `InvalidEventSelectorsException` */
export function selectorsIn({ EventSelectors, AdvancedEventSelectors }: Given): Selectors {
  if ((EventSelectors === undefined) === (AdvancedEventSelectors === undefined)) {
    throw invalid('Specify either EventSelectors or AdvancedEventSelectors, and not both.')
  }
  if (EventSelectors !== undefined) {
    checkCount('event selectors', EventSelectors.length, BASIC_MAX)
    return { basic: EventSelectors.map(basicOf) }
  }
  const advanced = AdvancedEventSelectors ?? []
  checkCount('values in advanced event selectors', countValues(advanced), VALUES_MAX)
  for (const selector of advanced) checkAdvanced(selector)
  return { advanced }
}

/** With all its members, as GetEventSelectors shows it. */
function basicOf(selector: EventSelector): EventSelector {
  const { ReadWriteType = 'All', IncludeManagementEvents = true } = selector
  const { DataResources = [], ExcludeManagementEventSources = [] } = selector
  if (DataResources.length > RESOURCES_MAX) {
    checkCount('data resources', DataResources.length, RESOURCES_MAX)
  }
  for (const { Type = '', Values = [] } of DataResources) {
    if (!RESOURCE_TYPES.includes(Type)) throw invalid(`${Type} is no type of data resources.`)
    for (const value of Values) {
      if (!value.startsWith('arn:')) throw invalid(`Value ${value} is invalid for ${Type}.`)
    }
  }
  for (const source of ExcludeManagementEventSources) {
    if (!EXCLUDABLE.includes(source)) {
      throw invalid(`ExcludeManagementEventSources may be ${EXCLUDABLE.join(', ')}, not ${source}.`)
    }
  }
  if (!IncludeManagementEvents && ExcludeManagementEventSources.length > 0) {
    throw invalid('ExcludeManagementEventSources needs IncludeManagementEvents to be true.')
  }
  return { ReadWriteType, IncludeManagementEvents, DataResources, ExcludeManagementEventSources }
}

function checkAdvanced({ FieldSelectors }: AdvancedEventSelector): void {
  const category = FieldSelectors.find(({ Field }) => Field === 'eventCategory')?.Equals
  if (category?.length !== 1 || !CATEGORIES.includes(category[0]!)) {
    throw invalid(`Each selector needs eventCategory to equal one of ${CATEGORIES.join(', ')}.`)
  }
  const fields = FIELDS[category[0]!]!
  const seen = new Set<string>()
  for (const selector of FieldSelectors) {
    const { Field } = selector
    if (!fields.includes(Field)) throw invalid(`${Field} is no field of ${category[0]} events.`)
    if (seen.has(Field)) throw invalid(`${Field} is there twice in one selector.`)
    seen.add(Field)
    if (OPERATORS.every((operator) => selector[operator] === undefined)) {
      throw invalid(`${Field} has no operator.`)
    }
    if (Field === 'readOnly' && !/^(true|false)$/.test(selector.Equals?.join() ?? '')) {
      throw invalid('readOnly equals true, or false.')
    }
  }
  if (category[0] === 'Data' && !seen.has('resources.type')) {
    throw invalid('A selector of data events needs resources.type.')
  }
}

function countValues(selectors: readonly AdvancedEventSelector[]): number {
  let count = 0
  for (const { FieldSelectors } of selectors) {
    for (const selector of FieldSelectors) {
      for (const operator of OPERATORS) count += selector[operator]?.length ?? 0
    }
  }
  return count
}

function checkCount(what: string, count: number, max: number): void {
  if (count === 0 || count > max)
    throw invalid(`The number of ${what} is 1 to ${max}, not ${count}.`)
}

function invalid(says: string): SealtrailError {
  return refused('InvalidEventSelectorsException', says)
}
