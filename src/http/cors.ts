/**
 * What browsers are told of requests from other pages: by the rules that are set on a bucket.
 *
 *     OPTIONS, Origin, Access-Control-Request-Method, Access-Control-Request-Headers     may I?
 *     any request with an Origin                                                         may the page see the answer?
 *
 * The first rule that fits counts. Without one, the answer has no headers, and a browser keeps it from the page. Source:
 * Amazon S3 user guide, "Elements of a CORS configuration"; answers of S3.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import type { Headers } from '../sigv4/canonical-request.js'

export interface CorsRule {
  readonly AllowedMethods: readonly string[]
  readonly AllowedOrigins: readonly string[]
  readonly AllowedHeaders?: readonly string[] | undefined
  readonly ExposeHeaders?: readonly string[] | undefined
  readonly MaxAgeSeconds?: number | undefined
}

export type CorsRules = readonly CorsRule[]

const METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'

/**
 * The headers that say yes.
 * @param rules undefined: the bucket has none, or is not there.
 * @param resource `BUCKET` or `OBJECT`.
 * @throws SealtrailError `BadRequest`, `AccessForbidden`
 */
export function preflightHeaders(
  rules: CorsRules | undefined,
  headers: Headers,
  resource: string,
): string[] {
  const origin = headers.get('origin')
  if (origin === undefined) {
    throw badRequest('Insufficient information. Origin request header needed.')
  }
  const method = headers.get('access-control-request-method')
  if (method === undefined || !METHODS.has(method)) {
    throw badRequest(`Invalid Access-Control-Request-Method: ${excerpt(method ?? 'null')}`)
  }
  const detail = { Method: 'OPTIONS', ResourceType: resource }
  if (rules === undefined) {
    const says = 'CORSResponse: CORS is not enabled for this bucket.'
    throw new SealtrailError('AccessForbidden', says, detail)
  }
  const asked = namesOf(headers.get('access-control-request-headers') ?? '')
  const rule = rules.find((rule) => fits(rule, origin, method) && allows(rule, asked))
  if (rule === undefined) {
    const says =
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
    throw new SealtrailError('AccessForbidden', says, detail)
  }
  const said = headersOf(rule, origin)
  if (asked.length > 0) said.push('Access-Control-Allow-Headers', asked.join(', '))
  return said
}

/** What an answer to `method` from `origin` carries; nothing when no rule fits. */
export function crossOriginHeaders(rules: CorsRules, origin: string, method: string): string[] {
  const rule = rules.find((rule) => fits(rule, origin, method))
  return rule === undefined ? [] : headersOf(rule, origin)
}

function headersOf(rule: CorsRule, origin: string): string[] {
  const { AllowedMethods, AllowedOrigins, ExposeHeaders = [], MaxAgeSeconds } = rule
  const isForAll = AllowedOrigins.find((allowed) => matches(allowed, origin)) === '*'
  const headers = ['Access-Control-Allow-Origin', isForAll ? '*' : origin]
  headers.push('Access-Control-Allow-Methods', AllowedMethods.join(', '))
  if (ExposeHeaders.length > 0) {
    headers.push('Access-Control-Expose-Headers', ExposeHeaders.join(', '))
  }
  if (MaxAgeSeconds !== undefined) headers.push('Access-Control-Max-Age', String(MaxAgeSeconds))
  if (!isForAll) headers.push('Access-Control-Allow-Credentials', 'true')
  headers.push('Vary', VARY)
  return headers
}

function fits({ AllowedMethods, AllowedOrigins }: CorsRule, origin: string, method: string) {
  return (
    AllowedMethods.includes(method) && AllowedOrigins.some((allowed) => matches(allowed, origin))
  )
}

function allows({ AllowedHeaders = [] }: CorsRule, asked: readonly string[]): boolean {
  const allowed = AllowedHeaders.map((name) => name.toLowerCase())
  return asked.every((name) => allowed.some((one) => matches(one, name)))
}

/** `pattern` has one `*` at most. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star === -1) return pattern === text
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

function namesOf(list: string): string[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '')
}

function badRequest(says: string): SealtrailError {
  return new SealtrailError('BadRequest', says)
}
