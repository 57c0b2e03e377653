/**
 * A request's body in memory, never more of it than allowed.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { secretBytes } from '../bytes/secret.js'
import { SealtrailError } from '../errors.js'
import type { BodyRoom } from './admission.js'
import type { Received } from './received.js'

const NOTHING = Buffer.from('')

/** The client went away before its request was there: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/**
 * The whole body; the caller wipes it, and gives its bytes back to `room`. `invite` is called before the
 * first byte is read.
 *
 * @throws SealtrailError `InputTooLarge`: at once when Content-Length says so, else at the byte too many;
 * `ThrottlingException` when `room` is full. The rest is then read and thrown away, so that the client gets
 * to see the answer.
 * @throws ClientGone
 */
export async function readBody(
  { body, headers, invite }: Pick<Received, 'body' | 'headers' | 'invite'>,
  bytesMax: number,
  room: BodyRoom,
): Promise<Buffer> {
  if (Buffer.isBuffer(body)) {
    if (body.length > bytesMax) throw tooLarge(bytesMax)
    room.take(body.length)
    return body
  }
  const declared = headers.get('content-length')
  if (declared === undefined && !headers.has('transfer-encoding')) return NOTHING
  if (declared !== undefined && Number(declared) > bytesMax) {
    if (invite === undefined) body.resume()
    throw tooLarge(bytesMax)
  }
  invite?.()
  return collect(body, bytesMax, room)
}

function collect(body: Readable, bytesMax: number, room: BodyRoom): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let bytes = 0
    let isOver = false
    const refuse = (error: unknown) => {
      if (isOver) return
      isOver = true
      wipe(pieces)
      room.giveBack(bytes)
      reject(error)
    }
    body.on('data', (piece: Buffer) => {
      if (isOver) return
      try {
        if (bytes + piece.length > bytesMax) throw tooLarge(bytesMax)
        room.take(piece.length)
        bytes += piece.length
        pieces.push(piece)
      } catch (error) {
        refuse(error)
      }
    })
    body.on('end', () => {
      if (isOver) return
      isOver = true
      resolve(join(pieces, bytes))
    })
    body.on('error', () => refuse(new ClientGone()))
    body.on('close', () => refuse(new ClientGone()))
  })
}

function join(pieces: Buffer[], bytes: number): Buffer {
  if (pieces.length === 1) return pieces[0]!
  const { buffer } = secretBytes(bytes)
  const whole = Buffer.from(buffer)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  wipe(pieces)
  return whole
}

function wipe(pieces: Buffer[]): void {
  for (const piece of pieces) piece.fill(0)
  pieces.length = 0
}

function tooLarge(bytesMax: number): SealtrailError {
  return new SealtrailError('InputTooLarge', `a request body has at most ${bytesMax} bytes`, {
    bytesMax,
  })
}
