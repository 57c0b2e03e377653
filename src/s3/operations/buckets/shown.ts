/**
 * A call about a bucket, as its record shows it: CloudTrail's own form of S3's requests.
 *
 *     { bucketName, Host, acl: '', 'x-amz-acl': 'private', bucketPolicy: { … }, Tagging: { TagSet: { Tag: … } } }
 *
 * Headers and parameters under their names, what makes the sub-resource as an empty text, documents as their XML reads: one
 * element by itself, several as a list. Source: CloudTrail records of S3 that accounts have published.
 *
 * @module
 */
import type { Member, Shape, Structure } from '../../../aws/model.js'
import { type ShownValue, shownDate } from '../../../aws/shown.js'
import { isTooLong, readDocument } from '../../../policy/grammar/document.js'
import type { Call } from '../../../service/call.js'

type Values = Readonly<Record<string, unknown>>
type Shown = Record<string, ShownValue>

const PATH_NAMES: Readonly<Record<string, string>> = { Bucket: 'bucketName', Key: 'key' }
/** Of the transfer, or secret. */
const LEFT_OUT = new Set(['ContentMD5', 'ChecksumAlgorithm', 'RequestPayer', 'MFA', 'Token'])

/** @param resource the sub-resource that the call is about, such as `versioning`. */
export function showBucketCall(call: Call, resource: string | undefined): void {
  const shown: Shown = {}
  const input = (call.input ?? {}) as Values
  for (const member of call.shape.input?.members ?? []) {
    const value = input[member.name]
    if (value === undefined || member.isHidden || LEFT_OUT.has(member.name)) continue
    if (member.name === 'Policy') Object.assign(shown, policyShown(value as string))
    else if (member.http.at === undefined) showElement(shown, member, value)
    else shown[nameOf(member)] = leafShown(value)
  }
  const { http } = call.context
  if (http !== undefined) shown.Host = http.host
  if (resource !== undefined) shown[resource] = ''
  call.show(shown)
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
