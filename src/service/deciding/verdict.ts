/**
 * A decision in one sentence, for whoever runs the server: which statement decided, or what was missing.
 *
 *     denied: arn:aws:iam::111122223333:user/alice, kms:Decrypt on arn:aws:kms:…:key/…: no identity-based policy allows it
 *
 * The caller is told AWS's words (may.ts), which say less. What a refusal's sentence is stays beside the error until that
 * is forgotten, and is made when somebody asks. No secrets, and no values of the request but the names of who and what.
 *
 * @module
 */
import { excerpt } from '../../excerpt.js'
import type { Outcome } from '../../policy/decide.js'
import type { PolicyKind } from '../../policy/grammar/document.js'
import type { StatementRef } from '../../policy/statement.js'

/** What was decided on. */
export interface Decided {
  /** ARN, or the name of a service. */
  readonly who: string
  readonly action: string
  /** `*` for what concerns no resource. */
  readonly arn: string
  /** Of the resource's own policy; undefined when it has none. */
  readonly policyKind: PolicyKind | undefined
  /** Names of the policies that limit the caller. */
  readonly boundary: string | undefined
  /** Of a grant that would allow it, were its constraints met. */
  readonly nearGrant?: string | undefined
  /** Undefined: who asked is there no more. */
  readonly outcome: Outcome | undefined
}

const KINDS: Readonly<Record<PolicyKind, string>> = {
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  key: 'key policy',
  bucket: 'bucket policy',
  trust: 'trust policy',
}

const hints = new WeakMap<Error, () => string>()

/** `error` refuses what was decided so. */
export function refusedBecause<Refusal extends Error>(error: Refusal, hint: () => string): Refusal {
  hints.set(error, hint)
  return error
}

/** The sentence about a refusal; undefined for errors of other kinds. */
export function hintOf(error: unknown): string | undefined {
  return error instanceof Error ? hints.get(error)?.() : undefined
}

export function sentenceOn(decided: Decided): string {
  const { who, action, arn, outcome } = decided
  const reason = reasonOf(decided)
  if (outcome?.decision !== 'allow') return denialSentence(who, action, arn, reason)
  return `allowed: ${placeOf(who, action, arn)}: ${reason}`
}

export function denialSentence(who: string, action: string, arn: string, reason: string): string {
  return `denied: ${placeOf(who, action, arn)}: ${reason}`
}

function placeOf(who: string, action: string, arn: string): string {
  return `${excerpt(who)}, ${action} on ${excerpt(arn)}`
}

/** Such as `statement "Use" of identity-based policy policy/UseLogKeys`. */
export function statementName({ policy, kind, sid, index }: StatementRef): string {
  const statement = sid === undefined ? `Statement[${index}]` : `statement ${JSON.stringify(sid)}`
  const named = kind === 'key' || kind === 'trust' ? '' : ` ${policy}`
  return `${statement} of the ${KINDS[kind]}${named}`
}

function reasonOf({ outcome, policyKind, boundary, nearGrant }: Decided): string {
  if (outcome === undefined) return 'the caller is there no more'
  switch (outcome.decision) {
    case 'allow':
      if (outcome.by.length > 0) return outcome.by.map(statementName).join(' and ')
      return policyKind === undefined ? 'root may do all in its account' : 'a grant'
    case 'explicitDeny':
      return `${statementName(outcome.by)} denies it`
    default: {
      const grants = policyKind === 'key' ? ', and no grant does' : ''
      const near =
        nearGrant === undefined
          ? ''
          : `: grant ${excerpt(nearGrant)} has constraints that are not met`
      return `${lackOf(outcome.missing, policyKind, boundary)}${grants}${near}`
    }
  }
}

function lackOf(
  missing: Extract<Outcome, { decision: 'implicitDeny' }>['missing'],
  policyKind: PolicyKind | undefined,
  boundary: string | undefined,
): string {
  switch (missing) {
    case 'identity':
      return 'no identity-based policy allows it'
    case 'boundary':
      return `the permissions boundary ${boundary ?? ''} does not allow it`
    case 'session':
      return 'no session policy allows it'
    default:
      return policyKind === undefined
        ? "it is another account's, and has no policy of its own"
        : `the ${KINDS[policyKind]} does not allow it`
  }
}
