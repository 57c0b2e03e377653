/**
 * Connections that have not agreed on TLS yet.
 *
 * node:https tells of a connection twice, with a socket each: when it is there, and when TLS is agreed on. What
 * joins the two are its addresses.
 *
 * @module
 */
import type { Socket } from 'node:net'

export class Handshakes {
  readonly #sockets = new Map<string, Socket>()

  begin(socket: Socket): void {
    const name = nameOf(socket)
    this.#sockets.set(name, socket)
    socket.once('close', () => this.#sockets.delete(name))
  }

  end(socket: Socket): void {
    this.#sockets.delete(nameOf(socket))
  }

  breakOff(): void {
    for (const socket of this.#sockets.values()) socket.destroy()
  }
}

function nameOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`
}
