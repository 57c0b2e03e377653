/**
 * ListObjectVersions.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { behindAll, behindMarker, isBefore } from '../../listing/text-range.js'
import { type After, readVersions } from '../../listing/versions.js'
import { walkPage } from '../../listing/walk.js'
import type { InputOf } from '../../model.js'
import { readVersion } from '../../objects/rows.js'
import type { ObjectVersion } from '../../objects/version.js'
import { NULL_VERSION, orderOf } from '../../objects/version-id.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument } from '../../refusals.js'
import { bucketFor } from '../../use/find-bucket.js'
import { encoderOf, entryMember, limitOf, ownerMember } from './list-members.js'

type Input = InputOf<'ListObjectVersions'>

export async function listObjectVersions(parts: S3Parts, call: Call, input: Input) {
  const bucket = await bucketFor(parts, call, input, 's3:ListBucketVersions')
  const { Prefix: prefix = '', KeyMarker: keyMarker = '', VersionIdMarker: idMarker } = input
  const delimiter = input.Delimiter || undefined
  const limit = limitOf(input.MaxKeys)
  const encode = encoderOf(input)
  const markers = { prefix, delimiter, keyMarker, idMarker }
  const start = await startOf(parts, bucket.id, markers)
  const { entries, isTruncated } = await walkPage<ObjectVersion>(
    (last, asked) => readVersions(parts, bucket.id, prefix, after(last) ?? start, asked),
    { prefix, delimiter, limit },
  )
  const Versions: object[] = []
  const DeleteMarkers: object[] = []
  const CommonPrefixes: object[] = []
  for (const entry of entries) {
    if ('commonPrefix' in entry) CommonPrefixes.push({ Prefix: encode(entry.commonPrefix) })
    else if (entry.item.isMarker) DeleteMarkers.push(markerMember(entry.item, encode))
    else Versions.push({ ...entryMember(entry.item, encode), ...memberOf(entry.item) })
  }
  const last = isTruncated ? entries.at(-1) : undefined
  await call.succeed()
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: idMarker ?? '',
    ...(delimiter === undefined ? {} : { Delimiter: encode(delimiter) }),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    ...{ MaxKeys: limit, IsTruncated: isTruncated, Versions, DeleteMarkers, CommonPrefixes },
    ...nextMarkers(last, encode),
  }
}

type Entry = { readonly item: ObjectVersion } | { readonly commonPrefix: string }

function after(last: Entry | undefined): After | undefined {
  if (last === undefined) return undefined
  if ('item' in last) return { key: last.item.key, order: last.item.order }
  return { key: behindAll(last.commonPrefix) }
}

interface Markers {
  readonly prefix: string
  readonly delimiter: string | undefined
  readonly keyMarker: string
  readonly idMarker: string | undefined
}

/**
 * The version may be gone since: then its id says where it stood.
 * @throws SealtrailError `InvalidArgument`
 */
async function startOf(
  parts: S3Parts,
  bucketId: string,
  { prefix, delimiter, keyMarker, idMarker }: Markers,
): Promise<After> {
  if (idMarker !== undefined && keyMarker === '') {
    const says = 'A version-id marker cannot be specified without a key marker.'
    throw invalidArgument(says, 'version-id-marker', idMarker)
  }
  if (keyMarker === '' || isBefore(keyMarker, prefix)) return { key: prefix }
  if (idMarker === undefined) return { key: behindMarker(keyMarker, prefix, delimiter) }
  const marked = await readVersion(parts, bucketId, keyMarker, idMarker)
  const order = marked?.order ?? orderOf(idMarker)
  if (order !== undefined) return { key: keyMarker, order }
  // Nobody knows where it stood: rather seen twice than not at all.
  if (idMarker === NULL_VERSION) return { key: keyMarker }
  throw invalidArgument('Invalid version id specified', 'version-id-marker', idMarker)
}

function memberOf({ facts, id, isLatest }: ObjectVersion) {
  return { Owner: ownerMember(facts.owner), VersionId: id, IsLatest: isLatest }
}

function markerMember(marker: ObjectVersion, encode: (text: string) => string) {
  const LastModified = new Date(marker.modifiedAt)
  return { Key: encode(marker.key), LastModified, ...memberOf(marker) }
}

function nextMarkers(last: Entry | undefined, encode: (text: string) => string): object {
  if (last === undefined) return {}
  if ('commonPrefix' in last) return { NextKeyMarker: encode(last.commonPrefix) }
  return { NextKeyMarker: encode(last.item.key), NextVersionIdMarker: last.item.id }
}
