/**
 * Events as callers give them: bytes or text of lines of JSON, events as objects, or what yields any of these.
 *
 * Bytes and texts are pieces of one text, cut anywhere, as a stream gives them: each event stands on a line of its own. An
 * object is an event, whole. Read once, and only when a piece is wanted: whoever makes them waits with us.
 *
 * @module
 */
import { types } from 'node:util'
import { givenBytes } from '../../bytes/given-bytes.js'
import { isObject, isPlainObject, reading, unlike } from '../../given.js'

export type EventPiece = Uint8Array | string | object

/** A Readable and a ReadableStream yield, too. */
export type EventSource = Uint8Array | string | Iterable<EventPiece> | AsyncIterable<EventPiece>

export interface Pieces {
  /** Undefined behind the last one. @throws SealtrailError `InputInvalid`, and what the caller's source throws */
  next(): Promise<Uint8Array | undefined>
  /** No more are wanted. */
  end(): void
}

/** Small pieces that are all here are put together up to this. */
const JOINED_BYTES = 64 * 1024
const KINDS = 'bytes, text, or an iterable of bytes, texts or events'

/** @throws SealtrailError `InputInvalid` */
export function piecesOf(given: EventSource): Pieces {
  if (typeof given === 'string') return once(Buffer.from(given))
  if (types.isUint8Array(given)) return once(givenBytes(given, 'a source of events'))
  if (!isObject(given) || types.isProxy(given)) throw unlike('a source of events', KINDS, given)
  const [later, now] = reading('a source of events', () => {
    const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = given as {
      readonly [Symbol.asyncIterator]?: () => AsyncIterator<unknown>
      readonly [Symbol.iterator]?: () => Iterator<unknown>
    }
    return [later, now]
  })
  if (typeof later === 'function') {
    return fromAsync(reading('a source of events', () => later.call(given)))
  }
  if (typeof now === 'function') {
    return fromSync(reading('a source of events', () => now.call(given)))
  }
  throw unlike('a source of events', KINDS, given)
}

function once(bytes: Uint8Array): Pieces {
  let left: Uint8Array | undefined = bytes
  return {
    async next() {
      const piece = left
      left = undefined
      return piece
    },
    end() {},
  }
}

function fromAsync(iterator: AsyncIterator<unknown>): Pieces {
  return {
    async next() {
      const step = stepOf(await iterator.next())
      return step.done ? undefined : bytesOf(step.value)
    },
    end() {
      // It may be waiting for what never comes, and nobody waits for it.
      void endOf(iterator)
    },
  }
}

function fromSync(iterator: Iterator<unknown>): Pieces {
  let isOver = false
  return {
    async next() {
      const joined: Uint8Array[] = []
      let size = 0
      while (!isOver && size < JOINED_BYTES) {
        const step = stepOf(iterator.next())
        if (step.done) isOver = true
        else {
          const bytes = bytesOf(step.value)
          joined.push(bytes)
          size += bytes.length
        }
      }
      if (joined.length === 0) return undefined
      return joined.length === 1 ? joined[0] : Buffer.concat(joined)
    },
    end() {
      void endOf(iterator)
    },
  }
}

/** A caller's own iterator may give anything. */
function stepOf(step: IteratorResult<unknown>): IteratorResult<unknown> {
  if (!isObject(step)) throw unlike('what next() of a source gives', 'an object', step)
  return step
}

/** What it says to that changes nothing: why the stream is over is known. */
async function endOf(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {}
}

function bytesOf(piece: unknown): Uint8Array {
  if (types.isUint8Array(piece)) return givenBytes(piece, 'a piece of events')
  if (typeof piece === 'string') return Buffer.from(piece)
  if (!isPlainObject(piece)) throw unlike('an event', 'bytes, text or a plain object', piece)
  const text = reading('an event', () => JSON.stringify(piece))
  return Buffer.from(`${text}\n`)
}
