/**
 * What a lifecycle configuration may be: each rule one filter, and actions that can be done.
 *
 * Sources: Amazon S3 user guide, "Lifecycle configuration elements"; S3's answers as public projects record them.
 *
 * @module
 */
import type { LifecycleRule } from '../../buckets/lifecycle.js'
import type { ShapeValue } from '../../model.js'
import { invalidArgument, invalidRequest, malformedXml } from '../../refusals.js'

type Filter = NonNullable<LifecycleRule['Filter']>
type Expiration = NonNullable<LifecycleRule['Expiration']>
type Transition = ShapeValue<'Transition'>

const RULES_MAX = 1000
const ID_MAX = 255
const NEWER_VERSIONS_MAX = 100
const DAY_MS = 24 * 60 * 60 * 1000
/** Classes that nothing moves to before it is so many days old. */
const DAYS_MIN: Readonly<Record<string, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 }

/** @throws SealtrailError `MalformedXML`, `InvalidArgument`, `InvalidRequest` */
export function checkRules(rules: readonly LifecycleRule[]): void {
  if (rules.length === 0 || rules.length > RULES_MAX) throw malformedXml()
  const ids = new Set<string>()
  for (const rule of rules) {
    const { ID } = rule
    if (ID) {
      if (ID.length > ID_MAX) {
        throw invalidArgument(`ID length should not exceed allowed limit of ${ID_MAX}`)
      }
      if (ids.has(ID)) {
        throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
      }
      ids.add(ID)
    }
    checkRule(rule)
  }
}

function checkRule(rule: LifecycleRule): void {
  const { Filter: filter, Prefix, Expiration: expiration } = rule
  if ((filter === undefined) === (Prefix === undefined)) throw malformedXml()
  if (filter !== undefined) checkFilter(filter)
  const { Transitions = [], NoncurrentVersionTransitions: older = [] } = rule
  const { NoncurrentVersionExpiration: oldExpiration, AbortIncompleteMultipartUpload: abort } = rule
  const actions = [expiration, oldExpiration, abort, ...Transitions, ...older]
  if (actions.every((action) => action === undefined)) {
    throw invalidRequest('At least one action needs to be specified in a rule')
  }
  const hasTags = filter?.Tag !== undefined || (filter?.And?.Tags ?? []).length > 0
  if (expiration !== undefined) checkExpiration(expiration, hasTags)
  for (const transition of Transitions) checkTransition(transition)
  checkOrder(expiration, Transitions, Prefix ?? filter?.Prefix ?? filter?.And?.Prefix ?? '')
  for (const { NoncurrentDays, NewerNoncurrentVersions } of older) {
    if (NoncurrentDays === undefined) throw malformedXml()
    checkDays(NoncurrentDays, 0, 'NoncurrentDays', 'NoncurrentVersionTransition')
    checkNewer(NewerNoncurrentVersions, 'NoncurrentVersionTransition')
  }
  if (oldExpiration !== undefined) {
    if (oldExpiration.NoncurrentDays === undefined) throw malformedXml()
    const action = 'NoncurrentVersionExpiration'
    checkDays(oldExpiration.NoncurrentDays, 1, 'NoncurrentDays', action)
    checkNewer(oldExpiration.NewerNoncurrentVersions, action)
  }
  if (abort !== undefined) checkAbort(abort.DaysAfterInitiation, hasTags)
}

/** One condition, or several in `And`. An empty filter is one that all objects pass. */
function checkFilter(filter: Filter): void {
  const given = (conditions: object) =>
    Object.values(conditions).filter((condition) => condition !== undefined).length
  if (given(filter) > 1) throw malformedXml()
  const { And, Tag } = filter
  if (And === undefined) {
    checkSizes(filter)
    if (Tag?.Key === '') throw invalidRequest('The TagKey you have provided is invalid')
    return
  }
  const { Tags = [], ...others } = And
  if (given(others) + Tags.length < 2) throw malformedXml()
  checkSizes(And)
  if (new Set(Tags.map(({ Key }) => Key)).size !== Tags.length) {
    throw invalidRequest('Duplicate Tag Keys are not allowed.')
  }
}

