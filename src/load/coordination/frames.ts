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
  #pieces: Buffer[] = []
  #held = 0
  #wanted: number | undefined

  /** @param onValue told of each message, as JSON has it */
  constructor(bytesMax: number, onValue: (value: unknown) => void) {
    this.bytesMax = bytesMax
    this.#onValue = onValue
  }

  /** @throws Error of what is no such stream; whatever `onValue` throws */
  push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#held += piece.length
    for (;;) {
      if (this.#wanted === undefined) {
        if (this.#held < HEAD_BYTES) return
        this.#wanted = this.#take(HEAD_BYTES).readUInt32BE()
        if (this.#wanted > this.bytesMax) {
          throw new Error(`a message of ${this.#wanted} bytes, more than ${this.bytesMax}`)
        }
      }
      if (this.#held < this.#wanted) return
      const text = this.#take(this.#wanted).toString()
      this.#wanted = undefined
      this.#onValue(parsed(text))
    }
  }

  #take(bytes: number): Buffer {
    const whole = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    const rest = whole.subarray(bytes)
    this.#pieces = rest.length === 0 ? [] : [rest]
    this.#held = rest.length
    return whole.subarray(0, bytes)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('a message that is not JSON')
  }
}
