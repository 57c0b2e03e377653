/**
 * The policy of a browser's upload: until when, and what its form may say.
 *
 *     { "expiration": "2026-02-03T05:05:06.000Z",
 *       "conditions": [ {"bucket": "logs"}, ["starts-with", "$key", "user/"], ["content-length-range", 1, 1024], … ] }
 *
 * Every condition must hold, and every field but some must have one. Who signed it is for sigv4/policy-signature.ts to say.
 * Source: Amazon S3 API reference, "POST policy".
 *
 * @module
 */
import { readTime } from '../../aws/forms/rest-xml/times.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import { isPlainObject } from '../../given.js'

/** Bytes of the file. */
export interface FileRange {
  readonly min: number
  readonly max: number
}

interface Policy {
  readonly expiresAt: number
  readonly conditions: readonly Condition[]
  readonly range: FileRange | undefined
}

interface Condition {
  readonly operator: 'eq' | 'starts-with'
  /** In lower case. */
  readonly field: string
  readonly value: string
  /** As messages show it. */
  readonly text: string
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/
const CONTENT_TYPE = 'content-type'
/** What nobody can sign, or nobody uses. */
const EXEMPT = /^(x-amz-signature|file|policy|bucket|x-ignore-.*)$/

/**
 * @param given as the form has it: Base64.
 * @param fields by names in lower case, after `${filename}` was put in; with `bucket`.
 * @returns how long the file may be, where the policy says it.
 * @throws SealtrailError `InvalidPolicyDocument`, `AccessDeniedException`
 */
export function checkPolicy(
  given: string,
  fields: ReadonlyMap<string, string>,
  now: number,
): FileRange | undefined {
  const { expiresAt, conditions, range } = readPolicy(given)
  if (now >= expiresAt) throw denied('Policy expired.')
  for (const condition of conditions) {
    if (!holds(condition, fields)) throw denied(`Policy Condition failed: ${condition.text}`)
  }
  const covered = new Set(conditions.map(({ field }) => field))
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !EXEMPT.test(name))
  if (extra.length > 0) throw denied(excerpt(`Extra input fields: ${extra.join(', ')}`))
  return range
}

/** What is not there is not even nothing. */
function holds(
  { operator, field, value }: Condition,
  fields: ReadonlyMap<string, string>,
): boolean {
  const given = fields.get(field)
  if (given === undefined) return false
  if (operator === 'eq') return given === value
  if (field !== CONTENT_TYPE) return given.startsWith(value)
  return given.split(',').every((type) => type.trim().startsWith(value))
}

function readPolicy(given: string): Policy {
  const { expiration, conditions } = documentOf(given)
  if (expiration === undefined) throw invalid('Policy missing expiration.')
  const expires = typeof expiration === 'string' ? readTime(expiration) : undefined
  if (expires === undefined) {
    throw invalid(`Invalid 'expiration' value: '${excerpt(String(expiration))}'`)
  }
  if (conditions === undefined) throw invalid('Policy missing conditions.')
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.")
  const read: Condition[] = []
  let range: FileRange | undefined
  for (const one of conditions as readonly unknown[]) {
    const condition = Array.isArray(one) ? fromList(one) : fromObject(one)
    if ('field' in condition) read.push(condition)
    else range = narrower(range, condition)
  }
  return { expiresAt: expires.getTime(), conditions: read, range }
}

function documentOf(given: string): Readonly<Record<string, unknown>> {
  if (!BASE64.test(given)) throw invalid('Invalid Base64 Encoding.')
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(given, 'base64').toString('utf8'))
  } catch {
    throw invalid('Invalid JSON.')
  }
  if (!isPlainObject(document)) throw invalid('Invalid JSON.')
  return document as Readonly<Record<string, unknown>>
}

/** `{"acl": "private"}` */
function fromObject(given: unknown): Condition {
  const members = isPlainObject(given) ? Object.entries(given as object) : []
  const [name, value] = members[0] ?? []
  if (name === undefined || members.length !== 1) {
    const says = 'Simple-Conditions must have exactly one property specified.'
    throw invalid(`Invalid Simple-Condition: ${says}`)
  }
  if (typeof value !== 'string') {
    throw invalid('Invalid Simple-Condition: value must be a string.')
  }
  return conditionOf('eq', name, value)
}

/** `["eq", "$acl", "private"]`, `["content-length-range", 1, 1024]` */
function fromList(given: readonly unknown[]): Condition | FileRange {
  const [name, first, second] = given
  const operator = typeof name === 'string' ? name.toLowerCase() : ''
  if (given.length !== 3) {
    throw invalid('Invalid Condition: must have exactly three elements.')
  }
  if (operator === 'content-length-range') {
    const range = { min: sizeOf(first), max: sizeOf(second) }
    if (range.min > range.max) throw invalid('Invalid Condition: content-length-range is empty.')
    return range
  }
  if (operator !== 'eq' && operator !== 'starts-with') {
    throw invalid(`Invalid Condition: unknown operation '${excerpt(String(name))}'.`)
  }
  if (typeof first !== 'string' || typeof second !== 'string' || !first.startsWith('$')) {
    throw invalid('Invalid Condition: a field and a value must be strings.')
  }
  return conditionOf(operator, first.slice(1), second)
}

function conditionOf(operator: Condition['operator'], field: string, value: string): Condition {
  const shown = [operator, `$${field}`, value].map((part) => JSON.stringify(part)).join(', ')
  return { operator, field: field.toLowerCase(), value, text: excerpt(`[${shown}]`) }
}

function sizeOf(given: unknown): number {
  const size = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size
  throw invalid('Invalid Condition: content-length-range must have two whole numbers.')
}

function narrower(range: FileRange | undefined, { min, max }: FileRange): FileRange {
  return range === undefined
    ? { min, max }
    : { min: Math.max(range.min, min), max: Math.min(range.max, max) }
}

function invalid(why: string): SealtrailError {
  return new SealtrailError('InvalidPolicyDocument', `Invalid Policy: ${why}`)
}

function denied(why: string): SealtrailError {
  return new SealtrailError('AccessDeniedException', `Invalid according to Policy: ${why}`)
}
