/**
 * ListMultipartUploads and ListParts.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { behindAll, behindMarker, isBefore } from '../../listing/text-range.js'
import { walkPage } from '../../listing/walk.js'
import type { InputOf } from '../../model.js'
import { openUpload } from '../../multipart/find-upload.js'
import { readOpenUploads, readParts } from '../../multipart/rows.js'
import type { Upload } from '../../multipart/upload.js'
import type { S3Parts } from '../../parts.js'
import { bucketFor, bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { encoderOf, limitOf, markerOf, ownerMember } from '../objects/list-members.js'

type Entry = { readonly item: Upload } | { readonly commonPrefix: string }

export async function listMultipartUploads(
  parts: S3Parts,
  call: Call,
  input: InputOf<'ListMultipartUploads'>,
) {
  const bucket = await bucketFor(parts, call, input, 's3:ListBucketMultipartUploads')
  const { Prefix: prefix = '', KeyMarker: keyMarker = '', UploadIdMarker: idMarker = '' } = input
  const delimiter = input.Delimiter || undefined
  const limit = limitOf(input.MaxUploads, 'max-uploads')
  const encode = encoderOf(input)
  const start = startOf({ prefix, delimiter, keyMarker, idMarker })
  const { entries, isTruncated } = await walkPage<Upload>(
    async (last, asked) => {
      const after = afterOf(last) ?? start
      const uploads = await readOpenUploads(parts, bucket.id, after, prefix, asked)
      return uploads
    },
    { prefix, delimiter, limit },
  )
  const Uploads: object[] = []
  const CommonPrefixes: object[] = []
  for (const entry of entries) {
    if ('commonPrefix' in entry) CommonPrefixes.push({ Prefix: encode(entry.commonPrefix) })
    else Uploads.push({ ...uploadMember(entry.item), Key: encode(entry.item.key) })
  }
  await call.succeed()
  return {
    Bucket: bucket.name,
    ...{ KeyMarker: encode(keyMarker), UploadIdMarker: idMarker, Prefix: encode(prefix) },
    ...(delimiter === undefined ? {} : { Delimiter: encode(delimiter) }),
    ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
    ...{ MaxUploads: limit, IsTruncated: isTruncated, Uploads, CommonPrefixes },
    ...(isTruncated ? nextMarkers(entries.at(-1)!, encode) : {}),
  }
}

export async function listParts(parts: S3Parts, call: Call, input: InputOf<'ListParts'>) {
  const bucket = await bucketNamed(parts, call, input)
  mayObject(call, bucket, input.Key, 's3:ListMultipartUploadParts')
  const upload = await openUpload(parts, bucket, input)
  const limit = limitOf(input.MaxParts, 'max-parts')
  const marker = markerOf(input.PartNumberMarker)
  const found = await readParts(parts, upload.id, marker, limit + 1)
  const page = found.slice(0, limit)
  const { algorithm, type, isAsked } = upload.facts.checksum
  await call.succeed()
  return {
    ...{ Bucket: bucket.name, Key: upload.key, UploadId: upload.id },
    ...{ PartNumberMarker: String(marker), MaxParts: limit },
    NextPartNumberMarker: String(page.at(-1)?.number ?? marker),
    IsTruncated: limit > 0 && found.length > limit,
    Parts: page.map((part) => ({
      ...{ PartNumber: part.number, Size: part.bytes, ETag: `"${part.etag}"` },
      LastModified: new Date(part.modifiedAt),
      [`Checksum${algorithm}`]: part.facts.checksum,
    })),
    ...peopleOf(upload),
    ...(isAsked ? { ChecksumAlgorithm: algorithm, ChecksumType: type } : {}),
  }
}

function uploadMember(upload: Upload) {
  const { algorithm, type, isAsked } = upload.facts.checksum
  return {
    ...{ UploadId: upload.id, Key: upload.key, Initiated: new Date(upload.initiatedAt) },
    ...peopleOf(upload),
    ...(isAsked ? { ChecksumAlgorithm: algorithm, ChecksumType: type } : {}),
  }
}

function peopleOf({ facts }: Upload) {
  return {
    Initiator: { ID: facts.initiator.id, DisplayName: facts.initiator.name },
    Owner: ownerMember(facts.owner),
    StorageClass: facts.storageClass ?? 'STANDARD',
  }
}

interface After {
  readonly key: string
  readonly uploadId: string
}

interface Markers {
  readonly prefix: string
  readonly delimiter: string | undefined
  readonly keyMarker: string
  readonly idMarker: string
}

/** Of keys from `prefix` on. */
function startOf({ prefix, delimiter, keyMarker, idMarker }: Markers): After {
  if (keyMarker === '' || isBefore(keyMarker, prefix)) return { key: prefix, uploadId: '' }
  // Without an id, all of that key have been seen.
  if (idMarker === '') return { key: behindMarker(keyMarker, prefix, delimiter), uploadId: '' }
  return { key: keyMarker, uploadId: idMarker }
}

function afterOf(last: Entry | undefined): After | undefined {
  if (last === undefined) return undefined
  if ('item' in last) return { key: last.item.key, uploadId: last.item.id }
  return { key: behindAll(last.commonPrefix), uploadId: '' }
}

function nextMarkers(last: Entry, encode: (text: string) => string): object {
  if ('commonPrefix' in last) {
    return { NextKeyMarker: encode(last.commonPrefix), NextUploadIdMarker: '' }
  }
  return { NextKeyMarker: encode(last.item.key), NextUploadIdMarker: last.item.id }
}
