/**
 * Failures as S3 tells them: a status, and a document with code, message and what else is known.
 *
 *     <Error><Code>NoSuchKey</Code><Message>…</Message><Key>a</Key><Resource>/logs/a</Resource>…</Error>
 *
 * Of an error's detail, names that begin with a capital become elements, and those of S3's headers become headers.
 * A HEAD and a 304 have headers only. Source: Amazon S3 API reference, "Error responses".
 *
 * @module
 */
import { documentText, XML_HEAD } from '../../../aws/forms/rest-xml/xml-document.js'
import { isSealtrailError, type SealtrailError } from '../../../errors.js'
import { excerpt } from '../../../excerpt.js'
import type { Answer, Received } from '../../received.js'
import { type Fault, type FaultTable, faultOf, textAnswer } from '../faults.js'
import { XML_TYPE } from './output.js'
import { signatureFault } from './signature-faults.js'

const NOT_MODIFIED = 304
const NOT_FOUND = { status: 404 } as const
const CONFLICT = { status: 409 } as const
const FORBIDDEN = { status: 403 } as const

/** 400 and the same name for all that is not here. */
const STATUS: FaultTable = {
  AccessDeniedException: { status: 403, name: 'AccessDenied' },
  AccessForbidden: FORBIDDEN,
  BucketAlreadyExists: CONFLICT,
  BucketAlreadyOwnedByYou: CONFLICT,
  BucketNotEmpty: CONFLICT,
  Closed: { status: 503, name: 'ServiceUnavailable' },
  ConditionalRequestConflict: CONFLICT,
  DependencyTimeoutException: { status: 500, name: 'InternalError' },
  ExpiredTokenException: { status: 400, name: 'ExpiredToken' },
  InputTooLarge: { status: 400, name: 'MaxMessageLengthExceeded' },
  InputTooSlow: { status: 408, name: 'RequestTimeout' },
  InvalidArnException: { status: 400, name: 'InvalidArgument' },
  InvalidBucketState: CONFLICT,
  InvalidChunkSizeError: FORBIDDEN,
  InvalidObjectState: FORBIDDEN,
  InvalidRange: { status: 416 },
  KMSInternalException: { status: 500, name: 'InternalError' },
  KeyUnavailableException: { status: 503, name: 'ServiceUnavailable' },
  LimitExceededException: { status: 400, name: 'InvalidRequest' },
  MalformedPolicyDocumentException: { status: 400, name: 'MalformedPolicy' },
  MethodNotAllowed: { status: 405 },
  MissingContentLength: { status: 411 },
  NoSuchBucket: NOT_FOUND,
  NoSuchBucketPolicy: NOT_FOUND,
  NoSuchCORSConfiguration: NOT_FOUND,
  NoSuchKey: NOT_FOUND,
  NoSuchLifecycleConfiguration: NOT_FOUND,
  NoSuchObjectLockConfiguration: NOT_FOUND,
  NoSuchPublicAccessBlockConfiguration: NOT_FOUND,
  NoSuchTagSet: NOT_FOUND,
  NoSuchUpload: NOT_FOUND,
  NoSuchVersion: NOT_FOUND,
  NotImplemented: { status: 501 },
  NotModified: { status: NOT_MODIFIED },
  ObjectLockConfigurationNotFoundError: NOT_FOUND,
  OperationAborted: CONFLICT,
  OwnershipControlsNotFoundError: NOT_FOUND,
  PermanentRedirect: { status: 301 },
  PreconditionFailed: { status: 412 },
  SerializationException: { status: 400, name: 'InvalidURI' },
  ServerSideEncryptionConfigurationNotFoundError: NOT_FOUND,
  SignatureDoesNotMatch: FORBIDDEN,
  SlowDown: { status: 503 },
  ThrottlingException: { status: 503, name: 'SlowDown' },
  UnknownOperationException: { status: 501, name: 'NotImplemented' },
  UnrecognizedClientException: { status: 403, name: 'InvalidAccessKeyId' },
  UnsupportedOperationException: { status: 501, name: 'NotImplemented' },
  ValidationException: { status: 400, name: 'InvalidArgument' },
}
/** Where S3's words are others than those of an error that has another name with us. */
const MESSAGES: Readonly<Record<string, string>> = {
  ExpiredToken: 'The provided token has expired.',
  InternalError: 'We encountered an internal error. Please try again.',
  InvalidAccessKeyId: 'The AWS Access Key Id you provided does not exist in our records.',
  InvalidURI: "Couldn't parse the specified URI.",
  MaxMessageLengthExceeded: 'Your request was too big.',
  RequestTimeout:
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
  SlowDown: 'Please reduce your request rate.',
}

