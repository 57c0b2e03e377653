/**
 * Who makes a call, where it counts, and how it shows in the audit record.
 *
 * Made once at a door (sigv4/, or the embedding program) and believed from there on.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import { globalArn } from '../aws/arn.js'

export interface Caller {
  /** 12 digits. */
  readonly account: string
  readonly region: string
  readonly identity: Identity
  readonly accessKeyId?: string
}

/** The root user of `account`, who may do anything in it. */
export function accountRoot(account: string, region: string, accessKeyId?: string): Caller {
  const identity = rootIdentity(account, region, accessKeyId)
  return accessKeyId === undefined
    ? { account, region, identity }
    : { account, region, identity, accessKeyId }
}

/** As the partition of `region` names it. */
export function rootIdentity(account: string, region: string, accessKeyId?: string): Identity {
  const arn = globalArn('iam', { account, region }, 'root')
  const identity = { type: 'Root', principalId: account, arn, accountId: account } as const
  return accessKeyId === undefined ? identity : { ...identity, accessKeyId }
}
