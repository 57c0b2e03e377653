/**
 * Signed calls of one AWS service at one endpoint, and what its errors are called.
 *
 * Each is signed as AWS's clients do, with the day's key. A time that is signed is whole seconds, so that a call which is sent
 * again within its second would be signed word for word the same: of those that are repeated the signature is kept so long. What
 * the calls say is json-calls.ts and s3-calls.ts.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Clock } from '../../../clock.js'
import { RequestSigner } from '../../../sigv4/sign-request.js'
import type { Access } from '../../../upstream/client/access.js'
import { type Answer, Sender } from '../../../wire/sender.js'
import type { Done } from '../target.js'

export interface Service {
  readonly name: 'kms' | 's3' | 'cloudtrail' | 'cloudtrail-data'
  /** Scheme, host and port. */
  readonly origin: string
  readonly region: string
  readonly access: Access
  readonly connections: number
  readonly clock: Clock
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST'
  /** As it goes out. */
  readonly path: string
  /** In AWS's spelling, sorted. */
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** SHA-256 of the body in hex, where it is known. */
  readonly sha256?: string
  /** Of its answer, where that may be longer than what a service says of itself. */
  readonly answerBytesMax?: number
}

const NO_BYTES = new Uint8Array(0)
/** Also errors of S3, and of proxies, are far shorter. */
export const ANSWER_BYTES_MAX = 1 << 20

type Headers = Readonly<Record<string, string>>

/** A call that is made once and sent often, with its headers of the second in which it was sent last. */
export class Repeated {
  readonly call: Call
  second = Number.NaN
  headers: Headers = {}

  constructor(call: Call) {
    this.call = call
  }
}

export class ServiceCaller {
  readonly #service: Service
  readonly #host: string
  readonly #signer: RequestSigner
  readonly #wire: Sender

  constructor(service: Service) {
    const { name, origin, region, access, connections } = service
    const { accessKeyId, secretAccessKey, sessionToken } = access
    this.#service = service
    this.#host = new URL(origin).host
    this.#signer = new RequestSigner({
      ...{ accessKeyId, secretAccessKey, sessionToken, region, service: name },
      pathEncoding: name === 's3' ? 'once' : 'twice',
    })
    this.#wire = new Sender(origin, connections)
  }

  send(call: Call, done: Done<Answer>): void {
    this.#send(call, this.#signed(call, this.#service.clock.now()), done)
  }

  repeat(repeated: Repeated, done: Done<Answer>): void {
    const now = this.#service.clock.now()
    const second = Math.floor(now / 1000)
    if (second !== repeated.second) {
      repeated.headers = this.#signed(repeated.call, now)
      repeated.second = second
    }
    this.#send(repeated.call, repeated.headers, done)
  }

  #signed({ method, path, query = '', headers, body, sha256 }: Call, now: number): Headers {
    const payload = sha256 ?? hash('sha256', body ?? NO_BYTES, 'hex')
    return this.#signer.sign(
      {
        ...{ method, path, query },
        headers: { ...headers, host: this.#host, 'x-amz-content-sha256': payload },
      },
      now,
    )
  }

  #send(call: Call, headers: Headers, done: Done<Answer>): void {
    const { method, path, query = '', body, answerBytesMax = ANSWER_BYTES_MAX } = call
    const target = query === '' ? path : `${path}?${query}`
    const request = { method, target, headers, body: body ?? null, answerBytesMax }
    this.#wire.send(request, (code, answer) => {
      if (code !== undefined || answer === undefined) done(code ?? 'ConnectionFailed')
      else if (answer.status >= 200 && answer.status < 300) done(undefined, answer)
      else done(faultOf(answer))
    })
  }

  async close(): Promise<void> {
    this.#signer.wipe()
    await this.#wire.close()
  }
}

/** AWS's name of what went wrong: in a header, in JSON, or in XML. */
function faultOf({ status, headers, body }: Answer): string {
  const named = headers['x-amzn-errortype']?.toString()
  const text = body.toString('utf8', 0, 4096)
  const found =
    named ?? /"__type"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? /<Code>([^<]+)</.exec(text)?.[1]
  return faultName(found?.replace(/^.*#/, '').replace(/:.*$/, '')) ?? `HTTP ${status}`
}

/** What a target calls a fault, when it is a name: it stands in reports and on terminals, and is counted under it. */
export function faultName(given: unknown): string | undefined {
  return typeof given === 'string' && /^[\w.]{1,64}$/.test(given) ? given : undefined
}