const ELEMENT = /^[A-Z][A-Za-z0-9-]*$/
const HEADER = /^(x-amz-[a-z0-9-]+|etag|last-modified|allow|content-range|accept-ranges)$/
const OTHER_HEADERS = /^(cache-control|expires|vary)$/

/** Names that go with every answer of S3's. */
export function idHeaders({ requestId }: Pick<Received, 'requestId'>): string[] {
  const { requestId: short, hostId } = idsOf(requestId)
  return ['x-amz-request-id', short, 'x-amz-id-2', hostId]
}

/** As S3's look; of the request's own id, which the log has. */
export function idsOf(requestId: string): { readonly requestId: string; readonly hostId: string } {
  return {
    requestId: requestId.replaceAll('-', '').slice(0, 16).toUpperCase(),
    hostId: Buffer.from(requestId).toString('base64'),
  }
}

/** @param resource `/bucket/key`, decoded. */
export function errorAnswer(error: unknown, request: Received, resource: string): Answer {
  const { status, name, message } = s3Fault(error, request)
  const detail = detailOf(error, status)
  const headers = [...idHeaders(request)]
  for (const [field, value] of Object.entries(detail)) {
    if (HEADER.test(field) || OTHER_HEADERS.test(field)) headers.push(field, String(value))
  }
  if (status === NOT_MODIFIED) return { status, headers, body: '' }
  const isHead = request.method === 'HEAD'
  const body = isHead ? '' : errorDocument({ name, message }, detail, request, resource)
  const answer = textAnswer(status, XML_TYPE, body)
  return { ...answer, headers: [...answer.headers, ...headers] }
}

/** For a failure that is told inside of a 200: CopyObject and CompleteMultipartUpload. */
export function errorBody(error: unknown, request: Received, resource: string): string {
  const fault = s3Fault(error, request)
  return errorDocument(fault, detailOf(error, fault.status), request, resource)
}

function s3Fault(error: unknown, request: Received): Fault {
  if (isSealtrailError(error)) {
    const ofSignature = signatureFault(error.code, error.message, request)
    if (ofSignature !== undefined) return ofSignature
  }
  const fault = faultOf(error, STATUS, 'InternalError')
  const isOwnName = isSealtrailError(error) && error.code === fault.name
  return isOwnName ? fault : { ...fault, message: MESSAGES[fault.name] ?? fault.message }
}

/** What went wrong in here is nobody's to know. */
function detailOf(error: unknown, status: number): SealtrailError['detail'] {
  return isSealtrailError(error) && status !== 500 ? error.detail : {}
}

function errorDocument(
  { name, message }: Pick<Fault, 'name' | 'message'>,
  detail: SealtrailError['detail'],
  { requestId }: Received,
  resource: string,
): string {
  let text = `${XML_HEAD}<Error>${element('Code', name)}${element('Message', message)}`
  for (const [field, value] of Object.entries(detail)) {
    if (ELEMENT.test(field)) text += element(field, String(value))
  }
  text += element('Resource', excerpt(resource))
  const ids = idsOf(requestId)
  return `${text}${element('RequestId', ids.requestId)}${element('HostId', ids.hostId)}</Error>`
}

function element(name: string, text: string): string {
  return `<${name}>${documentText(text)}</${name}>`
}
