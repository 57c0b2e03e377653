/**
 * Answers on their way to the native front: all of one turn of the event loop in one call.
 *
 *     | connection | serial | flags | bytes | head and body, as they go out |   for each answer, or piece of one
 *
 * The memory is kept from call to call, and wiped by each. The other side is native/src/front/exchange.rs.
 *
 * @module
 */
import { STATUS_CODES } from 'node:http'
import { secretBytes } from '../../bytes/secret.js'
import type { Addon, FrontNumber } from '../../engine/native/addon.js'
import { invariant } from '../../invariant.js'

/** Of an answer: the connection ends with it; more of it follows; it breaks off, and the connection with it. */
export const [LAST, MORE, BREAK] = [1, 2, 4]

const ROOM_BYTES = 256 * 1024
const ROW_BYTES = 16

export interface Place {
  readonly connection: number
  readonly serial: number
}

export class Answers {
  readonly #addon: Pick<Addon, 'frontAnswer'>
  readonly #front: FrontNumber
  readonly #room = roomOf(ROOM_BYTES)
  #used = 0

  constructor(addon: Pick<Addon, 'frontAnswer'>, front: FrontNumber) {
    this.#addon = addon
    this.#front = front
  }

  /** `head`: as it goes out, of Latin-1. `flags`: {@link LAST}, {@link MORE}, {@link BREAK}. */
  put(place: Place, head: string, body: string | Uint8Array, flags: number): void {
    const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    const bytes = head.length + bodyBytes
    const isLarge = ROW_BYTES + bytes > ROOM_BYTES
    if (isLarge || this.#used + ROW_BYTES + bytes > ROOM_BYTES) this.#flush()
    const room = isLarge ? roomOf(ROW_BYTES + bytes) : this.#room
    const start = isLarge ? 0 : this.#used
    room.writeUInt32LE(place.connection, start)
    room.writeUInt32LE(place.serial, start + 4)
    room.writeUInt32LE(flags, start + 8)
    room.writeUInt32LE(bytes, start + 12)
    const bodyAt = start + ROW_BYTES + room.write(head, start + ROW_BYTES, 'latin1')
    if (typeof body === 'string') room.write(body, bodyAt)
    else room.set(body, bodyAt)
    if (isLarge) {
      this.#give(room, ROW_BYTES + bytes)
      return
    }
    // After all else that this turn of the event loop has to do.
    if (this.#used === 0) process.nextTick(() => this.#flush())
    this.#used = bodyAt + bodyBytes
  }

  #flush(): void {
    if (this.#used > 0) this.#give(this.#room, this.#used)
    this.#used = 0
  }

  #give(room: Buffer, bytes: number): void {
    // A front that has closed takes nothing.
    if (this.#addon.frontAnswer(this.#front, room, bytes) < 0) room.fill(0, 0, bytes)
  }
}

function roomOf(bytes: number): Buffer {
  const { buffer } = secretBytes(bytes)
  return Buffer.from(buffer)
}

/** `headers`: name, value, name, value …, of our own making: nothing that a client has sent. */
export function headText(status: number, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const line = `${headers[i]}: ${headers[i + 1]}`
    invariant(!line.includes('\r') && !line.includes('\n'), 'a header is one line')
    text += `${line}\r\n`
  }
  return `${text}\r\n`
}
