/**
 * The encryption context that a caller gives with an object: x-amz-server-side-encryption-context, base64 of JSON.
 *
 * A map of strings. S3 adds the object's ARN as `aws:s3:arn`; nobody gives another, in any case, nor pairs that belong to
 * the format of sealed objects. How much there may be is what fits into the header of the object. Source: Amazon S3 user
 * guide, "Encryption context"; docs/FORMAT.md §2.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import {
  CONTEXT_CHARACTERS_MAX,
  type EncryptionContext,
  encodeContext,
} from '../../message/encryption-context.js'
import { CONTEXT_BYTES_MAX, RESERVED_PREFIX } from '../../message/header.js'
import type { Bucket } from '../buckets/bucket.js'
import { ARN_NAME, objectContext } from './wraps.js'

const HEADER = 'x-amz-server-side-encryption-context'
/** What no context can be within its bounds, each of its characters escaped. */
const TEXT_MAX = CONTEXT_CHARACTERS_MAX * 8
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The pairs in `text`. @throws SealtrailError `InvalidArgument` */
export function pairsOf(text: string, bucket: Bucket, key: string): EncryptionContext {
  if (text.length > TEXT_MAX) throw tooLarge(text)
  const pairs = BASE64.test(text) ? mapIn(Buffer.from(text, 'base64')) : undefined
  if (pairs === undefined) {
    const says = `The header '${HEADER}' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map`
    throw invalid(says, text)
  }
  for (const name of Object.keys(pairs)) {
    if (name.toLowerCase() !== ARN_NAME && !name.startsWith(RESERVED_PREFIX)) continue
    throw invalid(`The header '${HEADER}' holds a key that is reserved: ${name}`, text)
  }
  if (!fits(objectContext(bucket, key, pairs))) throw tooLarge(text)
  return pairs
}

/** As replies show it. */
export function textOfPairs(pairs: EncryptionContext): string {
  return Buffer.from(JSON.stringify(pairs)).toString('base64')
}

function mapIn(bytes: Uint8Array): EncryptionContext | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const isMap = Object.entries(value).every(
    ([name, text]) => typeof text === 'string' && text.isWellFormed() && name.isWellFormed(),
  )
  return isMap ? (value as EncryptionContext) : undefined
}

function fits(context: EncryptionContext): boolean {
  const characters = Object.entries(context).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  )
  return characters <= CONTEXT_CHARACTERS_MAX && encodeContext(context).length <= CONTEXT_BYTES_MAX
}

function tooLarge(text: string): SealtrailError {
  return invalid(`The header '${HEADER}' holds more than fits with the object`, text)
}

function invalid(message: string, text: string): SealtrailError {
  const ArgumentValue = text.slice(0, 128)
  return new SealtrailError('InvalidArgument', message, { ArgumentName: HEADER, ArgumentValue })
}
