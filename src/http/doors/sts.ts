/**
 * AWS STS behind the query protocol: a form by POST or a query by GET in, XML out, or JSON where it is asked for.
 *
 * What the operations say is in iam/sts.ts. Source: AWS STS API reference 2011-06-15.
 *
 * @module
 */

import { parseQuery } from '../../aws/query-string.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { Sts } from '../../iam/sts.js'
import type { Caller } from '../../service/caller.js'
import { QUERY_JSON_TYPE, queryFault, queryJsonFault, XML_TYPE, xmlText } from '../faults.js'
import type { Answer, Door, Received } from '../received.js'

const VERSION = '2011-06-15'
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`
const FORM_BYTES_MAX = 64 * 1024
const JSON_RANGE = /^\s*application\/json\s*(;|$)/i
const NOT_WANTED = /;\s*q=0(\.0*)?\s*$/i

export function stsDoor(sts: Sts): Door {
  return {
    rules: { service: 'sts', pathEncoding: 'twice', unsignedPayload: false },
    // The action may stand in the body, which is not read yet; there is one operation.
    operationOf: () => 'sts',
    fault: (error, request) =>
      wantsJson(request)
        ? queryJsonFault(error, request.requestId)
        : queryFault(error, request.requestId, NAMESPACE),
    async answer(request, body, caller) {
      const parameters = parametersOf(request, body)
      const action = parameters.get('Action') ?? ''
      const version = parameters.get('Version') ?? VERSION
      if (action !== 'GetCallerIdentity' || version !== VERSION) {
        throw new SealtrailError(
          'UnknownOperationException',
          `Could not find operation ${excerpt(action)} for version ${excerpt(version)}`,
        )
      }
      return callerIdentity(sts, caller, request)
    },
  }
}

/** Is this the query protocol's form of a request? */
export function isQueryRequest({ method, headers, query }: Received): boolean {
  if (method === 'GET') return /(^|&)Action=/.test(query)
  return (
    method === 'POST' &&
    (headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded')
  )
}

function parametersOf(request: Received, body: Buffer): ReadonlyMap<string, string> {
  if (body.length > FORM_BYTES_MAX) {
    throw new SealtrailError('InputTooLarge', `a form has at most ${FORM_BYTES_MAX} bytes`)
  }
  const parameters = new Map<string, string>()
  for (const [name, value] of [
    ...parseQuery(request.query),
    ...parseQuery(body.toString('latin1')),
  ]) {
    if (parameters.has(name)) {
      throw new SealtrailError('ValidationException', 'a parameter is there twice')
    }
    parameters.set(name, value)
  }
  return parameters
}

/** AWS's query services answer in XML, unless JSON is asked for by its name. */
function wantsJson({ headers }: Received): boolean {
  const ranges = (headers.get('accept') ?? '').split(',')
  return ranges.some((range) => JSON_RANGE.test(range) && !NOT_WANTED.test(range))
}

function callerIdentity(sts: Sts, caller: Caller, request: Received): Answer {
  const { requestId } = request
  const { Arn, UserId, Account } = sts.getCallerIdentity(caller)
  if (wantsJson(request)) {
    const GetCallerIdentityResponse = {
      GetCallerIdentityResult: { Account, Arn, UserId },
      ResponseMetadata: { RequestId: requestId },
    }
    const body = JSON.stringify({ GetCallerIdentityResponse })
    return { status: 200, contentType: QUERY_JSON_TYPE, body }
  }
  const body = `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult><Arn>${xmlText(Arn)}</Arn><UserId>${xmlText(UserId)}</UserId><Account>${xmlText(Account)}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  return { status: 200, contentType: XML_TYPE, body }
}
