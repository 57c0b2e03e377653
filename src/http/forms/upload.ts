/**
 * What a browser's form asks for: an object under a key, with what PutObject says in headers, and an answer of its own.
 *
 *     key, acl, tagging, Content-Type, Expires, x-amz-…      the object
 *     policy, x-amz-credential, x-amz-signature, …           who allowed it
 *     success_action_status, success_action_redirect         the answer
 *
 * Source: Amazon S3 API reference, "POST Object".
 *
 * @module
 */
import { documentText, XML_HEAD } from '../../aws/forms/rest-xml/xml-document.js'
import { encodeUri } from '../../aws/query-string.js'
import type { StreamingBody } from '../../aws/streaming.js'
import { SealtrailError } from '../../errors.js'
import type { PolicyClaim } from '../../sigv4/policy-signature.js'
import type { Answer } from '../received.js'
import type { Form, FormFile } from './form.js'
import type { FileRange } from './policy.js'

const FILENAME = /\$\{filename\}/g
const REDIRECT = 'success_action_redirect'
/** An older name for it. */
const OLD_REDIRECT = 'redirect'
const EXPANDED: ReadonlySet<string> = new Set(['key', REDIRECT, OLD_REDIRECT])
const NO_TRAILERS: ReadonlyMap<string, string> = new Map()

/** Fields that say what headers of PutObject say. */
const HEADERS =
  /^(cache-control|content-(type|disposition|encoding|language)|expires|x-amz-(meta|checksum|object-lock|server-side-encryption|grant)-.+|x-amz-(server-side-encryption|storage-class|website-redirect-location|sdk-checksum-algorithm))$/

/** The fields with the name of the file put in. */
export function expandedFields({ fields, file }: Form): Map<string, string> {
  const expanded = new Map(fields)
  for (const name of EXPANDED) {
    const value = expanded.get(name)
    if (value !== undefined)
      expanded.set(
        name,
        value.replace(FILENAME, () => file.name),
      )
  }
  return expanded
}

/** @throws SealtrailError `InvalidArgument` for a field that is not there, `AccessDeniedException` without any policy. */
export function claimOf(fields: ReadonlyMap<string, string>): PolicyClaim {
  const policy = fields.get('policy')
  const isSigned = [...fields.keys()].some((name) => /^(x-amz-signature|signature)$/.test(name))
  if (policy === undefined && !isSigned) {
    throw new SealtrailError('AccessDeniedException', 'Access Denied')
  }
  if (fields.has('awsaccesskeyid') && !fields.has('x-amz-algorithm')) {
    const says =
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.'
    throw new SealtrailError('InvalidRequest', says)
  }
  return {
    policy: fieldNamed(fields, 'policy', 'policy'),
    algorithm: fieldNamed(fields, 'x-amz-algorithm', 'X-Amz-Algorithm'),
    credential: fieldNamed(fields, 'x-amz-credential', 'X-Amz-Credential'),
    timestamp: fieldNamed(fields, 'x-amz-date', 'X-Amz-Date'),
    signature: fieldNamed(fields, 'x-amz-signature', 'X-Amz-Signature'),
    sessionToken: fields.get('x-amz-security-token'),
  }
}

/** @throws SealtrailError `InvalidArgument` */
export function keyOf(fields: ReadonlyMap<string, string>): string {
  return fieldNamed(fields, 'key', 'key')
}

/** @param tagging as the header has it. */
export function headersOf(
  fields: ReadonlyMap<string, string>,
  tagging: string | undefined,
): ReadonlyMap<string, string> {
  const headers = new Map([...fields].filter(([name]) => HEADERS.test(name)))
  const acl = fields.get('acl') ?? fields.get('x-amz-acl')
  if (acl !== undefined) headers.set('x-amz-acl', acl)
  if (tagging !== undefined) headers.set('x-amz-tagging', tagging)
  return headers
}

/** The file, of which no more comes than its policy allows, and which fails when there is less. */
export function bodyOf({ pieces }: FormFile, range: FileRange | undefined): StreamingBody {
  return {
    bytes: undefined,
    whole: undefined,
    pieces: range === undefined ? pieces : within(pieces, range),
    trailers: () => NO_TRAILERS,
  }
}

async function* within(
  pieces: AsyncIterable<Uint8Array>,
  { min, max }: FileRange,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > max) {
      const says = 'Your proposed upload exceeds the maximum allowed size'
      const detail = { ProposedSize: bytes, MaxSizeAllowed: max }
      throw new SealtrailError('EntityTooLarge', says, detail)
    }
    yield piece
  }
  if (bytes >= min) return
  const says = 'Your proposed upload is smaller than the minimum allowed size'
  throw new SealtrailError('EntityTooSmall', says, { ProposedSize: bytes, MinSizeAllowed: min })
}

interface Stored {
  readonly bucket: string
  readonly key: string
  readonly etag: string
  /** The URL of the bucket. */
  readonly base: string
}

/** @param answer of PutObject. */
export function answerOf(
  fields: ReadonlyMap<string, string>,
  stored: Stored,
  answer: Answer,
): Answer {
  const { bucket, key, etag, base } = stored
  const location = `${base}/${key.split('/').map(encodeUri).join('/')}`
  const redirect = redirectOf(fields, stored)
  if (redirect !== undefined) {
    return { ...answer, status: 303, headers: [...answer.headers, 'Location', redirect], body: '' }
  }
  const headers = [...answer.headers, 'Location', location]
  switch (fields.get('success_action_status')) {
    case '200':
      return { ...answer, status: 200, headers, body: '' }
    case '201': {
      const members = { Location: location, Bucket: bucket, Key: key, ETag: etag }
      const elements = Object.entries(members).map(
        ([name, text]) => `<${name}>${documentText(text)}</${name}>`,
      )
      const body = `${XML_HEAD}<PostResponse>${elements.join('')}</PostResponse>`
      const typed = [...headers, 'Content-Type', 'application/xml']
      return { ...answer, status: 201, headers: typed, body }
    }
    default:
      return { ...answer, status: 204, headers, body: '' }
  }
}

/** Undefined for what is no URL: then the status counts. */
function redirectOf(
  fields: ReadonlyMap<string, string>,
  { bucket, key, etag }: Stored,
): string | undefined {
  const given = fields.get(REDIRECT) ?? fields.get(OLD_REDIRECT)
  if (given === undefined || !/^https?:\/\//i.test(given) || !URL.canParse(given)) return undefined
  const url = new URL(given)
  const pairs = Object.entries({ bucket, key, etag }).map(
    ([name, value]) => `${name}=${encodeUri(value)}`,
  )
  url.search = `${url.search === '' ? '?' : `${url.search}&`}${pairs.join('&')}`
  return url.href
}

function fieldNamed(fields: ReadonlyMap<string, string>, name: string, shown: string): string {
  const value = fields.get(name)
  if (value !== undefined && value !== '') return value
  // The two blanks are AWS's.
  const says = `Bucket POST must contain a field named '${shown}'.  If it is specified, please check the order of the fields.`
  const detail = { ArgumentName: shown, ArgumentValue: '' }
  throw new SealtrailError('InvalidArgument', says, detail)
}
