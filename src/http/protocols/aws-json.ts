/**
 * AWS JSON 1.1: `POST /` with `X-Amz-Target: <Target>.<Operation>`, JSON in and out.
 *
 * Parsed once, typed from here on. A secret in an answer never is a string; in a request it is one for a moment, which
 * nothing can wipe. Source: AWS JSON 1.1 protocol (Smithy); AWS KMS answers 400 to every client error, whatever its
 * API model says (DESIGN "KMS").
 *
 * @module
 */
import { JSON_VALUES, writeJson } from '../../aws/forms/json.js'
import { take } from '../../aws/take.js'
import { isOverQuota } from '../../service/over-quota.js'
import type { Answer, Received } from '../received.js'
import { type FaultTable, faultOf, textAnswer } from './faults.js'
import { parseJson } from './json-text.js'
import type { Protocol } from './protocol.js'

export const JSON_TYPE = 'application/x-amz-json-1.1'

/** 400 for all that is not here, and for who exceeds a quota of his. */
const STATUS: FaultTable = {
  DependencyTimeoutException: { status: 500 },
  KMSInternalException: { status: 500 },
  KeyUnavailableException: { status: 500 },
  ThrottlingException: { status: 503 },
}

/**
 * @param targets such as `TrentService`; any of them.
 * @param internalName what the service calls an internal error.
 */
export function awsJson(targets: readonly string[], internalName: string): Protocol {
  const prefixes = targets.map((target) => `${target}.`)
  const prefixOf = ({ headers }: Received) =>
    prefixes.find((prefix) => headers.get('x-amz-target')?.startsWith(prefix))
  const operationOf = (request: Received) => {
    const { method, headers } = request
    const operation = (headers.get('x-amz-target') ?? '').slice(prefixOf(request)?.length)
    return method === 'POST' && /^[A-Za-z]{1,64}$/.test(operation) ? operation : ''
  }
  return {
    speaks: (request) => prefixOf(request) !== undefined,
    label: operationOf,
    takeApart: (request, body) => ({
      operation: operationOf(request),
      read: ({ input }) => take(input, parseJson(body), JSON_VALUES),
    }),
    write({ output: structure }, output): Answer {
      const body = structure === undefined ? '' : writeJson(structure, output)
      const answer = { status: 200, headers: ['Content-Type', JSON_TYPE], body }
      return typeof body === 'string' ? answer : { ...answer, isSecret: true }
    },
    fault: (error) => jsonFault(error, internalName),
  }
}

/** `{"__type": "…", "message": "…"}`. */
export function jsonFault(error: unknown, internalName: string): Answer {
  const table = isOverQuota(error) ? {} : STATUS
  const { status, name, message } = faultOf(error, table, internalName)
  const body = JSON.stringify(message === '' ? { __type: name } : { __type: name, message })
  return textAnswer(status, JSON_TYPE, body)
}

/** No service of ours is behind this request. */
export function nothingHere(): Answer {
  const message = 'There is no request to a service of ours in this.'
  const body = JSON.stringify({ __type: 'UnknownOperationException', message })
  return textAnswer(404, JSON_TYPE, body)
}
