/**
 * Tags of trails.
 *
 * Source: AWS CloudTrail API reference, AddTags, RemoveTags, ListTags.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Tag } from '../../service/policies.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import { trailArn } from '../trails/trail.js'
import { changeTrail, trailNamed } from './find-trail.js'

const TAGS_MAX = 50
const TRAILS_MAX = 20
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

interface GivenTag {
  readonly Key: string
  readonly Value?: string | undefined
}

/** `old` with those of `given`. @throws SealtrailError `InvalidTagParameterException`, `TagsLimitExceededException` */
export function tagsIn(old: readonly Tag[], given: readonly GivenTag[]): readonly Tag[] {
  const seen = new Set<string>()
  for (const { Key, Value = '' } of given) {
    if (seen.has(Key)) throw invalidTag(`The tag key ${Key} is there twice.`)
    if (Key.toLowerCase().startsWith('aws:')) throw invalidTag('Tag keys must not begin with aws:.')
    if (!CHARACTERS.test(Key) || !CHARACTERS.test(Value)) {
      throw invalidTag(`The tag ${Key} has characters that tags may not have.`)
    }
    seen.add(Key)
  }
  const added = given.map(({ Key, Value = '' }) => ({ Key, Value }))
  const tags = [...old.filter(({ Key }) => !seen.has(Key)), ...added]
  if (tags.length > TAGS_MAX) {
    const says = `The number of tags per trail has exceeded the permitted amount: ${TAGS_MAX}.`
    throw refused('TagsLimitExceededException', says)
  }
  return tags
}

export async function addTags(
  parts: TrailParts,
  call: Call,
  input: InputOf<'AddTags'>,
): Promise<void> {
  await changeTags(parts, call, input.ResourceId, (tags) => tagsIn(tags, input.TagsList))
}

export async function removeTags(
  parts: TrailParts,
  call: Call,
  input: InputOf<'RemoveTags'>,
): Promise<void> {
  await changeTags(parts, call, input.ResourceId, (tags) => {
    const isRemoved = (tag: Tag) =>
      input.TagsList.some(({ Key, Value = tag.Value }) => Key === tag.Key && Value === tag.Value)
    return tags.filter((tag) => !isRemoved(tag))
  })
}

export async function listTags(
  parts: TrailParts,
  call: Call,
  { ResourceIdList, NextToken }: InputOf<'ListTags'>,
): Promise<object> {
  if (NextToken !== undefined) throw refused('InvalidTokenException', 'The token is not valid.')
  if (ResourceIdList.length > TRAILS_MAX) {
    throw refused('InvalidParameterException', `At most ${TRAILS_MAX} resources can be listed.`)
  }
  const ResourceTagList = ResourceIdList.map((arn) => {
    checkArn(arn)
    const trail = trailNamed(parts, call, arn)
    return { ResourceId: trailArn(trail), TagsList: trail.config.tags }
  })
  if (ResourceTagList.length === 0) call.needsNoPermission()
  await call.succeed()
  return { ResourceTagList }
}

async function changeTags(
  parts: TrailParts,
  call: Call,
  arn: string,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  checkArn(arn)
  await changeTrail(parts, call, arn, async (trail) => {
    const tags = change(trail.config.tags)
    return { next: { ...trail, config: { ...trail.config, tags } } }
  })
}

function checkArn(given: string): void {
  if (given.startsWith('arn:')) return
  throw refused(
    'CloudTrailARNInvalidException',
    `Invalid ARN ${given}: tags need the ARN of a trail.`,
  )
}

function invalidTag(says: string) {
  return refused('InvalidTagParameterException', says)
}
