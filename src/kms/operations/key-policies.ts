/**
 * GetKeyPolicy, PutKeyPolicy, ListKeyPolicies.
 *
 * A key has one policy, which AWS calls `default`. What it may say is in keys/policy.ts. Who sets one must be able to set
 * the next, unless he says that he knows. Source: AWS KMS API reference, PutKeyPolicy.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { type PrincipalIds, principalIdsIn, shownText } from '../../policy/grammar/identified.js'
import type { Call } from '../../service/calls/call.js'
import { openPage, type PageOutput } from '../../service/page.js'
import type { KmsKey } from '../keys/key.js'
import { checkedPolicy, POLICY_NAME } from '../keys/policy.js'
import { putKey } from '../keys/rows.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { kmsFact } from '../use/facts.js'
import { changeKey, lookAtKey } from '../use/find-key.js'

export interface KeyPolicyOutput {
  /** JSON, as it was given, but for principals who have another name now. */
  readonly Policy: string
  readonly PolicyName: 'default'
}

export interface ListKeyPoliciesOutput extends PageOutput {
  readonly PolicyNames: readonly string[]
}

const LIST_LIMITS = { usual: 100, max: 1000 }

export async function getKeyPolicy(
  parts: Parts,
  call: Call,
  { KeyId, PolicyName = POLICY_NAME }: InputOf<'GetKeyPolicy'>,
): Promise<KeyPolicyOutput> {
  call.showDefault('policyName', POLICY_NAME)
  const { key } = await lookAtKey(parts, call, KeyId)
  checkName(PolicyName)
  await call.succeed()
  const Policy = shownText(key.policy, key.principals, parts.principals)
  return { Policy, PolicyName: POLICY_NAME }
}

export async function putKeyPolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'PutKeyPolicy'>,
): Promise<void> {
  call.showDefault('policyName', POLICY_NAME)
  call.showDefault('bypassPolicyLockoutSafetyCheck', false)
  await changeKey(parts, call, input.KeyId, async (key) => {
    checkName(input.PolicyName ?? POLICY_NAME)
    const principals = checkNewPolicy(parts, call, { ...key, policy: input.Policy }, input)
    const next: KmsKey = { ...key, policy: input.Policy, principals }
    call.showElements({ keyId: key.arn })
    await call.succeed([putKey(parts.root, next)])
    return { next, answer: undefined }
  })
}

/**
 * The policy of a key that is to have it; whom it names.
 * @throws SealtrailError `MalformedPolicyDocumentException`
 */
export function checkNewPolicy(
  { principals }: Parts,
  call: Call,
  key: Omit<KmsKey, 'shredId' | 'principals'>,
  {
    BypassPolicyLockoutSafetyCheck: bypass,
  }: Pick<InputOf<'PutKeyPolicy'>, 'BypassPolicyLockoutSafetyCheck'>,
): PrincipalIds {
  const policy = checkedPolicy(key.policy, principals)
  const ids = principalIdsIn(policy, principals)
  if (bypass) return ids
  const denial = call.denial({
    ...{ action: 'kms:PutKeyPolicy', owner: key.account, arn: key.arn, policy, tags: key.tags },
    fact: (name) => kmsFact({ call, key }, name),
  })
  if (denial === undefined) return ids
  const says = 'The new key policy will not allow you to update the key policy in the future.'
  throw new SealtrailError('MalformedPolicyDocumentException', says)
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

function checkName(name: string): void {
  if (name === POLICY_NAME) return
  throw new SealtrailError('NotFoundException', 'No such policy exists')
}
