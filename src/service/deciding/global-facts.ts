/**
 * What policies can ask of any call: the condition keys that begin with `aws:`.
 *
 *     the caller    PrincipalArn, PrincipalAccount, PrincipalType, PrincipalTag/*, SourceIdentity, userid, username, …
 *     the request   SourceIp, UserAgent, SecureTransport, CurrentTime, RequestTag/*, TagKeys, SourceArn, …
 *     the resource  ResourceTag/*, ResourceAccount
 *
 * Each is looked up when a policy asks for it. Keys of one service are its own business. Source: IAM user guide, "AWS
 * global condition context keys", "IAM and AWS STS condition context keys".
 *
 * @module
 */
import { arnOfCaller, type Caller } from '../caller.js'
import { type AnyTag, keyOfTag, valuesOfTag } from '../tags.js'
import type { BoundPrincipal } from './principal.js'

/** A call, as far as conditions look at it. */
export interface Asker {
  readonly caller: Caller
  /** Milliseconds since the epoch. */
  readonly time: number
  /** Undefined before it was taken. */
  readonly input: object | undefined
  /** Where the call is meant for. */
  readonly region: string
  readonly context: {
    readonly sourceIpAddress: string
    readonly userAgent: string
    readonly tls?: object
  }
}

export interface Asked {
  readonly asker: Asker
  readonly bound: BoundPrincipal
  readonly owner: string
  /** Where it is done; that of the call unless said. */
  readonly region?: string | undefined
  /** The resource's. */
  readonly tags: readonly AnyTag[] | undefined
  /** Where the input has them elsewhere than in its member `Tags`. */
  readonly requestTags?: readonly AnyTag[] | undefined
}

type Fact = (asked: Asked) => string | undefined

const PRINCIPAL_TYPES = {
  ...{ Root: 'Account', AWSAccount: 'Account', IAMUser: 'User', AssumedRole: 'AssumedRole' },
  ...{ FederatedUser: 'FederatedUser', AWSService: undefined, Unknown: undefined },
}

const FACTS: Readonly<Record<string, Fact>> = {
  'aws:currenttime': ({ asker }) => new Date(asker.time).toISOString(),
  'aws:epochtime': ({ asker }) => String(Math.floor(asker.time / 1000)),
  'aws:multifactorauthpresent': ({ asker }) => sessionOf(asker)?.mfaAuthenticated,
  'aws:principalaccount': ({ asker: { caller } }) =>
    isService(caller) ? undefined : caller.account,
  'aws:principalarn': ({ asker: { caller } }) => principalArn(caller),
  'aws:principalisawsservice': ({ asker: { caller } }) => String(isService(caller)),
  'aws:principalservicename': ({ asker: { caller } }) =>
    isService(caller) ? caller.identity.invokedBy : undefined,
  'aws:principaltype': ({ asker: { caller } }) => PRINCIPAL_TYPES[caller.identity.type],
  'aws:requestedregion': ({ asker, region }) => region ?? asker.region,
  'aws:resourceaccount': ({ owner }) => owner,
  // What one service asks another in a caller's name does not leave the process.
  'aws:securetransport': ({ asker: { caller, context } }) =>
    String(context.tls !== undefined || viaService(caller) !== undefined),
  'aws:sourceaccount': ({ asker: { caller } }) => (isService(caller) ? caller.account : undefined),
  'aws:sourcearn': ({ asker: { caller } }) => caller.sourceArn,
  'aws:sourceidentity': ({ asker: { caller } }) => caller.identity.sessionContext?.sourceIdentity,
  'aws:sourceip': ({ asker: { caller, context } }) =>
    viaService(caller) === undefined && !isService(caller) ? context.sourceIpAddress : undefined,
  'aws:tokenissuetime': ({ asker }) => sessionOf(asker)?.creationDate,
  'aws:useragent': ({ asker: { context } }) => context.userAgent,
  'aws:userid': ({ asker: { caller } }) =>
    isService(caller) ? undefined : (caller.identity.principalId ?? caller.account),
  'aws:username': ({ asker: { caller } }) =>
    caller.identity.type === 'IAMUser' ? caller.identity.userName : undefined,
  'aws:viaawsservice': ({ asker: { caller } }) => String(viaService(caller) !== undefined),
}

/** `key` in lower case; undefined for what the call does not have, or what is no key of these. */
export function globalFact(asked: Asked, key: string): readonly string[] | undefined {
  const slash = key.indexOf('/')
  if (slash >= 0) return valuesOfTag(tagsOf(asked, key.slice(0, slash)), key.slice(slash + 1))
  if (key === 'aws:tagkeys') return tagKeysOf(asked)
  const value = Object.hasOwn(FACTS, key) ? FACTS[key]!(asked) : undefined
  return value === undefined ? undefined : [value]
}

/** The service that calls in the name of a principal, such as `s3.amazonaws.com`. */
export function viaService({ identity }: Caller): string | undefined {
  return identity.type === 'AWSService' ? undefined : identity.invokedBy
}

function tagsOf(asked: Asked, prefix: string): readonly AnyTag[] | undefined {
  if (prefix === 'aws:principaltag') return asked.bound.tags
  if (prefix === 'aws:resourcetag') return asked.tags
  return prefix === 'aws:requesttag' ? requestTagsOf(asked) : undefined
}

/** As all inputs of ours name them. */
type TaggedInput = { readonly Tags?: readonly AnyTag[]; readonly TagKeys?: readonly string[] }

function requestTagsOf({ requestTags, asker }: Asked): readonly AnyTag[] | undefined {
  return requestTags ?? (asker.input as TaggedInput | undefined)?.Tags
}

function tagKeysOf(asked: Asked): readonly string[] | undefined {
  const { TagKeys } = (asked.asker.input as TaggedInput | undefined) ?? {}
  return TagKeys ?? requestTagsOf(asked)?.map(keyOfTag)
}

/** Of a session, that of its role; an AWS service has none. */
export function principalArn(caller: Caller): string | undefined {
  const { type, sessionContext } = caller.identity
  if (type === 'AWSService') return undefined
  const role = type === 'AssumedRole' ? sessionContext?.sessionIssuer?.arn : undefined
  return role ?? arnOfCaller(caller)
}

function sessionOf({ caller }: Asker) {
  return caller.identity.sessionContext?.attributes
}

function isService({ identity }: Caller): boolean {
  return identity.type === 'AWSService'
}
