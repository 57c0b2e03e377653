/**
 * One request, from its head to its answer.
 *
 *     health, metrics? → door by its headers → head (who, when, what is signed) → body → admission → signature → the door → answer
 *                                                      where the door reads it → admission → signature → the door, body → answer
 *
 * The head comes before the body: who shows no access key that is known never has one read, but for browsers' uploads,
 * which show theirs in the body's beginning; few of them are waited for before. The body comes before
 * admission: were it read in an admitted place, a few hundred clients that send half of one would keep everybody
 * else out. A door that reads it itself has a place until it waits for its client (bodies/body-stream.ts).
 *
 * Every failure becomes an answer in the protocol that was asked in (protocols/); nothing is thrown. How
 * bytes get here and out again is in front/.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Caller } from '../service/caller.js'
import { hintOf } from '../service/deciding/verdict.js'
import type { Admission } from './admission.js'
import type { Authenticator, CheckedHead } from './authenticate.js'
import { type Bodies, throwAway } from './bodies/body.js'
import { ClientGone } from './client-gone.js'
import type { Door } from './doors/door.js'
import type { Health } from './health.js'
import { isTrouble, type Logger, logDenial, logLock, logRequest, type RequestLine } from './log.js'
import type { Metrics } from './metrics.js'
import { nothingHere } from './protocols/aws-json.js'
import type { Answer, Received } from './received.js'

export interface ServeParts {
  /** Who takes a request first answers it. */
  readonly doors: readonly Door[]
  readonly admission: Admission
  readonly authenticator: Authenticator
  readonly bodies: Bodies
  readonly health: Health
  readonly metrics?: Metrics | undefined
  readonly logger: Logger
  /** Whether every request has its line. */
  readonly accessLog: boolean
  readonly clock: Clock
}

const NOTHING = Buffer.from('')

/** Undefined when the client went away. */
export type RequestHandler = (request: Received) => Promise<Answer | undefined>

export function requestHandler(parts: ServeParts): RequestHandler {
  const { doors, admission, authenticator, bodies, health, metrics, logger, accessLog, clock } =
    parts

  return async function serve(request) {
    const ownAnswer = health.answer(request.method, request.path) ?? metrics?.answer(request)
    if (ownAnswer !== undefined) return ownAnswer
    const door = doorOf(request)
    if (door === undefined) return nothingHere()
    const seen: Seen = { request, door, begun: clock.elapsed(), caller: '' }
    let answer: Answer
    let trouble: unknown
    try {
      answer = await admitted(request, door, seen)
    } catch (error) {
      if (error instanceof ClientGone) return undefined
      health.note(error)
      trouble = error
      answer = door.fault(error, request)
    }
    if (door.finish !== undefined) answer = await door.finish(answer, request)
    return told(seen, answer, trouble)
  }

  function doorOf(request: Received): Door | undefined {
    for (const door of doors) if (door.takes(request)) return door
    return undefined
  }

  /** `seen.caller` is filled in once the caller is believed. */
  async function admitted(request: Received, door: Door, seen: Seen): Promise<Answer> {
    admission.checkRoom(request.waitedMs)
    if (door.body === 'stream') return await streamed(request, door, seen)
    bodies.checkLength(request, door.bodyBytesMax)
    const head = headOf(request, door)
    const coming = bodies.read(request, door.bodyBytesMax)
    const body = coming instanceof Promise ? await coming : coming
    try {
      const turn = admission.enter()
      if (turn !== undefined) await turn
      try {
        // It may have gone while its request waited in line.
        if (request.isGone()) throw new ClientGone()
        const caller = head.callerOf(body)
        remember(seen, caller)
        const signer = request.repeats && head.signer
        const repeats = signer && request.repeats?.(signer)
        return await door.answer(request, body, caller, repeats)
      } finally {
        admission.leave()
      }
    } finally {
      bodies.done(body)
    }
  }

  /** The door reads the body, and has a place until it waits for its client. One that is not signed may say later whose it is. */
  async function streamed(request: Received, door: Door, seen: Seen): Promise<Answer> {
    const unsigned = door.unsigned?.(request)
    const head = unsigned === undefined ? headOf(request, door) : undefined
    let hasPlace = false
    const leavePlace = () => {
      if (hasPlace) admission.leave()
      hasPlace = false
    }
    try {
      const turn = admission.enter()
      if (turn !== undefined) await turn
      hasPlace = true
      if (request.isGone()) throw new ClientGone()
      const caller = head?.callerOf(undefined)
      if (caller !== undefined) remember(seen, caller)
      const incoming = bodies.stream(request, head?.signedPayload(), leavePlace)
      try {
        const coming = { ...request, incoming }
        if (caller !== undefined) return await door.answer(coming, NOTHING, caller, undefined)
        return await unsigned!(coming, (claim) => {
          const caller = authenticator.callerOfPolicy(request, claim, door.rules)
          remember(seen, caller)
          incoming.believe()
          return caller
        })
      } finally {
        incoming.end()
      }
    } catch (error) {
      throwAway(request)
      throw error
    } finally {
      leavePlace()
    }
  }

  function headOf(request: Received, door: Door): CheckedHead {
    try {
      return authenticator.checkHead(request, door.rules)
    } catch (error) {
      throwAway(request)
      throw error
    }
  }

  function told(seen: Seen, answer: Answer, error: unknown): Answer {
    const { status } = answer
    const hasLine = accessLog || isTrouble(status)
    if (hasLine) logRequest(logger, lineOf(seen, status), error)
    else {
      const hint = hintOf(error)
      if (hint !== undefined) logDenial(logger, lineOf(seen, status), hint)
    }
    const turned = health.lockTurned()
    if (turned !== undefined) logLock(logger, turned.isLocked)
    return answer
  }

  function lineOf({ request, door, begun, caller }: Seen, status: number): RequestLine {
    const { requestId } = request
    const ms = clock.elapsed() - begun
    return { requestId, operation: door.operationOf(request), caller, status, ms }
  }
}

function remember(seen: Seen, { identity, account }: Caller): void {
  seen.caller = identity.arn ?? account
}

/** A request for its log line. */
interface Seen {
  readonly request: Received
  readonly door: Door
  readonly begun: number
  /** Empty until it is believed. */
  caller: string
}
