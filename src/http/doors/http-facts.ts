/**
 * What policies and records of S3 show of a request itself: which host it came to, and how it was signed.
 *
 * Source: Amazon S3 API reference, "Bucket policy examples using condition keys" of Signature Version 4.
 *
 * @module
 */
import { parseQuery } from '../../aws/query-string.js'
import type { HttpFacts } from '../../service/call.js'
import { parseTimestamp } from '../../sigv4/timestamp.js'
import type { Received } from '../received.js'

const SIGNED_AT = 'X-Amz-Date'
const CONTENT_SHA256 = 'X-Amz-Content-Sha256'
const HOST_CHARACTERS_MAX = 255
/** What nobody says of the body of a presigned request. */
const UNSIGNED = 'UNSIGNED-PAYLOAD'

export function httpFactsOf({ headers, query }: Pick<Received, 'headers' | 'query'>): HttpFacts {
  const host = (headers.get('host') ?? '').slice(0, HOST_CHARACTERS_MAX)
  // As its signature was read: an escape more or less is the same request.
  const pairs = query === '' ? [] : parseQuery(query)
  const inQuery = (wanted: string) => pairs.find(([name]) => name === wanted)?.[1]
  const contentSha256 = headers.get('x-amz-content-sha256') ?? inQuery(CONTENT_SHA256)
  if (headers.has('authorization')) {
    const facts = { host, authType: 'REST-HEADER' } as const
    return contentSha256 === undefined ? facts : { ...facts, contentSha256 }
  }
  const presignedAt = parseTimestamp(inQuery(SIGNED_AT) ?? '')
  const facts = {
    ...({ host, authType: 'REST-QUERY-STRING' } as const),
    contentSha256: contentSha256 ?? UNSIGNED,
  }
  return presignedAt === undefined ? facts : { ...facts, presignedAt }
}
