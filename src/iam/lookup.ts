/**
 * From what an input names to the user, role, group or policy: may the caller, and is it there?
 *
 * Asked in this order, so that who may not learns nothing. Texts are AWS's.
 *
 * @module
 */
import { globalArn, partitionOf } from '../aws/arn.js'
import { SealtrailError } from '../errors.js'
import type { Call } from '../service/calls/call.js'
import { iamFact } from './facts.js'
import type { Account } from './principals/account.js'
import {
  arnOfNamed,
  type Entity,
  type Group,
  type ManagedPolicy,
  type Role,
  type User,
} from './principals/things.js'

/** An input that names a user, a role or a group. */
export type EntityInput =
  | { readonly UserName: string }
  | { readonly RoleName: string }
  | { readonly GroupName: string }

const POLICY_ARN =
  /^arn:(aws[a-z-]*):iam::(\d{12}|aws):policy(\/(?:[\x21-\x7e]{1,510}\/)?)([\w+=,.@-]{1,128})$/

const ENTITY_ARN =
  /^arn:aws[a-z-]*:iam::\d{12}:(user|role|group)\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,128})$/

/** Of what concerns the whole account. */
export function mayInAccount(call: Call): void {
  mayUse(call, { arn: '*', what: '*' })
}

/** Of a list, or of something that is not there yet. */
export function mayBelow(call: Call, resource: string): void {
  const arn = arnOf(call, resource)
  mayUse(call, { arn, what: arn })
}

export function entityIn(call: Call, account: Account, input: EntityInput): Entity {
  if ('UserName' in input) return userIn(call, account, input.UserName)
  return 'RoleName' in input
    ? roleIn(call, account, input.RoleName)
    : groupIn(call, account, input.GroupName)
}

export function userIn(call: Call, account: Account, name: string): User {
  const user = account.users.find(name)
  const arn = user ? arnOfNamed(user, call.caller.region) : arnOf(call, `user/${name}`)
  mayUse(call, { arn, what: `user ${name}`, account, thing: user })
  if (user !== undefined) return user
  throw noSuchEntity(`The user with name ${name} cannot be found.`)
}

export function roleIn(call: Call, account: Account, name: string): Role {
  const role = account.roles.find(name)
  const arn = role ? arnOfNamed(role, call.caller.region) : arnOf(call, `role/${name}`)
  mayUse(call, { arn, what: `role ${name}`, account, thing: role })
  if (role !== undefined) return role
  throw noSuchEntity(`The role with name ${name} cannot be found.`)
}

export function groupIn(call: Call, account: Account, name: string): Group {
  const group = account.groups.find(name)
  const arn = group ? arnOfNamed(group, call.caller.region) : arnOf(call, `group/${name}`)
  mayUse(call, { arn, what: `group ${name}`, account, thing: group })
  if (group !== undefined) return group
  throw noSuchEntity(`The group with name ${name} cannot be found.`)
}

/** Of the caller's account. @throws SealtrailError `InvalidInputException`, `NoSuchEntityException` */
export function entityAt(call: Call, account: Account, arn: string): Entity {
  const [, kind, name = ''] = ENTITY_ARN.exec(arn) ?? []
  if (kind === undefined) {
    const says = `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`
    throw invalidInput(says)
  }
  const { users, roles, groups } = account
  const found = { user: users, role: roles, group: groups }[kind as Entity['kind']].find(name)
  const entity = found && arnOfNamed(found, call.caller.region) === arn ? found : undefined
  mayUse(call, { arn, what: arn, account, thing: entity })
  if (entity !== undefined) return entity
  throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`)
}

/** The user that is named, or else the caller. */
export function userNameIn({ caller }: Call, given: string | undefined): string {
  const { type, userName } = caller.identity
  if (given !== undefined) return given
  if (type === 'IAMUser' && userName !== undefined) return userName
  const says = 'Must specify userName when calling with non-User credentials'
  throw new SealtrailError('ValidationException', says)
}

export function policyIn(call: Call, account: Account, arn: string): ManagedPolicy {
  const ref = parsePolicyArn(arn, call.caller.region)
  if (ref === undefined) throw invalidInput(`ARN ${arn} is not valid.`)
  const policy = policyAt(call, account, ref)
  const owner = ref.account === 'aws' ? undefined : ref.account
  mayUse(call, { arn, what: `policy ${arn}`, account, thing: policy, owner })
  if (policy !== undefined) return policy
  throw noSuchEntity(`Policy ${arn} was not found.`)
}

/** A policy that binds somebody or is to, after he has been asked about. `says` is of one that is not there. */
export function bindingPolicy(
  call: Call,
  account: Account,
  arn: string,
  says = `Policy ${arn} does not exist or is not attachable.`,
): ManagedPolicy {
  const ref = parsePolicyArn(arn, call.caller.region)
  if (ref === undefined) throw invalidInput(`ARN ${arn} is not valid.`)
  const policy = policyAt(call, account, ref)
  if (policy !== undefined) return policy
  throw noSuchEntity(says)
}

/** The id of the policy that is to be a permissions boundary. */
export function boundaryOf(call: Call, account: Account, arn: string): string {
  const says = `Scope ARN: ${arn} does not exist or is not attachable.`
  return bindingPolicy(call, account, arn, says).id
}

export function noSuchEntity(message: string): SealtrailError {
  return new SealtrailError('NoSuchEntityException', message)
}

export function invalidInput(message: string): SealtrailError {
  return new SealtrailError('InvalidInputException', message)
}

interface PolicyRef {
  /** `aws` of those that AWS manages, of which there are none here. */
  readonly account: string
  readonly path: string
  readonly name: string
}

function parsePolicyArn(arn: string, region: string): PolicyRef | undefined {
  const [, partition, account, path, name] = POLICY_ARN.exec(arn) ?? []
  if (!account || !path || !name || partition !== partitionOf(region)) return undefined
  return { account, path, name }
}

function policyAt(call: Call, account: Account, ref: PolicyRef): ManagedPolicy | undefined {
  const policy = account.policies.find(ref.name)
  return ref.account === call.caller.account && policy?.path === ref.path ? policy : undefined
}

function arnOf({ caller }: Call, resource: string): string {
  return globalArn('iam', caller, resource)
}

interface Used {
  readonly arn: string
  readonly what: string
  readonly account?: Account
  readonly thing?: Entity | ManagedPolicy | undefined
  /** The caller's account unless said. */
  readonly owner?: string | undefined
}

function mayUse(call: Call, { arn, what, account, thing, owner }: Used): void {
  call.may({
    action: `iam:${call.operation}`,
    owner: owner ?? call.caller.account,
    arn,
    what: `resource: ${what}`,
    tags: thing?.tags,
    fact: (key) => iamFact(call, account, thing, key),
  })
}
