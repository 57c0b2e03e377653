/**
 * A body that its door reads as it comes: a piece when it is wanted, and none before, so that who sends much waits for us.
 *
 *     the client is waited for   its time counts: who is behind the least rate is cut
 *     the door is waited for     it does not
 *
 * What it has sent faster than it must is forgotten but for some seconds, so that nobody stalls for hours on the strength
 * of it. A client that is to be asked for its body is asked with the first piece. What is left at the end is thrown away
 * as it comes, so that the client gets to see the answer. What the bytes mean is in streaming-body.ts.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { ChunkRoom } from '../../sigv4/payload/aws-chunks.js'
import { UNSIGNED_PAYLOAD } from '../../sigv4/payload/payload.js'
import type { BodyRoom, Waiters } from '../admission.js'
import { ClientGone } from '../client-gone.js'
import type { Incoming, Received, SignedPayload } from '../received.js'
import type { BodyLimits } from './body.js'

/** Nobody is cut before. */
const GRACE_MS = 3000
/** Who has been fast may stall for so long: networks do. AWS closes connections that are idle for about as long. */
const STALL_MS = 20_000

const UNSIGNED: SignedPayload = {
  payload: { said: UNSIGNED_PAYLOAD, kind: 'unsigned', hasTrailer: false },
}

interface StreamParts {
  readonly limits: Pick<BodyLimits, 'bodyBytesPerSecondMin' | 'clock'>
  readonly room: BodyRoom
  readonly chunkRoom: ChunkRoom
  readonly waiters: Waiters
  /** Those of whom it is not known who they are. */
  readonly strangers: Waiters
  readonly leavePlace: () => void
  readonly onBegun: () => void
  readonly onEnded: () => void
}

export class BodyStream implements Incoming {
  readonly signed: SignedPayload
  readonly bytes: number | undefined
  readonly whole: Buffer | undefined
  readonly chunkRoom: ChunkRoom
  readonly #parts: StreamParts
  /** Undefined when there is nothing to be read. */
  readonly #body: Readable | undefined
  readonly #invite: (() => void) | undefined
  readonly #pieces: Buffer[] = []
  #given: Buffer | undefined
  #hasBegun = false
  #isWaiting = false
  /** Among whom it waits. */
  #waiters: Waiters
  #isOver: boolean
  #error: Error | undefined
  #wake: (() => void) | undefined
  /** How far it is behind the least rate; negative when it is ahead. */
  #debtMs = 0
  #waitingSince = 0
  #held = 0

  /** @param signed undefined as long as nobody is believed. */
  constructor(
    { body, headers, invite }: Received,
    signed: SignedPayload | undefined,
    parts: StreamParts,
  ) {
    const declared = headers.get('content-length')
    const isEmpty =
      declared === undefined ? !headers.has('transfer-encoding') : Number(declared) === 0
    this.signed = signed ?? UNSIGNED
    this.#waiters = signed === undefined ? parts.strangers : parts.waiters
    this.#parts = parts
    this.chunkRoom = parts.chunkRoom
    this.#invite = invite
    this.#body = Buffer.isBuffer(body) ? undefined : body
    this.whole = Buffer.isBuffer(body) ? body : isEmpty ? Buffer.from('') : undefined
    const bytes = declared === undefined ? undefined : Number(declared)
    this.bytes = this.whole?.length ?? bytes
    this.#isOver = this.whole !== undefined
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    if (this.whole !== undefined) {
      if (this.whole.length > 0) yield this.whole
      return
    }
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next())
      yield piece
  }

  /** It is known who sends it. @throws SealtrailError `ThrottlingException` */
  believe(): void {
    if (this.#isWaiting) {
      this.#parts.waiters.enter()
      this.#waiters.leave()
    }
    this.#waiters = this.#parts.waiters
  }

  hold(bytes: number): void {
    this.#parts.room.take(bytes)
    this.#held += bytes
  }

  checkRate(now: number): void {
    if (this.#wake === undefined) return
    if (this.#debtMs + now - this.#waitingSince <= GRACE_MS) return
    this.#fail(new SealtrailError('InputTooSlow', 'the request was not there in time'))
  }

  /** Its request has its answer. */
  end(): void {
    this.signed.signatures?.wipe()
    this.#parts.room.giveBack(this.#held)
    this.#held = 0
    this.#parts.onEnded()
    if (this.#isWaiting) this.#waiters.leave()
    this.#isWaiting = false
    this.#fail(new Error('a body is read before its request is answered'))
    for (const piece of [...this.#pieces.splice(0), this.#given]) piece?.fill(0)
    // Who was not asked for its body does not send it; the front sees to it.
    if (this.#hasBegun || this.#invite === undefined) this.#body?.resume()
  }

  async #next(): Promise<Buffer | undefined> {
    this.#given?.fill(0)
    this.#given = undefined
    if (this.#pieces.length === 0 && !this.#isOver && this.#error === undefined) await this.#wait()
    if (this.#error !== undefined) throw this.#error
    this.#given = this.#pieces.shift()
    return this.#given
  }

  async #wait(): Promise<void> {
    const body = this.#body
    invariant(body !== undefined && this.#wake === undefined, 'a body has one reader')
    if (!this.#hasBegun && body.destroyed) throw new ClientGone()
    if (!this.#isWaiting) {
      this.#waiters.enter()
      this.#isWaiting = true
      this.#parts.leavePlace()
    }
    if (!this.#hasBegun) this.#begin(body)
    this.#waitingSince = this.#parts.limits.clock.elapsed()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      body.resume()
    })
  }

  #begin(body: Readable): void {
    this.#hasBegun = true
    this.#parts.onBegun()
    this.#invite?.()
    body.on('data', (piece: Buffer) => this.#take(body, piece))
    body.on('end', () => {
      this.#isOver = true
      this.#woken()
    })
    const gone = () => {
      if (!this.#isOver) this.#fail(new ClientGone())
    }
    body.on('error', gone)
    body.on('close', gone)
  }

  #take(body: Readable, piece: Buffer): void {
    if (this.#error !== undefined) {
      piece.fill(0)
      return
    }
    body.pause()
    this.#pieces.push(piece)
    const { clock, bodyBytesPerSecondMin } = this.#parts.limits
    const waitedMs = this.#wake === undefined ? 0 : clock.elapsed() - this.#waitingSince
    const debtMs = this.#debtMs + waitedMs - (piece.length / bodyBytesPerSecondMin) * 1000
    this.#debtMs = Math.max(GRACE_MS - STALL_MS, debtMs)
    this.#woken()
  }

  #fail(error: Error): void {
    this.#error ??= error
    this.#woken()
  }

  #woken(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
