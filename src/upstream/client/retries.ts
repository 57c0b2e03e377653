/**
 * Requests to the upstream, signed, and sent again when that may help: after no answer, and after one that says so.
 *
 * Between attempts a random time is waited, longer each time; attempts are few. Every attempt is signed anew, as
 * signatures age. Whoever sends what must not be done twice looks at `attempt` of the answer.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { canonicalQuery, type Pair } from '../../aws/query-string.js'
import { randomFraction } from '../../bytes/random.js'
import type { Clock } from '../../clock.js'
import { signRequest } from '../../sigv4/sign-request.js'
import { type Answer, NoAnswer, Wire, type WirePatience } from '../../wire/wire.js'
import type { Access } from './access.js'
import type { Address } from './address.js'
import { type Asked, codeOf, reasonOf, upstreamFailed } from './faults.js'

export interface UpstreamRequest extends Asked {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly query?: readonly Pair[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** SHA-256 of the body in hex, by who has it. */
  readonly sha256?: string
  readonly answerBytesMax?: number
  /** Fewer than usual. */
  readonly attempts?: number
  /** Why an answer is none, if so: a body that came short. */
  readonly doubt?: (answer: Answer) => string | undefined
  readonly signal?: AbortSignal
}

export interface TriedAnswer extends Answer {
  /** 1 for the first. */
  readonly attempt: number
}

export interface Patience extends WirePatience {
  readonly attempts: number
  /** Before the second attempt at most; twice as much before each further one. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

export const PATIENCE: Patience = {
  connectMs: 5000,
  idleMs: 30_000,
  attemptMs: 60_000,
  attempts: 5,
  backoffMs: 100,
  backoffMsMax: 3000,
}

const SERVICE = 's3'
const NO_BYTES = new Uint8Array(0)
/** A page of a listing with the longest keys is smaller. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504])
const PASSING_CODES = new Set(['RequestTimeout', 'ConditionalRequestConflict', 'OperationAborted'])

export interface SenderParts {
  readonly address: Address
  readonly access: Access
  readonly region: string
  readonly clock: Clock
  readonly patience?: Patience
}

export class Sender {
  readonly #parts: SenderParts
  readonly #patience: Patience
  readonly #wire: Wire
  #isEnding = false

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#patience = parts.patience ?? PATIENCE
    this.#wire = new Wire(parts.address.origin, this.#patience)
  }

  /** Whatever it answers, when that does not pass. @throws SealtrailError `StoreFailed` */
  async send(request: UpstreamRequest): Promise<TriedAnswer> {
    const attempts = Math.min(this.#patience.attempts, request.attempts ?? Number.MAX_SAFE_INTEGER)
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request)
      if (typeof outcome !== 'string') return { ...outcome, attempt }
      if (attempt >= attempts || this.#isEnding) {
        throw upstreamFailed(request, attempt === 1 ? outcome : `${outcome}, ${attempt} times`)
      }
      const { backoffMs, backoffMsMax } = this.#patience
      const most = Math.min(backoffMsMax, backoffMs * 2 ** (attempt - 1))
      await wait(randomFraction() * most, undefined, { signal: request.signal })
    }
  }

  /** From now on nothing is sent again. */
  end(): void {
    this.#isEnding = true
  }

  async close(): Promise<void> {
    await this.#wire.close()
  }

  /** The answer, or why there is none that lasts. */
  async #attempt(request: UpstreamRequest): Promise<Answer | string> {
    const { method, key, body, answerBytesMax = ANSWER_BYTES_MAX, doubt, signal } = request
    const { address } = this.#parts
    const query = canonicalQuery(request.query ?? [])
    const path = key === '' ? address.bucketPath || '/' : address.pathOf(key)
    const target = query === '' ? path : `${path}?${query}`
    const headers = this.#signed(request, path, query)
    try {
      const wanted = { method, target, headers, body, answerBytesMax, signal }
      const answer = await this.#wire.send(wanted)
      if (isPassing(answer)) return reasonOf(answer)
      return doubt?.(answer) ?? answer
    } catch (error) {
      if (error instanceof NoAnswer) return error.message
      throw error
    }
  }

  #signed(
    { method, headers, body, sha256 }: UpstreamRequest,
    path: string,
    query: string,
  ): Record<string, string> {
    const { address, access, region, clock } = this.#parts
    const payload = sha256 ?? hash('sha256', body ?? NO_BYTES, 'hex')
    const { accessKeyId, secretAccessKey, sessionToken } = access
    return signRequest(
      {
        ...{ method, path, query },
        headers: { ...headers, host: address.host, 'x-amz-content-sha256': payload },
      },
      {
        ...{ accessKeyId, secretAccessKey, sessionToken, region, service: SERVICE },
        ...{ now: clock.now(), pathEncoding: 'once' },
      },
    )
  }
}

function isPassing(answer: Answer): boolean {
  if (PASSING_STATUSES.has(answer.status)) return true
  return answer.status >= 400 && PASSING_CODES.has(codeOf(answer) ?? '')
}
