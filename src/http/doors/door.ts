/**
 * What stands between a request and a service: the first that takes a request answers it.
 *
 * @module
 */

import type { Caller } from '../../service/caller.js'
import type { CallContext } from '../../service/calls/call-context.js'
import type { PolicyClaim } from '../../sigv4/policy-signature.js'
import type { SigningRules } from '../../sigv4/verify-signature.js'
import type { Answer, Received } from '../received.js'

/** One AWS service behind one wire protocol. */
export interface Door {
  takes(request: Received): boolean
  readonly rules: SigningRules
  /**
   * `whole`: the body is read, bounded and covered by the signature before anything else. `stream`: the door reads
   * it, and holds it against the hash that was signed (x-amz-content-sha256).
   */
  readonly body: 'whole' | 'stream'
  /** Of a body that is read whole, where the setting says less. */
  readonly bodyBytesMax?: number
  /** For logs, before the request is believed: bounded and printable. */
  operationOf(request: Received): string
  /** `body` is empty for a door that reads it itself; `repeats` wants to know that the call may be repeated. */
  answer(
    request: Received,
    body: Buffer,
    caller: Caller,
    repeats: CallContext['repeats'],
  ): Promise<Answer>
  fault(error: unknown, request: Received): Answer
  /** How a request is answered that is not signed in its head; undefined for those that are to be. */
  unsigned?(request: Received): AnswerUnsigned | undefined
  /** Puts on an answer, or a fault, what was asked for beside it. */
  finish?(answer: Answer, request: Received): Answer | Promise<Answer>
}

/** `request` has its body still to be read; `believe` says who sends it. */
export type AnswerUnsigned = (request: Received, believe: Believe) => Promise<Answer>

/** @throws SealtrailError as verifyPolicy does */
export type Believe = (claim: PolicyClaim) => Caller
