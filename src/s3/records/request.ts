/**
 * A call of S3, as its record shows it from its beginning: CloudTrail's own form of S3's requests.
 *
 *     { bucketName, Host, acl: '', 'x-amz-acl': 'private', bucketPolicy: { … }, Tagging: { TagSet: { Tag: … } } }
 *     { bucketName, Host, key, 'list-type': '2', prefix: 'logs/', 'x-amz-storage-class': 'STANDARD' }
 *
 * Headers and parameters under their names, what makes the sub-resource with its value, documents as their XML reads: one
 * element by itself, several as a list. Of a call on objects, of all headers S3's own, and no lists of keys or parts. What
 * a record shows of the answer is in answer.ts. Sources: CloudTrail records of S3 that accounts have published; Amazon S3
 * user guide, "CloudTrail log file entries for Amazon S3".
 *
 * @module
 */
import { partitionOf } from '../../aws/arn.js'
import type { Member, Shape, Structure } from '../../aws/model.js'
import { type ShownValue, shownDate } from '../../aws/shown.js'
import { isTooLong, readDocument } from '../../policy/grammar/document.js'
import type { Call } from '../../service/calls/call.js'
import type { HttpFacts } from '../../service/calls/call-context.js'

type Values = Readonly<Record<string, unknown>>
type Shown = Record<string, ShownValue>

const PATH_NAMES: Readonly<Record<string, string>> = { Bucket: 'bucketName', Key: 'key' }
/** Of the transfer, or secret. */
const LEFT_OUT = new Set(['ContentMD5', 'ChecksumAlgorithm', 'RequestPayer', 'MFA', 'Token'])
/** Of objects: as many as a thousand keys, ten thousand parts, and what users say of an object. */
const LONG = new Set(['Delete', 'MultipartUpload', 'Metadata'])
/** The model calls it a secret; AWS shows it. */
const SHOWN_ALL_THE_SAME = new Set(['SSEKMSKeyId'])
const OWN_HEADER = /^x-amz-(?!checksum-)/
const METHODS = { 'REST-HEADER': 'AuthHeader', 'REST-QUERY-STRING': 'QueryString' } as const

/** Of what is a management event. */
export function showBucketCall(call: Call): void {
  show(call, (name) => !LEFT_OUT.has(name))
}

/**
 * Of what is a data event: nothing, where nobody asks for records of such. Of an input that could not be taken what its
 * address names.
 */
export function showObjectCall(call: Call): void {
  const input = inputOf(call)
  if (!call.isShown || input === undefined) return
  show(call, (name, http) => {
    if (LEFT_OUT.has(name) || LONG.has(name)) return false
    return http.at !== 'header' || OWN_HEADER.test(http.name ?? '')
  })
  const { Bucket = '', Key } = input as Record<string, string>
  const arn = `arn:${partitionOf(call.region)}:s3:::${Bucket}/${Key ?? ''}`
  call.uses({ type: OBJECT, arn, ...(Key === undefined ? { isPrefix: true } : {}) })
}

/** The objects that it is about; whose they are, their bucket says. */
export const OBJECT = 'AWS::S3::Object'

/** Undefined of a program's, before it was taken. */
function inputOf({ input, context }: Call): Values | undefined {
  if (input !== undefined) return input as Values
  const address = context.http?.address
  if (address === undefined) return undefined
  const { bucket: Bucket, key } = address
  return key === '' ? { Bucket } : { Bucket, Key: key }
}

function show(call: Call, isWanted: (name: string, http: Member['http']) => boolean): void {
  const shown: Shown = {}
  const input = inputOf(call) ?? {}
  for (const member of call.shape.input?.members ?? []) {
    const { name, http, isHidden } = member
    const value = input[name]
    if (value === undefined || !isWanted(name, http)) continue
    if (isHidden && !SHOWN_ALL_THE_SAME.has(name)) continue
    if (name === 'Policy') Object.assign(shown, policyShown(value as string))
    else if (http.at === undefined) showElement(shown, member, value)
    else shown[nameOf(member)] = leafShown(value)
  }
  const { http, tls } = call.context
  for (const constant of call.shape.http?.constant ?? []) {
    const [name = '', value = ''] = constant.split('=')
    shown[name] = value
  }
  if (http !== undefined) Object.assign(shown, http.presigned, { Host: http.host })
  call.show(shown)
  call.showBeside({ ...signed(http, tls?.cipherSuite), ...transferred(call) })
}

function signed(http: HttpFacts | undefined, CipherSuite: string | undefined) {
  if (http === undefined) return {}
  const { authType, hostId } = http
  return {
    SignatureVersion: 'SigV4',
    ...(CipherSuite === undefined ? {} : { CipherSuite }),
    ...(authType === 'POST' ? {} : { AuthenticationMethod: METHODS[authType] }),
    'x-amz-id-2': hostId,
  }
}

/** What is known before anything is: answer.ts says the rest. Documents that are answered are not made yet. */
function transferred({ context, shape }: Call) {
  const sends = shape.input?.members.some((member) => member.shape.type === 'stream') === true
  const isAnswered = shape.output?.members.some(({ http }) => http.at === undefined) === true
  return {
    ...(sends ? {} : { bytesTransferredIn: context.http?.documentBytes ?? 0 }),
    ...(isAnswered && !shape.http?.method.startsWith('HEAD') ? {} : { bytesTransferredOut: 0 }),
  }
}

function nameOf({ name, http }: Member): string {
  return http.at === 'uri' ? (PATH_NAMES[name] ?? name) : (http.name ?? name)
}

/** Nothing of what is no policy: it may be of any size and depth. */
function policyShown(text: string): { readonly bucketPolicy?: ShownValue } {
  const bucketPolicy = isTooLong(text, 'bucket') ? undefined : readDocument(text)
  return bucketPolicy === undefined ? {} : { bucketPolicy }
}

function showElement(shown: Shown, { name, shape, http }: Member, value: unknown): void {
  if (shape.type !== 'list') {
    shown[http.name ?? name] = valueShown(shape, value)
    return
  }
  const items = (value as readonly unknown[]).map((item) => valueShown(shape.member, item))
  const list = items.length === 1 ? items[0]! : items
  const isFlat = shape.isFlat === true || http.isFlat === true
  shown[http.name ?? name] = isFlat ? list : { [shape.item ?? 'member']: list }
}

function valueShown(shape: Shape, value: unknown): ShownValue {
  return shape.type === 'structure' ? structureShown(shape, value as Values) : leafShown(value)
}

function structureShown({ members }: Structure, values: Values): Shown {
  const shown: Shown = {}
  for (const member of members) {
    if (values[member.name] !== undefined) showElement(shown, member, values[member.name])
  }
  return shown
}

function leafShown(value: unknown): ShownValue {
  return value instanceof Date ? shownDate(value) : (value as ShownValue)
}
