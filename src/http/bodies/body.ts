/**
 * Bodies of requests in memory: never more of one than allowed, never more of all than there is room for, and none
 * that its client forgets to send.
 *
 *     small     always taken: no more are under way than there are connections, and the line bounds those that are there
 *     larger    out of the room for all
 *     stalled   cut, once it is behind the least rate
 *
 * Those that a door reads as they come are in body-stream.ts.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { secretBytes } from '../../bytes/secret.js'
import type { Clock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import { BodyRoom, Waiters } from '../admission.js'
import { ClientGone } from '../client-gone.js'
import type { Received, SignedPayload } from '../received.js'
import { BodyStream } from './body-stream.js'

/** An Encrypt of the most that it takes, as JSON. */
export const SMALL_BODY_BYTES = 8 * 1024
/** Nobody is cut before, whatever the rate. */
const GRACE_MS = 3000
const CHECK_MS = 1000
/** Of signed chunks, all together. */
const CHUNK_ROOM_BYTES = 128 * 1024 * 1024
/** Of all that are read as they come, so few may be of whoever sends a form. */
const STREAMS_PER_STRANGER = 8
const NOTHING = Buffer.from('')

export interface BodyLimits {
  readonly bodyBytesMax: number
  /** A body that comes slower is not waited for. */
  readonly bodyBytesPerSecondMin: number
  /** For all bodies that are not small. */
  readonly roomBytes: number
  /** A body that is collected is there after so long. */
  readonly requestTimeoutMs: number
  /** Bodies that are read as they come. */
  readonly streamsMax: number
  readonly clock: Clock
}

export class Bodies {
  readonly #limits: BodyLimits
  readonly #room: BodyRoom
  readonly #chunkRoom = new BodyRoom(CHUNK_ROOM_BYTES)
  readonly #waiters: Waiters
  readonly #strangers: Waiters
  readonly #underWay = new Set<Pick<Collection, 'checkRate'>>()
  readonly #timer: NodeJS.Timeout

  constructor(limits: BodyLimits) {
    this.#limits = limits
    this.#room = new BodyRoom(limits.roomBytes)
    this.#waiters = new Waiters(limits.streamsMax)
    this.#strangers = new Waiters(Math.ceil(limits.streamsMax / STREAMS_PER_STRANGER))
    this.#timer = setInterval(() => this.#cutStalled(), CHECK_MS)
    this.#timer.unref()
  }

