/**
 * The policy of a key: today there is one, the default one of AWS KMS.
 *
 * The account that owns a key may do everything with it; nobody else may do anything (service/may.ts). A policy that
 * says something else is refused when a key is made, because a policy that is kept and not enforced is worse than
 * none.
 *
 * @module
 */

import { globalArn } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'

/** The policy of a key that was made without one, as AWS words it. */
export function defaultPolicy(account: string, region: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: globalArn('iam', { account, region }, 'root') },
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
    (AWS === globalArn('iam', { account, region }, 'root') || AWS === account) &&
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

function malformed(): SealtrailError {
  return new SealtrailError(
    'MalformedPolicyDocumentException',
    'Policy contains a statement that is not valid JSON policy language.',
  )
}
