/**
 * How much keys were used, and by whom: counted from the records, by day, key, principal and operation.
 *
 * What CloudTrail uses for its own writes is free to the user, as with AWS; what readers of log files use is charged. Only
 * calls that went well count, and only those that use a key's material. Source: AWS CloudTrail user guide, "Encrypting
 * CloudTrail log files with AWS KMS keys", costs; AWS KMS pricing.
 *
 * @module
 */
import { quote } from '../../audit/json.js'
import { givenMembers, unlike } from '../../given.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { Store } from '../../store/store.js'

export interface Usage {
  /** `2026-01-02`, UTC. */
  readonly day: string
  /** ARN. */
  readonly key: string
  /** ARN, or the name of a service. */
  readonly principal: string
  readonly operation: string
  readonly billed: number
  /** CloudTrail's own. */
  readonly free: number
}

export interface UsageAsked {
  /** Days as they stand in the answer; all unless said. */
  readonly from?: string | undefined
  readonly until?: string | undefined
}

const USES = new Set([
  ...['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncrypt'],
])
const CLOUDTRAIL = 'cloudtrail.amazonaws.com'

interface KeyUse {
  readonly eventTime: string
  readonly eventName: string
  readonly eventSource: string
  readonly errorCode?: string
  readonly recipientAccountId: string
  readonly userIdentity: {
    readonly arn?: string
    readonly principalId?: string
    readonly invokedBy?: string
    readonly type: string
  }
  readonly resources?: ReadonlyArray<{ readonly ARN: string; readonly type: string }>
}

const DAY = /^\d{4}-\d\d-\d\d$/

/**
 * Of one account, in the order of days, keys, principals and operations.
 * @throws SealtrailError `InputInvalid`, `StoreDamaged`, `Closed`
 */
export async function usageOf(
  store: Pick<Store, 'records'>,
  account: string,
  given: UsageAsked = {},
): Promise<Usage[]> {
  const { from = '', until = '9' } = checked(givenMembers(given, 'the days of a usage'))
  const found = new Map<string, { -readonly [Member in keyof Usage]: Usage[Member] }>()
  let query: RecordQuery | undefined = {
    after: 0,
    holding: ['"eventSource":"kms.amazonaws.com"', `"recipientAccountId":${quote(account)}`],
  }
  while (query !== undefined) {
    const page = await store.records(query)
    for (const { record } of page.records) {
      const event = JSON.parse(record) as KeyUse
      const day = event.eventTime.slice(0, 10)
      if (!isUse(event, account) || day < from || day > until) continue
      const principal = principalOf(event)
      for (const { ARN: key, type } of event.resources ?? []) {
        if (type !== 'AWS::KMS::Key') continue
        const operation = event.eventName
        const name = JSON.stringify([day, key, principal, operation])
        let usage = found.get(name)
        if (usage === undefined) {
          usage = { day, key, principal, operation, billed: 0, free: 0 }
          found.set(name, usage)
        }
        if (principal === CLOUDTRAIL) usage.free++
        else usage.billed++
      }
    }
    query = page.next
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, usage]) => usage)
}

function checked(asked: UsageAsked): UsageAsked {
  for (const [name, day] of Object.entries(asked)) {
    if (day !== undefined && (typeof day !== 'string' || !DAY.test(day))) {
      throw unlike(name, 'a day such as 2026-01-31', day)
    }
  }
  return asked
}

function isUse({ eventSource, eventName, errorCode, recipientAccountId }: KeyUse, account: string) {
  const isKms = eventSource === 'kms.amazonaws.com' && recipientAccountId === account
  return isKms && errorCode === undefined && USES.has(eventName)
}

/** Of another account's record no more is known than who it is to AWS. */
function principalOf({ userIdentity }: KeyUse): string {
  const { type, arn, principalId, invokedBy } = userIdentity
  if (type === 'AWSService') return invokedBy ?? type
  return arn ?? principalId ?? type
}
