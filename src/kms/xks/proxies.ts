/**
 * The proxies of external key stores: one signed request to one of them, and its answer as JSON.
 *
 * Once, and within 250 ms: what takes longer, or fails, has failed (the specification has no second try; AWS's clients
 * have theirs). Connections are kept, of a bounded number of proxies. What requests and answers say is in
 * requests.ts, what KMS makes of a failure in failures.ts. Source: External Key Store Proxy API Specification,
 * "Authentication" and Appendix A.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import { signRequest } from '../../sigv4/sign-request.js'
import { Lru } from '../../store/keep/lru.js'
import { type Answer, NoAnswer, Wire } from '../../wire/wire.js'
import { failureNamed, ProxyFailure } from './failures.js'

/** Where a proxy is, and as whom we come. */
export interface ProxyAccess {
  readonly region: string
  /** As AWS has them: `https://` and a name, and a path that ends in `/kms/xks/v1`. */
  readonly uriEndpoint: string
  readonly uriPath: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface ProxiesOptions {
  /** The wall's: proxies look at the time of a signature. */
  readonly clock: Pick<Clock, 'now'>
  /** Where they are otherwise than their names say (endpoints.ts). */
  readonly endpoints?: ReadonlyMap<string, string>
  /** AWS's 250 ms unless said. */
  readonly timeoutMs?: number
}

export const SERVICE = 'kms-xks-proxy'
const TIMEOUT_MS = 250
const PROXIES_MAX = 256
/** The longest is that of Encrypt, with 4,300 bytes of ciphertext in base64. */
const ANSWER_BYTES_MAX = 16 * 1024

export class Proxies {
  readonly #options: ProxiesOptions
  /** By endpoint: a connection is believed under its name. One that makes room ends what is under way there: 256 others were asked meanwhile. */
  readonly #wires: Lru<Wire>
  readonly #closing = new Set<Promise<void>>()

  constructor(options: ProxiesOptions) {
    this.#options = options
    this.#wires = new Lru(PROXIES_MAX, (wire) => {
      const closing = wire.close().finally(() => this.#closing.delete(closing))
      this.#closing.add(closing)
    })
  }

  /** @param path behind the store's own. @throws ProxyFailure; SealtrailError `Closed` */
  async ask(access: ProxyAccess, path: string, asked: object): Promise<unknown> {
    const body = Buffer.from(JSON.stringify(asked))
    const target = `${access.uriPath}${path}`
    let answer: Answer
    try {
      answer = await this.#wireTo(access.uriEndpoint).send({
        ...{ method: 'POST', target, body, answerBytesMax: ANSWER_BYTES_MAX },
        headers: this.#signed(access, target, body),
      })
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      throw new ProxyFailure(error.lack === 'end' ? 'malformed' : error.lack)
    }
    const value = parsed(answer.body)
    if (answer.status === 200) return value
    throw new ProxyFailure(failureNamed((value as { errorName?: unknown } | null)?.errorName))
  }

  /** Nothing is asked any more. */
  async close(): Promise<void> {
    this.#wires.clear()
    await Promise.all(this.#closing)
  }

  #wireTo(endpoint: string): Wire {
    const { endpoints, timeoutMs = TIMEOUT_MS } = this.#options
    const name = endpoint.toLowerCase()
    const known = this.#wires.get(name)
    if (known !== undefined) return known
    const origin = endpoints?.get(name) ?? name
    // The attempt as a whole is what has its time.
    const longer = 4 * timeoutMs
    const wire = new Wire(origin, { connectMs: longer, idleMs: longer, attemptMs: timeoutMs })
    this.#wires.set(name, wire)
    return wire
  }

  #signed(access: ProxyAccess, path: string, body: Buffer): Record<string, string> {
    const { region, uriEndpoint, accessKeyId, secretAccessKey } = access
    const host = uriEndpoint.slice('https://'.length)
    const signer = { accessKeyId, secretAccessKey, region, service: SERVICE }
    const now = this.#options.clock.now()
    const signed = signRequest(
      { method: 'POST', path, headers: { host }, body },
      { ...signer, now },
    )
    return { ...signed, 'content-type': 'application/json' }
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new ProxyFailure('malformed')
  }
}
