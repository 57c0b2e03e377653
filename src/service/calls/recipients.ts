/**
 * Which accounts get a record of a call, and what each of them sees of it.
 *
 *     management event   the caller's account; the owners of what was used, unless the call was denied
 *     data event         the same, also when it was denied, and of them those of whose trails one takes it
 *
 * A caller does not learn from his record whose something is, unless its ARN says so or he was allowed to use it. Another
 * account sees of a caller that he is one of an account, and of what was used what is its own. Sources: AWS CloudTrail
 * user guide, "sharedEventID", "Redacting bucket owner account IDs for data events called by other accounts"; Amazon S3
 * user guide, "Amazon S3 object-level actions in cross-account scenarios".
 *
 * @module
 */
import type { AuditEvent, AuditResource } from '../../audit/event.js'
import type { Identity } from '../../audit/identity.js'
import type { Caller } from '../caller.js'
import type { DataEvent, DataEventTrails } from './data-event.js'

/** What is another in the record of this one; `account` is there of another account than the caller's. */
export type Told = Partial<Pick<AuditEvent, 'account' | 'identity' | 'resources'>>

/** The caller's account, with the record as it is. */
const OWN: readonly Told[] = [{}]

/** What a call came upon. */
export interface Used {
  readonly resources: readonly AuditResource[]
  /** The ARNs of those of which the caller may know whose they are, though they do not say it. */
  readonly known: ReadonlySet<string> | undefined
}

export function ofManagementEvent(
  { account, identity }: Caller,
  { resources, known }: Used,
  isDenied: boolean,
): readonly Told[] {
  if (otherAccounts(account, resources) === undefined) return OWN
  const own = asCaller(account, { resources, known })
  const allowed = resources.filter((resource) => isOwnerKnown(resource, known))
  const others = isDenied ? undefined : otherAccounts(account, allowed)
  return [own, ...[...(others ?? [])].map((other) => asOther(other, identity, resources))]
}

export interface AskedEvent {
  readonly eventSource: string
  readonly eventName: string
  readonly isReadOnly: boolean
  readonly isServiceEvent: boolean
  readonly region: string
}

export function ofDataEvent(
  { account, identity }: Caller,
  asked: AskedEvent,
  { resources, known }: Used,
  trails: DataEventTrails,
): readonly Told[] {
  const others = otherAccounts(account, resources)
  const own = others === undefined ? {} : asCaller(account, { resources, known })
  const told: Told[] = [
    own,
    ...[...(others ?? [])].map((other) => asOther(other, identity, resources)),
  ]
  return told.filter((values) =>
    trails.take(
      values.account ?? account,
      eventOf(asked, values.resources ?? resources, values.identity ?? identity),
    ),
  )
}

/** Whose resources were used; undefined when they were all the caller's. */
export function otherAccounts(
  account: string,
  resources: readonly AuditResource[],
): ReadonlySet<string> | undefined {
  let others: Set<string> | undefined
  for (const { accountId } of resources) {
    if (accountId === undefined || accountId === account) continue
    others = (others ?? new Set()).add(accountId)
  }
  return others
}

function eventOf(
  asked: AskedEvent,
  resources: readonly AuditResource[],
  { arn }: Identity,
): DataEvent {
  const { eventSource, eventName, isReadOnly, isServiceEvent, region } = asked
  return {
    ...{ eventSource, eventName, awsRegion: region, readOnly: isReadOnly },
    ...({ eventCategory: 'Data', managementEvent: false } as const),
    eventType: isServiceEvent ? 'AwsServiceEvent' : 'AwsApiCall',
    resources: resources.map(({ type, arn }) => ({ type, ARN: arn })),
    userIdentity: arn === undefined ? {} : { arn },
  }
}

/** As AWS has it: there is an account, and its id is nothing. */
function asCaller(account: string, { resources, known }: Used): Told {
  const shown = resources.map((resource) => {
    const { accountId } = resource
    const isShown = accountId === undefined || accountId === account
    return isShown || isOwnerKnown(resource, known) ? resource : { ...resource, accountId: '' }
  })
  return { resources: shown }
}

function isOwnerKnown({ accountId, arn }: AuditResource, known: Used['known']): boolean {
  return known?.has(arn) === true || arn.includes(`:${accountId}:`)
}

/** A service is known to all. */
function asOther(account: string, identity: Identity, resources: readonly AuditResource[]): Told {
  const told = { account, resources: ownedBy(account, resources) }
  const { type, principalId, accountId } = identity
  if (type === 'AWSService') return { ...told, identity }
  const stranger: Identity = {
    type: 'AWSAccount',
    ...(principalId === undefined ? {} : { principalId }),
    ...(accountId === undefined ? {} : { accountId }),
  }
  return { ...told, identity: stranger }
}

/** What has no account, such as an object, is of whoever owns that in which it is. */
function ownedBy(account: string, resources: readonly AuditResource[]): readonly AuditResource[] {
  const own = resources.filter(({ accountId }) => accountId === account)
  return resources.filter((resource) => {
    if (resource.accountId !== undefined) return resource.accountId === account
    return own.some(({ arn }) => resource.arn.startsWith(`${arn}/`))
  })
}
