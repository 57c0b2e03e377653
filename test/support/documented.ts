/**
 * Cases that follow from a sentence of AWS's documentation, which stands with them; and the policies they are about.
 *
 * The sentences are those of the IAM user guide (and the AWS KMS developer guide, where its page is named so).
 */
import { describe, expect, it } from 'vitest'
import { decide, type Outcome, type PolicyRequest } from '../../src/policy/decide.js'
import { type Policy, parsePolicy } from '../../src/policy/policy.js'

export const OWN = '111122223333'
export const OTHER = '444455556666'
export const ROOT = `arn:aws:iam::${OWN}:root`
export const ALICE = `arn:aws:iam::${OWN}:user/Alice`
export const BOB = `arn:aws:iam::${OWN}:user/Bob`
export const ROLE = `arn:aws:iam::${OWN}:role/Reader`
export const SESSION = `arn:aws:sts::${OWN}:assumed-role/Reader/first`
export const FEDERATED = `arn:aws:sts::${OWN}:federated-user/Alice`
export const KEY = `arn:aws:kms:eu-west-1:${OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const BUCKET = 'arn:aws:s3:::logs'

export const alice = { type: 'User', account: OWN, arn: ALICE } as const
export const session = { type: 'RoleSession', account: OWN, arn: SESSION, issuer: ROLE } as const
export const federated = {
  type: 'FederatedUser',
  account: OWN,
  arn: FEDERATED,
  issuer: ALICE,
} as const
export const root = { type: 'Root', account: OWN, arn: ROOT } as const
export const trail = { type: 'Service', account: '', arn: 'cloudtrail.amazonaws.com' } as const

export type Facts = Readonly<Record<string, readonly string[]>>

export function policy(kind: Policy['kind'], ...statements: readonly object[]): Policy {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind, kind)
}

/** A statement without a principal, about everything unless said. */
export function allow(parts: object = {}): object {
  return { Effect: 'Allow', Action: '*', Resource: '*', ...parts }
}

export function deny(parts: object = {}): object {
  return { ...allow(parts), Effect: 'Deny' }
}

/** Alice, decrypting with a key of her account; unless said. */
export function request(parts: Partial<PolicyRequest> & { facts?: Facts }): PolicyRequest {
  const { facts = {}, ...others } = parts
  return {
    principal: alice,
    action: 'kms:Decrypt',
    resource: KEY,
    owner: OWN,
    identityPolicies: [],
    fact: (key) => facts[key],
    ...others,
  }
}

/** The decision, and for an implicit deny what was missing. */
export function told(outcome: Outcome): string {
  return outcome.decision === 'implicitDeny' ? `no ${outcome.missing}` : outcome.decision
}

/** Whether a statement with this condition allows. */
export function isMet(condition: object, facts: Facts, version = '2012-10-17'): boolean {
  const document = { Version: version, Statement: [allow({ Condition: condition })] }
  const identityPolicies = [parsePolicy(JSON.stringify(document), 'identity', 'p')]
  return decide(request({ identityPolicies, facts })).decision === 'allow'
}

/** `[what the policy says, what the request has, whether they fit]` */
export type ConditionCase = readonly [
  policy: Readonly<Record<string, unknown>>,
  values: string | readonly string[] | undefined,
  isMet: boolean,
]

/** Conditions on one key. */
export function documentedConditions(
  page: string,
  sentence: string,
  cases: readonly ConditionCase[],
): void {
  describe(`"${sentence}" (${page})`, () => {
    it.each(cases.map((one) => ({ of: JSON.stringify(one), one })))('$of', ({ one }) => {
      const [operators, given, expected] = one
      const values = typeof given === 'string' ? [given] : given
      const condition = Object.fromEntries(
        Object.entries(operators).map(([operator, wanted]) => [operator, { 'app:Key': wanted }]),
      )
      expect(isMet(condition, values === undefined ? {} : { 'app:key': values })).toBe(expected)
    })
  })
}

/** `[what it is about, the request, what is told]` */
export type DecisionCase = readonly [
  about: string,
  request: Partial<PolicyRequest> & { readonly facts?: Facts },
  told: string,
]

export function documentedDecisions(
  page: string,
  sentence: string,
  cases: readonly DecisionCase[],
): void {
  describe(`"${sentence}" (${page})`, () => {
    it.each(cases)('%s', (_, asked, expected) => {
      expect(told(decide(request(asked)))).toBe(expected)
    })
  })
}
