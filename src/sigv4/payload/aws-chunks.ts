/**
 * A body in AWS's own chunks, which S3 takes inside a body of HTTP, in whatever framing that is.
 *
 *     10000;chunk-signature=<64 hex digits>\r\n 65,536 bytes \r\n      for each chunk; unsigned ones have no `;…`
 *     0;chunk-signature=<64 hex digits>\r\n                            the last
 *     x-amz-checksum-crc32c:sOO8/Q==\r\n                               trailers, where x-amz-trailer says so
 *     x-amz-trailer-signature:<64 hex digits>\r\n                      where chunks are signed
 *     \r\n
 *
 * A signed chunk is held until its signature was verified, in room that all of them share. Nothing of the body counts
 * before its end: that its chunks are all there is known then. Source: as chunk-signatures.ts; the least size of chunks
 * is AWS's.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { ChunkSignatures } from './chunk-signatures.js'
import { PieceReader } from './piece-reader.js'

const LEAST_CHUNK_BYTES = 8192
export const SIGNED_CHUNK_BYTES_MAX = 16 * 1024 * 1024
const SIZE_LINE_BYTES_MAX = 128
const TRAILER_LINE_BYTES_MAX = 1024
const SIZE = /^([0-9a-fA-F]{1,12})$/
const SIGNED_SIZE = /^([0-9a-fA-F]{1,12});chunk-signature=([0-9a-f]{64})$/
const SIGNATURE_NAME = 'x-amz-trailer-signature'

export interface ChunkRules {
  readonly isSigned: boolean
  /** Undefined: signatures have their form, and are not looked at. */
  readonly signatures: ChunkSignatures | undefined
  /** Of all chunks together, as the head said. */
  readonly bytes: number
  /** Names of trailers, in lower case, as the head said; undefined where there are none at all. */
  readonly trailers: readonly string[] | undefined
  readonly room: ChunkRoom
}

/** Memory for chunks that are held. */
export interface ChunkRoom {
  /** @throws SealtrailError `ThrottlingException` */
  take(bytes: number): void
  giveBack(bytes: number): void
}

/**
 * The bytes of the chunks; a piece is the reader's until he asks for the next.
 * @param pieces as they come; none is asked for before it is needed.
 * @param trailers gets what is said behind the bytes.
 * @throws SealtrailError `IncompleteBody`, `SignatureDoesNotMatch`, `InvalidChunkSizeError`, `InvalidRequest`,
 * `MalformedTrailerError`, `ThrottlingException`
 */
export async function* chunkedPieces(
  pieces: AsyncIterable<Uint8Array>,
  rules: ChunkRules,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  const reader = new PieceReader(pieces)
  const held = new HeldChunk(rules.room)
  let left = rules.bytes
  try {
    for (let before = LEAST_CHUNK_BYTES; ; ) {
      const { bytes, signature } = await chunkHead(reader, rules)
      if (bytes === 0) {
        rules.signatures?.checkChunk(new Uint8Array(0), signature)
        break
      }
      if (before < LEAST_CHUNK_BYTES) {
        throw chunkSize('Only the last chunk is allowed to have a size less than 8192 bytes')
      }
      if (bytes > left) throw notAsManyBytes()
      before = bytes
      left -= bytes
      if (rules.isSigned) {
        const chunk = held.ofSize(bytes)
        if (!(await reader.fill(chunk))) throw cut()
        if (!(await reader.passLineEnd())) throw malformed()
        rules.signatures?.checkChunk(chunk, signature)
        yield chunk
      } else {
        yield* passed(reader, bytes)
        if (!(await reader.passLineEnd())) throw malformed()
      }
    }
    await readTrailers(reader, rules, trailers)
    if (!(await reader.isAtEnd())) throw malformed()
    if (left > 0) throw notAsManyBytes()
  } finally {
    held.wipe()
    await reader.stop()
  }
}

interface ChunkHead {
  readonly bytes: number
  readonly signature: string
}

async function chunkHead(reader: PieceReader, { isSigned }: ChunkRules): Promise<ChunkHead> {
  const line = await lineOf(reader, SIZE_LINE_BYTES_MAX, malformed)
  const [, size, signature = ''] = (isSigned ? SIGNED_SIZE : SIZE).exec(line) ?? []
  if (size === undefined) throw malformed()
  const bytes = Number.parseInt(size, 16)
  if (isSigned && bytes > SIGNED_CHUNK_BYTES_MAX) {
    throw chunkSize(`A signed chunk has at most ${SIGNED_CHUNK_BYTES_MAX} bytes`)
  }
  return { bytes, signature }
}

async function* passed(reader: PieceReader, bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; ) {
    const piece = await reader.some(left)
    if (piece === undefined) throw cut()
    left -= piece.length
    yield piece
  }
}

/** Those that were announced, all of them, and no others. */
async function readTrailers(
  reader: PieceReader,
  { isSigned, signatures, trailers: announced }: ChunkRules,
  trailers: Map<string, string>,
): Promise<void> {
  const wanted = new Set(announced)
  let signature: string | undefined
  for (;;) {
    const line = await lineOf(reader, TRAILER_LINE_BYTES_MAX, malformedTrailer)
    if (line === '') break
    // Some clients end a trailer with a line feed of its own.
    const [, given, value = ''] = /^([\w-]+):[ \t]*([^\r\n]*?)[ \t]*\n?$/.exec(line) ?? []
    const name = given?.toLowerCase()
    if (name === undefined || signature !== undefined) throw malformedTrailer()
    if (name === SIGNATURE_NAME && isSigned && announced !== undefined) signature = value
    else if (wanted.delete(name)) trailers.set(name, value)
    else throw malformedTrailer()
  }
  if (wanted.size > 0) throw malformedTrailer()
  if (!isSigned || announced === undefined) return
  if (signature === undefined) throw malformedTrailer()
  signatures?.checkTrailer(trailers, signature)
}

async function lineOf(
  reader: PieceReader,
  bytesMax: number,
  refusal: () => SealtrailError,
): Promise<string> {
  const line = await reader.line(bytesMax)
  if (typeof line === 'object') return line.text
  throw line === 'cut' ? cut() : refusal()
}

/** Room for one signed chunk at a time. */
class HeldChunk {
  readonly #room: ChunkRoom
  #bytes = new Uint8Array(0)

  constructor(room: ChunkRoom) {
    this.#room = room
  }

  ofSize(bytes: number): Uint8Array {
    if (bytes > this.#bytes.length) {
      this.wipe()
      this.#room.take(bytes)
      this.#bytes = new Uint8Array(bytes)
    }
    return this.#bytes.subarray(0, bytes)
  }

  wipe(): void {
    this.#bytes.fill(0)
    this.#room.giveBack(this.#bytes.length)
    this.#bytes = new Uint8Array(0)
  }
}

function cut(): SealtrailError {
  return new SealtrailError('IncompleteBody', 'The request body terminated unexpectedly')
}

function notAsManyBytes(): SealtrailError {
  return new SealtrailError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  )
}

function malformed(): SealtrailError {
  return new SealtrailError('InvalidRequest', 'The chunks of the request body are not well-formed')
}

function chunkSize(message: string): SealtrailError {
  return new SealtrailError('InvalidChunkSizeError', message)
}

function malformedTrailer(): SealtrailError {
  return new SealtrailError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  )
}
