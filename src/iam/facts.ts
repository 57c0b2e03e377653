/**
 * What policies can ask of a call of IAM: the condition keys that begin with `iam:`.
 *
 *     iam:ResourceTag/*          of the user, role or policy that is named
 *     iam:PolicyARN              that is attached or detached
 *     iam:PermissionsBoundary    that is to be set; of the user or role that is changed otherwise
 *
 * Source: IAM user guide, "IAM and AWS STS condition context keys".
 *
 * @module
 */
import type { Call } from '../service/calls/call.js'
import { valuesOfTag } from '../service/tags.js'
import type { Account } from './principals/account.js'
import { arnOfNamed, type Entity, type ManagedPolicy } from './principals/things.js'

const TAG_PREFIX = 'iam:resourcetag/'

/** `key` in lower case; undefined for what the call does not have, or what is no key of these. */
export function iamFact(
  call: Call,
  account: Account | undefined,
  thing: Entity | ManagedPolicy | undefined,
  key: string,
): readonly string[] | undefined {
  if (key.startsWith(TAG_PREFIX)) return valuesOfTag(thing?.tags, key.slice(TAG_PREFIX.length))
  const { PolicyArn, PermissionsBoundary }: Said = call.input ?? {}
  const isAttaching = /^(Attach|Detach)/.test(call.operation)
  if (key === 'iam:policyarn') return isAttaching ? listOf(PolicyArn) : undefined
  if (key !== 'iam:permissionsboundary') return undefined
  return listOf(PermissionsBoundary ?? boundaryArn(call, account, thing))
}

interface Said {
  readonly PolicyArn?: string
  readonly PermissionsBoundary?: string
}

function boundaryArn(
  { caller }: Call,
  account: Account | undefined,
  thing: Entity | ManagedPolicy | undefined,
): string | undefined {
  if (thing === undefined || thing.kind === 'policy' || thing.boundary === undefined) {
    return undefined
  }
  const policy = account?.policies.byId(thing.boundary)
  return policy && arnOfNamed(policy, caller.region)
}

function listOf(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value]
}
