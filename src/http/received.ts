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
  readonly status: number
  readonly contentType: string
  /** A Buffer holds a secret: it is wiped when it is sent. */
  readonly body: string | Buffer
  readonly retryAfterSeconds?: number
}

/** One AWS service behind one wire protocol. */
export interface Door {
  readonly rules: SigningRules
  /** For logs, before the request is believed: bounded and printable. */
  operationOf(request: Received): string
  answer(request: Received, body: Buffer, caller: Caller): Promise<Answer>
  fault(error: unknown, request: Received): Answer
}
