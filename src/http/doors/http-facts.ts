/**
 * What policies and records of S3 show of a request itself: which host it came to, and how it was signed.
 *
 * Source: Amazon S3 API reference, "Bucket policy examples using condition keys" of Signature Version 4.
 *
 * @module
 */
import { parseQuery } from '../../aws/query-string.js'
import type { HttpFacts } from '../../service/calls/call-context.js'
import { parseTimestamp } from '../../sigv4/timestamp.js'
import type { Address } from '../protocols/rest-xml/address.js'
import { idsOf } from '../protocols/rest-xml/errors.js'
import type { Received } from '../received.js'

const SIGNED_AT = 'X-Amz-Date'
const CONTENT_SHA256 = 'X-Amz-Content-Sha256'
/** In records, of a presigned request; who signed is in them anyway, and a signature is nobody's. */
const SHOWN = new Set([SIGNED_AT, 'X-Amz-Algorithm', 'X-Amz-Expires', 'X-Amz-SignedHeaders'])
const HOST_CHARACTERS_MAX = 255
/** What nobody says of the body of a presigned request. */
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/** @param documentBytes of the document that was read; undefined where there is none. */
export function httpFactsOf(
  { headers, query, requestId }: Pick<Received, 'headers' | 'query' | 'requestId'>,
  address: Address,
  documentBytes?: number,
): HttpFacts {
  const host = (headers.get('host') ?? '').slice(0, HOST_CHARACTERS_MAX)
  const document = documentBytes === undefined ? {} : { documentBytes }
  const common = { host, address, ...idsOf(requestId), ...document }
  // As its signature was read: an escape more or less is the same request.
  const pairs = query === '' ? [] : parseQuery(query)
  const inQuery = (wanted: string) => pairs.find(([name]) => name === wanted)?.[1]
  const contentSha256 = headers.get('x-amz-content-sha256') ?? inQuery(CONTENT_SHA256)
  if (headers.has('authorization')) {
    const facts = { ...common, authType: 'REST-HEADER' } as const
    return contentSha256 === undefined ? facts : { ...facts, contentSha256 }
  }
  const presignedAt = parseTimestamp(inQuery(SIGNED_AT) ?? '')
  const facts = {
    ...({ ...common, authType: 'REST-QUERY-STRING' } as const),
    contentSha256: contentSha256 ?? UNSIGNED,
    presigned: Object.fromEntries(pairs.filter(([name]) => SHOWN.has(name))),
  }
  return presignedAt === undefined ? facts : { ...facts, presignedAt }
}
