/**
 * PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy, and the same of roles.
 *
 * @module
 */
import { encodeUri } from '../../aws/query-string.js'
import { parsePolicy } from '../../policy/policy.js'
import type { Call } from '../../service/call.js'
import { noSuchEntity } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { INLINE_CHARACTERS_MAX, limitExceeded, policyCharacters } from '../principals/quotas.js'
import { type Entity, newDocument } from '../principals/things.js'
import { changeEntity, lookAtEntity } from './entity.js'

export async function putInlinePolicy(
  parts: Parts,
  call: Call,
  input: InputOf<'PutUserPolicy'> | InputOf<'PutRolePolicy'>,
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
  input: InputOf<'GetUserPolicy'> | InputOf<'GetRolePolicy'>,
) {
  const { entity } = lookAtEntity(parts, call, input)
  const { name, text } = inlineOf(entity, input.PolicyName)
  await call.succeed()
  const whose = entity.kind === 'user' ? { UserName: entity.name } : { RoleName: entity.name }
  return { ...whose, PolicyName: name, PolicyDocument: encodeUri(text) }
}

export async function listInlinePolicies(
  parts: Parts,
  call: Call,
  input: InputOf<'ListUserPolicies'> | InputOf<'ListRolePolicies'>,
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
  input: InputOf<'DeleteUserPolicy'> | InputOf<'DeleteRolePolicy'>,
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

/** All of one user or role together. */
function checkSize({ kind, name, inline }: Entity): void {
  const characters = inline.reduce((sum, { text }) => sum + policyCharacters(text), 0)
  const most = INLINE_CHARACTERS_MAX[kind]
  if (characters <= most) return
  throw limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`)
}
