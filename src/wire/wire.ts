/**
 * One request to another host and its answer, over connections that are kept: the way out to the network.
 *
 * An answer is whole or it is none; it is bounded in bytes and in time. What goes wrong on the way is one error with a
 * short reason. Tries once: who tries again says so himself (upstream/client/retries.ts).
 *
 * @module
 */
import type { Pool } from 'undici'
import { isSealtrailError, SealtrailError } from '../errors.js'
import { Turns } from './turns.js'

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
  /** In all, and no longer, wherever the request is by then. */
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
  /** Only who sends something waits for undici to load. */
  readonly #pool: Promise<Pool>
  readonly #attemptMs: number
  /** Those of the pool alone: none waits in it. */
  readonly #turns = new Turns(CONNECTIONS)
  readonly #underWay = new Set<Promise<Answer>>()
  #isClosed = false

  constructor(origin: string, { connectMs, idleMs, attemptMs }: WirePatience) {
    this.#pool = openPool(origin, {
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
    const sending = this.#inTime(request)
    this.#underWay.add(sending)
    try {
      return await sending
    } finally {
      this.#underWay.delete(sending)
    }
  }

  /** Takes no more, and closes when those under way have their answers, or have none. */
  async end(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
    await this.close()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await (await this.#pool).destroy(closed())
  }

  async #inTime(request: WireRequest): Promise<Answer> {
    const { signal } = request
    // That undici loads takes none of a request's time.
    const pool = await this.#pool
    const stopping = new AbortController()
    const stop = () => stopping.abort()
    const timer = setTimeout(stop, this.#attemptMs)
    signal?.addEventListener('abort', stop)
    try {
      signal?.throwIfAborted()
      return await unlessStopped(stopping.signal, this.#exchange(pool, request, stopping.signal))
    } catch (error) {
      if (error instanceof NoAnswer || isSealtrailError(error, 'Closed')) throw error
      if (signal?.aborted) throw signal.reason
      if (stopping.signal.aborted) throw new NoAnswer('time', 'no whole answer in time')
      const reason = reasonOf(error)
      throw new NoAnswer(TLS_REASON.test(reason) ? 'tls' : 'connection', reason)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  /** What is stopped before it is connected gives its turn back when that has failed. */
  async #exchange(pool: Pool, request: WireRequest, signal: AbortSignal): Promise<Answer> {
    const { method, target, headers, body = null, answerBytesMax } = request
    await this.#turns.take(signal)
    try {
      if (pool.destroyed) throw closed()
      const answer = await pool.request({ method, path: target, headers, body, signal })
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
    } finally {
      this.#turns.give()
    }
  }
}

async function openPool(origin: string, options: Pool.Options): Promise<Pool> {
  const { Pool } = await import('undici')
  return new Pool(origin, options)
}

/** undici looks at a signal once there is a connection, and not before. */
function unlessStopped<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    work.then(resolve, reject)
  })
}

function closed(): SealtrailError {
  return new SealtrailError('Closed', 'the connections are closed')
}

function reasonOf(error: unknown): string {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: unknown }
  if (typeof code === 'string' && REASON.test(code)) return code
  return cause === undefined ? 'the connection failed' : reasonOf(cause)
}
