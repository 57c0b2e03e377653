/**
 * One request, from its place in line to its answer.
 *
 *     health? → door by its headers → body → admission → signature → the door → answer
 *
 * The body comes first: were it read in an admitted place, a few hundred clients that send half of one would
 * keep everybody else out.
 *
 * Every failure becomes an answer in the protocol that was asked in (protocols/); nothing is thrown. How
 * bytes get here and out again is in front/.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Admission, BodyRoom } from './admission.js'
import type { Authenticator } from './authenticate.js'
import { ClientGone, readBody } from './body.js'
import type { Door } from './doors/door.js'
import type { Health } from './health.js'
import { type Logger, logLock, logRequest } from './log.js'
import { nothingHere } from './protocols/aws-json.js'
import type { Answer, Received } from './received.js'

export interface ServeParts {
  /** Who takes a request first answers it. */
  readonly doors: readonly Door[]
  readonly admission: Admission
  readonly authenticator: Authenticator
  readonly health: Health
  readonly logger: Logger
  readonly clock: Clock
  readonly bodyBytesMax: number
  readonly bodyRoom: BodyRoom
}

const NOTHING = Buffer.from('')

/** Undefined when the client went away. */
export type RequestHandler = (request: Received) => Promise<Answer | undefined>

export function requestHandler(parts: ServeParts): RequestHandler {
  const { admission, authenticator, health, logger, clock } = parts

  return async function serve(request) {
    const healthAnswer = health.answer(request.method, request.path)
    if (healthAnswer !== undefined) return healthAnswer
    const door = parts.doors.find((one) => one.takes(request))
    if (door === undefined) return nothingHere()

    const begun = clock.elapsed()
    const { requestId } = request
    const line = { requestId, operation: door.operationOf(request), caller: '', status: 0, ms: 0 }
    const told = (answer: Answer, error?: unknown): Answer => {
      line.status = answer.status
      line.ms = clock.elapsed() - begun
      logRequest(logger, line, error)
      const turned = health.lockTurned()
      if (turned !== undefined) logLock(logger, turned.isLocked)
      return answer
    }

    try {
      return told(await admitted(request, door, line))
    } catch (error) {
      if (error instanceof ClientGone) return undefined
      health.note(error)
      return told(door.fault(error, request), error)
    }
  }

  /** `line.caller` is filled in once the caller is believed. */
  async function admitted(request: Received, door: Door, line: { caller: string }) {
    admission.checkRoom()
    const isWhole = door.body === 'whole'
    const body = isWhole ? await readBody(request, parts.bodyBytesMax, parts.bodyRoom) : NOTHING
    try {
      await admission.enter()
      try {
        // It may have gone while its request waited in line.
        if (request.isGone()) throw new ClientGone()
        const signed = isWhole ? body : undefined
        const caller = authenticator.callerOf(request, signed, door.rules)
        line.caller = caller.identity.arn ?? caller.account
        return await door.answer(request, body, caller)
      } finally {
        admission.leave()
      }
    } finally {
      body.fill(0)
      parts.bodyRoom.giveBack(body.length)
    }
  }
}