function checkSizes({
  ObjectSizeGreaterThan: greater,
  ObjectSizeLessThan: less,
}: Pick<Filter, 'ObjectSizeGreaterThan' | 'ObjectSizeLessThan'>): void {
  if ((greater ?? 0) < 0) {
    throw invalidRequest("'ObjectSizeGreaterThan' has to be a value greater than or equal to 0.")
  }
  if ((less ?? 1) < 1) {
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 0.")
  }
  if (greater !== undefined && less !== undefined && less <= greater) {
    const says = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
    throw invalidRequest(says)
  }
}

function checkExpiration(expiration: Expiration, hasTags: boolean): void {
  const { Days, Date: date, ExpiredObjectDeleteMarker: marker } = expiration
  if ([Days, date, marker].filter((member) => member !== undefined).length !== 1) {
    throw malformedXml()
  }
  if (marker !== undefined && hasTags) {
    throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.')
  }
  if (Days !== undefined) checkDays(Days, 1, 'Days', 'Expiration')
  checkMidnight(date)
}

function checkTransition({ Days, Date: date, StorageClass }: Transition): void {
  if ((Days === undefined) === (date === undefined) || StorageClass === undefined) {
    throw malformedXml()
  }
  checkMidnight(date)
  if (Days === undefined) return
  checkDays(Days, 0, 'Days', 'Transition')
  const daysMin = DAYS_MIN[StorageClass] ?? 0
  if (Days < daysMin) {
    throw invalidArgument(
      `'Days' in Transition action must be greater than or equal to ${daysMin} for storageClass '${StorageClass}'`,
    )
  }
}

/** What expires is not moved afterwards, and no class is moved to twice. */
function checkOrder(
  expiration: Expiration | undefined,
  transitions: readonly Transition[],
  prefix: string,
): void {
  const classes = transitions.map(({ StorageClass }) => StorageClass)
  if (new Set(classes).size !== classes.length) {
    const says = `'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix '${prefix}'`
    throw invalidRequest(says)
  }
  const moments = [...transitions, ...(isTimed(expiration) ? [expiration] : [])]
  const hasDays = moments.some(({ Days }) => Days !== undefined)
  if (hasDays && moments.some(({ Date: date }) => date !== undefined)) {
    const says = `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for prefix '${prefix}'`
    throw invalidRequest(says)
  }
  if (!isTimed(expiration)) return
  const { Days = 0, Date: date } = expiration
  for (const { Days: moveDays, Date: moveDate } of transitions) {
    const isAfter =
      date === undefined ? Days > (moveDays ?? 0) : date.getTime() > (moveDate?.getTime() ?? 0)
    if (isAfter) continue
    const what = date === undefined ? 'Days' : 'Date'
    const says = `'${what}' in the Expiration action for prefix '${prefix}' must be ${what === 'Days' ? 'greater' : 'later'} than '${what}' in the Transition action`
    throw invalidArgument(says)
  }
}

function isTimed(expiration: Expiration | undefined): expiration is Expiration {
  return expiration?.Days !== undefined || expiration?.Date !== undefined
}

function checkAbort(days: number | undefined, hasTags: boolean): void {
  if (days === undefined) throw malformedXml()
  checkDays(days, 1, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload')
  if (hasTags) {
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.')
  }
}

function checkDays(days: number, min: 0 | 1, member: string, action: string): void {
  if (days >= min) return
  const wanted = min === 1 ? 'a positive integer' : 'nonnegative'
  throw invalidArgument(`'${member}' for ${action} action must be ${wanted}`)
}

function checkNewer(newer: number | undefined, action: string): void {
  if (newer === undefined || (newer >= 1 && newer <= NEWER_VERSIONS_MAX)) return
  const says = `'NewerNoncurrentVersions' for ${action} action must be between 1 and ${NEWER_VERSIONS_MAX}`
  throw invalidArgument(says)
}

function checkMidnight(date: Date | undefined): void {
  if (date === undefined) return
  const time = date.getTime()
  // One that is none has no time.
  if (Number.isNaN(time) || time % DAY_MS !== 0) {
    throw invalidArgument("'Date' must be at midnight GMT", 'Date', String(date.getTime()))
  }
}
