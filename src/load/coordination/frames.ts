/**
 * Messages in a stream of bytes: JSON behind its length.
 *
 *     | u32 bytes, big-endian | JSON in UTF-8 | …
 *
 * A length that is too large is refused when it is read, before anything is kept of what it announces.
 * Source: docs/FORMAT.md §15.2.
 *
 * @module
 */
const HEAD_BYTES = 4
/** Room that stays; most messages have less. */
const KEPT_BYTES = 4096

/** @throws Error when it has more than `bytesMax` */
export function frameOf(message: object, bytesMax: number): Buffer {
  const text = JSON.stringify(message)
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) throw new Error(`a message has ${bytes} bytes, more than ${bytesMax}`)
  const frame = Buffer.allocUnsafe(HEAD_BYTES + bytes)
  frame.writeUInt32BE(bytes)
  frame.write(text, HEAD_BYTES)
  return frame
}

export class Frames {
  /** Of one message; the next one that begins is held against it. */
  bytesMax: number
  readonly #onValue: (value: unknown) => void
  /** Of a length, or of a message: copied, since a piece of one byte takes up hundreds. */
  #kept = Buffer.allocUnsafe(KEPT_BYTES)
  #held = 0
  /** Undefined of a length. */
  #wanted: number | undefined

  /** @param onValue told of each message, as JSON has it */
  constructor(bytesMax: number, onValue: (value: unknown) => void) {
    this.bytesMax = bytesMax
    this.#onValue = onValue
  }

  /** @throws Error of what is no such stream; whatever `onValue` throws */
  push(piece: Buffer): void {
    for (let at = 0; ; ) {
      const wanted = this.#wanted ?? HEAD_BYTES
      const rest = piece.subarray(at, at + wanted - this.#held)
      this.#keep(rest)
      at += rest.length
      if (this.#held < wanted) return
      this.#held = 0
      if (this.#wanted === undefined) this.#begin(this.#kept.readUInt32BE())
      else this.#end(wanted)
    }
  }

  #keep(piece: Buffer): void {
    const bytes = this.#held + piece.length
    if (bytes > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytes, 2 * this.#kept.length))
      this.#kept.copy(larger, 0, 0, this.#held)
      this.#kept = larger
    }
    piece.copy(this.#kept, this.#held)
    this.#held = bytes
  }

  #begin(bytes: number): void {
    if (bytes > this.bytesMax) {
      throw new Error(`a message of ${bytes} bytes, more than ${this.bytesMax}`)
    }
    this.#wanted = bytes
  }

  #end(bytes: number): void {
    const text = this.#kept.toString('utf8', 0, bytes)
    if (this.#kept.length > KEPT_BYTES) this.#kept = Buffer.allocUnsafe(KEPT_BYTES)
    this.#wanted = undefined
    this.#onValue(parsed(text))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('a message that is not JSON')
  }
}
