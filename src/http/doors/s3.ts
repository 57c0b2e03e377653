/**
 * Amazon S3: REST with XML. Its requests are told by the service that they are signed for; what is signed for nobody,
 * and in no other service's form, is a request to S3 without a signature.
 *
 * @module
 */
import type { AwsService } from '../../service/service.js'
import { credentialOf } from '../../sigv4/claim.js'
import { isQueryRequest } from '../protocols/aws-query.js'
import { restXml } from '../protocols/rest-xml/rest-xml.js'
import type { Received } from '../received.js'
import { streamingBody, wholeBody } from '../streaming-body.js'
import type { Door } from './door.js'
import { httpFactsOf } from './http-facts.js'
import { contextOf } from './service-door.js'

/** A key may say anything, but only once it is percent-encoded. */
const PRESIGNED = /(?:^|&)X-Amz-Credential=[^&]*(?:%2F|\/)([^&/%]*)(?:%2F|\/)aws4_request(?:&|$)/i
const LIFE_SECONDS_MAX = 7 * 24 * 60 * 60

/** @param hosts names that the service goes by, below which buckets have theirs; in lower case. */
export function s3Door(s3: AwsService, hosts: readonly string[]): Door {
  const protocol = restXml(s3.api, hosts)
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
      const { operation, isStream, bodyBytesMax, read } = protocol.ask(request)
      const body = isStream ? streamingBody(request) : await wholeBody(request, bodyBytesMax)
      const http = httpFactsOf(request)
      const context = { ...contextOf(request, caller), http, repeats }
      const output = await s3.call(operation.name, () => read(body), context)
      return protocol.write(operation, output, request)
    },
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
