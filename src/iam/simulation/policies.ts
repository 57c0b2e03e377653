/**
 * Policies as a simulation has them: parsed, with the name and kind under which its answer tells of them.
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import { contextKeysOf } from '../../policy/context-keys.js'
import type { PolicyKind } from '../../policy/grammar/document.js'
import { type Policy, parsePolicy } from '../../policy/policy.js'
import { invalidInput } from '../lookup.js'
import type { Account } from '../principals/account.js'
import { defaultDocument, type Entity } from '../principals/things.js'

/** SourcePolicyType, as AWS's model has it. */
export type PolicySource = 'user' | 'group' | 'role' | 'user-managed' | 'resource' | 'none'

export interface SimulatedPolicy {
  /** Condition keys, of each statement. */
  readonly contextKeys: readonly string[][]
  readonly policy: Policy
  readonly source: PolicySource
}

/** @throws SealtrailError `InvalidInputException` for what is no policy */
export function simulatedPolicy(
  text: string,
  kind: PolicyKind,
  id: string,
  source: PolicySource,
): SimulatedPolicy {
  try {
    const policy = parsePolicy(text, kind, id)
    return { source, policy, contextKeys: contextKeysOf(text) }
  } catch (error) {
    throw isSealtrailError(error) ? invalidInput(error.message) : error
  }
}

/** What is given as texts, in the order of the input. */
export function givenPolicies(texts: readonly string[] = []): SimulatedPolicy[] {
  return texts.map((text, i) =>
    simulatedPolicy(text, 'identity', `PolicyInputList.${i + 1}`, 'none'),
  )
}

/** At most one. @throws SealtrailError `InvalidInputException` */
export function givenBoundary(texts: readonly string[] = []): SimulatedPolicy | undefined {
  if (texts.length > 1) {
    throw invalidInput('Only one permissions boundary policy can be simulated.')
  }
  const id = 'PermissionsBoundaryPolicyInputList.1'
  return texts[0] === undefined ? undefined : simulatedPolicy(texts[0], 'boundary', id, 'none')
}

/** What binds a user with his groups, a role or a group. */
export function policiesOf(entity: Entity, account: Account): SimulatedPolicy[] {
  const groups = entity.kind === 'user' ? account.groupsOf(entity) : []
  return [entity, ...groups].flatMap(({ kind, name, inline, attached }) => [
    ...inline.map((policy) =>
      simulatedPolicy(policy.text, 'identity', `${kind}_${name}_${policy.name}`, kind),
    ),
    ...attached.map((id) => {
      const policy = account.policies.byId(id)!
      const { text } = defaultDocument(policy)
      return simulatedPolicy(text, 'identity', policy.name, 'user-managed')
    }),
  ])
}

export function boundaryOfEntity(
  { boundary }: Entity,
  account: Account,
): SimulatedPolicy | undefined {
  if (boundary === undefined) return undefined
  const policy = account.policies.byId(boundary)!
  return simulatedPolicy(defaultDocument(policy).text, 'boundary', policy.name, 'user-managed')
}
