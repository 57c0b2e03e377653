/**
 * REST with JSON, as far as AWS CloudTrail Data has it: `POST /Operation?member=…`, JSON in and out, and the name of an error
 * in a header.
 *
 * Members of the query are the model's; a body that has them, too, is not asked. Source: AWS restJson1 protocol (Smithy).
 *
 * @module
 */
import { JSON_VALUES, writeJson } from '../../aws/forms/json.js'
import type { Api, Structure } from '../../aws/model.js'
import { parseQuery } from '../../aws/query-string.js'
import { take } from '../../aws/take.js'
import type { Answer, Received } from '../received.js'
import { type FaultTable, faultOf, textAnswer } from './faults.js'
import { parseJson } from './json-text.js'
import type { Protocol } from './protocol.js'

const TYPE = 'application/json'

/** 400 for all that is not here. */
const STATUS: FaultTable = {
  AccessDeniedException: { status: 403 },
  ExpiredTokenException: { status: 403 },
  IncompleteSignatureException: { status: 403 },
  InvalidSignatureException: { status: 403 },
  MissingAuthenticationTokenException: { status: 403 },
  UnrecognizedClientException: { status: 403 },
  ThrottlingException: { status: 429 },
}

/** @param internalName what the service calls an internal error. */
export function restJson(api: Api, internalName: string): Protocol {
  const operationOf = ({ method, path }: Received) =>
    method === 'POST' ? (api.paths.get(path) ?? '') : ''
  return {
    speaks: (request) => operationOf(request) !== '',
    label: operationOf,
    takeApart: (request, body) => ({
      operation: operationOf(request),
      read: ({ input }) => take(input, membersOf(input, request, body), JSON_VALUES),
    }),
    write({ output: structure }, output): Answer {
      const body = structure === undefined ? '' : writeJson(structure, output)
      return { status: 200, headers: ['Content-Type', TYPE], body }
    },
    fault(error): Answer {
      const { status, name, message } = faultOf(error, STATUS, internalName)
      const answer = textAnswer(status, TYPE, JSON.stringify({ message }))
      return { ...answer, headers: [...answer.headers, 'x-amzn-ErrorType', name] }
    },
  }
}

/** @throws SealtrailError `SerializationException` */
function membersOf(input: Structure | undefined, { query }: Received, body: Buffer): unknown {
  const given = parseJson(body)
  if (!JSON_VALUES.isObject(given)) return given
  const pairs = new Map(parseQuery(query))
  const members: Record<string, unknown> = Object.assign(Object.create(null), given)
  for (const { name, http } of input?.members ?? []) {
    if (http.at === 'query') members[name] = pairs.get(http.name ?? name)
  }
  return members
}
