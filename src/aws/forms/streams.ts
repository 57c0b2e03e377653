/**
 * Streams as JavaScript callers give them: bytes, text, or what yields bytes, such as a Readable or a file's stream.
 *
 * Bytes are read where they are, while the operation runs: objects are large, and a copy would be one more of them.
 * Who changes them meanwhile has stored what was read. What yields is asked for a piece only when one is wanted.
 *
 * @module
 */
import { types } from 'node:util'
import { checkStill, givenBytes } from '../../bytes/given-bytes.js'
import { isObject, kindOf } from '../../given.js'
import type { StreamingBody } from '../streaming.js'
import { serialization } from '../take.js'

const NO_TRAILERS: ReadonlyMap<string, string> = new Map()
const noTrailers = () => NO_TRAILERS

/** @throws SealtrailError `SerializationException` for what yields no bytes. */
export function streamOf(given: unknown): StreamingBody {
  if (typeof given === 'string') return streamOfBytes(Buffer.from(given))
  if (types.isUint8Array(given)) return streamOfBytes(readable(given))
  if (isObject(given) && !types.isProxy(given) && isIterable(given)) {
    return { bytes: undefined, whole: undefined, pieces: checked(given), trailers: noTrailers }
  }
  const kinds = 'a Uint8Array, a string, a Readable or an async iterable of bytes'
  throw serialization(`a stream must be ${kinds}, not ${kindOf(given)}`)
}

function streamOfBytes(whole: Uint8Array): StreamingBody {
  return { bytes: whole.length, whole, pieces: onePiece(whole, whole.length), trailers: noTrailers }
}

function isIterable(given: object): given is AsyncIterable<unknown> {
  return typeof (given as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function'
}

function readable(given: Uint8Array): Uint8Array {
  try {
    return givenBytes(given, 'a stream')
  } catch (error) {
    throw serialization((error as Error).message)
  }
}

/** They may have been taken away since they were given. */
async function* onePiece(whole: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  checkStill(whole, bytes)
  if (bytes > 0) yield whole
}

async function* checked(given: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of given) {
    if (typeof piece === 'string') yield Buffer.from(piece)
    else if (types.isUint8Array(piece)) yield readable(piece)
    else throw serialization(`a stream must yield bytes, not ${kindOf(piece)}`)
  }
}
