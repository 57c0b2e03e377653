/**
 * The way between coordinator and clients: TLS under a secret that both have, and nothing else.
 *
 * Of TLS 1.2, as its suites with a shared key have no certificate: there is none to check, or to forget to, and who ends the
 * handshake has the secret, on either side. ECDHE makes keys that are gone afterwards, ChaCha20-Poly1305 authenticates
 * (OpenSSL has this one suite of both). Source: RFC 4279, RFC 5489, RFC 7905; docs/FORMAT.md §15.2.
 *
 * @module
 */
import { constants } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { SealtrailError } from '../../errors.js'
import type { Place } from '../scenario/place.js'

const SUITE = 'ECDHE-PSK-CHACHA20-POLY1305'
const IDENTITY = 'sealtrail-load'
const SETTINGS = {
  ciphers: SUITE,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const
/** Until a connection is there, and until its handshake is done. */
const HANDSHAKE_MS = 10_000
/** At once, most of them of nobody. */
const CONNECTIONS_MAX = 64
/** What OpenSSL calls it that the other end has another secret. */
const OTHER_SECRET = /BAD_RECORD_MAC|DECRYPT|UNKNOWN_PSK_IDENTITY|HANDSHAKE_FAILURE/

/** A client's place, connected. @throws SealtrailError `TargetFailed`; what `signal` is aborted with */
export async function dial(
  { host, port }: Place,
  secret: Uint8Array,
  name: string,
  signal: AbortSignal,
): Promise<TLSSocket> {
  signal.throwIfAborted()
  const pskCallback = () => ({ psk: secret, identity: IDENTITY })
  // No certificate has come that could be of another.
  const checkServerIdentity = () => undefined
  const socket = connect({ ...SETTINGS, host, port, pskCallback, checkServerIdentity })
  const failed = (reason: string, cause?: unknown) =>
    new SealtrailError('TargetFailed', `client ${name} ${reason}`, {}, { cause })
  const timer = setTimeout(
    () => socket.destroy(failed(`did not answer in ${HANDSHAKE_MS / 1000} s`)),
    HANDSHAKE_MS,
  )
  const abort = () => socket.destroy(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(failed('ended the connection')))
    })
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    throw error instanceof SealtrailError ? error : failed(reasonOf(error), error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
  return socket
}

function reasonOf(error: unknown): string {
  const { code = 'failed', message } = error as NodeJS.ErrnoException
  if (OTHER_SECRET.test(code)) return 'has another secret: copy the file of one to the other'
  if (/^(ERR_SSL_|EPROTO$)/.test(code)) return `is no client of load: ${code}`
  // Whoever has too many connections, or no handshake to offer.
  if (code === 'ECONNRESET') return 'ended the connection before it was secure'
  return `cannot be reached: ${code === 'failed' ? message : code}`
}

export type Connection = TLSSocket

export interface Listener {
  readonly port: number
  /** Takes no more, also of those whose handshake goes on: the secret may be wiped. Those that are there go on. */
  close(): void
}

/** @throws SealtrailError `ConfigInvalid` when nobody can listen there */
export async function listenFor(
  { host, port }: Place,
  secret: Uint8Array,
  onSocket: (socket: TLSSocket) => void,
  onRefused: (from: string, reason: string) => void,
): Promise<Listener> {
  let isClosed = false
  // A handshake asks for the key when it comes to it: of a secret that is wiped, everybody has it.
  const pskCallback = (_: unknown, identity: string) =>
    identity === IDENTITY && !isClosed ? secret : null
  const options = { ...SETTINGS, pskCallback, handshakeTimeout: HANDSHAKE_MS }
  const server = createServer(options, (socket) => {
    if (isClosed) socket.destroy()
    else onSocket(socket)
  })
  server.maxConnections = CONNECTIONS_MAX
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const from = fromOf(socket)
    // Node tells of a handshake that takes too long, and leaves the connection: it would keep its place for good.
    socket.destroy()
    onRefused(from, refusalOf(error))
  })
  server.listen({ host, port })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const says = `listen: nobody can listen on ${host} port ${port}: ${cause.code}`
      reject(new SealtrailError('ConfigInvalid', says, {}, { cause }))
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      isClosed = true
      server.close()
    },
  }
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): string {
  return OTHER_SECRET.test(code) ? 'does not have the secret' : `made no handshake: ${code}`
}

/** Whose end of a connection the other one is. */
export function fromOf({ remoteAddress, remotePort }: TLSSocket): string {
  if (remoteAddress === undefined) return 'somebody who is gone'
  const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress
  return `${host}:${remotePort}`
}
