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
import type { Pair } from '../../../aws/query-string.js'
import type { StreamingBody } from '../../../aws/streaming.js'
import type { Taken } from '../../../aws/take.js'
import { checkKey } from '../../../s3/objects/key.js'
import type { Tag } from '../../../service/policies.js'
import type { Headers } from '../../../sigv4/canonical-request.js'
import type { Answer, Received } from '../../received.js'
import { type Address, addressOf } from './address.js'
import { errorAnswer, errorBody, idHeaders } from './errors.js'
import { readInput } from './input.js'
import { writeOutput } from './output.js'
import { Parameters } from './parameters.js'
import { routerOf } from './route.js'
import { notImplemented } from './wording.js'

/** A request that is understood, but for its body. */
export interface Asked {
  readonly operation: Operation
  readonly address: Address
  /** Whether its body is handed on as it comes. */
  readonly isStream: boolean
  /** Of a body that is not. */
  readonly bodyBytesMax: number
  /** A header, or what a presigned URL has for it; `name` in lower case. */
  header(name: string): string | undefined
  /** @throws SealtrailError as aws/take.ts, in S3's words. */
  read(body: StreamingBody | Buffer): Taken
}

/** What a form asks for. */
export interface AskedUpload {
  readonly key: string
  /** As headers of {@link UPLOAD} would say it; names in lower case. */
  readonly headers: Headers
}

export interface RestXml {
  /** The operation for logs: empty when it cannot be told. */
  label(request: Received): string
  /** @throws SealtrailError when it cannot be told what is asked for, or is not served. */
  ask(request: Received): Asked
  /** The bucket of a browser's form; undefined for any other request. */
  formBucket(request: Received): string | undefined
  /** A form, whose body is the file. @throws SealtrailError `KeyTooLongError` */
  askUpload(bucket: string, upload: AskedUpload): Asked
  /** Tags as a form has them, as a header has them. @throws SealtrailError `MalformedXML` */
  tagsOfDocument(document: string): string
  /** Never throws. */
  addressOf(request: Received): Address
  write(operation: Operation, output: object, request: Received): Answer
  fault(error: unknown, request: Received): Answer
  /** The document of {@link fault}, for an answer that has begun. */
  faultDocument(error: unknown, request: Received): string
  /** `/bucket/key`, as errors name it. */
  resourceOf(request: Received): string
}

const DOCUMENT_BYTES_MAX = 1024 * 1024
/** A thousand keys that are all escapes; ten thousand parts with their checksums. */
const LARGE_DOCUMENT_BYTES_MAX = 8 * 1024 * 1024
const LARGE: ReadonlySet<string> = new Set(['CompleteMultipartUpload', 'DeleteObjects'])
/** A browser's upload, which is no operation of the model's, and the one that it becomes. */
const FORM = 'PostObject'
const UPLOAD = 'PutObject'
const NOWHERE: Address = { bucket: '', key: '' }
const ANY_OBJECT: Address = { bucket: 'any', key: 'any' }

/** @param hosts names that the service goes by, below which buckets have theirs; in lower case. */
export function restXml(api: Api, hosts: readonly string[]): RestXml {
  const route = routerOf(api)

  function operationOf(request: Received, parameters: Parameters): string {
    const address = addressOf(request, hosts)
    if (isForm(request, address)) return FORM
    return route(request.method, address, parameters)
  }

  function safeAddress(request: Received): Address {
    try {
      return addressOf(request, hosts)
    } catch {
      return NOWHERE
    }
  }

  function resourceOf(request: Received): string {
    const { bucket, key } = safeAddress(request)
    if (bucket === '' && key === '') return request.path
    return bucket === '' || key === '' ? `/${bucket}` : `/${bucket}/${key}`
  }

  function asked(operation: Operation, address: Address, parameters: Parameters): Asked {
    const { input } = operation
    return {
      operation,
      address,
      isStream: input?.payload?.shape.type === 'stream',
      bodyBytesMax: LARGE.has(operation.name) ? LARGE_DOCUMENT_BYTES_MAX : DOCUMENT_BYTES_MAX,
      header: (name) => parameters.header(name),
      read: (body) => readInput(input, address, parameters, body),
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
      return asked(operation, addressOf(request, hosts), parameters)
    },
    formBucket(request) {
      const address = safeAddress(request)
      return isForm(request, address) ? address.bucket : undefined
    },
    askUpload(bucket, { key, headers }) {
      checkKey(key)
      const parameters = new Parameters({ headers, query: '' })
      return asked(api.operation(UPLOAD)!, { bucket, key }, parameters)
    },
    tagsOfDocument(document) {
      const { input } = api.operation('PutObjectTagging')!
      const parameters = new Parameters({ headers: new Map(), query: '' })
      const taken = readInput(input, ANY_OBJECT, parameters, Buffer.from(document))
      const { Tagging } = taken.input as { Tagging?: { TagSet: readonly Tag[] } }
      const pairs = (Tagging?.TagSet ?? []).map(({ Key, Value }): Pair => [Key, Value])
      return new URLSearchParams(pairs as [string, string][]).toString()
    },
    addressOf: safeAddress,
    write: (operation, output, request) => writeOutput(operation, output, idHeaders(request)),
    fault: (error, request) => errorAnswer(error, request, resourceOf(request)),
    faultDocument: (error, request) => errorBody(error, request, resourceOf(request)),
  }
}

/** One that is signed in its head is none. */
function isForm({ method, headers, query }: Received, { bucket, key }: Address): boolean {
  return (
    method === 'POST' &&
    bucket !== '' &&
    key === '' &&
    query === '' &&
    !headers.has('authorization') &&
    headers.get('content-type')?.toLowerCase().startsWith('multipart/form-data') === true
  )
}
