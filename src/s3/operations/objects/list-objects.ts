/**
 * ListObjects and ListObjectsV2.
 *
 * A page ends with a key or with a rolled-up prefix, and the next one goes on behind it: the marker of V1 says it in plain
 * text, the token of V2 is ours alone to read.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { type Entry, listObjects as listPage } from '../../listing/objects.js'
import { behindAll, behindMarker, isBefore, justAfter } from '../../listing/text-range.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument } from '../../refusals.js'
import { bucketFor } from '../../use/find-bucket.js'
import { encoderOf, entryMember, type ListInput, limitOf, ownerMember } from './list-members.js'

export async function listObjects(parts: S3Parts, call: Call, input: InputOf<'ListObjects'>) {
  const bucket = await bucketFor(parts, call, input, 's3:ListBucket')
  const { Prefix: prefix = '', Delimiter: delimiter, Marker: marker = '' } = input
  const page = await pageOf(parts, bucket.id, input, startOf(marker, prefix, delimiter))
  const encode = encoderOf(input)
  await call.succeed()
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    Marker: encode(marker),
    ...(delimiter ? { Delimiter: encode(delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    MaxKeys: page.limit,
    IsTruncated: page.isTruncated,
    // Without a delimiter, the last key says it.
    ...(page.isTruncated && delimiter ? { NextMarker: encode(nameOf(page.entries.at(-1)!)) } : {}),
    ...membersOf(page.entries, encode, true),
  }
}

export async function listObjectsV2(parts: S3Parts, call: Call, input: InputOf<'ListObjectsV2'>) {
  const bucket = await bucketFor(parts, call, input, 's3:ListBucket')
  const { Prefix: prefix = '', Delimiter: delimiter, StartAfter: startAfter = '' } = input
  const { ContinuationToken: token } = input
  const from = token === undefined ? startOf(startAfter, prefix, delimiter) : readToken(token)
  const page = await pageOf(parts, bucket.id, input, from)
  const encode = encoderOf(input)
  await call.succeed()
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    ...(delimiter ? { Delimiter: encode(delimiter) } : {}),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    ...(startAfter === '' ? {} : { StartAfter: encode(startAfter) }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    MaxKeys: page.limit,
    KeyCount: page.entries.length,
    IsTruncated: page.isTruncated,
    ...(page.isTruncated ? { NextContinuationToken: tokenBehind(page.entries.at(-1)!) } : {}),
    ...membersOf(page.entries, encode, input.FetchOwner === true),
  }
}

async function pageOf(parts: S3Parts, bucketId: string, input: ListInput, start: string) {
  const { Prefix: prefix = '', Delimiter: delimiter } = input
  const limit = limitOf(input.MaxKeys)
  const from = isBefore(start, prefix) ? prefix : start
  const wanted = { prefix, delimiter: delimiter || undefined, from, limit: limit && limit + 1 }
  const entries = await listPage(parts, bucketId, wanted)
  const isTruncated = entries.length > limit
  return { limit, isTruncated, entries: isTruncated ? entries.slice(0, limit) : entries }
}

function membersOf(entries: readonly Entry[], encode: (text: string) => string, hasOwner: boolean) {
  const Contents: object[] = []
  const CommonPrefixes: object[] = []
  for (const entry of entries) {
    if ('commonPrefix' in entry) CommonPrefixes.push({ Prefix: encode(entry.commonPrefix) })
    else {
      const { version } = entry
      const owner = hasOwner ? { Owner: ownerMember(version.facts.owner) } : {}
      Contents.push({ ...entryMember(version, encode), ...owner })
    }
  }
  return { Contents, CommonPrefixes }
}

function nameOf(entry: Entry): string {
  return 'commonPrefix' in entry ? entry.commonPrefix : entry.version.key
}

/** Without a marker, at the beginning. */
function startOf(marker: string, prefix: string, delimiter: string | undefined): string {
  return marker === '' ? '' : behindMarker(marker, prefix, delimiter || undefined)
}

const TOKEN = /^[A-Za-z0-9_-]+$/

function tokenBehind(entry: Entry): string {
  const next =
    'commonPrefix' in entry ? behindAll(entry.commonPrefix) : justAfter(entry.version.key)
  return Buffer.from(`1${next}`).toString('base64url')
}

/** @throws SealtrailError `InvalidArgument` */
function readToken(token: string): string {
  const text = TOKEN.test(token) ? Buffer.from(token, 'base64url').toString() : ''
  if (text.startsWith('1')) return text.slice(1)
  throw invalidArgument(
    'The continuation token provided is incorrect',
    'continuation-token',
    token.slice(0, 100),
  )
}
