/**
 * How much keys were used, and by whom: counted from the records, by day, key, principal and operation.
 *
 * What counts, and what of it is charged, is said in audit/key-use.ts. Source: AWS KMS pricing.
 *
 * @module
 */
import { quote } from '../../audit/json.js'
import { ALIKE_CALLS, type RecordedCall, useIn } from '../../audit/key-use.js'
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
    alike: ALIKE_CALLS,
    holding: ['"eventSource":"kms.amazonaws.com"', `"recipientAccountId":${quote(account)}`],
  }
  while (query !== undefined) {
    const page = await store.records(query)
    for (const { record, count = 1 } of page.records) {
      const call = JSON.parse(record) as RecordedCall
      const use = call.recipientAccountId === account ? useIn(call) : undefined
      const day = call.eventTime.slice(0, 10)
      if (use === undefined || day < from || day > until) continue
      const { principal, operation } = use
      for (const key of use.keys) {
        const name = JSON.stringify([day, key, principal, operation])
        let usage = found.get(name)
        if (usage === undefined) {
          usage = { day, key, principal, operation, billed: 0, free: 0 }
          found.set(name, usage)
        }
        if (use.isFree) usage.free += count
        else usage.billed += count
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
