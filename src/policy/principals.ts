/**
 * `Principal` and `NotPrincipal`: whom a statement of a resource's policy is about, and how directly it names him.
 *
 *     the caller himself: user, session, service, everybody   › DIRECT
 *     the role of his session, the user who federated         › ISSUER
 *     his account, which may then pass on what it was given   › ACCOUNT
 *
 * Who was there when the policy was saved is named by his unique id (grammar/identified.ts), others by their ARNs.
 *
 * How directly matters where limits of the caller's own account are in question (decide.ts). Sources: IAM user guide,
 * "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal", "Policy evaluation logic".
 *
 * @module
 */
import type { PolicyKind } from './grammar/document.js'
import type { PrincipalElement } from './grammar/grammar.js'
import { invalidPrincipal } from './grammar/malformed.js'
import type { Requester } from './request.js'

export const NOBODY = 0
export const ACCOUNT = 1
export const ISSUER = 2
export const DIRECT = 3
export type Grade = typeof NOBODY | typeof ACCOUNT | typeof ISSUER | typeof DIRECT

export type GradeOf = (requester: Requester) => Grade

interface Names {
  readonly isEverybody: boolean
  readonly accounts: ReadonlySet<string>
  readonly arns: ReadonlySet<string>
  /** Of whom these ids are. */
  readonly identified: ReadonlyMap<string, string>
  readonly ids: ReadonlySet<string>
  readonly services: ReadonlySet<string>
  readonly canonicalUsers: ReadonlySet<string>
}

const ACCOUNT_ID = /^\d{12}$/
const ROOT_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):root$/
const IDENTITY_ARN =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:user|role)\/|sts::\d{12}:(?:assumed-role\/[^/]+|federated-user)\/)[^*?]+$/
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/

/** @throws SealtrailError `MalformedPolicyDocumentException` */
export function gradeOf(
  element: PrincipalElement,
  isAllow: boolean,
  kind: PolicyKind,
  identified: ReadonlyMap<string, string>,
): GradeOf {
  const names = namesOf(element, kind, identified)
  if (!element.isNegated) return (requester) => named(names, requester)
  // Whoever is not named is meant. He is spared a Deny when he, his role and his account are all named; and a name of
  // any of them is enough to leave him out of an Allow.
  return isAllow
    ? (requester) => (named(names, requester) === NOBODY ? DIRECT : NOBODY)
    : (requester) => (isNamedThroughout(names, requester) ? NOBODY : DIRECT)
}

function named(names: Names, requester: Requester): Grade {
  const { type, arn, id, issuer, issuerId } = requester
  if (names.isEverybody) return DIRECT
  if (type === 'Service') return names.services.has(arn) ? DIRECT : NOBODY
  if (isNamed(names, arn, id)) return DIRECT
  const isAccount = isAccountNamed(names, requester)
  // The account's root user is the account.
  if (type === 'Root' && isAccount) return DIRECT
  if (issuer !== undefined && isNamed(names, issuer, issuerId)) return ISSUER
  return isAccount ? ACCOUNT : NOBODY
}

function isNamedThroughout(names: Names, requester: Requester): boolean {
  const { type, arn, id, issuer, issuerId } = requester
  if (names.isEverybody) return true
  if (type === 'Service') return names.services.has(arn)
  if (!isAccountNamed(names, requester)) return false
  if (type === 'Root') return true
  return isNamed(names, arn, id) && (issuer === undefined || isNamed(names, issuer, issuerId))
}

function isNamed({ arns, identified, ids }: Names, arn: string, id: string | undefined): boolean {
  if (arns.has(arn)) return true
  return ids.size > 0 && (id === undefined ? identified.has(arn) : ids.has(id))
}

function isAccountNamed(names: Names, { account, canonicalUser }: Requester): boolean {
  if (names.accounts.has(account)) return true
  return canonicalUser !== undefined && names.canonicalUsers.has(canonicalUser)
}

function namesOf(
  element: PrincipalElement,
  kind: PolicyKind,
  known: ReadonlyMap<string, string>,
): Names {
  const of = (type: string) => element.names.filter(([own]) => own === type).map(([, name]) => name)
  const accounts = new Set<string>()
  const arns = new Set<string>()
  const identified = new Map<string, string>()
  for (const name of of('AWS')) {
    if (name === '*') continue
    const account = ACCOUNT_ID.test(name) ? name : ROOT_ARN.exec(name)?.[1]
    if (account !== undefined) accounts.add(account)
    else if (known.has(name)) identified.set(name, known.get(name)!)
    else if (IDENTITY_ARN.test(name)) arns.add(name)
    else throw invalidPrincipal(kind, 'AWS', name)
  }
  const wrongService = of('Service').find((name) => !SERVICE.test(name))
  if (wrongService !== undefined) throw invalidPrincipal(kind, 'Service', wrongService)
  // Web identities assume roles, canonical users are S3's.
  const [federated] = kind === 'trust' ? [] : of('Federated')
  if (federated !== undefined) throw invalidPrincipal(kind, 'Federated', federated)
  const canonicalUsers = of('CanonicalUser')
  if (canonicalUsers.length > 0 && kind !== 'bucket') {
    throw invalidPrincipal(kind, 'CanonicalUser', canonicalUsers[0]!)
  }
  return {
    isEverybody: of('AWS').includes('*'),
    accounts,
    arns,
    identified,
    ids: new Set(identified.values()),
    services: new Set(of('Service')),
    canonicalUsers: new Set(canonicalUsers),
  }
}
