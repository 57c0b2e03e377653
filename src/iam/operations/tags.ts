/**
 * TagUser, UntagUser, ListUserTags, and the same of roles and policies.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Tag } from '../../service/policies.js'
import { type EntityInput, policyIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { type PageInput, pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { withoutTags, withTags } from '../tags.js'
import { changeEntity, lookAtEntity } from './entity.js'

type TaggedInput = EntityInput | { readonly PolicyArn: string }

export async function tag(
  parts: Parts,
  call: Call,
  input: InputOf<'TagUser'> | InputOf<'TagRole'> | InputOf<'TagPolicy'>,
) {
  await changeTags(parts, call, input, (tags) => withTags(tags, input.Tags))
}

export async function untag(
  parts: Parts,
  call: Call,
  input: InputOf<'UntagUser'> | InputOf<'UntagRole'> | InputOf<'UntagPolicy'>,
) {
  await changeTags(parts, call, input, (tags) => withoutTags(tags, input.TagKeys))
}

export async function listTags(
  parts: Parts,
  call: Call,
  input: InputOf<'ListUserTags'> | InputOf<'ListRoleTags'> | InputOf<'ListPolicyTags'>,
) {
  const tags = tagsOf(parts, call, input)
  // A key may be longer than a Marker.
  const placed = tags.map((tag, i) => ({ tag, place: String(i).padStart(2, '0') }))
  const [page, rest] = pageOf('tags', placed, ({ place }) => place, input as PageInput)
  await call.succeed()
  return { Tags: page.map(({ tag }) => tag), ...rest }
}

function tagsOf(parts: Parts, call: Call, input: TaggedInput): readonly Tag[] {
  if (!('PolicyArn' in input)) return lookAtEntity(parts, call, input).entity.tags
  return policyIn(call, parts.principals.account(call.caller.account), input.PolicyArn).tags
}

async function changeTags(
  parts: Parts,
  call: Call,
  input: TaggedInput,
  changed: (tags: readonly Tag[]) => Tag[],
): Promise<void> {
  if (!('PolicyArn' in input)) {
    await changeEntity(parts, call, input, (entity) => ({ ...entity, tags: changed(entity.tags) }))
    return
  }
  const { principals } = parts
  await principals.change(call.caller.account, async (account) => {
    const policy = policyIn(call, account, input.PolicyArn)
    await principals.save(call, [{ put: { ...policy, tags: changed(policy.tags) } }])
  })
}
