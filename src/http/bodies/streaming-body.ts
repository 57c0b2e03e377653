/**
 * The body of a request as its signature has it: what comes out is what was signed, or ends in an error.
 *
 *     its hash                the bytes as they come, held against it at their end
 *     unsigned                the bytes as they come
 *     in AWS's own chunks     what is in them (sigv4/payload/aws-chunks.ts)
 *
 * Only for doors that read bodies themselves. How bytes come is in body-stream.ts.
 *
 * @module
 */
import { createHash, hash } from 'node:crypto'
import type { StreamingBody } from '../../aws/streaming.js'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { chunkedPieces } from '../../sigv4/payload/aws-chunks.js'
import type { Incoming, Received } from '../received.js'

const LENGTH = /^\d{1,15}$/
const NO_TRAILERS: ReadonlyMap<string, string> = new Map()

/**
 * To be read once. Its pieces end in an error as {@link StreamingBody} says: those of chunks (sigv4/payload/aws-chunks.ts),
 * those of {@link Incoming.pieces}, `XAmzContentSHA256Mismatch`.
 * @throws SealtrailError `XAmzContentSHA256Mismatch` for one that is whole, `MissingContentLength`
 */
export function streamingBody(request: Pick<Received, 'headers' | 'incoming'>): StreamingBody {
  const { incoming } = request
  invariant(incoming !== undefined, 'the door reads its bodies itself')
  const { payload } = incoming.signed
  if (payload.kind === 'signed-chunks' || payload.kind === 'unsigned-chunks') {
    return unchunked(request, incoming)
  }
  const { bytes, whole } = incoming
  const isHashed = payload.kind === 'hash'
  if (isHashed && whole !== undefined) checkHash(hash('sha256', whole, 'hex'), payload.said)
  const pieces = incoming.pieces()
  const isHashedLater = isHashed && whole === undefined
  return {
    ...{ bytes, whole },
    pieces: isHashedLater ? hashedPieces(pieces, payload.said) : pieces,
    trailers: () => NO_TRAILERS,
  }
}

/**
 * All of it, in memory until the request is answered.
 * @throws SealtrailError as {@link streamingBody} and its pieces do, and `InputTooLarge`
 */
export async function wholeBody(
  request: Pick<Received, 'headers' | 'incoming'>,
  bytesMax: number,
): Promise<Buffer> {
  return await collected(streamingBody(request), request, bytesMax)
}

/**
 * All of a body of `request`, as {@link wholeBody}.
 * @throws SealtrailError as there
 */
export async function collected(
  { bytes = 0, whole, pieces }: StreamingBody,
  request: Pick<Received, 'incoming'>,
  bytesMax: number,
): Promise<Buffer> {
  if (bytes > bytesMax) throw tooLarge(bytesMax)
  if (whole !== undefined) return Buffer.from(whole.buffer, whole.byteOffset, whole.length)
  const kept: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of pieces) {
      length += piece.length
      if (length > bytesMax) throw tooLarge(bytesMax)
      request.incoming?.hold(piece.length)
      kept.push(secretCopy(piece))
    }
    const { buffer } = secretBytes(length)
    const all = Buffer.from(buffer)
    let at = 0
    for (const piece of kept) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  } finally {
    for (const piece of kept) piece.fill(0)
  }
}

function unchunked({ headers }: Pick<Received, 'headers'>, incoming: Incoming): StreamingBody {
  const { payload, signatures } = incoming.signed
  const declared = headers.get('x-amz-decoded-content-length')
  if (declared === undefined || !LENGTH.test(declared)) {
    throw new SealtrailError(
      'MissingContentLength',
      'You must provide the Content-Length HTTP header.',
    )
  }
  const bytes = Number(declared)
  const announced = namesOf(headers.get('x-amz-trailer') ?? '')
  const trailers = new Map<string, string>()
  const rules = {
    ...{ isSigned: payload.kind === 'signed-chunks', signatures, bytes, room: incoming.chunkRoom },
    trailers: payload.hasTrailer ? announced : undefined,
  }
  return {
    ...{ bytes, whole: undefined, announced: payload.hasTrailer ? announced : [] },
    pieces: chunkedPieces(incoming.pieces(), rules, trailers),
    trailers: () => trailers,
  }
}

function namesOf(list: string): string[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '')
}

async function* hashedPieces(
  pieces: AsyncIterable<Uint8Array>,
  expected: string,
): AsyncGenerator<Uint8Array> {
  const sha256 = createHash('sha256')
  for await (const piece of pieces) {
    sha256.update(piece)
    yield piece
  }
  checkHash(sha256.digest('hex'), expected)
}

/** Both are known to who sends. @throws SealtrailError `XAmzContentSHA256Mismatch` */
function checkHash(actual: string, expected: string): void {
  if (actual === expected) return
  throw new SealtrailError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: actual },
  )
}

function tooLarge(bytesMax: number): SealtrailError {
  return new SealtrailError('InputTooLarge', `a request body has at most ${bytesMax} bytes`, {
    bytesMax,
  })
}
