/**
 * node:https in the place of node:http: the certificate, what is agreed with a client, and the time until that is done.
 *
 * A connection that has agreed on nothing yet is none of node:http's, so its limits are here: it is broken off when its
 * time is over, when it speaks something else, and when the server stops. Requests are for node.ts, as any others.
 *
 * @module
 */
import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { TlsFacts } from '../../received.js'
import { type Certificate, type CertificateFiles, readCertificate } from './certificate.js'
import { Handshakes } from './handshakes.js'

/** Suites with a key of their own for each connection and an authenticated cipher: all of TLS 1.3, of TLS 1.2 these. */
const AGREED: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
    ...['ECDHE+AESGCM', 'ECDHE+CHACHA20'],
  ].join(':'),
  // A client that agrees again and again costs much, and none of ours does.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
}

export interface SecureServer {
  readonly server: Server
  /** What was agreed with the client of a connection that has a request. */
  factsOf(socket: Socket): TlsFacts | undefined
  /** Breaks off what has agreed on nothing yet. */
  breakHandshakes(): void
  /** @throws SealtrailError `ConfigInvalid` */
  renewCertificate(): Promise<void>
}

/** @throws SealtrailError `ConfigInvalid` */
export async function openSecureServer(
  options: ServerOptions,
  files: CertificateFiles,
  handshakeTimeoutMs: number,
): Promise<SecureServer> {
  const server = await withCertificate(files, (certificate) =>
    createServer({ ...options, ...AGREED, ...certificate, handshakeTimeout: handshakeTimeoutMs }),
  )
  const facts = new WeakMap<Socket, TlsFacts>()
  const handshakes = new Handshakes()
  server.on('connection', (socket: Socket) => handshakes.begin(socket))
  server.on('secureConnection', (socket) => {
    handshakes.end(socket)
    const [tlsVersion, cipherSuite] = [socket.getProtocol() ?? '', socket.getCipher().name]
    facts.set(socket, { tlsVersion, cipherSuite })
  })
  return {
    server,
    factsOf: (socket) => facts.get(socket),
    breakHandshakes: () => handshakes.breakOff(),
    renewCertificate: () =>
      withCertificate(files, (certificate) =>
        server.setSecureContext({ ...AGREED, ...certificate }),
      ),
  }
}

/** OpenSSL has its own copy of the key when `use` is done. */
async function withCertificate<T>(
  files: CertificateFiles,
  use: (certificate: Certificate) => T,
): Promise<T> {
  const certificate = await readCertificate(files)
  try {
    return use(certificate)
  } finally {
    certificate.key.fill(0)
  }
}
