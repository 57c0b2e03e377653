/**
 * Who makes a call, where it counts, and how it shows in the audit record.
 *
 * Made once at a door (verify-signature.ts, trust.ts, or the embedding program) and believed from there on.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'

export interface Caller {
  /** 12 digits. */
  readonly account: string
  readonly region: string
  readonly identity: Identity
  readonly accessKeyId?: string
}

/** The root user of `account`, who may do anything in it. */
export function accountRoot(account: string, region: string, accessKeyId?: string): Caller {
  const identity = rootIdentity(account, accessKeyId)
  return accessKeyId === undefined
    ? { account, region, identity }
    : { account, region, identity, accessKeyId }
}

export function rootIdentity(account: string, accessKeyId?: string): Identity {
  const arn = `arn:aws:iam::${account}:root`
  const identity = { type: 'Root', principalId: account, arn, accountId: account } as const
  return accessKeyId === undefined ? identity : { ...identity, accessKeyId }
}
