/**
 * One port for every AWS service of ours: node:http in, node:http out.
 *
 * Sockets, limits and stopping live here; what a request means does not (serve.ts). A request head, a
 * whole request, an idle connection and their number are all bounded, so that slow or silent clients cost
 * little and not for long. TLS is for a proxy in front.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Duplex, pipeline, Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { randomId } from '../../bytes/random.js'
import type { Clock } from '../../clock.js'
import type { Config } from '../../config.js'
import type { Engine } from '../../engine/engine.js'
import { SealtrailError } from '../../errors.js'
import { collectHeaders, type Headers } from '../../sigv4/canonical-request.js'
import type { FindCredential } from '../../sigv4/credential.js'
import { Admission } from '../admission.js'
import { createAuthenticator } from '../authenticate.js'
import { Bodies } from '../body.js'
import type { Door } from '../doors/door.js'
import { Health } from '../health.js'
import { type Logger, troubleOf } from '../log.js'
import { isLoopback } from '../loopback.js'
import { Peers } from '../peers.js'
import { jsonFault } from '../protocols/aws-json.js'
import type { Answer, Received } from '../received.js'
import { type RequestHandler, requestHandler } from '../serve.js'
import { connectionFault } from './connection-fault.js'
import { readTarget } from './request-target.js'

/** Their defaults and bounds stand in config.ts. */
export type ServerOptions = Pick<
  Config,
  | 'host'
  | 'port'
  | 'auth'
  | 'account'
  | 'bodyBytesMax'
  | 'bodyBytesPerSecondMin'
  | 'headerBytesMax'
  | 'headersTimeoutMs'
  | 'requestTimeoutMs'
  | 'connectionsMax'
  | 'connectionsPerPeerMax'
  | 'inflightMax'
  | 'queueMax'
  | 'queueMsMax'
  | 'accessLog'
  | 'stopTimeoutMs'
>

