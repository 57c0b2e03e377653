/**
 * GetKeyLastUsage: when a key's material was last used, for what, and which record says so.
 *
 * Who uses a key commits nothing for it: the answer is made of the records (audit/key-uses.ts).
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { lookAtKey } from '../use/find-key.js'

export interface KeyLastUsageOutput {
  /** The key's id, as AWS has it here. */
  readonly KeyId: string
  /** Empty: not since tracking began. */
  readonly KeyLastUsage: {
    readonly Operation?: string
    readonly Timestamp?: Date
    readonly CloudTrailEventId?: string
    readonly KmsRequestId?: string
  }
  /** When the records begin that are known, or the key was made, whichever is later. */
  readonly TrackingStartDate: Date
  readonly KeyCreationDate: Date
}

export async function getKeyLastUsage(
  parts: Parts,
  call: Call,
  { KeyId }: InputOf<'GetKeyLastUsage'>,
): Promise<KeyLastUsageOutput> {
  const { key } = await lookAtKey(parts, call, KeyId)
  const { use, trackedSince = key.createdAt } = await parts.keyUses.lastUse(key.arn)
  await call.succeed()
  return {
    KeyId: key.keyId,
    KeyLastUsage:
      use === undefined
        ? {}
        : {
            ...{ Operation: use.operation, Timestamp: new Date(use.usedAt) },
            ...{ CloudTrailEventId: use.eventId, KmsRequestId: use.requestId },
          },
    TrackingStartDate: new Date(Math.max(trackedSince, key.createdAt)),
    KeyCreationDate: new Date(key.createdAt),
  }
}
