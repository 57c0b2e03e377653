/**
 * Whether a bucket policy is public: one that allows somebody something without saying who that is.
 *
 * Who it is, is said by a principal that is not everybody, or by a condition with fixed values on one of a few keys. What
 * holds a wildcard or a variable is not fixed; neither is a range of addresses that is half the world. Source: Amazon S3
 * user guide, "Blocking public access to your Amazon S3 storage", the meaning of "public".
 *
 * @module
 */
import type { ConditionElement, StatementElements } from './grammar/grammar.js'
import type { Policy } from './policy.js'
import { rangeOf } from './values/addresses.js'

/** In lower case. */
const FIXED_BY = new Set([
  ...['aws:principalorgid', 'aws:principalorgpaths', 'aws:principalaccount', 'aws:principalarn'],
  ...['aws:sourcearn', 'aws:sourcevpc', 'aws:sourcevpce', 'aws:sourceowner', 'aws:sourceaccount'],
  ...['aws:userid', 's3:dataaccesspointaccount', 's3:dataaccesspointarn'],
])
/** Operators under which a value of the list must be there, and be that value. */
const POSITIVE =
  /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/
const V4_PREFIX_MIN = 8
const V6_PREFIX_MIN = 32
const V4_BYTES = 4

export function isPublic({ elements }: Policy): boolean {
  return elements.some(isPublicStatement)
}

function isPublicStatement({ effect, principal, conditions }: StatementElements): boolean {
  if (effect !== 'Allow' || principal === undefined) return false
  const isEverybody =
    principal.isNegated || principal.names.some(([type, name]) => type === 'AWS' && name === '*')
  return isEverybody && !conditions.some(saysWho)
}

function saysWho({ operator, key, values }: ConditionElement): boolean {
  const lower = key.toLowerCase()
  if (lower === 'aws:sourceip') return operator === 'IpAddress' && values.every(isNarrow)
  if (!FIXED_BY.has(lower) || !POSITIVE.test(operator)) return false
  return values.every((value) => isFixed(value) || isOneAccounts(lower, value))
}

function isFixed(value: string): boolean {
  return !/[*?]|\$\{/.test(value)
}

/** Wildcards are allowed in the name of an access point, as long as the account is fixed. */
function isOneAccounts(key: string, value: string): boolean {
  return (
    key === 's3:dataaccesspointarn' &&
    /^arn:aws[a-z-]*:s3:[a-z0-9*-]*:\d{12}:accesspoint\/[^$]*$/.test(value)
  )
}

function isNarrow(text: string): boolean {
  const range = rangeOf(text)
  if (range === undefined) return false
  const isV4 = range.address.length === V4_BYTES
  return range.prefixBits >= (isV4 ? V4_PREFIX_MIN : V6_PREFIX_MIN)
}
