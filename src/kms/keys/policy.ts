/**
 * Who may do what with which key.
 *
 * Today there is one policy, the default one of AWS KMS: the account that owns a key may do everything with
 * it, in its own region; nobody else may do anything. A policy that says something else is refused when a
 * key is made, because a policy that is kept and not enforced is worse than none.
 *
 * @module
 */

import { partitionOf } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import type { Caller } from '../../service/caller.js'

/** @throws SealtrailError `AccessDeniedException`, the same whether the resource exists or not. */
export function authorise(caller: Caller, action: string, owner: string): void {
  if (caller.account !== owner) throw denied(caller, action, 'this resource')
}

/** For a blob under a key that is not the caller's: not in this account, not in this region, or nowhere. */
export function deniedCiphertext(caller: Caller, action: string): SealtrailError {
  return denied(caller, action, 'the resource associated with this ciphertext')
}

/** The policy of a key that was made without one, as AWS words it. */
export function defaultPolicy(account: string, region: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: rootArn(account, region) },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
}

/**
 * Accepts a policy that says what the default policy says.
 * @throws SealtrailError `MalformedPolicyDocumentException`, `UnsupportedOperationException`.
 */
export function checkPolicy(policy: string, account: string, region: string): void {
  const [statement, ...more] = statementsOf(policy)
  const { Sid: _, Effect, Principal, Action, Resource, ...conditions } = statement ?? {}
  const { AWS, ...others } = (Principal ?? {}) as { readonly AWS?: unknown }
  const isDefault =
    more.length === 0 &&
    Object.keys(conditions).length === 0 &&
    Effect === 'Allow' &&
    Object.keys(others).length === 0 &&
    (AWS === rootArn(account, region) || AWS === account) &&
    isOnly(Action, 'kms:*') &&
    isOnly(Resource, '*')
  if (!isDefault) {
    throw new SealtrailError(
      'UnsupportedOperationException',
      'Key policies other than the default key policy are not supported.',
    )
  }
}

function statementsOf(policy: string): Array<Readonly<Record<string, unknown>>> {
  let document: unknown
  try {
    document = JSON.parse(policy)
  } catch {
    throw malformed()
  }
  if (typeof document !== 'object' || document === null || !('Statement' in document)) {
    throw malformed()
  }
  const { Statement } = document
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement]
  return statements.map((statement) => {
    if (typeof statement === 'object' && statement !== null) return { ...statement }
    throw malformed()
  })
}

function isOnly(value: unknown, wanted: string): boolean {
  return value === wanted || (Array.isArray(value) && value.length === 1 && value[0] === wanted)
}

function rootArn(account: string, region: string): string {
  return `arn:${partitionOf(region)}:iam::${account}:root`
}

/** AWS's words, which tell a stranger nothing of what exists. */
function denied({ identity, account, region }: Caller, action: string, what: string) {
  const user = identity.arn ?? rootArn(account, region)
  return new SealtrailError(
    'AccessDeniedException',
    `User: ${user} is not authorized to perform: kms:${action} on ${what} because the resource ` +
      'does not exist in this Region, no resource-based policies allow access, or a resource-based ' +
      'policy explicitly denies access',
  )
}

function malformed(): SealtrailError {
  return new SealtrailError(
    'MalformedPolicyDocumentException',
    'Policy contains a statement that is not valid JSON policy language.',
  )
}
