/**
 * Looks behind the calls that are measured: each is asked until it is answered, at once or at the end.
 *
 * A target that is too busy for a look has not failed it: it is asked again when the run is over. What is never answered has.
 * Few are under way at once, which have connections of their own, and few are held: what is measured does not wait for looks,
 * and memory does not grow with the run. Those for which there is no room are not made, and not counted.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import { asked, CallFailed, type Done } from '../targets/target.js'

/** Calls `end` once: false when there was no answer, which it counts as a failure in the last attempt only. */
type Look = (isLast: boolean, end: (isAnswered: boolean) => void) => void

const ATTEMPTS = 10
const PAUSE_MS = 200
const AT_ONCE = 32
const HELD_MAX = 10_000
/** Beside what is measured. */
export const LOOKS_AT_ONCE = 8

export class Behind {
  #underWay = 0
  /** Not begun yet; in no order. */
  readonly #waiting: Look[] = []
  readonly #again: Look[] = []
  #answered = 0
  #idle: (() => void) | undefined

  look(look: Look): void {
    if (this.#underWay < LOOKS_AT_ONCE) this.#begin(look, false)
    else if (this.#waiting.length < HELD_MAX) this.#waiting.push(look)
  }

  /** Resolves when each look has its answer. @throws CallFailed when nothing is answered any more, and not all was looked at */
  async settled(): Promise<void> {
    await this.#isIdle()
    for (let attempt = 1; this.#again.length > 0; attempt++) {
      await wait(PAUSE_MS)
      const isLast = attempt >= ATTEMPTS
      const looks = this.#again.splice(0)
      while (looks.length > 0) {
        const before = this.#answered
        for (const look of looks.splice(0, AT_ONCE)) this.#begin(look, isLast)
        await this.#isIdle()
        if (this.#answered > before || looks.length === 0) continue
        if (isLast) throw new CallFailed('NoAnswer')
        this.#again.push(...looks.splice(0))
      }
    }
  }

  #begin(look: Look, isLast: boolean): void {
    this.#underWay++
    this.#ask(look, isLast)
  }

  #ask(look: Look, isLast: boolean): void {
    look(isLast, (isAnswered) => {
      if (isAnswered) this.#answered++
      else if (!isLast && this.#again.length < HELD_MAX) this.#again.push(look)
      const next = this.#waiting.pop()
      // In its place, and not at once: one that is answered at once would begin the next inside of itself, and so on.
      if (next !== undefined) queueMicrotask(() => this.#ask(next, false))
      else if (--this.#underWay === 0) this.#idle?.()
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