  /**
   * At once when Content-Length says that it is too long; `more` is what it may have where the limit is less.
   * @throws SealtrailError `InputTooLarge`; the rest is then read and thrown away, so that the client gets to see
   * the answer.
   */
  checkLength(
    { body, headers, invite }: Pick<Received, 'body' | 'headers' | 'invite'>,
    more = 0,
  ): void {
    const bytesMax = Math.max(this.#limits.bodyBytesMax, more)
    const declared = Buffer.isBuffer(body) ? body.length : headers.get('content-length')
    if (declared === undefined || Number(declared) <= bytesMax) return
    throwAway({ body, invite })
    throw tooLarge(bytesMax)
  }

  /**
   * The whole body, to be given to {@link done}. The request's `invite` is called before the first byte is read.
   * @throws SealtrailError `InputTooLarge` at the byte too many, `ThrottlingException` when there is no room,
   * `InputTooSlow`.
   * @throws ClientGone
   */
  read(
    { body, headers, invite }: Pick<Received, 'body' | 'headers' | 'invite'>,
    more = 0,
  ): Promise<Buffer> | Buffer {
    if (Buffer.isBuffer(body)) {
      if (body.length > SMALL_BODY_BYTES) this.#room.take(body.length)
      return body
    }
    const declared = headers.get('content-length')
    if (declared === undefined && !headers.has('transfer-encoding')) return NOTHING
    invite?.()
    const bytes = declared === undefined ? undefined : Number(declared)
    if (bytes === 0) return NOTHING
    return new Promise((resolve, reject) => {
      const limits = {
        ...this.#limits,
        bodyBytesMax: Math.max(this.#limits.bodyBytesMax, more),
      }
      const collection = new Collection(limits, this.#room, bytes, (error, whole) => {
        this.#underWay.delete(collection)
        if (whole === undefined) reject(error)
        else resolve(whole)
      })
      this.#underWay.add(collection)
      collection.listenTo(body)
    })
  }

  /**
   * For a door that reads the body itself; to be ended.
   * @param signed undefined as long as nobody is believed.
   * @param leavePlace called when it first waits for its client.
   */
  stream(request: Received, signed: SignedPayload | undefined, leavePlace: () => void): BodyStream {
    const stream = new BodyStream(request, signed, {
      limits: this.#limits,
      ...{ room: this.#room, chunkRoom: this.#chunkRoom },
      ...{ waiters: this.#waiters, strangers: this.#strangers },
      leavePlace,
      onBegun: () => this.#underWay.add(stream),
      onEnded: () => this.#underWay.delete(stream),
    })
    return stream
  }

  /** Wipes it, and gives back what room it took. */
  done(body: Buffer): void {
    if (body.length === 0) return
    body.fill(0)
    if (body.length > SMALL_BODY_BYTES) this.#room.giveBack(body.length)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #cutStalled(): void {
    if (this.#underWay.size === 0) return
    const now = this.#limits.clock.elapsed()
    for (const collection of this.#underWay) collection.checkRate(now)
  }
}

/** What is still to come is thrown away as it comes, so that the client gets to see the answer. */
export function throwAway({ body, invite }: Pick<Received, 'body' | 'invite'>): void {
  if (invite === undefined && !Buffer.isBuffer(body)) body.resume()
}

type Settle = (error: Error | undefined, whole: Buffer | undefined) => void

/** One body on its way. */
class Collection {
  readonly #limits: BodyLimits
  readonly #room: BodyRoom
  /** As declared; undefined for one in chunks. */
  readonly #bytes: number | undefined
  readonly #isSmall: boolean
  readonly #begun: number
  #settle: Settle | undefined
  #pieces: Buffer[] = []
  #received = 0
  #taken = 0

  constructor(limits: BodyLimits, room: BodyRoom, bytes: number | undefined, settle: Settle) {
    this.#limits = limits
    this.#room = room
    this.#bytes = bytes
    this.#isSmall = bytes !== undefined && bytes <= SMALL_BODY_BYTES
    this.#begun = limits.clock.elapsed()
    this.#settle = settle
  }

  listenTo(body: Readable): void {
    body.on('data', (piece: Buffer) => this.#take(piece))
    // With a length, the last byte is the end.
    if (this.#bytes === undefined) body.on('end', () => this.#finish())
    const gone = () => {
      if (this.#settle !== undefined) this.#refuse(new ClientGone())
    }
    body.on('error', gone)
    body.on('close', gone)
  }

  checkRate(now: number): void {
    const { bodyBytesPerSecondMin, requestTimeoutMs } = this.#limits
    const elapsed = now - this.#begun
    const ms = elapsed - (this.#received / bodyBytesPerSecondMin) * 1000
    if (ms <= GRACE_MS && elapsed <= requestTimeoutMs) return
    this.#refuse(new SealtrailError('InputTooSlow', 'the request was not there in time'))
  }

  #take(piece: Buffer): void {
    if (this.#settle === undefined) return
    this.#received += piece.length
    try {
      if (this.#received > this.#limits.bodyBytesMax) throw tooLarge(this.#limits.bodyBytesMax)
      if (!this.#isSmall) {
        this.#room.take(piece.length)
        this.#taken += piece.length
      }
    } catch (error) {
      piece.fill(0)
      this.#refuse(error as Error)
      return
    }
    this.#pieces.push(piece)
    if (this.#received === this.#bytes) this.#finish()
  }

  #finish(): void {
    const settle = this.#settle
    if (settle === undefined) return
    this.#settle = undefined
    // Whole, it is small after all; what is longer is given back when it is done with.
    if (this.#received <= SMALL_BODY_BYTES) this.#room.giveBack(this.#taken)
    settle(undefined, join(this.#pieces, this.#received))
  }

  #refuse(error: Error): void {
    const settle = this.#settle
    if (settle === undefined) return
    this.#settle = undefined
    wipe(this.#pieces)
    this.#room.giveBack(this.#taken)
    settle(error, undefined)
  }
}

function join(pieces: Buffer[], bytes: number): Buffer {
  if (pieces.length === 0) return NOTHING
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
