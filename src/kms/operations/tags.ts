/**
 * TagResource, UntagResource, ListResourceTags.
 *
 * Tags are a part of their key's row, changed while nobody else changes the key. What they may be is in
 * keys/tags.ts.
 *
 * @module
 */

import type { Call } from '../../service/calls/call.js'
import { openPage, type PageOutput } from '../../service/page.js'
import { putKey } from '../keys/rows.js'
import { type Tag, withoutTags, withTags } from '../keys/tags.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { changeKey, lookAtKey } from '../use/find-key.js'

export interface ListResourceTagsOutput extends PageOutput {
  readonly Tags: readonly Tag[]
}

const LIST_LIMITS = { usual: 50, max: 50 }

export async function tagResource(
  parts: Parts,
  call: Call,
  { KeyId, Tags }: InputOf<'TagResource'>,
): Promise<void> {
  await changeTags(parts, call, KeyId, (tags) => withTags(tags, Tags))
}

export async function untagResource(
  parts: Parts,
  call: Call,
  { KeyId, TagKeys }: InputOf<'UntagResource'>,
): Promise<void> {
  await changeTags(parts, call, KeyId, (tags) => withoutTags(tags, TagKeys))
}

/** By key, so that a page goes on where the one before ended, whatever was changed meanwhile. */
export async function listResourceTags(
  parts: Parts,
  call: Call,
  input: InputOf<'ListResourceTags'>,
): Promise<ListResourceTagsOutput> {
  const { after, cut } = openPage('tags', /^.{1,128}$/s, input, LIST_LIMITS)
  const { key } = await lookAtKey(parts, call, input.KeyId)
  const sorted = [...key.tags].sort((a, b) => (a.TagKey < b.TagKey ? -1 : 1))
  const rows = after === undefined ? sorted : sorted.filter(({ TagKey }) => TagKey > after)
  const [Tags, rest] = cut(rows, ({ TagKey }) => TagKey)
  await call.succeed()
  return { Tags, ...rest }
}

async function changeTags(
  parts: Parts,
  call: Call,
  keyId: string,
  changed: (tags: readonly Tag[]) => Tag[],
): Promise<void> {
  await changeKey(parts, call, keyId, async (key) => {
    const next = { ...key, tags: changed(key.tags) }
    await call.succeed([putKey(parts.root, next)])
    return { next, answer: undefined }
  })
}
