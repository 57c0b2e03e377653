/**
 * What a writer says of an object beside its bytes, and readers are told again: headers, metadata, tags, lock.
 *
 * Source: Amazon S3 API reference, PutObject; user guide, "Working with object metadata", "Categorizing your storage
 * using tags".
 *
 * @module
 */
import { parseQuery } from '../../aws/query-string.js'
import { SealtrailError } from '../../errors.js'
import type { Tag } from '../../service/policies.js'
import type { VersionFacts } from './version.js'

/** As the members of PutObject, CopyObject and CreateMultipartUpload say it. */
export interface Description {
  readonly CacheControl?: string | undefined
  readonly ContentDisposition?: string | undefined
  readonly ContentEncoding?: string | undefined
  readonly ContentLanguage?: string | undefined
  readonly ContentType?: string | undefined
  readonly Expires?: string | Date | undefined
  readonly WebsiteRedirectLocation?: string | undefined
  readonly Metadata?: Readonly<Record<string, string>> | undefined
  readonly StorageClass?: string | undefined
  readonly Tagging?: string | undefined
  readonly ObjectLockMode?: string | undefined
  readonly ObjectLockRetainUntilDate?: Date | undefined
  readonly ObjectLockLegalHoldStatus?: string | undefined
}

type Described = Pick<VersionFacts, 'headers' | 'metadata' | 'storageClass' | 'tags'>

const HEADERS = [
  ...(['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage'] as const),
  ...(['ContentType', 'Expires', 'WebsiteRedirectLocation'] as const),
]
const DEFAULT_TYPE = 'binary/octet-stream'
const METADATA_BYTES_MAX = 2048
/** RFC 9110 §5.6.2: what stands behind `x-amz-meta-`. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/
const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  ...['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING'],
  ...['GLACIER_IR', 'EXPRESS_ONEZONE'],
])
const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE', 'OUTPOSTS', 'SNOW'])
const TAGS_MAX = 10
const TAG_KEY_MAX = 128
const TAG_VALUE_MAX = 256
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** @throws SealtrailError `MetadataTooLarge`, `InvalidStorageClass`, `InvalidTag`, `InvalidArgument` */
export function described(given: Description): Described {
  return {
    headers: headersOf(given),
    metadata: metadataOf(given.Metadata),
    ...storageClassOf(given.StorageClass),
    ...(given.Tagging === undefined ? {} : { tags: tagsOfHeader(given.Tagging) }),
  }
}

export function headersOf(given: Description): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of HEADERS) {
    const value = given[name]
    if (value === undefined || value === '') continue
    headers[name] = value instanceof Date ? value.toUTCString() : value
  }
  const encoding = headers.ContentEncoding && withoutChunked(headers.ContentEncoding)
  if (encoding) headers.ContentEncoding = encoding
  else delete headers.ContentEncoding
  headers.ContentType ??= DEFAULT_TYPE
  return headers
}

/** @throws SealtrailError `MetadataTooLarge`, `InvalidArgument` for a name that no header can have. */
export function metadataOf(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null)
  let bytes = 0
  for (const [name, value] of Object.entries(given)) {
    if (!HEADER_NAME.test(name)) {
      const says = 'The name of metadata holds what the name of a header cannot.'
      throw new SealtrailError('InvalidArgument', says, { ArgumentName: 'x-amz-meta-' })
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
    metadata[name.toLowerCase()] = value
  }
  if (bytes <= METADATA_BYTES_MAX) return metadata
  const says = 'Your metadata headers exceed the maximum allowed metadata size'
  const detail = { Size: bytes, MaxSizeAllowed: METADATA_BYTES_MAX }
  throw new SealtrailError('MetadataTooLarge', says, detail)
}

/** @throws SealtrailError `InvalidStorageClass`, `NotImplemented` for classes whose bytes would have to be restored. */
export function storageClassOf(given: string | undefined): { readonly storageClass?: string } {
  if (given === undefined || given === 'STANDARD') return {}
  if (ARCHIVES.has(given)) {
    throw new SealtrailError('NotImplemented', `The storage class ${given} is not implemented`)
  }
  if (STORAGE_CLASSES.has(given)) return { storageClass: given }
  throw new SealtrailError('InvalidStorageClass', 'The storage class you specified is not valid')
}

/** A query string of pairs. @throws SealtrailError `InvalidTag`, `InvalidArgument` */
export function tagsOfHeader(header: string): Tag[] {
  let pairs: ReturnType<typeof parseQuery>
  try {
    pairs = header === '' ? [] : parseQuery(header)
    if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new Error('named twice')
  } catch {
    const says =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."
    const detail = { ArgumentName: 'x-amz-tagging', ArgumentValue: header }
    throw new SealtrailError('InvalidArgument', says, detail)
  }
  return checkedTags(pairs.map(([Key, Value]) => ({ Key, Value })))
}

/** @throws SealtrailError `InvalidTag`, `BadRequest` */
export function checkedTags(tags: readonly Tag[]): Tag[] {
  if (tags.length > TAGS_MAX) {
    throw new SealtrailError('BadRequest', 'Object tags cannot be greater than 10')
  }
  const keys = new Set<string>()
  for (const { Key, Value } of tags) {
    if (Key.length === 0 || charactersOf(Key) > TAG_KEY_MAX || !TAG_CHARACTERS.test(Key)) {
      throw invalidTag('The TagKey you have provided is invalid', { TagKey: Key })
    }
    if (charactersOf(Value) > TAG_VALUE_MAX || !TAG_CHARACTERS.test(Value)) {
      throw invalidTag('The TagValue you have provided is invalid', { TagKey: Key })
    }
    if (Key.startsWith('aws:')) {
      throw invalidTag('System tags cannot be added/updated by requester')
    }
    if (keys.has(Key)) {
      throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey: Key })
    }
    keys.add(Key)
  }
  return tags.map(({ Key, Value }) => ({ Key, Value }))
}

function charactersOf(text: string): number {
  return [...text].length
}

function invalidTag(says: string, detail: Record<string, string> = {}): SealtrailError {
  return new SealtrailError('InvalidTag', says, detail)
}

/** The framing of a request is not the object's encoding. */
function withoutChunked(encoding: string): string {
  return encoding
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one.toLowerCase() !== 'aws-chunked')
    .join(',')
}
