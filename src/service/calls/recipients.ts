/**
 * Which accounts get a record of a call, and what each of them sees of it.
 *
 *     management event   the caller's account; the owners of what was used, unless the call was denied
 *     data event         the same, also when it was denied, and of them those of whose trails one takes it
 *
 * Another account sees of a caller that he is one of an account, and no more; a denied caller does not learn whose
 * bucket it was. Sources: AWS CloudTrail user guide, "sharedEventID", "Redacting bucket owner account IDs for data
 * events called by other accounts"; Amazon S3 user guide, "Amazon S3 object-level actions in cross-account scenarios".
 *
 * @module
 */
import type { AuditEvent, AuditResource } from '../../audit/event.js'
import type { Identity } from '../../audit/identity.js'
import type { Caller } from '../caller.js'
import type { DataEvent, DataEventTrails } from './data-event.js'

/** What is another in the record of this one. */
export type Told = Partial<Pick<AuditEvent, 'account' | 'identity' | 'resources'>>

/** The caller's account, with the record as it is. */
const OWN: readonly Told[] = [{}]

export function ofManagementEvent(
  { account, identity }: Caller,
  resources: readonly AuditResource[],
  isDenied: boolean,
): readonly Told[] {
  const others = isDenied ? undefined : otherAccounts(account, resources)
  if (others === undefined) return OWN
  return [...OWN, ...[...others].map((other) => asOther(other, identity))]
}

export interface AskedEvent {
  readonly eventSource: string
  readonly eventName: string
  readonly isReadOnly: boolean
  readonly isServiceEvent: boolean
  readonly region: string
  readonly resources: readonly AuditResource[]
  readonly isDenied: boolean
}

export function ofDataEvent(
  { account, identity }: Caller,
  asked: AskedEvent,
  trails: DataEventTrails,
): readonly Told[] {
  const { resources, isDenied } = asked
  const others = otherAccounts(account, resources)
  const own = isDenied && others !== undefined ? { resources: resources.map(withoutOwner) } : {}
  const told: Told[] = [own, ...[...(others ?? [])].map((other) => asOther(other, identity))]
  return told.filter((values) =>
    trails.take(values.account ?? account, eventOf(asked, values.identity ?? identity)),
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

function eventOf(asked: AskedEvent, { arn }: Identity): DataEvent {
  const { eventSource, eventName, isReadOnly, isServiceEvent, region, resources } = asked
  return {
    ...{ eventSource, eventName, awsRegion: region, readOnly: isReadOnly },
    ...({ eventCategory: 'Data', managementEvent: false } as const),
    eventType: isServiceEvent ? 'AwsServiceEvent' : 'AwsApiCall',
    resources: resources.map(({ type, arn }) => ({ type, ARN: arn })),
    userIdentity: arn === undefined ? {} : { arn },
  }
}

/** A service is known to all. */
function asOther(account: string, identity: Identity): Told {
  const { type, principalId, accountId } = identity
  if (type === 'AWSService') return { account, identity }
  const stranger: Identity = {
    type: 'AWSAccount',
    ...(principalId === undefined ? {} : { principalId }),
    ...(accountId === undefined ? {} : { accountId }),
  }
  return { account, identity: stranger }
}

/** As AWS has it: there is an account, and its id is nothing. */
function withoutOwner(resource: AuditResource): AuditResource {
  return resource.accountId === undefined ? resource : { ...resource, accountId: '' }
}
