/**
 * SimulatePrincipalPolicy and SimulateCustomPolicy: what somebody might do, without doing it.
 *
 * How it is evaluated is in simulation/. Organizations, exclusions and the scenarios of EC2 are refused by name.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { entityAt, invalidInput, mayInAccount } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { nobodyOf, simulatedCaller } from '../simulation/caller.js'
import { factsOf } from '../simulation/context-entries.js'
import {
  boundaryOfEntity,
  givenBoundary,
  givenPolicies,
  policiesOf,
} from '../simulation/policies.js'
import { type Simulation, simulate } from '../simulation/simulation.js'

type Input = InputOf<'SimulatePrincipalPolicy'> | InputOf<'SimulateCustomPolicy'>

/** Actions times resources. */
const REQUESTS_MAX = 5_000
const ACTION = /^[a-zA-Z0-9-]+:[a-zA-Z0-9]+$/
const OWNER = /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/
const ROLE = /^arn:[^:]*:iam:[^:]*:[^:]*:role\//

export async function simulatePrincipalPolicy(
  { principals }: Parts,
  call: Call,
  input: InputOf<'SimulatePrincipalPolicy'>,
) {
  const { PolicySourceArn: source, CallerArn, ResourcePolicy } = input
  const account = principals.account(call.caller.account)
  const entity = entityAt(call, account, source)
  if (input.PolicyExclusionList !== undefined) throw unsupported('PolicyExclusionList')
  if (ResourcePolicy !== undefined && CallerArn === undefined && entity.kind !== 'user') {
    throw callerMissing()
  }
  const caller = CallerArn ?? (entity.kind === 'group' ? undefined : source)
  return await simulated(call, input, {
    caller: caller === undefined ? nobodyOf(entity.account) : simulatedCaller(caller),
    identityPolicies: [...policiesOf(entity, account), ...givenPolicies(input.PolicyInputList)],
    boundary:
      givenBoundary(input.PermissionsBoundaryPolicyInputList) ?? boundaryOfEntity(entity, account),
  })
}

export async function simulateCustomPolicy(
  _parts: Parts,
  call: Call,
  input: InputOf<'SimulateCustomPolicy'>,
) {
  mayInAccount(call)
  const { CallerArn, ResourcePolicy } = input
  if (input.OrderedOrganizationPolicyInputList !== undefined) {
    throw unsupported('OrderedOrganizationPolicyInputList')
  }
  if (ResourcePolicy !== undefined && CallerArn === undefined) throw callerMissing()
  return await simulated(call, input, {
    caller: CallerArn === undefined ? nobodyOf(call.caller.account) : simulatedCaller(CallerArn),
    identityPolicies: givenPolicies(input.PolicyInputList),
    boundary: givenBoundary(input.PermissionsBoundaryPolicyInputList),
  })
}

async function simulated(
  call: Call,
  input: Input,
  who: Pick<Simulation, 'caller' | 'identityPolicies' | 'boundary'>,
) {
  const { ActionNames: actions, ResourceArns: resources = ['*'], ResourcePolicy } = input
  if (input.ResourceHandlingOption !== undefined) throw unsupported('ResourceHandlingOption')
  if (actions.length * resources.length > REQUESTS_MAX) {
    throw invalidInput(`At most ${REQUESTS_MAX} actions times resources can be simulated at once.`)
  }
  const wrong = actions.find((action) => !ACTION.test(action))
  if (wrong !== undefined) throw invalidInput(`Invalid Action Name: ${wrong}`)
  if (ResourcePolicy !== undefined && resources.some((resource) => ROLE.test(resource))) {
    throw invalidInput('Simulation of resource-based policies is not supported for IAM roles.')
  }
  const simulation = {
    ...who,
    resourcePolicy: ResourcePolicy,
    owner: ownerOf(input.ResourceOwner) ?? who.caller.account,
    facts: factsOf(input.ContextEntries),
  }
  const placed = actions.map((action, i) => ({ action, place: String(i).padStart(4, '0') }))
  const [page, rest] = pageOf('simulation', placed, ({ place }) => place, input)
  const EvaluationResults = page.map(({ action }) => simulate(simulation, action, resources))
  await call.succeed()
  return { EvaluationResults, ...rest }
}

function ownerOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  const owner = OWNER.exec(given)?.[1]
  if (owner === undefined) throw invalidInput(`ResourceOwner ${given} is not an account.`)
  return owner
}

function unsupported(member: string) {
  return invalidInput(`${member} is not supported.`)
}

function callerMissing() {
  return invalidInput('CallerArn is required to simulate a ResourcePolicy.')
}