export interface ServerParts {
  readonly doors: readonly Door[]
  readonly find: FindCredential
  /** Where the KMS keys are; health says whether they are safe there. */
  readonly engine: Pick<Engine, 'isLocked'>
  readonly config: ServerOptions
  readonly logger: Logger
  readonly clock: Clock
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4599`. */
  readonly url: string
  /**
   * Takes no new connections, answers what is in flight, and breaks off what is not done after
   * `stopTimeoutMs`. The parts given stay open. Twice is fine.
   */
  close(): Promise<void>
}

/** Longer than AWS's clients keep a connection that they do not use. */
const KEEP_ALIVE_MS = 65_000
/**
 * How long an answer that says to come again later is held back: a client that came again at once would
 * cost nearly as much as one that is served; so it costs a timer. The more are held, the longer: so many a second
 * come back, and no more.
 */
const HOLD_MS = { least: 200, most: 1000, perHeld: 1 }
/** What a request that reached no service hears of a mistake of ours. */
const INTERNAL_NAME = 'InternalFailure'
/** How often timeouts are looked for. */
const CHECK_MS = 1000
/** How often connections that have fallen idle are looked for, while stopping. */
const IDLE_CHECK_MS = 50

/**
 * Listens when resolved.
 * @throws SealtrailError `ConfigInvalid` when `trust` is asked for beyond loopback, or the address cannot be had.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, clock, logger } = parts
  const health = new Health(clock, parts.engine)
  const authenticator = createAuthenticator(config, parts.find, clock)
  // Room for as much as all who are worked on at once may need.
  const roomBytes = config.inflightMax * config.bodyBytesMax
  const bodies = new Bodies({ ...config, roomBytes, clock })
  const serve = requestHandler({
    doors: parts.doors,
    admission: new Admission(config, clock),
    authenticator,
    bodies,
    health,
    logger,
    accessLog: config.accessLog,
    clock,
  })
  const server = openServer(config, serve, health, logger)
  try {
    await listen(server, config)
    if (config.auth === 'trust') await insistOnLoopback(server, config.host)
  } catch (error) {
    bodies.close()
    throw error
  }
  // Such as no file descriptor left for a new connection.
  server.on('error', (error) => logger.error(troubleOf(error), 'trouble with the port'))
  let closing: Promise<void> | undefined
  return {
    url: urlOf(server),
    close() {
      health.stop()
      closing ??= stop(server, config.stopTimeoutMs).then(() => {
        bodies.close()
        authenticator.close()
      })
      return closing
    },
  }
}

function openServer(
  config: ServerOptions,
  serve: RequestHandler,
  health: Health,
  logger: Logger,
): Server {
  const server = createServer({
    maxHeaderSize: config.headerBytesMax,
    headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
    requestTimeout: config.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, config.headersTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  })
  // Header bytes are bounded above; a bound on their number would drop some without a word.
  server.maxHeadersCount = 0
  server.maxConnections = config.connectionsMax
  // A client that takes no answer off its socket.
  server.timeout = KEEP_ALIVE_MS + config.requestTimeoutMs

  let held = 0
  const handle = async (
    message: IncomingMessage,
    response: ServerResponse,
    invite: (() => void) | undefined,
  ) => {
    let request: Received
    try {
      request = receive(message, invite)
    } catch (error) {
      send(response, randomId(), jsonFault(error, INTERNAL_NAME), health.isStopping)
      return
    }
    const { requestId } = request
    try {
      const answer = await serve(request)
      if (answer === undefined) return
      if (answer.status === 503 && !health.isStopping) {
        const { least, most, perHeld } = HOLD_MS
        await delay(Math.min(most, Math.max(least, ++held * perHeld)))
        held--
      }
      send(response, requestId, answer, health.isStopping || answer.status === 408)
    } catch (error) {
      // serve() answers every failure; only a defect gets here.
      logger.error({ requestId, ...troubleOf(error) }, 'broken')
      response.destroy()
    }
  }
  server.on('request', (message, response) => void handle(message, response, undefined))
  server.on('checkContinue', (message, response) => {
    void handle(message, response, () => response.writeContinue())
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
  return server
}

/** @throws SealtrailError `SerializationException` for a target or a host that cannot be meant for us. */
function receive(message: IncomingMessage, invite: (() => void) | undefined): Received {
  const { path, query, authority } = readTarget(message.url ?? '')
  const headers = collectHeaders(message.rawHeaders)
  // Those that are there twice are joined by a comma, which no host has.
  if (headers.get('host')?.includes(',')) {
    throw new SealtrailError('SerializationException', 'the request has more than one Host')
  }
  // The host of a URL is the one that is meant and signed (RFC 9112 §3.2.2).
  const meant = authority === undefined ? headers : new Map([...headers, ['host', authority]])
  return new NodeRequest(message, path, query, meant, invite)
}

class NodeRequest implements Received {
  readonly requestId = randomId()
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
  readonly body: IncomingMessage
  readonly invite: (() => void) | undefined
  readonly sourceIpAddress: string

  constructor(
    message: IncomingMessage,
    path: string,
    query: string,
    headers: Headers,
    invite: (() => void) | undefined,
  ) {
    this.method = message.method ?? ''
    this.path = path
    this.query = query
    this.headers = headers
    this.body = message
    this.invite = invite
    this.sourceIpAddress = addressOf(message.socket)
  }

  isGone(): boolean {
    return this.body.socket.destroyed
  }
}

function addressOf({ remoteAddress = '' }: Socket): string {
  if (!remoteAddress.startsWith('::ffff:')) return remoteAddress
  // An IPv4 client of a socket that speaks both looks like ::ffff:192.0.2.1.
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
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

function send(response: ServerResponse, requestId: string, answer: Answer, isLast: boolean): void {
  const { status, body } = answer
  if (response.destroyed) {
    wipeSecret(answer)
    return
  }
  const headers = ['x-amzn-RequestId', requestId, ...answer.headers, 'Cache-Control', 'no-store']
  if (isLast) headers.push('Connection', 'close')
  if (body instanceof Readable) {
    response.writeHead(status, headers)
    // What was sent stands; a body that fails breaks the connection off, and is never a clean end.
    pipeline(body, response, () => undefined)
    return
  }
  headers.push('Content-Length', String(Buffer.byteLength(body)))
  response.writeHead(status, headers)
  if (answer.isSecret) response.once('close', () => wipeSecret(answer))
  response.end(body)
}

function wipeSecret({ body, isSecret }: Answer): void {
  if (isSecret && body instanceof Uint8Array) body.fill(0)
}

/** The bytes on this connection are no request for us, or not in time; `code` is Node's. */
function refuseConnection(code: string | undefined, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else socket.end(connectionFault(code), () => socket.destroy())
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'it is in use: choose another port' : `${code}`
    const message = `cannot listen on ${host} port ${port}: ${reason}`
    throw new SealtrailError('ConfigInvalid', message, {}, { cause })
  }
}

/** Of the address that was bound, whatever it was called; nobody has been let in yet. */
async function insistOnLoopback(server: Server, host: string): Promise<void> {
  const { address } = server.address() as AddressInfo
  if (isLoopback(address)) return
  server.close()
  await once(server, 'close')
  const is = address === host ? '' : `, which is ${address}`
  throw new SealtrailError(
    'ConfigInvalid',
    `auth 'trust' checks no signature and is for loopback only: host cannot be '${host}'${is}`,
  )
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function stop(server: Server, timeoutMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // A connection may fall idle after it was promised to be kept.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const late = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearInterval(idle)
  clearTimeout(late)
}
