/**
 * GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy: which condition keys a simulation needs.
 *
 * @module
 */
import { distinctKeys } from '../../policy/context-keys.js'
import type { Call } from '../../service/calls/call.js'
import { entityAt, mayInAccount } from '../lookup.js'
import type { InputOf } from '../model.js'
import type { Parts } from '../parts.js'
import { givenPolicies, policiesOf, type SimulatedPolicy } from '../simulation/policies.js'

export async function ofCustomPolicy(
  _parts: Parts,
  call: Call,
  input: InputOf<'GetContextKeysForCustomPolicy'>,
) {
  mayInAccount(call)
  return await keysIn(call, givenPolicies(input.PolicyInputList))
}

export async function ofPrincipalPolicy(
  { principals }: Parts,
  call: Call,
  input: InputOf<'GetContextKeysForPrincipalPolicy'>,
) {
  const account = principals.account(call.caller.account)
  const entity = entityAt(call, account, input.PolicySourceArn)
  const given = givenPolicies(input.PolicyInputList)
  return await keysIn(call, [...policiesOf(entity, account), ...given])
}

async function keysIn(call: Call, policies: readonly SimulatedPolicy[]) {
  const ContextKeyNames = distinctKeys(policies.flatMap(({ contextKeys }) => contextKeys.flat()))
  await call.succeed()
  return { ContextKeyNames }
}
