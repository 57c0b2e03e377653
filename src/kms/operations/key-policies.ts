/**
 * GetKeyPolicy, ListKeyPolicies.
 *
 * A key has one policy, which AWS calls `default`. What it may say is in keys/policy.ts.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/call.js'
import { openPage, type PageOutput } from '../../service/page.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { lookAtKey } from '../use/find-key.js'

export interface KeyPolicyOutput {
  /** JSON, as it was given when the key was made. */
  readonly Policy: string
  readonly PolicyName: 'default'
}

export interface ListKeyPoliciesOutput extends PageOutput {
  readonly PolicyNames: readonly string[]
}

const POLICY_NAME = 'default'
const LIST_LIMITS = { usual: 100, max: 1000 }

export async function getKeyPolicy(
  parts: Parts,
  call: Call,
  { KeyId, PolicyName = POLICY_NAME }: InputOf<'GetKeyPolicy'>,
): Promise<KeyPolicyOutput> {
  call.showDefault('policyName', POLICY_NAME)
  const { key } = await lookAtKey(parts, call, KeyId)
  if (PolicyName !== POLICY_NAME) {
    throw new SealtrailError('NotFoundException', 'No such policy exists')
  }
  await call.succeed()
  return { Policy: key.policy, PolicyName: POLICY_NAME }
}

/** One name fits every page, so that no marker was ever given. */
export async function listKeyPolicies(
  parts: Parts,
  call: Call,
  input: InputOf<'ListKeyPolicies'>,
): Promise<ListKeyPoliciesOutput> {
  const { cut } = openPage('policies', /^(?!)/, input, LIST_LIMITS)
  await lookAtKey(parts, call, input.KeyId)
  const [PolicyNames, rest] = cut([POLICY_NAME], (name) => name)
  await call.succeed()
  return { PolicyNames, ...rest }
}
