/**
 * `sealtrail keys tag`, `tags` and `untag`.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Kms } from '../../kms/kms.js'
import { type Terminal, table } from '../terminal/terminal.js'
import { onKey, type Tag, tagOf } from './on-key.js'

export function tagCommand(terminal: Terminal): Command {
  return onKey(terminal, 'tag', 'set tags of a key', [], async (kms, KeyId, command) => {
    const [, given] = command.processedArgs as [string, readonly Tag[]]
    await kms.tagResource({ KeyId, Tags: [...given] })
    await show(terminal, kms, KeyId)
  }).argument('<Name=value...>', 'what is set', tagOf)
}

export function tagsCommand(terminal: Terminal): Command {
  return onKey(terminal, 'tags', 'list the tags of a key', [], async (kms, KeyId) => {
    await show(terminal, kms, KeyId)
  })
}

export function untagCommand(terminal: Terminal): Command {
  return onKey(terminal, 'untag', 'take tags off a key', [], async (kms, KeyId, _, names) => {
    await kms.untagResource({ KeyId, TagKeys: [...names] })
    await show(terminal, kms, KeyId)
  }).argument('<name...>', 'names of tags')
}

/** A key has 50 tags at most, and a page of them all. */
async function show(terminal: Terminal, kms: Kms, KeyId: string): Promise<void> {
  const { Tags } = await kms.listResourceTags({ KeyId, Limit: 50 })
  const rows = Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])
  await terminal.print(Tags, table([['TAG', 'VALUE'], ...rows]))
}
