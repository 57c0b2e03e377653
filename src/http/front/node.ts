/**
 * node:http in, node:http out: the front that runs everywhere, and the one for TLS (tls/).
 *
 * Sockets, limits and stopping live here; what is done with a request is in exchange.ts. A request head, a
 * whole request, an idle connection and their number are all bounded, so that slow or silent clients cost
 * little and not for long.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Duplex, pipeline, Readable } from 'node:stream'
import { collectHeaders } from '../../sigv4/canonical-request.js'
import { troubleOf } from '../log.js'
import { Peers } from '../peers.js'
import type { Answer } from '../received.js'
import { connectionFault } from './connection-fault.js'
import { ExactBody } from './exact-body.js'
import {
  type Arrival,
  dropBody,
  exchange,
  type Front,
  type FrontOptions,
  type FrontParts,
  headersOf,
  KEEP_ALIVE_MS,
  lengthHeader,
  notListening,
  plainAddress,
  type Reply,
  sentBody,
  statedLength,
  urlOf,
} from './exchange.js'
import { openSecureServer, type SecureServer } from './tls/secure-server.js'

/** Connections that wait to be taken; the system takes off what is too many for it. */
const BACKLOG = 4096
/** How often timeouts are looked for. */
const CHECK_MS = 1000
/** How often connections that have fallen idle are looked for, while stopping. */
const IDLE_CHECK_MS = 50

/**
 * Listens when resolved.
 * @throws SealtrailError `ConfigInvalid` when the address cannot be had.
 */
export async function openNodeFront(parts: FrontParts): Promise<Front> {
  const { config, logger } = parts
  const options = serverOptions(config)
  const secure =
    config.tlsCert === ''
      ? undefined
      : await openSecureServer(options, config, options.headersTimeout)
  const server = secure?.server ?? createServer(options)
  prepare(server, parts, secure)
  await listen(server, config)
  // Such as no file descriptor left for a new connection.
  server.on('error', (error) => logger.error(troubleOf(error), 'trouble with the port'))
  const { address, port } = server.address() as AddressInfo
  return {
    address,
    url: urlOf(address, port, secure === undefined ? 'http' : 'https'),
    renewCertificate: secure?.renewCertificate,
    stop: () => stop(server, secure, config.stopTimeoutMs),
  }
}

function serverOptions(config: FrontOptions) {
  return {
    maxHeaderSize: config.headerBytesMax,
    headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
    // A body that comes slowly is cut where it is read (../body.ts), as it may be long.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(CHECK_MS, config.headersTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  }
}

function prepare(server: Server, parts: FrontParts, secure: SecureServer | undefined): void {
  const { config } = parts
  // Header bytes are bounded above; a bound on their number would drop some without a word.
  server.maxHeadersCount = 0
  server.maxConnections = config.connectionsMax
  // A client that takes no answer off its socket.
  server.timeout = KEEP_ALIVE_MS + config.requestTimeoutMs

  server.on('request', (message, response) => {
    const reply = new NodeReply(message, response, config)
    void exchange(parts, arrivalOf(message, secure, undefined), reply)
  })
  server.on('checkContinue', (message, response) => {
    const reply = new NodeReply(message, response, config)
    const invite = () => reply.invite()
    reply.isExpected = true
    void exchange(parts, arrivalOf(message, secure, invite), reply)
  })
  boundPeers(server, new Peers(config.connectionsPerPeerMax))
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    refuseConnection(code, socket)
  })
  server.on('connect', (_message, socket) => {
    // node:http has let go of this socket, its errors too.
    socket.on('error', () => socket.destroy())
    refuseConnection('HPE_INVALID_URL', socket)
  })
}

function arrivalOf(
  message: IncomingMessage,
  secure: SecureServer | undefined,
  invite: (() => void) | undefined,
): Arrival {
  const headers = collectHeaders(message.rawHeaders)
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    headers,
    // Those that are there twice are joined by a comma, which no host has.
    hosts: headers.get('host')?.includes(',') ? 2 : 1,
    body: message,
    isGone: () => message.socket.destroyed,
    invite,
    remoteAddress: addressOf(message.socket),
    tls: secure?.factsOf(message.socket),
  }
}

class NodeReply implements Reply {
  /** The client waits to be asked for its body, and was not. */
  isExpected = false
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  readonly #config: Pick<FrontOptions, 'requestTimeoutMs'>

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    config: Pick<FrontOptions, 'requestTimeoutMs'>,
  ) {
    this.#message = message
    this.#response = response
    this.#config = config
  }

  invite(): void {
    this.isExpected = false
    this.#response.writeContinue()
  }

  send(requestId: string, answer: Answer, isLast: boolean): void {
    if (!this.#message.complete) this.#awaitRest()
    // Who was not asked for its body may send it or not: the next request cannot be told from it.
    send(this.#message, this.#response, requestId, answer, isLast || this.isExpected)
  }

  breakOff(): void {
    this.#response.destroy()
  }

  /** What nobody reads any more is thrown away as it comes, but not for ever. */
  #awaitRest(): void {
    const message = this.#message
    this.#response.once('finish', () => {
      const late = setTimeout(() => message.socket.destroy(), this.#config.requestTimeoutMs)
      message.once('close', () => clearTimeout(late))
      if (message.complete) clearTimeout(late)
    })
  }
}

function addressOf({ remoteAddress = '' }: Socket): string {
  return plainAddress(remoteAddress)
}

/** The connection too many of an address is closed without a word. */
function boundPeers(server: Server, peers: Peers): void {
  server.on('connection', (socket: Socket) => {
    // Asked now: a socket that is closed has no address any more.
    const address = addressOf(socket)
    if (peers.enter(address)) socket.once('close', () => peers.leave(address))
    else socket.destroy()
  })
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  answer: Answer,
  isLast: boolean,
): void {
  if (response.destroyed) {
    dropBody(answer)
    return
  }
  const headers = headersOf(requestId, answer, isLast)
  response.writeHead(answer.status, [...headers, ...lengthHeader(answer)])
  const body = sentBody(answer, method === 'HEAD')
  if (body instanceof Readable) {
    // What was sent stands; a body that fails breaks the connection off, and is never a clean end.
    pipeline(new ExactBody(body, statedLength(answer) ?? 0).pieces(), response, () => undefined)
    return
  }
  if (answer.isSecret) response.once('close', () => dropBody(answer))
  response.end(body)
}

/**
 * The bytes on this connection are no request for us, or not in time. `code` is Node's; one that is not of HTTP is of
 * the connection itself, which takes no answer any more, or has not come to take one (TLS).
 */
function refuseConnection(code: string | undefined, socket: Duplex): void {
  const isOfHttp = code !== undefined && /^(HPE|ERR_HTTP)_/.test(code)
  if (isOfHttp && socket.writable) socket.end(connectionFault(code), () => socket.destroy())
  else socket.destroy()
}

async function listen(server: Server, config: FrontOptions): Promise<void> {
  server.listen({ port: config.port, host: config.host, backlog: BACKLOG })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw notListening(config, (cause as NodeJS.ErrnoException).code, cause)
  }
}

async function stop(
  server: Server,
  secure: SecureServer | undefined,
  timeoutMs: number,
): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  secure?.breakHandshakes()
  // A connection may fall idle after it was promised to be kept.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const late = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearInterval(idle)
  clearTimeout(late)
}
