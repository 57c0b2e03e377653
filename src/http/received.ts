/**
 * A request as the doors see it, and an answer of theirs: plain values, nothing of node:http.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { TlsDetails } from '../audit/event.js'
import type { CallContext } from '../service/calls/call-context.js'
import type { Head, Headers } from '../sigv4/canonical-request.js'
import type { ChunkRoom } from '../sigv4/payload/aws-chunks.js'
import type { ChunkSignatures } from '../sigv4/payload/chunk-signatures.js'
import type { Payload } from '../sigv4/payload/payload.js'
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
  /** For a door that reads the body itself (bodies/streaming-body.ts). */
  readonly incoming?: Incoming | undefined
  /** Undefined when it came without TLS. */
  readonly tls?: TlsFacts | undefined
}

/** A body that is still to be read, of a request whose head is believed. */
export interface Incoming {
  readonly signed: SignedPayload
  /** As declared; undefined for one in chunks of HTTP's. */
  readonly bytes: number | undefined
  /** Where the front has it whole. */
  readonly whole: Buffer | undefined
  /**
   * As it comes, once: no piece is asked for before somebody wants it, and each is wiped when the next one is.
   * @throws ClientGone
   * @throws SealtrailError `InputTooSlow`, `ThrottlingException` where too many wait for their clients
   */
  pieces(): AsyncIterable<Uint8Array>
  /** Memory for what is kept of it until its request is answered. @throws SealtrailError `ThrottlingException` */
  hold(bytes: number): void
  /** For signed chunks on their way. */
  readonly chunkRoom: ChunkRoom
}

/** What was signed of a body. */
export interface SignedPayload {
  readonly payload: Payload
  /** Undefined where nothing, or not chunk by chunk, is to be verified. */
  readonly signatures?: ChunkSignatures | undefined
}

/** What was agreed on a connection. */
export type TlsFacts = Pick<TlsDetails, 'tlsVersion' | 'cipherSuite'>

export interface Answer {
  /** 503 asks the client to come back later, and is held back for a moment (front/). */
  readonly status: number
  /** Name, value, name, value …; the front adds its own. */
  readonly headers: readonly string[]
  /** One that flows is as long as its Content-Length says. */
  readonly body: string | Uint8Array | Readable
  /** The bytes are wiped when they are sent. */
  readonly isSecret?: true
  /** It says itself how long it may be kept; of others, nothing is to be. */
  readonly mayBeKept?: true
}
