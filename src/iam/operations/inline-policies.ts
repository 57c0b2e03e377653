/**
 * PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy, and the same of roles and groups.
 *
 * @module
 */
import { encodeUri } from '../../aws/query-string.js'
import { parsePolicy } from '../../policy/policy.js'
import type { Call } from '../../service/calls/call.js'
import { noSuchEntity } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { INLINE_CHARACTERS_MAX, limitExceeded, policyCharacters } from '../principals/quotas.js'
import { type Entity, newDocument } from '../principals/things.js'
import { changeEntity, lookAtEntity } from './entity.js'

const NAME_MEMBERS = { user: 'UserName', role: 'RoleName', group: 'GroupName' } as const

export async function putInlinePolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'PutUserPolicy'> | InputOf<'PutRolePolicy'> | InputOf<'PutGroupPolicy'>,
) {
  const { PolicyName, PolicyDocument } = input
  await changeEntity(parts, call, input, (entity) => {
    const others = entity.inline.filter(({ name }) => name !== PolicyName)
    const inline = [...others, newDocument(PolicyName, PolicyDocument)]
    const next = { ...entity, inline }
    checkSize(next)
    parsePolicy(PolicyDocument, 'identity', PolicyName)
    return next
  })
}

export async function getInlinePolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'GetUserPolicy'> | InputOf<'GetRolePolicy'> | InputOf<'GetGroupPolicy'>,
) {
  const { entity } = lookAtEntity(parts, call, input)
  const { name, text } = inlineOf(entity, input.PolicyName)
  await call.succeed()
  return {
    [NAME_MEMBERS[entity.kind]]: entity.name,
    PolicyName: name,
    PolicyDocument: encodeUri(text),
  }
}

export async function listInlinePolicies(
  parts: Parts,
  call: Call,
  input: InputOf<'ListUserPolicies'> | InputOf<'ListRolePolicies'> | InputOf<'ListGroupPolicies'>,
) {
  const { entity } = lookAtEntity(parts, call, input)
  const names = entity.inline.map(({ name }) => name).sort()
  const [PolicyNames, rest] = pageOf('inline-policies', names, String, input)
  await call.succeed()
  return { PolicyNames, ...rest }
}

export async function deleteInlinePolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'DeleteUserPolicy'> | InputOf<'DeleteRolePolicy'> | InputOf<'DeleteGroupPolicy'>,
) {
  await changeEntity(parts, call, input, (entity) => {
    const gone = inlineOf(entity, input.PolicyName)
    return { ...entity, inline: entity.inline.filter((policy) => policy !== gone) }
  })
}

function inlineOf({ kind, inline }: Entity, wanted: string) {
  const policy = inline.find(({ name }) => name === wanted)
  if (policy !== undefined) return policy
  throw noSuchEntity(`The ${kind} policy with name ${wanted} cannot be found.`)
}

/** All of one user, role or group together. */
function checkSize({ kind, name, inline }: Entity): void {
  const characters = inline.reduce((sum, { text }) => sum + policyCharacters(text), 0)
  const most = INLINE_CHARACTERS_MAX[kind]
  if (characters <= most) return
  throw limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`)
}
