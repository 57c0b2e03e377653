/**
 * The policy of a key: what it may be, and what it says, parsed once.
 *
 * Keys with the same text share what was made of it, as most have the default policy of their account. How it is
 * evaluated is in policy/; PutKeyPolicy's and CreateKey's own check, that whoever sets a policy can set another, is in
 * operations/key-policies.ts. Source: AWS KMS developer guide, "Key policies in AWS KMS".
 *
 * @module
 */
import { globalArn, type Place } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import type { Directory, PrincipalIds } from '../../policy/grammar/identified.js'
import { type Policy, parsePolicy } from '../../policy/policy.js'
import { Lru } from '../../store/keep/lru.js'
import type { KmsKey } from './key.js'

export const POLICY_NAME = 'default'
const TEXTS_MAX = 256

const byKey = new WeakMap<KmsKey, Policy>()
const byText = new Lru<Policy>(TEXTS_MAX)

/** The policy of a key that was made without one, as AWS words it: its account's policies decide. */
export function defaultPolicy({ account, region }: Place): string {
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

export function policyOf(key: KmsKey): Policy {
  let policy = byKey.get(key)
  if (policy === undefined) {
    policy = policyOfText(key.policy, key.principals)
    byKey.set(key, policy)
  }
  return policy
}

/** @throws SealtrailError `MalformedPolicyDocumentException` */
export function policyOfText(text: string, principals: PrincipalIds = []): Policy {
  const kept = principals.length === 0 ? text : JSON.stringify([text, principals])
  let policy = byText.get(kept)
  if (policy === undefined) {
    policy = parsePolicy(text, 'key', POLICY_NAME, principals)
    byText.set(kept, policy)
  }
  return policy
}

/**
 * A policy that a key may be given: it names nobody of whom is known that he is not there.
 * @throws SealtrailError `MalformedPolicyDocumentException`
 */
export function checkedPolicy(text: string, directory: Directory): Policy {
  const policy = policyOfText(text)
  for (const name of policy.principals) {
    if (name.startsWith('arn:') && !directory.isThere(name)) {
      const says = 'Policy contains a statement with one or more invalid principals.'
      throw new SealtrailError('MalformedPolicyDocumentException', says)
    }
  }
  return policy
}
