/**
 * One request to another host and its answer, over connections that are kept: the way out to the network.
 *
 * An answer is whole or it is none; it is bounded in bytes and in time. What goes wrong on the way is one error with a
 * short reason. Tries once: who tries again says so himself (upstream/client/retries.ts).
 *
 * @module
 */
import { Pool } from 'undici'
import { SealtrailError } from '../errors.js'

export interface WireRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With its query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  /** A longer answer is cut off. */
  readonly answerBytesMax: number
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly status: number
  header(name: string): string | undefined
  readonly body: Buffer
}

/** How long somebody waits. */
export interface WirePatience {
  readonly connectMs: number
  /** Without a byte. */
  readonly idleMs: number
  readonly attemptMs: number
}

/** Code of errors whose text is Node's or undici's own: no header is in them. */
const REASON = /^[A-Z][A-Z0-9_]{1,64}$/
/** Node's and OpenSSL's, of a handshake that failed or a certificate that is not believed. */
const TLS_REASON =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_)/
const CONNECTIONS = 64

/** It never came, or not whole. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** What was missing: time, a connection, TLS on it, or an end of the answer where one was wanted. */
  readonly lack: 'time' | 'connection' | 'tls' | 'end'

  constructor(lack: NoAnswer['lack'], message: string) {
    super(message)
    this.lack = lack
  }
}

export class Wire {
  readonly #pool: Pool
  readonly #attemptMs: number
  #isClosed = false

  constructor(origin: string, { connectMs, idleMs, attemptMs }: WirePatience) {
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS,
      connect: { timeout: connectMs },
      headersTimeout: idleMs,
      bodyTimeout: idleMs,
    })
    this.#attemptMs = attemptMs
  }

  /** @throws NoAnswer; SealtrailError `Closed`; whatever `signal` is aborted with */
  async send(request: WireRequest): Promise<Answer> {
    if (this.#isClosed) throw closed()
    const { method, target, headers, body, answerBytesMax, signal } = request
    const stopping = new AbortController()
    const stop = () => stopping.abort()
    const timer = setTimeout(stop, this.#attemptMs)
    signal?.addEventListener('abort', stop)
    try {
      signal?.throwIfAborted()
      const answer = await this.#pool.request({
        ...{ method, path: target, headers, body: body ?? null, signal: stopping.signal },
      })
      const pieces: Buffer[] = []
      let bytes = 0
      for await (const piece of answer.body as AsyncIterable<Buffer>) {
        bytes += piece.length
        if (bytes > answerBytesMax) throw new NoAnswer('end', 'an answer longer than was asked for')
        pieces.push(piece)
      }
      return {
        status: answer.statusCode,
        header: (name) => answer.headers[name]?.toString(),
        body: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes),
      }
    } catch (error) {
      if (error instanceof NoAnswer) throw error
      if (signal?.aborted) throw signal.reason
      if (stopping.signal.aborted) throw new NoAnswer('time', 'no whole answer in time')
      const reason = reasonOf(error)
      throw new NoAnswer(TLS_REASON.test(reason) ? 'tls' : 'connection', reason)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#pool.destroy(closed())
  }
}

function closed(): SealtrailError {
  return new SealtrailError('Closed', 'the connections are closed')
}

function reasonOf(error: unknown): string {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: unknown }
  if (typeof code === 'string' && REASON.test(code)) return code
  return cause === undefined ? 'the connection failed' : reasonOf(cause)
}
