/**
 * Who makes a call, where it counts, and how it shows in the audit record.
 *
 * Made once at a door (sigv4/) and believed from there on. An embedding program's is taken in by
 * {@link givenCaller}.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import { globalArn } from '../aws/arn.js'
import { givenMembers, unlike } from '../given.js'
import type { PrincipalPolicies, Tag } from './policies.js'

export interface Caller {
  /** 12 digits. */
  readonly account: string
  readonly region: string
  readonly identity: Identity
  readonly accessKeyId?: string
  /** The ARN of the resource on behalf of which an AWS service calls: what AWS knows as aws:SourceArn. */
  readonly sourceArn?: string
  /** Of whom policies bind, which root's are none of; deciding/principal.ts asks. Undefined answer: there is no such user any more. */
  readonly policies?: () => PrincipalPolicies | undefined
  /** Tags of a session that go on into sessions made by it. */
  readonly transitiveTags?: readonly Tag[]
}

/** The root user of `account`, who may do anything in it. */
export function accountRoot(account: string, region: string, accessKeyId?: string): Caller {
  const identity = rootIdentity(account, region, accessKeyId)
  return accessKeyId === undefined
    ? { account, region, identity }
    : { account, region, identity, accessKeyId }
}

export function arnOfCaller({ account, region, identity }: Caller): string {
  return identity.arn ?? globalArn('iam', { account, region }, 'root')
}

/** As the partition of `region` names it. */
export function rootIdentity(account: string, region: string, accessKeyId?: string): Identity {
  const arn = globalArn('iam', { account, region }, 'root')
  const identity = { type: 'Root', principalId: account, arn, accountId: account } as const
  return accessKeyId === undefined ? identity : { ...identity, accessKeyId }
}

const ACCOUNT = /^\d{12}$/
const REGION = /^[a-z0-9-]{2,32}$/
const TYPES: Readonly<Record<Identity['type'], true>> = {
  ...{ Root: true, IAMUser: true, AssumedRole: true, FederatedUser: true },
  ...{ AWSAccount: true, AWSService: true, Unknown: true },
}

/** A program's caller as our own, who does not change any more. @throws SealtrailError `InputInvalid` */
export function givenCaller(given: Caller): Caller {
  const caller = givenMembers(given, 'a caller')
  const { account, region, accessKeyId, sourceArn } = caller
  if (!isText(account) || !ACCOUNT.test(account)) {
    throw unlike("a caller's account", 'of 12 digits', account)
  }
  if (!isText(region) || !REGION.test(region)) {
    throw unlike("a caller's region", 'the name of one', region)
  }
  checkTexts({ accessKeyId, sourceArn }, 'a caller')
  if (caller.policies !== undefined && typeof caller.policies !== 'function') {
    throw unlike("a caller's policies", 'a function', caller.policies)
  }
  // A program makes no sessions.
  if (caller.transitiveTags !== undefined) {
    throw unlike("a caller's transitiveTags", 'undefined', caller.transitiveTags)
  }
  return { ...caller, identity: givenIdentity(caller.identity) }
}

function givenIdentity(given: Identity): Identity {
  const { sessionContext, ...identity } = givenMembers(given, "a caller's identity")
  checkTexts(identity, 'an identity')
  if (!Object.hasOwn(TYPES, identity.type)) {
    throw unlike("an identity's type", 'one of those that CloudTrail has', identity.type)
  }
  if (sessionContext === undefined) return identity
  const session = givenMembers(sessionContext, "an identity's sessionContext")
  const attributes = givenMembers(session.attributes, 'the attributes of a session')
  checkTexts(attributes, 'a session')
  if (session.sessionIssuer === undefined) return { ...identity, sessionContext: { attributes } }
  const sessionIssuer = givenMembers(session.sessionIssuer, 'the issuer of a session')
  checkTexts(sessionIssuer, 'the issuer of a session')
  return { ...identity, sessionContext: { sessionIssuer, attributes } }
}

function checkTexts(members: object, whose: string): void {
  for (const [name, member] of Object.entries(members)) {
    if (member !== undefined && !isText(member))
      throw unlike(`${name} of ${whose}`, 'a string', member)
  }
}

function isText(given: unknown): given is string {
  return typeof given === 'string'
}
