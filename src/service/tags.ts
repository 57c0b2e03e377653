/**
 * Tags as condition keys: `aws:ResourceTag/team` is the value of the tag `team`.
 *
 * Services name the members of a tag in two ways. Names in condition keys are the same in any case, so that tags which
 * differ by case only are several values of one key.
 *
 * @module
 */
import type { Tag } from './policies.js'

/** KMS has the latter. */
export type AnyTag = Tag | { readonly TagKey: string; readonly TagValue: string }

export function keyOfTag(tag: AnyTag): string {
  return 'Key' in tag ? tag.Key : tag.TagKey
}

/** `name` in lower case. Undefined when there is no such tag. */
export function valuesOfTag(
  tags: readonly AnyTag[] | undefined,
  name: string,
): readonly string[] | undefined {
  let values: string[] | undefined
  for (const tag of tags ?? []) {
    if (keyOfTag(tag).toLowerCase() !== name) continue
    const value = 'Key' in tag ? tag.Value : tag.TagValue
    if (values === undefined) values = [value]
    else values.push(value)
  }
  return values
}
