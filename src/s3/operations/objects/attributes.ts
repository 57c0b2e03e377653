/**
 * GetObjectAttributes.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { readKeyOf } from '../../encryption/shown-key.js'
import type { InputOf } from '../../model.js'
import { readParts } from '../../multipart/rows.js'
import type { ObjectVersion } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { GET, versionFor } from './find-version.js'
import { limitOf, markerOf } from './list-members.js'
import { checksumMembers, versionMember } from './members.js'

const ATTRIBUTES = {
  plain: 's3:GetObjectAttributes',
  ofVersion: 's3:GetObjectVersionAttributes',
}

const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set([
  ...['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'],
])

export async function getObjectAttributes(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetObjectAttributes'>,
) {
  const bucket = await bucketNamed(parts, call, input)
  const { Key: key, VersionId: id } = input
  const version = await versionFor(parts, call, bucket, input, ATTRIBUTES)
  const { plain, ofVersion } = GET
  const facts = { existingTags: version.facts.tags, versionId: id }
  mayObject(call, bucket, key, id === undefined ? plain : ofVersion, facts)
  readKeyOf(version.facts.sse!, input)?.fill(0)
  const asked = attributesOf(input.ObjectAttributes)
  const { checksum, storageClass = 'STANDARD' } = version.facts
  const ObjectParts = asked.has('ObjectParts') ? await partsOf(parts, version, input) : undefined
  await call.succeed()
  return {
    LastModified: new Date(version.modifiedAt),
    ...versionMember(bucket, version),
    ...(asked.has('ETag') ? { ETag: version.etag } : {}),
    ...(asked.has('Checksum') && checksum ? { Checksum: checksumMembers(checksum) } : {}),
    ...(ObjectParts === undefined ? {} : { ObjectParts }),
    ...(asked.has('StorageClass') ? { StorageClass: storageClass } : {}),
    ...(asked.has('ObjectSize') ? { ObjectSize: version.bytes } : {}),
  }
}

/** @throws SealtrailError `InvalidArgument` */
function attributesOf(given: readonly string[]): ReadonlySet<string> {
  for (const name of given) {
    if (ATTRIBUTE_NAMES.has(name)) continue
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', name)
  }
  return new Set(given)
}

/** The parts themselves only where each has a checksum of its own that counts. */
async function partsOf(
  parts: S3Parts,
  { uploadId, facts }: ObjectVersion,
  input: InputOf<'GetObjectAttributes'>,
) {
  if (uploadId === undefined || facts.parts === undefined) return undefined
  const { checksum } = facts
  if (checksum?.type !== 'COMPOSITE') return { TotalPartsCount: facts.parts }
  const limit = limitOf(input.MaxParts, 'max-parts')
  const marker = markerOf(input.PartNumberMarker)
  const found = await readParts(parts, uploadId, marker, limit + 1)
  const page = found.slice(0, limit)
  return {
    TotalPartsCount: facts.parts,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? marker),
    MaxParts: limit,
    IsTruncated: limit > 0 && found.length > limit,
    Parts: page.map((part) => ({
      PartNumber: part.number,
      Size: part.bytes,
      [`Checksum${checksum.algorithm}`]: part.facts.checksum,
    })),
  }
}
