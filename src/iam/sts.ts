/**
 * The Security Token Service: who am I?
 *
 * One operation now; AssumeRole and its temporary credentials come with principals and policies. The wire
 * form (query protocol, XML) is in http/. Source: AWS STS API reference, GetCallerIdentity.
 *
 * @module
 */
import type { Caller } from '../service/caller.js'

interface CallerIdentity {
  readonly Account: string
  readonly Arn: string
  readonly UserId: string
}

export interface Sts {
  getCallerIdentity(caller: Caller): CallerIdentity
}

export function createSts(): Sts {
  return { getCallerIdentity }
}

function getCallerIdentity({ account, identity }: Caller): CallerIdentity {
  return {
    Account: account,
    Arn: identity.arn ?? `arn:aws:iam::${account}:root`,
    UserId: identity.principalId ?? account,
  }
}
