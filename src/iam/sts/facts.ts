/**
 * What conditions can ask of a call to STS: who asks and how, and what he wants of the role.
 *
 * Names are in lower case, as the evaluator asks. Sources: IAM user guide, "AWS global condition context keys",
 * "Available keys for AWS STS".
 *
 * @module
 */
import type { Call } from '../../service/call.js'
import type { Tag } from '../../service/policies.js'
import type { Principal } from '../../service/principal.js'
import type { Role } from '../principals/things.js'

export type Facts = ReadonlyMap<string, readonly string[]>

/** What is wanted of a role. */
export interface Wanted {
  readonly sessionName: string
  readonly externalId: string | undefined
  readonly sourceIdentity: string | undefined
  /** Passed, and inherited from the session of the caller. */
  readonly tags: readonly Tag[]
  readonly transitiveKeys: readonly string[]
}

const PRINCIPAL_TYPES: Readonly<Record<string, string>> = { IAMUser: 'User', Root: 'Account' }

/** @param now milliseconds since the epoch. */
export function factsOf(
  call: Call,
  principal: Principal,
  role: Role,
  wanted: Wanted,
  now: number,
): Facts {
  const facts = new Map<string, readonly string[]>()
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) facts.set(key.toLowerCase(), [value])
  }
  const putTags = (start: string, tags: readonly Tag[]) => {
    for (const { Key, Value } of tags) put(`${start}/${Key}`, Value)
  }
  const { sourceIpAddress, userAgent, tls, caller } = call.context
  const { attributes, sessionIssuer, sourceIdentity } = caller.identity.sessionContext ?? {}
  put('aws:PrincipalArn', sessionIssuer?.arn ?? principal.arn)
  put('aws:PrincipalAccount', principal.account)
  put('aws:PrincipalType', PRINCIPAL_TYPES[principal.type] ?? principal.type)
  put('aws:userid', principal.userId)
  put('aws:username', principal.userName)
  putTags('aws:PrincipalTag', principal.policies?.tags ?? [])
  put('aws:TokenIssueTime', attributes?.creationDate)
  put('aws:MultiFactorAuthPresent', attributes?.mfaAuthenticated)
  put('aws:SourceIdentity', sourceIdentity)

  put('aws:SourceIp', sourceIpAddress)
  put('aws:UserAgent', userAgent)
  put('aws:SecureTransport', String(tls !== undefined))
  put('aws:RequestedRegion', caller.region)
  put('aws:ViaAWSService', 'false')
  put('aws:CurrentTime', timeText(now))
  put('aws:EpochTime', String(Math.floor(now / 1000)))

  put('aws:ResourceAccount', role.account)
  putTags('aws:ResourceTag', role.tags)
  putTags('iam:ResourceTag', role.tags)
  put('sts:RoleSessionName', wanted.sessionName)
  put('sts:ExternalId', wanted.externalId)
  put('sts:SourceIdentity', wanted.sourceIdentity)
  putTags('aws:RequestTag', wanted.tags)
  const tagKeys = wanted.tags.map(({ Key }) => Key)
  if (tagKeys.length > 0) facts.set('aws:tagkeys', tagKeys)
  if (wanted.transitiveKeys.length > 0) facts.set('sts:transitivetagkeys', wanted.transitiveKeys)
  return facts
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
