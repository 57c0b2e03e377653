/**
 * Bodies of requests for doors that read them themselves: as a stream, or whole and bounded.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { streamOf } from '../aws/forms/streams.js'
import type { StreamingBody } from '../aws/streaming.js'
import { SealtrailError } from '../errors.js'
import type { Received } from './received.js'

const SHA256_HEX = /^[0-9a-f]{64}$/

/** To be read once. */
export function streamingBody({ body, headers, invite }: Received): StreamingBody {
  invite?.()
  const bytes = Number(headers.get('content-length') ?? Number.NaN)
  const stream = streamOf(body)
  return Number.isNaN(bytes) ? stream : { ...stream, bytes }
}

/** @throws SealtrailError `InputTooLarge`, `XAmzContentSHA256Mismatch` */
export async function wholeBody(request: Received, bytesMax: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of streamingBody(request).pieces) {
    bytes += piece.length
    if (bytes > bytesMax) {
      throw new SealtrailError('InputTooLarge', `a document has at most ${bytesMax} bytes`)
    }
    pieces.push(piece)
  }
  const whole = Buffer.concat(pieces)
  const declared = request.headers.get('x-amz-content-sha256') ?? ''
  if (SHA256_HEX.test(declared) && hash('sha256', whole, 'hex') !== declared) {
    const says = "The provided 'x-amz-content-sha256' header does not match what was computed."
    throw new SealtrailError('XAmzContentSHA256Mismatch', says)
  }
  return whole
}
