/** Callers whom policies bind, without IAM: what a program that vouches for nobody gives. */
import type { Identity } from '../../src/audit/identity.js'
import type { Caller } from '../../src/service/caller.js'
import type { PolicyDocument, PrincipalPolicies, Tag } from '../../src/service/policies.js'
import { ACCOUNT, REGION } from '../support/kms.js'

export interface Binding {
  readonly identity?: readonly object[]
  readonly boundary?: object
  readonly session?: readonly object[]
  readonly tags?: readonly Tag[]
}

export const allow = (action: string | readonly string[], more: object = {}) => ({
  ...{ Effect: 'Allow', Action: action, Resource: '*', ...more },
})

export const deny = (action: string, more: object = {}) => ({
  ...allow(action, more),
  Effect: 'Deny',
})

export function textOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

let version = 0
const documentOf = (statement: object): PolicyDocument => ({
  ...{ name: 'test', text: textOf(statement), version: ++version },
})

export function policiesOf({ identity = [], boundary, session, tags = [] }: Binding) {
  const policies: PrincipalPolicies = {
    tags,
    identityPolicies: identity.map(documentOf),
    boundary: boundary && documentOf(boundary),
    sessionPolicies: session?.map(documentOf),
  }
  return () => policies
}

/** A user of `account` with these policies. */
export function userWith(binding: Binding, account = ACCOUNT, name = 'ann'): Caller {
  const arn = `arn:aws:iam::${account}:user/team/${name}`
  const identity: Identity = {
    ...{ type: 'IAMUser', principalId: 'AIDAANN', accountId: account, userName: name, arn },
  }
  return { account, region: REGION, identity, policies: policiesOf(binding) }
}

/** A session of a role of `account`, which has these policies. */
export function sessionWith(binding: Binding, account = ACCOUNT): Caller {
  const role = `arn:aws:iam::${account}:role/ops/Writer`
  const identity: Identity = {
    ...{ type: 'AssumedRole', principalId: 'AROAWRITER:one', accountId: account },
    arn: `arn:aws:sts::${account}:assumed-role/Writer/one`,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: 'AROAWRITER', arn: role, accountId: account },
      attributes: { creationDate: '2026-01-02T02:30:00Z', mfaAuthenticated: 'false' },
    },
  }
  return { account, region: REGION, identity, policies: policiesOf(binding) }
}

/** What `work` is refused with; `done` when it is not. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
}

export async function messageOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: Error) => error.message,
  )
}
