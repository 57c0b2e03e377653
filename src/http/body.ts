/**
 * A request's body in memory, never more of it than allowed.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { SealtrailError } from '../errors.js'
import type { Headers } from '../iam/canonical-request.js'

const NOTHING = Buffer.alloc(0)

/** The client went away before its request was there: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/**
 * The whole body; the caller wipes it. `invite` is called before the first byte is read.
 *
 * @throws SealtrailError `InputTooLarge`: at once when Content-Length says so, else at the byte too many.
 * The rest is then read and thrown away, so that the client gets to see the answer.
 * @throws ClientGone
 */
export async function readBody(
  body: Readable,
  headers: Headers,
  bytesMax: number,
  invite: (() => void) | undefined,
): Promise<Buffer> {
  const declared = headers.get('content-length')
  if (declared === undefined && !headers.has('transfer-encoding')) return NOTHING
  if (declared !== undefined && Number(declared) > bytesMax) {
    if (invite === undefined) body.resume()
    throw tooLarge(bytesMax)
  }
  // It may have gone while its request waited in line: a stream that has ended badly tells so once.
  if (body.destroyed) throw new ClientGone()
  invite?.()
  return collect(body, bytesMax)
}

function collect(body: Readable, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let bytes = 0
    body.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes <= bytesMax) {
        pieces.push(piece)
        return
      }
      wipe(pieces)
      reject(tooLarge(bytesMax))
    })
    body.on('end', () => resolve(join(pieces, bytes)))
    body.on('error', () => reject(new ClientGone()))
    body.on('close', () => {
      if (!body.readableEnded) reject(new ClientGone())
    })
  })
}

function join(pieces: Buffer[], bytes: number): Buffer {
  if (pieces.length === 1) return pieces[0]!
  const whole = Buffer.concat(pieces, bytes)
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
