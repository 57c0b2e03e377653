/**
 * One request of the native front's, from its arrival to its answer.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Clock } from '../../clock.js'
import type { Answer } from '../received.js'
import { type Answers, headText, type Place } from './answers.js'
import { headersOf, KEEP_ALIVE_MS, type Reply, wipeSecret } from './exchange.js'

/** For clients that would use a connection just when we give it up. */
const KEPT = ['Connection', 'keep-alive', 'Keep-Alive', `timeout=${KEEP_ALIVE_MS / 1000}`]

interface TurnParts {
  readonly place: Place
  readonly answers: Answers
  /** For some more of the body. */
  readonly ask: () => void
  readonly clock: Clock
  readonly isHead: boolean
  /** The connection ends with it, as its head said. */
  readonly isLast: boolean
  /** The body has not come with the head. */
  readonly isLate: boolean
  /** Its client waits to be asked for it. */
  readonly isExpecting: boolean
}

export class Turn implements Reply {
  readonly serial: number
  /** Of a body that has not come with the head. */
  readonly body: Readable | undefined
  readonly invite: (() => void) | undefined
  isGone = false
  readonly #parts: TurnParts
  #isAsked = false

  constructor(parts: TurnParts) {
    this.#parts = parts
    this.serial = parts.place.serial
    if (!parts.isLate) return
    this.body = new Readable({ read: () => this.#ask() })
    // Who reads the body asks for it; this says that there is somebody to be asked.
    if (parts.isExpecting) this.invite = () => undefined
  }

  send(requestId: string, answer: Answer, isLast: boolean): void {
    const { body } = answer
    if (body instanceof Readable) {
      buffer(body).then(
        (whole) => this.#write(requestId, answer, whole, isLast),
        () => this.breakOff(),
      )
      return
    }
    this.#write(requestId, answer, body, isLast)
    wipeSecret(answer)
  }

  breakOff(): void {
    if (!this.isGone) this.#parts.answers.put(this.#parts.place, '', '', true)
  }

  /** A piece of the body. */
  give(piece: Buffer, isLast: boolean): void {
    if (piece.length > 0) this.body?.push(piece)
    if (isLast) this.body?.push(null)
  }

  /** The client has gone. */
  leave(): void {
    this.isGone = true
    this.body?.destroy()
  }

  #ask(): void {
    this.#isAsked = true
    if (!this.isGone) this.#parts.ask()
  }

  #write(requestId: string, answer: Answer, body: string | Uint8Array, isLast: boolean): void {
    const { answers, place, clock, isHead, isExpecting } = this.#parts
    if (this.isGone) return
    // Who was not asked for its body may send it or not: the next request cannot be told from it.
    const isOver = isLast || this.#parts.isLast || (isExpecting && !this.#isAsked)
    const headers = headersOf(requestId, answer, isOver)
    if (!isOver) headers.push(...KEPT)
    headers.push('Date', dateOf(clock), 'Content-Length', String(Buffer.byteLength(body)))
    answers.put(place, headText(answer.status, headers), isHead ? '' : body, isOver)
  }
}

let second = Number.NaN
let date = ''

/** Worked out once a second. */
function dateOf(clock: Clock): string {
  const now = Math.floor(clock.now() / 1000)
  if (now !== second) {
    second = now
    date = new Date(now * 1000).toUTCString()
  }
  return date
}
