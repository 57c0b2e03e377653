/**
 * S3's protocol: operations are told by method, host, path and query; inputs stand in all of them, in headers and in
 * XML; answers likewise.
 *
 * Unlike the other protocols' (protocol.ts), an operation is known before the body is, which may be an object of any
 * size. Source: AWS restXml protocol (Smithy); Amazon S3 API reference.
 *
 * @module
 */
import type { Api, Operation } from '../../../aws/model.js'
import type { StreamingBody } from '../../../aws/streaming.js'
import type { Taken } from '../../../aws/take.js'
import type { Answer, Received } from '../../received.js'
import { addressOf } from './address.js'
import { errorAnswer, idHeaders } from './errors.js'
import { readInput } from './input.js'
import { writeOutput } from './output.js'
import { Parameters } from './parameters.js'
import { routerOf } from './route.js'
import { notImplemented } from './wording.js'

/** A request that is understood, but for its body. */
export interface Asked {
  readonly operation: Operation
  /** Whether its body is handed on as it comes. */
  readonly isStream: boolean
  /** Of a body that is not. */
  readonly bodyBytesMax: number
  /** @throws SealtrailError as aws/take.ts, in S3's words. */
  read(body: StreamingBody | Buffer): Taken
}

export interface RestXml {
  /** The operation for logs: empty when it cannot be told. */
  label(request: Received): string
  /** @throws SealtrailError when it cannot be told what is asked for, or is not served. */
  ask(request: Received): Asked
  write(operation: Operation, output: object, request: Received): Answer
  fault(error: unknown, request: Received): Answer
  /** `/bucket/key`, as errors name it. */
  resourceOf(request: Received): string
}

const DOCUMENT_BYTES_MAX = 1024 * 1024
/** A thousand keys that are all escapes; ten thousand parts with their checksums. */
const LARGE_DOCUMENT_BYTES_MAX = 8 * 1024 * 1024
const LARGE: ReadonlySet<string> = new Set(['CompleteMultipartUpload', 'DeleteObjects'])
/** A browser's upload, which is no operation of the model's. */
const FORM = 'PostObject'

/** @param hosts names that the service goes by, below which buckets have theirs; in lower case. */
export function restXml(api: Api, hosts: readonly string[]): RestXml {
  const route = routerOf(api)

  function operationOf(request: Received, parameters: Parameters): string {
    const address = addressOf(request, hosts)
    if (isForm(request) && address.bucket !== '' && address.key === '') return FORM
    return route(request.method, address, parameters)
  }

  function resourceOf(request: Received): string {
    try {
      const { bucket, key } = addressOf(request, hosts)
      return bucket === '' || key === '' ? `/${bucket}` : `/${bucket}/${key}`
    } catch {
      return request.path
    }
  }

  return {
    resourceOf,
    label(request) {
      try {
        return operationOf(request, new Parameters(request))
      } catch {
        return ''
      }
    },
    ask(request) {
      const parameters = new Parameters(request)
      const name = operationOf(request, parameters)
      const operation = api.operation(name)
      if (operation === undefined) throw notImplemented(name)
      const address = addressOf(request, hosts)
      const { input } = operation
      return {
        operation,
        isStream: input?.payload?.shape.type === 'stream',
        bodyBytesMax: LARGE.has(name) ? LARGE_DOCUMENT_BYTES_MAX : DOCUMENT_BYTES_MAX,
        read: (body) => readInput(input, address, parameters, body),
      }
    },
    write: (operation, output, request) => writeOutput(operation, output, idHeaders(request)),
    fault: (error, request) => errorAnswer(error, request, resourceOf(request)),
  }
}

function isForm({ method, headers }: Received): boolean {
  return (
    method === 'POST' && headers.get('content-type')?.startsWith('multipart/form-data') === true
  )
}
