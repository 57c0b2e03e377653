/**
 * A request as the doors see it, and what they answer: plain values, nothing of node:http.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { Caller } from '../service/caller.js'
import type { Headers } from '../sigv4/canonical-request.js'
import type { SigningRules } from '../sigv4/verify-signature.js'

export interface Received {
  /** A UUID: x-amzn-RequestId, and the audit record's requestID. */
  readonly requestId: string
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  /** As sent, after the `?`. */
  readonly query: string
  readonly headers: Headers
  readonly body: Readable
  /** True when the connection has broken: there is nobody to answer. */
  isGone(): boolean
  /** The client waits for a word before it sends the body (`Expect: 100-continue`). */
  readonly invite: (() => void) | undefined
  readonly sourceIpAddress: string
}

export interface Answer {
  /** 503 asks the client to come back later, and is held back for a moment (front/). */
  readonly status: number
  /** Name, value, name, value …; the front adds its own. */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array | Readable
  /** The bytes are wiped when they are sent. */
  readonly isSecret?: true
}

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
  /** `body` is empty for a door that reads it itself. */
  answer(request: Received, body: Buffer, caller: Caller): Promise<Answer>
  fault(error: unknown, request: Received): Answer
}
