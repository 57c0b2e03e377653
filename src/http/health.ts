/**
 * Is this server alive, and should it get work?
 *
 *     GET /_sealtrail/health/live     200 as long as the process answers
 *     GET /_sealtrail/health/ready    200, or 503 while stopping or for 10 s after the store has failed
 *
 * Not signed, not counted, and answered also when every place is taken. After a failure of the store it
 * asks for work again by itself: only a call shows whether the store has recovered. `ready` also says whether all
 * keys lie in locked memory; when they do not, the server serves on.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Engine } from '../engine/engine.js'
import { isSealtrailError } from '../errors.js'
import { textAnswer } from './protocols/faults.js'
import type { Answer } from './received.js'

const PREFIX = '/_sealtrail/health/'
const FAILURE_COUNTS_MS = 10_000
const CAUSES_MAX = 5

/** Where the keys are: an engine. */
type KeyMemory = Pick<Engine, 'isLocked'>

export class Health {
  readonly #clock: Clock
  readonly #engine: KeyMemory
  #wasLocked: boolean
  #failedAt = Number.NEGATIVE_INFINITY
  #isStopping = false

  constructor(clock: Clock, engine: KeyMemory) {
    this.#clock = clock
    this.#engine = engine
    this.#wasLocked = engine.isLocked
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

  /** Whether keys lie in locked memory, when that has changed since it was asked last. */
  lockTurned(): { readonly isLocked: boolean } | undefined {
    const { isLocked } = this.#engine
    if (isLocked === this.#wasLocked) return undefined
    this.#wasLocked = isLocked
    return { isLocked }
  }

  /** The answer to a health check, or undefined for another request. */
  answer(method: string, path: string): Answer | undefined {
    if (!path.startsWith(PREFIX) || (method !== 'GET' && method !== 'HEAD')) return undefined
    const check = path.slice(PREFIX.length)
    if (check === 'live') return say(200, 'live')
    if (check !== 'ready') return undefined
    const detail = { keyMemory: this.#engine.isLocked ? 'locked' : 'unlocked' }
    return this.isReady ? say(200, 'ready', detail) : say(503, 'not ready', detail)
  }
}

function say(status: number, text: string, detail: object = {}): Answer {
  return textAnswer(status, 'application/json', JSON.stringify({ status: text, ...detail }))
}
