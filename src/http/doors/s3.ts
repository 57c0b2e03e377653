/**
 * Amazon S3: REST with XML. Its requests are told by the service that they are signed for; what is signed for nobody,
 * and in no other service's form, is a request to S3 without a signature: a form, which has its own, or what a browser
 * asks before it lets a page send something.
 *
 * @module
 */
import { type Clock, systemClock } from '../../clock.js'
import { refuseSseOfRead } from '../../s3/encryption/wanted.js'
import type { AwsService } from '../../service/service.js'
import { credentialOf } from '../../sigv4/claim.js'
import { streamingBody } from '../bodies/streaming-body.js'
import { type CorsRules, crossOriginHeaders, preflightHeaders } from '../cors.js'
import { isQueryRequest } from '../protocols/aws-query.js'
import { idHeaders } from '../protocols/rest-xml/errors.js'
import { XML_TYPE } from '../protocols/rest-xml/output.js'
import { restXml } from '../protocols/rest-xml/rest-xml.js'
import type { Answer, Received } from '../received.js'
import type { Door } from './door.js'
import { httpFactsOf } from './http-facts.js'
import { checkLocked, documentBody } from './s3-document.js'
import { answerForm } from './s3-form.js'
import { lateAnswer, mayBeLate } from './s3-late.js'
import { contextOf } from './service-door.js'

/** A key may say anything, but only once it is percent-encoded. */
const PRESIGNED = /(?:^|&)X-Amz-Credential=[^&]*(?:%2F|\/)([^&/%]*)(?:%2F|\/)aws4_request(?:&|$)/i
const LIFE_SECONDS_MAX = 7 * 24 * 60 * 60
const LATE_MS = 10_000
/** They choose no encryption. */
const READS: ReadonlySet<string> = new Set(['GetObject', 'HeadObject'])

/** What the door asks of S3. */
export interface ServedS3 extends AwsService {
  /** What is set on a bucket; undefined where nothing is, or there is none. */
  corsRules(bucket: string): Promise<CorsRules | undefined>
}

export interface S3DoorOptions {
  readonly clock?: Pick<Clock, 'now'>
  /** As LateRules have it. */
  readonly lateMs?: number
}

/** @param hosts names that the service goes by, below which buckets have theirs; in lower case. */
export function s3Door(
  s3: ServedS3,
  hosts: readonly string[],
  { clock = systemClock, lateMs = LATE_MS }: S3DoorOptions = {},
): Door {
  const protocol = restXml(s3.api, hosts)

  async function preflight(request: Received): Promise<Answer> {
    const { bucket, key } = protocol.addressOf(request)
    const rules = bucket === '' ? undefined : await s3.corsRules(bucket)
    const resource = key === '' ? 'BUCKET' : 'OBJECT'
    const headers = preflightHeaders(rules, request.headers, resource)
    return { status: 200, headers: [...idHeaders(request), ...headers], body: '' }
  }

  return {
    takes: isForS3,
    rules: {
      service: s3.api.name,
      pathEncoding: 'once',
      unsignedPayload: true,
      lifeSecondsMax: LIFE_SECONDS_MAX,
    },
    body: 'stream',
    operationOf: (request) => protocol.label(request),
    fault: (error, request) => protocol.fault(error, request),
    async answer(request, _body, caller, repeats) {
      const asked = protocol.ask(request)
      const { operation, address, isStream, header, read } = asked
      checkLocked(request, asked)
      const body = isStream ? streamingBody(request) : await documentBody(request, asked)
      const documentBytes = Buffer.isBuffer(body) ? body.length : undefined
      const http = httpFactsOf(request, address, documentBytes)
      const context = { ...contextOf(request, caller), repeats, http }
      const taken = () => {
        if (READS.has(operation.name)) refuseSseOfRead(header('x-amz-server-side-encryption'))
        return read(body)
      }
      const work = s3
        .call(operation.name, taken, context)
        .then((output) => protocol.write(operation, output, request))
      if (!mayBeLate(operation.name)) return await work
      const headers = [...idHeaders(request), 'Content-Type', XML_TYPE]
      const faultDocument = (error: unknown) => protocol.faultDocument(error, request)
      return await lateAnswer(work, { lateMs, headers, faultDocument })
    },
    unsigned(request) {
      if (request.method === 'OPTIONS') return preflight
      const bucket = protocol.formBucket(request)
      if (bucket === undefined) return undefined
      return (coming, believe) => answerForm({ s3, protocol, clock }, bucket, coming, believe)
    },
    async finish(answer, request) {
      const headers = await crossOrigin(request)
      return { ...answer, headers: [...answer.headers, ...headers], mayBeKept: true }
    },
  }

  async function crossOrigin(request: Received): Promise<string[]> {
    const { method, headers } = request
    const origin = headers.get('origin')
    if (origin === undefined || method === 'OPTIONS') return []
    const { bucket } = protocol.addressOf(request)
    if (bucket === '') return []
    try {
      return crossOriginHeaders((await s3.corsRules(bucket)) ?? [], origin, method)
    } catch {
      // The answer itself is right.
      return []
    }
  }
}

/** Form only: it is not yet believed, and nothing is thrown. */
function isForS3(request: Received): boolean {
  const { headers, path, query } = request
  const authorization = headers.get('authorization')
  if (authorization?.startsWith('AWS4-') === true) {
    return credentialOf(authorization).split('/')[3] === 's3'
  }
  const service = PRESIGNED.exec(query)?.[1]
  if (service !== undefined) return service === 's3'
  return !headers.has('x-amz-target') && !(path === '/' && isQueryRequest(request))
}
