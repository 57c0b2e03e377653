/** Who comes to a client without its secret: he gets nothing, keeps nothing, and is told of. */
import { constants } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { listenFor } from '../../../src/load/coordination/tls.js'

const HERE = { host: '127.0.0.1', port: 0 }
const SUITE = { ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' } as const

const arrived = async (port: number): Promise<Socket> => {
  const socket = connect(port, HERE.host).resume()
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}
/** How a handshake under `psk` ends on a connection that is there. */
const handshake = (socket: Socket, psk: Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    const pskCallback = () => ({ psk, identity: 'sealtrail-load' })
    const checkServerIdentity = () => undefined
    const secureOptions = constants.SSL_OP_NO_TICKET
    connectTls({ ...SUITE, socket, pskCallback, checkServerIdentity, secureOptions })
      .on('secureConnect', () => resolve('secure'))
      .on('error', () => resolve('failed'))
      .on('close', () => resolve('closed'))
  })

describe('a client that listens', () => {
  it('hangs up on who makes no handshake: his connection keeps no place', async () => {
    const refused: string[] = []
    const listener = await listenFor(
      HERE,
      new Uint8Array(32).fill(7),
      () => undefined,
      (_, reason) => refused.push(reason),
    )
    const idle = await arrived(listener.port)
    await once(idle, 'close')
    expect(refused).toEqual(['made no handshake: ERR_TLS_HANDSHAKE_TIMEOUT'])
    listener.close()
  })

  it.each<readonly [string, (secret: Uint8Array) => Uint8Array]>([
    ['the secret, which is wiped', (secret) => secret.map(() => 0)],
    ['the secret, as it was', (secret) => secret.slice()],
  ])('ends no handshake after it was stopped: %s', async (_, theirs) => {
    const secret = new Uint8Array(32).fill(7)
    const psk = theirs(secret)
    let taken = 0
    const listener = await listenFor(
      HERE,
      secret,
      () => taken++,
      () => undefined,
    )
    const early = await arrived(listener.port)
    // Whoever comes after him shows that the listener has him.
    expect(await handshake(await arrived(listener.port), secret.slice())).toBe('secure')
    listener.close()
    secret.fill(0)
    expect(await handshake(early, psk)).not.toBe('secure')
    expect(taken).toBe(1)
  })
})
