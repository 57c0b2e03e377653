/**
 * Requests of a load and their answers, over connections that are kept: the way out to the network.
 *
 * Sent once, never again: a load counts what happens. Nothing waits in here; whoever sends keeps to as many requests at once
 * as there are connections. An answer is whole, or a code says why there is none; one that grows beyond what was asked for is
 * broken off, so that no target fills this memory.
 *
 * @module
 */
import { type Dispatcher, Pool } from 'undici'

export interface Request {
  readonly method: 'GET' | 'PUT' | 'POST'
  /** With its query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  /** Of its answer. */
  readonly answerBytesMax: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

const CONNECT_MS = 5000
/** Without a byte. */
const IDLE_MS = 30_000
/** Code of errors whose text is Node's or undici's own. */
const CODE = /^(?:[A-Z][A-Z0-9_]{1,64}|AnswerTooLarge)$/
const NO_BYTES = Buffer.alloc(0)

export class Sender {
  readonly #pool: Pool

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, {
      ...{ connections, pipelining: 1, connect: { timeout: CONNECT_MS } },
      ...{ headersTimeout: IDLE_MS, bodyTimeout: IDLE_MS },
    })
  }

  /** @param done called once: with the answer, or with a code */
  send(request: Request, done: (code: string | undefined, answer?: Answer) => void): void {
    const { method, target, headers, body } = request
    this.#pool.dispatch(
      { method, path: target, headers, body },
      new Receiver(request.answerBytesMax, done),
    )
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** What is said of an answer that is longer than it may be. */
const TOO_LARGE = 'AnswerTooLarge'

class Receiver implements Dispatcher.DispatchHandler {
  readonly #bytesMax: number
  readonly #done: (code: string | undefined, answer?: Answer) => void
  #bytes = 0
  #status = 0
  #headers: Answer['headers'] = {}
  #body: Buffer = NO_BYTES
  #more: Buffer[] | undefined

  constructor(bytesMax: number, done: (code: string | undefined, answer?: Answer) => void) {
    this.#bytesMax = bytesMax
    this.#done = done
  }

  onRequestStart(): void {}

  onResponseStart(_: unknown, status: number, headers: Answer['headers']): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#bytes > this.#bytesMax) {
      this.#body = NO_BYTES
      this.#more = undefined
      controller.abort(Object.assign(new Error('the answer is too large'), { code: TOO_LARGE }))
      return
    }
    if (this.#body.length === 0) this.#body = piece
    else {
      this.#more ??= [this.#body]
      this.#more.push(piece)
    }
  }

  onResponseEnd(): void {
    const body = this.#more === undefined ? this.#body : Buffer.concat(this.#more)
    this.#done(undefined, { status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_: unknown, error: Error): void {
    this.#done(codeOf(error))
  }
}

function codeOf(error: unknown): string {
  const { code, cause, errors } = error as NodeJS.ErrnoException & {
    readonly cause?: unknown
    readonly errors?: readonly unknown[]
  }
  if (typeof code === 'string' && CODE.test(code)) return code
  const below = cause ?? errors?.[0]
  return below === undefined ? 'ConnectionFailed' : codeOf(below)
}
