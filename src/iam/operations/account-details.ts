/**
 * GetAccountAuthorizationDetails: everybody in the account, and what binds them.
 *
 * @module
 */
import { encodeUri } from '../../aws/query-string.js'
import type { Call } from '../../service/calls/call.js'
import { mayInAccount } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import type { Account } from '../principals/account.js'
import type { Entity, Group, ManagedPolicy, Role, User } from '../principals/things.js'
import {
  attachedView,
  entityExtras,
  groupView,
  policyExtras,
  policyView,
  roleView,
  userView,
  usesIn,
  versionView,
} from '../views.js'

type Listed = Entity | ManagedPolicy

/** AWS's names of what can be asked for. */
const KINDS: Readonly<Record<string, Listed['kind']>> = {
  User: 'user',
  Role: 'role',
  Group: 'group',
  LocalManagedPolicy: 'policy',
}

export async function getAccountAuthorizationDetails(
  { principals }: Parts,
  call: Call,
  input: InputOf<'GetAccountAuthorizationDetails'>,
) {
  const { account: id, region } = call.caller
  mayInAccount(call)
  const account = principals.account(id)
  const { Filter = [] } = input
  const kinds = (Filter.length > 0 ? Filter : Object.keys(KINDS)).map((name) => KINDS[name])
  const { users, roles, groups, policies } = account
  const all: Listed[] = [...users.all(), ...roles.all(), ...groups.all(), ...policies.all()]
  const cursorOf = ({ kind, name }: Listed) => `${kind}/${name}`
  const wanted = all
    .filter(({ kind }) => kinds.includes(kind))
    .sort((a, b) => (cursorOf(a) < cursorOf(b) ? -1 : 1))
  const [page, rest] = pageOf('details', wanted, cursorOf, input)
  const usesOf = usesIn(account)
  const output = {
    UserDetailList: page.flatMap((one) => (one.kind === 'user' ? [userDetail(one)] : [])),
    GroupDetailList: page.flatMap((one) => (one.kind === 'group' ? [groupDetail(one)] : [])),
    RoleDetailList: page.flatMap((one) => (one.kind === 'role' ? [roleDetail(one)] : [])),
    Policies: page.flatMap((one) => (one.kind === 'policy' ? [policyDetail(one)] : [])),
    ...rest,
  }
  await call.succeed()
  return output

  function userDetail(user: User) {
    const UserPolicyList = inlineView(user)
    return {
      ...userView(user, region),
      ...(UserPolicyList.length === 0 ? {} : { UserPolicyList }),
      GroupList: account.groupsOf(user).map(({ name }) => name),
      ...bindings(user, account, region),
    }
  }

  function groupDetail(group: Group) {
    return {
      ...groupView(group, region),
      GroupPolicyList: inlineView(group),
      ...bindings(group, account, region),
    }
  }

  function roleDetail(role: Role) {
    // As AWS has it, without the longest session.
    const { MaxSessionDuration: _, Description: __, ...view } = roleView(role, region, principals)
    return {
      ...view,
      InstanceProfileList: [],
      RolePolicyList: inlineView(role),
      ...bindings(role, account, region),
    }
  }

  function policyDetail(policy: ManagedPolicy) {
    const { Tags: _, ...extras } = policyExtras(policy)
    return {
      ...policyView(policy, usesOf(policy), region),
      ...extras,
      PolicyVersionList: [...policy.versions].reverse().map((version) => ({
        Document: encodeUri(version.document.text),
        ...versionView(policy, version),
      })),
    }
  }
}

function bindings(entity: Entity, account: Account, region: string) {
  const AttachedManagedPolicies = attachedView(entity, account, region)
  return { AttachedManagedPolicies, ...entityExtras(entity, account, region) }
}

function inlineView({ inline }: Entity) {
  return inline.map(({ name, text }) => ({ PolicyName: name, PolicyDocument: encodeUri(text) }))
}
