/**
 * GetObjectTagging, PutObjectTagging, DeleteObjectTagging.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model.js'
import { checkedTags } from '../../objects/described.js'
import type { VersionFacts } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { alterVersion } from '../../versions/alter.js'
import { versionFor } from './find-version.js'
import { versionMember } from './members.js'

const GET_TAGS = { plain: 's3:GetObjectTagging', ofVersion: 's3:GetObjectVersionTagging' }
const PUT_TAGS = { plain: 's3:PutObjectTagging', ofVersion: 's3:PutObjectVersionTagging' }
const DROP_TAGS = { plain: 's3:DeleteObjectTagging', ofVersion: 's3:DeleteObjectVersionTagging' }

export async function getObjectTagging(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetObjectTagging'>,
) {
  const bucket = await bucketNamed(parts, call, input)
  const version = await versionFor(parts, call, bucket, input, GET_TAGS)
  await call.succeed()
  return { TagSet: version.facts.tags ?? [], ...versionMember(bucket, version) }
}

export async function putObjectTagging(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutObjectTagging'>,
) {
  const tags = checkedTags(input.Tagging.TagSet)
  return await change(parts, call, input, PUT_TAGS, (facts) => ({ ...facts, tags }))
}

export async function deleteObjectTagging(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteObjectTagging'>,
) {
  return await change(parts, call, input, DROP_TAGS, ({ tags: _, ...facts }) => facts)
}

async function change(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteObjectTagging'>,
  action: typeof GET_TAGS,
  alter: (facts: VersionFacts) => VersionFacts,
) {
  const bucket = await bucketNamed(parts, call, input)
  const find = () => versionFor(parts, call, bucket, input, action)
  const version = await alterVersion(parts, call, bucket, input.Key, find, ({ facts }) =>
    alter(facts),
  )
  return versionMember(bucket, version)
}
