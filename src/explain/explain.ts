/**
 * Why somebody may, or may not: the evaluator asked as it would be on the call, and its answer in a sentence.
 *
 *     principal → caller · action, resource → what the operation asks → the evaluator → sentence, statements, remedies
 *
 * Nothing is done, and nothing recorded. Facts that are not given are those of a call from this machine, now, without
 * TLS. What an operation takes beside its key is a fact here too: `kms:GrantOperations`, say.
 *
 * @module
 */
import { parseArn } from '../aws/arn.js'
import type { Clock } from '../clock.js'
import { givenMembers, givenText } from '../given.js'
import type { Principals } from '../iam/principals/principals.js'
import type { KmsService } from '../kms/kms.js'
import { type EncryptionContext, givenContext } from '../message/encryption-context.js'
import { decide } from '../policy/decide.js'
import type { StatementRef } from '../policy/statement.js'
import { policyRequestOf, sentenceFor } from '../service/deciding/may.js'
import { principalOf } from '../service/deciding/principal.js'
import { hintOf } from '../service/deciding/verdict.js'
import type { Store } from '../store/store.js'
import { givenFacts } from './facts.js'
import { askIam, askSts } from './iam.js'
import { callerNamed } from './principal.js'
import { Question } from './question.js'
import { type Remedy, remediesFor } from './remedy.js'

export interface AccessQuestion {
  /** The ARN of a user, a role, a session or an account's root, or the name of an AWS service. */
  readonly principal: string
  /** Such as `kms:Decrypt`. */
  readonly action: string
  /** The ARN of a key, an alias, or a user, role, group or policy; `*` unless given, for what concerns a whole account. */
  readonly resource?: string | undefined
  readonly encryptionContext?: EncryptionContext | undefined
  /** Values of condition keys, in place of what they would be. */
  readonly facts?: Readonly<Record<string, string | readonly string[]>> | undefined
}

export interface Explanation {
  readonly decision: 'allowed' | 'denied'
  /** As the log of a server has it. */
  readonly sentence: string
  /** That decided: one that denies, or one of each policy that had to allow; none where something is missing. */
  readonly statements: readonly StatementRef[]
  /** The first side that does not allow it. */
  readonly missing?: 'resource' | 'identity' | 'boundary' | 'session'
  /** Statements that would work, together. */
  readonly remedies: readonly Remedy[]
}

export interface ExplainParts {
  readonly store: Store
  readonly clock: Clock
  readonly principals: Principals
  readonly kms: KmsService
  /** Of resources that name none. */
  readonly region: string
  readonly account: string
}

/** @throws SealtrailError `InputInvalid`, `NoSuchEntityException`, `NotFoundException` */
export async function explain(parts: ExplainParts, given: AccessQuestion): Promise<Explanation> {
  const { principal, action, resource = '*', ...rest } = givenMembers(given, 'a question')
  const facts = givenFacts(rest.facts)
  const { encryptionContext: pairs } = rest
  const context = pairs === undefined ? undefined : givenContext(pairs)
  const [named, asked] = [
    givenText(principal, 'the principal'),
    givenText(resource, 'the resource'),
  ]
  const { region, account: owner } = parseArn(asked) ?? parts
  const now = parts.clock.now()
  const where = { region, owner, now, sourceArn: facts.get('aws:sourcearn')?.[0] }
  const caller = callerNamed(parts.principals, named, where)
  const question = new Question(givenText(action, 'the action'), caller, parts)
  if (action.startsWith('iam:')) askIam(parts.principals, question, asked)
  else if (action.startsWith('sts:')) askSts(parts.principals, question, asked)
  else {
    const name = action.slice(action.indexOf(':') + 1)
    const grantOperations = facts.get('kms:grantoperations')
    const asking = { resource: asked, action: name, context, grantOperations }
    const refusal = await parts.kms.ask(question, asking).catch((error: unknown) => error)
    const sentence = hintOf(refusal)
    // Refused before any policy was asked.
    if (sentence !== undefined)
      return { decision: 'denied', sentence, statements: [], remedies: [] }
    if (refusal !== undefined) throw refusal
  }
  return explained(question, facts)
}

function explained(question: Question, facts: ReadonlyMap<string, readonly string[]>): Explanation {
  const request = question.request!
  const whole = policyRequestOf(question, principalOf(question.caller)!, request)
  const asked = { ...whole, fact: (key: string) => facts.get(key) ?? whole.fact(key) }
  const outcome = decide(asked)
  const sentence = sentenceFor(question, request, outcome)
  switch (outcome.decision) {
    case 'allow':
      return { decision: 'allowed', sentence, statements: outcome.by, remedies: [] }
    case 'explicitDeny':
      return { decision: 'denied', sentence, statements: [outcome.by], remedies: [] }
    default: {
      const { missing } = outcome
      return { decision: 'denied', sentence, statements: [], missing, remedies: remediesFor(asked) }
    }
  }
}
