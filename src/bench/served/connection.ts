/**
 * A kept connection of HTTP/1.1 over a plain socket: one request under way at a time, written as it was prepared.
 *
 * For loads, whose client is to cost as little as can be: an answer is found by its Content-Length, and read no further.
 *
 * @module
 */
import { connect, type Socket } from 'node:net'

export interface PlainAnswer {
  readonly status: string
  /** One byte a character. */
  readonly body: string
}

export class Connection {
  readonly #socket: Socket
  #received = ''
  #waiting: { resolve(answer: PlainAnswer): void; reject(error: Error): void } | undefined

  private constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#waiting?.reject(closed())
      this.#waiting = undefined
      onClose()
    })
  }

  /** To a port of this machine. */
  static open(port: number, onClose: () => void = () => undefined): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.once('connect', () => resolve(new Connection(socket, onClose)))
      socket.once('error', reject)
    })
  }

  /** @throws Error when the connection breaks. */
  ask(request: Uint8Array): Promise<PlainAnswer> {
    return new Promise((resolve, reject) => {
      // Of one that is closed already nobody would tell.
      if (this.#socket.closed) return reject(closed())
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#received += text
    const head = this.#received.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = /content-length: (\d+)/i.exec(this.#received.slice(0, head))?.[1]
    const end = head + 4 + Number(length ?? 0)
    if (this.#received.length < end) return
    const answer = {
      status: this.#received.slice(9, 12),
      body: this.#received.slice(head + 4, end),
    }
    this.#received = ''
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(answer)
  }
}

function closed(): Error {
  return new Error('the server closed the connection')
}
