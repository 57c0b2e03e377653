/**
 * What a request says of a body that comes later: its hash, that it is not signed, or that it comes in chunks which
 * are signed one by one (aws-chunks.ts).
 *
 *     x-amz-content-sha256: <64 hex digits>
 *                           UNSIGNED-PAYLOAD                              also of a presigned request that says nothing
 *                           STREAMING-UNSIGNED-PAYLOAD-TRAILER
 *                           STREAMING-AWS4-HMAC-SHA256-PAYLOAD[-TRAILER]
 *
 * Source: Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header".
 *
 * @module
 */
import type { Pair } from '../../aws/query-string.js'
import { SealtrailError } from '../../errors.js'
import type { Headers } from '../canonical-request.js'

export interface Payload {
  /** As it is hashed into the signature. */
  readonly said: string
  readonly kind: 'hash' | 'unsigned' | 'signed-chunks' | 'unsigned-chunks'
  readonly hasTrailer: boolean
}

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const NAME = 'x-amz-content-sha256'
/** Presigned, a client may say it in the query. */
const QUERY_NAME = 'X-Amz-Content-Sha256'
const SHA256_HEX = /^[0-9a-f]{64}$/
const ECDSA = /^STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD(-TRAILER)?$/

const MARKS = new Map<string, Payload>(
  [
    { said: UNSIGNED_PAYLOAD, kind: 'unsigned', hasTrailer: false } as const,
    {
      said: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      kind: 'unsigned-chunks',
      hasTrailer: true,
    } as const,
    {
      said: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      kind: 'signed-chunks',
      hasTrailer: false,
    } as const,
    {
      said: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      kind: 'signed-chunks',
      hasTrailer: true,
    } as const,
  ].map((payload) => [payload.said, payload]),
)

/**
 * @param pairs the query, decoded.
 * @throws SealtrailError `InvalidRequest` where nothing is said, `InvalidArgument`, `NotImplemented`.
 */
export function payloadOf(headers: Headers, pairs: readonly Pair[]): Payload {
  const presigned = pairs.some(([name]) => name === 'X-Amz-Algorithm')
    ? UNSIGNED_PAYLOAD
    : undefined
  const inQuery = pairs.find(([name]) => name === QUERY_NAME)?.[1]
  const said = headers.get(NAME) ?? inQuery ?? presigned
  if (said === undefined) {
    throw new SealtrailError('InvalidRequest', `Missing required header for this request: ${NAME}`)
  }
  if (SHA256_HEX.test(said)) return { said, kind: 'hash', hasTrailer: false }
  const payload = MARKS.get(said)
  if (payload !== undefined) return payload
  if (ECDSA.test(said)) {
    throw new SealtrailError(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented.',
    )
  }
  throw new SealtrailError(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    { ArgumentName: NAME, ArgumentValue: said.slice(0, 128) },
  )
}
