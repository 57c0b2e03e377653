/**
 * One request of the native front's, from its arrival to its answer.
 *
 * @module
 */
import { Readable } from 'node:stream'
import type { Clock } from '../../clock.js'
import type { Answer } from '../received.js'
import { type Answers, BREAK, headText, LAST, MORE, type Place } from './answers.js'
import { ExactBody } from './exact-body.js'
import {
  dropBody,
  headersOf,
  KEEP_ALIVE_MS,
  lengthHeader,
  type Reply,
  sentBody,
  statedLength,
} from './exchange.js'

/** So much of an answer is on its way before the front has said that all has left. */
const WINDOW_BYTES = 64 * 1024
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
  /** On their way. */
  #sentBytes = 0
  #flowing: Readable | undefined
  #flow: (() => void) | undefined

  constructor(parts: TurnParts) {
    this.#parts = parts
    this.serial = parts.place.serial
    if (!parts.isLate) return
    this.body = new Readable({ read: () => this.#ask() })
    // Who reads the body asks for it; this says that there is somebody to be asked.
    if (parts.isExpecting) this.invite = () => undefined
  }

  send(requestId: string, answer: Answer, isLast: boolean): void {
    if (this.isGone) {
      dropBody(answer)
      return
    }
    const { answers, place, isHead } = this.#parts
    // Who was not asked for its body may send it or not: the next request cannot be told from it.
    const isOver = isLast || this.#parts.isLast || (this.#parts.isExpecting && !this.#isAsked)
    const head = this.#headOf(requestId, answer, isOver)
    const body = sentBody(answer, isHead)
    if (body instanceof Readable) void this.#pass(head, body, statedLength(answer) ?? 0, isOver)
    else {
      answers.put(place, head, body, isOver ? LAST : 0)
      dropBody(answer)
    }
  }

  breakOff(): void {
    if (!this.isGone) this.#parts.answers.put(this.#parts.place, '', '', BREAK)
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
    this.#flowing?.destroy()
    this.flow()
  }

  /** What was on its way has left. */
  flow(): void {
    this.#sentBytes = 0
    this.#flow?.()
  }

  #ask(): void {
    this.#isAsked = true
    if (!this.isGone) this.#parts.ask()
  }

  /** An answer piece by piece, as its client takes it. */
  async #pass(head: string, body: Readable, bytes: number, isOver: boolean): Promise<void> {
    const { answers, place } = this.#parts
    this.#flowing = body
    try {
      answers.put(place, head, '', MORE)
      const exact = new ExactBody(body, bytes)
      while (await this.#passNext(exact)) {
        while (this.#sentBytes >= WINDOW_BYTES && !this.isGone) await this.#left()
      }
      if (!this.isGone) answers.put(place, '', '', isOver ? LAST : 0)
    } catch {
      // The body's own error is told by exchange.ts.
      body.destroy()
      this.breakOff()
    }
  }

  /** False at the end, or when nobody is there any more. Keeps nothing of the piece while somebody waits. */
  async #passNext(exact: ExactBody): Promise<boolean> {
    const piece = await exact.next()
    if (piece === undefined || this.isGone) return false
    this.#parts.answers.put(this.#parts.place, '', piece, MORE)
    this.#sentBytes += piece.length
    return true
  }

  #left(): Promise<void> {
    return new Promise((resolve) => {
      this.#flow = resolve
    })
  }

  #headOf(requestId: string, answer: Answer, isOver: boolean): string {
    const headers = headersOf(requestId, answer, isOver)
    if (!isOver) headers.push(...KEPT)
    headers.push('Date', dateOf(this.#parts.clock), ...lengthHeader(answer))
    return headText(answer.status, headers)
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
