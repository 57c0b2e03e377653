/**
 * A request as the doors see it, and an answer of theirs: plain values, nothing of node:http.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { TlsDetails } from '../audit/event.js'
import type { CallContext } from '../service/call.js'
import type { Head, Headers } from '../sigv4/canonical-request.js'
import type { NativeSigner } from './native-signer.js'

export interface Received {
  /** A UUID: x-amzn-RequestId, and the audit record's requestID. */
  readonly requestId: string
  readonly method: string
  /** As sent, without the query. */
  readonly path: string
  /** As sent, after the `?`. */
  readonly query: string
  readonly headers: Headers
  /** The same as bytes, of a front that has them so. */
  readonly head?: Head | undefined
  /** Whole, where the front has it whole. */
  readonly body: Buffer | Readable
  /** True when the connection has broken: there is nobody to answer. */
  isGone(): boolean
  /** The client waits for a word before it sends the body (`Expect: 100-continue`). */
  readonly invite: (() => void) | undefined
  readonly sourceIpAddress: string
  /** Since the front had it, until the door had it; 0 unless the front says so. */
  readonly waitedMs?: number | undefined
  /** Whoever wants to know that a call of `signer` may be repeated. */
  readonly repeats?: ((signer: NativeSigner) => CallContext['repeats']) | undefined
  /** Undefined when it came without TLS. */
  readonly tls?: TlsFacts | undefined
}

/** What was agreed on a connection. */
export type TlsFacts = Pick<TlsDetails, 'tlsVersion' | 'cipherSuite'>

export interface Answer {
  /** 503 asks the client to come back later, and is held back for a moment (front/). */
  readonly status: number
  /** Name, value, name, value …; the front adds its own. */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array | Readable
  /** The bytes are wiped when they are sent. */
  readonly isSecret?: true
}
