/**
 * Is this server alive, and should it get work?
 *
 *     GET /_sealtrail/health/live     200 as long as the process answers
 *     GET /_sealtrail/health/ready    200, or 503 while stopping or for 10 s after the store has failed
 *
 * Not signed, not counted, and answered also when every place is taken. After a failure of the store it
 * asks for work again by itself: only a call shows whether the store has recovered.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import { isSealtrailError } from '../errors.js'
import { textAnswer } from './protocols/faults.js'
import type { Answer } from './received.js'

const PREFIX = '/_sealtrail/health/'
const FAILURE_COUNTS_MS = 10_000
const CAUSES_MAX = 5

export class Health {
  readonly #clock: Clock
  #failedAt = Number.NEGATIVE_INFINITY
  #isStopping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#clock.elapsed() - this.#failedAt >= FAILURE_COUNTS_MS
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  stop(): void {
    this.#isStopping = true
  }

  /** Tells failures of the store from others; the error that is answered may be of a later kind. */
  note(error: unknown): void {
    let cause = error
    for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth++) {
      if (isSealtrailError(cause, 'StoreFailed')) this.#failedAt = this.#clock.elapsed()
      cause = cause.cause
    }
  }

  /** The answer to a health check, or undefined for another request. */
  answer(method: string, path: string): Answer | undefined {
    if (!path.startsWith(PREFIX) || (method !== 'GET' && method !== 'HEAD')) return undefined
    const check = path.slice(PREFIX.length)
    if (check === 'live') return say(200, 'live')
    if (check === 'ready') return this.isReady ? say(200, 'ready') : say(503, 'not ready')
    return undefined
  }
}

function say(status: number, text: string): Answer {
  return textAnswer(status, 'application/json', JSON.stringify({ status: text }))
}
