/**
 * What stands between a request and a service: the first that takes a request answers it.
 *
 * @module
 */
import type { CallContext } from '../../service/call.js'
import type { Caller } from '../../service/caller.js'
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
}
