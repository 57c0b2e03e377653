/**
 * One port for every AWS service of ours: node:http in, node:http out.
 *
 * Sockets, limits and stopping live here; what a request means does not (service.ts). A request head, a
 * whole request, an idle connection and their number are all bounded, so that slow or silent clients cost
 * little and not for long. TLS is for a proxy in front.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { randomId } from '../bytes/random.js'
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import type { Engine } from '../engine/engine.js'
import { SealtrailError } from '../errors.js'
import { collectHeaders } from '../iam/canonical-request.js'
import type { FindCredential } from '../iam/credential.js'
import type { Sts } from '../iam/sts.js'
import { Admission, BodyRoom } from './admission.js'
import { createAuthenticator } from './authenticate.js'
import { connectionFault } from './faults.js'
import { Health } from './health.js'
import { type KmsCalls, kmsDoor } from './kms-door.js'
import { type Logger, troubleOf } from './log.js'
import { isLoopback } from './loopback.js'
import type { Answer, Received } from './received.js'
import { createService, type Service } from './service.js'
import { stsDoor } from './sts-door.js'

/** Their defaults and bounds stand in config.ts. */
export type ServerOptions = Pick<
  Config,
  | 'host'
  | 'port'
  | 'auth'
  | 'account'
  | 'bodyBytesMax'
  | 'headerBytesMax'
  | 'headersTimeoutMs'
  | 'requestTimeoutMs'
  | 'connectionsMax'
  | 'inflightMax'
  | 'queueMax'
  | 'stopTimeoutMs'
>

export interface ServerParts {
  readonly kms: KmsCalls
  readonly sts: Sts
  /** Where the KMS keys are; health says whether they are safe there. */
  readonly engine: Pick<Engine, 'isLocked'>
  readonly credentials: { readonly find: FindCredential }
  readonly config: ServerOptions
  readonly logger: Logger
  readonly clock: Clock
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4599`. */
  readonly url: string
  /**
   * Takes no new connections, answers what is in flight, and breaks off what is not done after
   * `stopTimeoutMs`. The parts given stay open.
   */
  close(): Promise<void>
}

/** Longer than AWS's clients keep a connection that they do not use. */
const KEEP_ALIVE_MS = 65_000
/**
 * How long an answer that says to come again later is held back: a client that came again at once would
 * cost nearly as much as one that is served; so it costs a timer.
 */
const HOLD_MS = 200
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
  if (config.auth === 'trust' && !isLoopback(config.host)) {
    throw new SealtrailError(
      'ConfigInvalid',
      `auth 'trust' checks no signature and is for loopback only: host cannot be '${config.host}'`,
    )
  }
  const health = new Health(clock, parts.engine)
  const authenticator = createAuthenticator(config, parts.credentials.find, clock)
  const service = createService({
    kms: kmsDoor(parts.kms),
    sts: stsDoor(parts.sts),
    admission: new Admission(config),
    authenticator,
    health,
    logger,
    clock,
    bodyBytesMax: config.bodyBytesMax,
    // As much as all who are worked on at once may need.
    bodyRoom: new BodyRoom(config.inflightMax * config.bodyBytesMax),
  })
  const server = openServer(config, service, health, logger)
  await listen(server, config)
  // Such as no file descriptor left for a new connection.
  server.on('error', (error) => logger.error(troubleOf(error), 'trouble with the port'))
  return {
    url: urlOf(server),
    async close() {
      health.stop()
      await stop(server, config.stopTimeoutMs)
      authenticator.close()
    },
  }
}

function openServer(
  config: ServerOptions,
  service: Service,
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

  const handle = (message: IncomingMessage, response: ServerResponse, isInvited: boolean) => {
    const request = receive(message, isInvited ? undefined : () => response.writeContinue())
    service(request).then(
      (answer) => {
        if (answer === undefined) return
        const write = () => send(response, request.requestId, answer, health.isStopping)
        if (answer.retryAfterSeconds !== undefined && !health.isStopping) setTimeout(write, HOLD_MS)
        else write()
      },
      (error: unknown) => {
        // service() answers every failure; only a defect gets here.
        logger.error({ requestId: request.requestId, ...troubleOf(error) }, 'broken')
        response.destroy()
      },
    )
  }
  server.on('request', (message, response) => handle(message, response, true))
  server.on('checkContinue', (message, response) => handle(message, response, false))
  server.on('clientError', refuseConnection)
  return server
}

function receive(message: IncomingMessage, invite: (() => void) | undefined): Received {
  const target = message.url ?? ''
  const mark = target.indexOf('?')
  return {
    requestId: randomId(),
    method: message.method ?? '',
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers: collectHeaders(message.rawHeaders),
    body: message,
    isGone: () => message.socket.destroyed,
    invite,
    // An IPv4 client of a socket that speaks both looks like ::ffff:192.0.2.1.
    sourceIpAddress: message.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? '',
  }
}

function send(
  response: ServerResponse,
  requestId: string,
  { status, contentType, body, retryAfterSeconds }: Answer,
  isLast: boolean,
): void {
  if (response.destroyed) {
    wipeSecret(body)
    return
  }
  const headers = [
    'x-amzn-RequestId',
    requestId,
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
  ]
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds))
  if (isLast) headers.push('Connection', 'close')
  response.writeHead(status, headers)
  response.once('close', () => wipeSecret(body))
  response.end(body)
}

function wipeSecret(body: string | Buffer): void {
  if (typeof body !== 'string') body.fill(0)
}

/** The bytes on this connection are no request, or not in time. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else socket.end(connectionFault(error.code), () => socket.destroy())
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
