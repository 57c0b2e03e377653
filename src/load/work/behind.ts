/**
 * Looks behind the calls that are measured: each is asked until it is answered, at once or at the end.
 *
 * A target that is too busy for a look has not failed it: it is asked again when the run is over. What is never answered has.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { asked, CallFailed, type Done } from '../targets/target.js'

/** Calls `end` once: false when there was no answer, which it must not say of the last attempt. */
type Look = (isLast: boolean, end: (isAnswered: boolean) => void) => void

const ATTEMPTS = 10
const PAUSE_MS = 200
const AT_ONCE = 32

export class Behind {
  #underWay = 0
  readonly #again: Look[] = []
  #idle: (() => void) | undefined

  look(look: Look): void {
    this.#begin(look, false)
  }

  /** Resolves when each look has its answer. */
  async settled(): Promise<void> {
    await this.#isIdle()
    for (let attempt = 1; this.#again.length > 0; attempt++) {
      await wait(PAUSE_MS)
      const looks = this.#again.splice(0)
      while (looks.length > 0) {
        for (const look of looks.splice(0, AT_ONCE)) this.#begin(look, attempt >= ATTEMPTS)
        await this.#isIdle()
      }
    }
  }

  #begin(look: Look, isLast: boolean): void {
    this.#underWay++
    look(isLast, (isAnswered) => {
      if (!isAnswered) this.#again.push(look)
      if (--this.#underWay === 0) this.#idle?.()
    })
  }

  async #isIdle(): Promise<void> {
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }
}

/** Asks until there is an answer, a few times. @throws CallFailed */
export async function askedAgain<Answer>(call: (done: Done<Answer>) => void): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await asked(call)
    } catch (error) {
      const isPassing = error instanceof CallFailed && isNoAnswer(error.code)
      if (!isPassing || attempt === ATTEMPTS) throw error
      await wait(PAUSE_MS)
    }
  }
}

const NO_ANSWERS = new Set([
  ...['ThrottlingException', 'SlowDown', 'ServiceUnavailable', 'RequestTimeout', 'InternalError'],
  ...['KMSInternalException', 'DependencyTimeoutException', 'InternalFailure', 'ConnectionFailed'],
  ...['OperationAborted', 'EPIPE'],
])

/** True for a code that says nothing of what was asked. */
export function isNoAnswer(code: string | undefined): boolean {
  if (code === undefined) return false
  return NO_ANSWERS.has(code) || /^(HTTP 5|HTTP 429|UND_ERR|ECONN|ETIMEDOUT|EAI_)/.test(code)
}
