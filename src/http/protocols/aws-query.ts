/**
 * The query protocol: a form by POST or a query by GET in, XML out, or JSON for a client that asks for it.
 *
 * Source: AWS query protocol (Smithy); AWS STS, "Common error types".
 *
 * @module
 */
import { writeJson } from '../../aws/forms/json.js'
import { QUERY_VALUES, readQuery } from '../../aws/forms/query.js'
import { writeXml, xmlText } from '../../aws/forms/xml.js'
import type { Api, Operation } from '../../aws/model.js'
import { parseQuery } from '../../aws/query-string.js'
import { take } from '../../aws/take.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { Answer, Received } from '../received.js'
import { type Fault, type FaultTable, faultOf, textAnswer } from './faults.js'
import type { Protocol } from './protocol.js'

const XML_TYPE = 'text/xml'
const JSON_TYPE = 'application/json'
const FORM_BYTES_MAX = 64 * 1024

/** 400 and the same name for all that is not here. */
const STATUS: FaultTable = {
  AccessDeniedException: { status: 403, name: 'AccessDenied' },
  DeleteConflictException: { status: 409, name: 'DeleteConflict' },
  EntityAlreadyExistsException: { status: 409, name: 'EntityAlreadyExists' },
  ExpiredTokenException: { status: 403, name: 'ExpiredToken' },
  IncompleteSignatureException: { status: 400, name: 'IncompleteSignature' },
  InvalidInputException: { status: 400, name: 'InvalidInput' },
  InvalidMarkerException: { status: 400, name: 'ValidationError' },
  InvalidSignatureException: { status: 403, name: 'SignatureDoesNotMatch' },
  LimitExceededException: { status: 409, name: 'LimitExceeded' },
  MalformedPolicyDocumentException: { status: 400, name: 'MalformedPolicyDocument' },
  MissingAuthenticationTokenException: { status: 403, name: 'MissingAuthenticationToken' },
  NoSuchEntityException: { status: 404, name: 'NoSuchEntity' },
  PackedPolicyTooLargeException: { status: 400, name: 'PackedPolicyTooLarge' },
  SerializationException: { status: 400, name: 'MalformedInput' },
  ThrottlingException: { status: 503, name: 'Throttling' },
  UnknownOperationException: { status: 400, name: 'InvalidAction' },
  UnrecognizedClientException: { status: 403, name: 'InvalidClientTokenId' },
  UnsupportedOperationException: { status: 400, name: 'InvalidAction' },
  ValidationException: { status: 400, name: 'ValidationError' },
}

const JSON_RANGE = /^\s*application\/json\s*(;|$)/i
const NOT_WANTED = /;\s*q=0(\.0*)?\s*$/i

/** @param internalName what an internal error is called. */
export function awsQuery(api: Api, internalName: string): Protocol {
  const namespace = `https://${api.name}.amazonaws.com/doc/${api.version}/`
  return {
    speaks: isQueryRequest,
    // The action may stand in the body, which is not read yet.
    label: () => api.name,
    takeApart(request, body) {
      const parameters = parametersOf(request, body)
      const operation = parameters.get('Action') ?? ''
      const version = parameters.get('Version') ?? api.version
      if (!api.isKnown(operation) || version !== api.version) {
        const says = `Could not find operation ${excerpt(operation)} for version ${excerpt(version)}`
        throw new SealtrailError('UnknownOperationException', says)
      }
      const read = ({ input }: Operation) =>
        take(input, input && readQuery(input, parameters), QUERY_VALUES)
      return { operation, read }
    },
    write({ name, output: structure }, output, request): Answer {
      const { requestId } = request
      if (wantsJson(request)) {
        const result = structure && `"${name}Result":${writeJson(structure, output)},`
        const meta = JSON.stringify({ RequestId: requestId })
        const body = `{"${name}Response":{${result ?? ''}"ResponseMetadata":${meta}}}`
        return textAnswer(200, JSON_TYPE, body)
      }
      const result = structure && `<${name}Result>${writeXml(structure, output)}</${name}Result>`
      const body = `<${name}Response xmlns="${namespace}">${result ?? ''}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`
      return textAnswer(200, XML_TYPE, body)
    },
    fault: (error, request) => fault(faultOf(error, STATUS, internalName), request, namespace),
  }
}

/** Is this the query protocol's form of a request? */
export function isQueryRequest({ method, headers, query }: Received): boolean {
  if (headers.has('x-amz-target')) return false
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

function fault({ status, name, message }: Fault, request: Received, namespace: string): Answer {
  const type = status >= 500 ? 'Receiver' : 'Sender'
  const { requestId } = request
  if (wantsJson(request)) {
    const body = { Error: { Code: name, Message: message, Type: type }, RequestId: requestId }
    return textAnswer(status, JSON_TYPE, JSON.stringify(body))
  }
  const body = `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${name}</Code><Message>${xmlText(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  return textAnswer(status, XML_TYPE, body)
}
