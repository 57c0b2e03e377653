/**
 * What every front does alike with one request: it is seen to be meant for us, served, and answered.
 *
 * How its bytes came and how the answer's leave is the front's business (native.ts, node.ts).
 *
 * @module
 */
import { Readable } from 'node:stream'
import { randomId } from '../../bytes/random.js'
import type { Clock } from '../../clock.js'
import type { Config } from '../../config.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Headers } from '../../sigv4/canonical-request.js'
import type { Health } from '../health.js'
import { type Logger, troubleOf } from '../log.js'
import { jsonFault } from '../protocols/aws-json.js'
import type { Answer, Received } from '../received.js'
import type { RequestHandler } from '../serve.js'
import type { Hold } from './hold.js'
import type { LaneParts } from './lane.js'
import { readTarget } from './request-target.js'

/** What a front is made of. */
export interface FrontParts {
  readonly config: FrontOptions
  readonly serve: RequestHandler
  readonly health: Pick<Health, 'isStopping'>
  readonly hold: Hold
  readonly logger: Logger
  readonly clock: Clock
  /** For the front that has one. */
  readonly lane: LaneParts | undefined
}

export type FrontOptions = Pick<
  Config,
  | 'host'
  | 'port'
  | 'bodyBytesMax'
  | 'headerBytesMax'
  | 'headersTimeoutMs'
  | 'requestTimeoutMs'
  | 'connectionsMax'
  | 'connectionsPerPeerMax'
  | 'stopTimeoutMs'
  | 'tlsCert'
  | 'tlsKey'
>

/** A port that is listened on. */
export interface Front {
  /** The one that was bound, whatever it was called. */
  readonly address: string
  /** Such as `http://127.0.0.1:4599`. */
  readonly url: string
  /** As RunningServer's (server.ts); undefined where no TLS is spoken. */
  readonly renewCertificate?: (() => Promise<void>) | undefined
  /** Takes no new connections, answers what is in flight, and breaks off what is not done in time. Once. */
  stop(): Promise<void>
}

/** A request as it came in. */
export interface Arrival
  extends Pick<
    Received,
    'method' | 'headers' | 'head' | 'body' | 'isGone' | 'invite' | 'tls' | 'repeats' | 'waitedMs'
  > {
  readonly target: string
  /** How many Host headers there are. */
  readonly hosts: number
  /** As {@link plainAddress} has it. */
  readonly remoteAddress: string
}

/** Where the answer to one request goes. */
export interface Reply {
  /** `isLast`: the connection ends with it. Secret bytes are the reply's to wipe. */
  send(requestId: string, answer: Answer, isLast: boolean): void
  /** There is no answer: what the client sees is a connection that breaks. */
  breakOff(): void
}

/** Longer than AWS's clients keep a connection that they do not use. */
export const KEEP_ALIVE_MS = 65_000
/** What a request that reached no service hears of a mistake of ours. */
const INTERNAL_NAME = 'InternalFailure'

/** Serves what came in and gives the answer to `reply`; nothing of it when the client went away. */
export async function exchange(
  { serve, health, hold, logger }: FrontParts,
  arrival: Arrival,
  reply: Reply,
): Promise<void> {
  let request: Received
  try {
    request = receive(arrival)
  } catch (error) {
    wipeBody(arrival)
    reply.send(randomId(), jsonFault(error, INTERNAL_NAME), health.isStopping)
    return
  }
  const { requestId } = request
  try {
    const answer = await serve(request)
    wipeBody(arrival)
    if (answer === undefined) return
    if (answer.body instanceof Readable) {
      answer.body.once('error', (error) => {
        if (!isClientGone(error)) logger.error({ requestId, ...troubleOf(error) }, 'broken off')
      })
    }
    if (answer.status === 503 && !health.isStopping) await hold.wait()
    reply.send(requestId, answer, health.isStopping || answer.status === 408)
  } catch (error) {
    // serve() answers every failure; only a defect gets here.
    wipeBody(arrival)
    logger.error({ requestId, ...troubleOf(error) }, 'broken')
    reply.breakOff()
  }
}

/** What a body that flows is told by node:stream when nobody takes it any more. */
function isClientGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

/** Of a request that was turned away, nobody has. */
function wipeBody({ body }: Arrival): void {
  if (Buffer.isBuffer(body)) body.fill(0)
}

/** The address cannot be had, for the reason of `code`. */
export function notListening(
  { host, port }: FrontOptions,
  code: string | undefined,
  cause: unknown,
): SealtrailError {
  const reason = code === 'EADDRINUSE' ? 'it is in use: choose another port' : `${code}`
  const message = `cannot listen on ${host} port ${port}: ${reason}`
  return new SealtrailError('ConfigInvalid', message, {}, { cause })
}

/** `host`: an address. */
export function urlOf(host: string, port: number, scheme = 'http'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Names and values that go with every answer, after its own. */
export function headersOf(
  requestId: string,
  { headers, mayBeKept }: Answer,
  isLast: boolean,
): string[] {
  // S3 has its own, and SDKs take this one before it.
  const isNamed = headers.some((name, i) => i % 2 === 0 && name === 'x-amz-request-id')
  const all = isNamed ? [...headers] : ['x-amzn-RequestId', requestId, ...headers]
  if (mayBeKept !== true) all.push('Cache-Control', 'no-store')
  if (isLast) all.push('Connection', 'close')
  return all
}

/** Content-Length, where the answer's own headers have none and should. */
export function lengthHeader(answer: Answer): string[] {
  const { status, body } = answer
  if (statedLength(answer) !== undefined || hasNoBody(status)) return []
  invariant(!(body instanceof Readable), 'an answer that flows says how long it is')
  return ['Content-Length', String(Buffer.byteLength(body))]
}

/** Content-Length among the answer's own headers. */
export function statedLength({ headers }: Answer): number | undefined {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
  return at === -1 ? undefined : Number(headers[at + 1])
}

/** Of these there never is one (RFC 9110 §15.3.5, §15.4.5). */
function hasNoBody(status: number): boolean {
  return status === 204 || status === 304
}

/** What of it goes out behind the head. */
export function sentBody({ status, body }: Answer, isHead: boolean): Answer['body'] {
  if (!isHead && !hasNoBody(status)) return body
  if (body instanceof Readable) body.destroy()
  return ''
}

/** Nobody gets it. */
export function dropBody({ body, isSecret }: Answer): void {
  if (body instanceof Readable) body.destroy()
  else if (isSecret && body instanceof Uint8Array) body.fill(0)
}

/** @throws SealtrailError `SerializationException` for a target or a host that cannot be meant for us. */
function receive(arrival: Arrival): Received {
  const { method, headers, head, body, isGone, invite, tls, repeats, waitedMs } = arrival
  const { path, query, authority } = readTarget(arrival.target)
  if (arrival.hosts > 1) {
    throw new SealtrailError('SerializationException', 'the request has more than one Host')
  }
  return {
    requestId: randomId(),
    method,
    path,
    query,
    // The host of a URL is the one that is meant and signed (RFC 9112 §3.2.2).
    headers: authority === undefined ? headers : withHost(headers, authority),
    head: authority === undefined ? head : undefined,
    body,
    isGone,
    invite,
    sourceIpAddress: arrival.remoteAddress,
    tls,
    repeats,
    waitedMs,
  }
}

/** An IPv4 client of a socket that speaks both looks like ::ffff:192.0.2.1. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.replace(/^::ffff:(?=\d+\.)/, '') : address
}

function withHost(headers: Headers, host: string): Headers {
  return new Map(headers).set('host', host)
}
