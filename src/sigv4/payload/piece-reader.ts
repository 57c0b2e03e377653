/**
 * Lines and counted bytes out of pieces that are cut anywhere. A piece is used up before the next is asked for.
 *
 * @module
 */
const NO_BYTES = new Uint8Array(0)
const [CR, LF] = [0x0d, 0x0a]

export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array>
  #piece: Uint8Array = NO_BYTES
  #at = 0

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** True when nothing more comes. */
  async isAtEnd(): Promise<boolean> {
    while (this.#at === this.#piece.length) {
      const { done, value } = await this.#pieces.next()
      if (done === true) {
        this.#piece = NO_BYTES
        this.#at = 0
        return true
      }
      this.#piece = value
      this.#at = 0
    }
    return false
  }

  /** At least one of the next bytes, and `bytesMax` at most; a view. Undefined at the end. */
  async some(bytesMax: number): Promise<Uint8Array | undefined> {
    if (await this.isAtEnd()) return undefined
    const from = this.#at
    this.#at = Math.min(this.#piece.length, from + bytesMax)
    return this.#piece.subarray(from, this.#at)
  }

  /** False when they end before `target` is full. */
  async fill(target: Uint8Array): Promise<boolean> {
    for (let at = 0; at < target.length; ) {
      const bytes = await this.some(target.length - at)
      if (bytes === undefined) return false
      target.set(bytes, at)
      at += bytes.length
    }
    return true
  }

  /** The next line without its CRLF, a character for each byte; undefined when it does not end within `bytesMax`. */
  async line(bytesMax: number): Promise<{ readonly text: string } | 'cut' | 'too long'> {
    let text = ''
    while (text.length <= bytesMax) {
      if (await this.isAtEnd()) return 'cut'
      const piece = this.#piece
      let end = this.#at
      const most = Math.min(piece.length, end + bytesMax + 2 - text.length)
      while (end < most && piece[end] !== LF) end++
      const isEnd = end < most
      text += Buffer.from(piece.buffer, piece.byteOffset + this.#at, end - this.#at).toString(
        'latin1',
      )
      this.#at = isEnd ? end + 1 : end
      if (!isEnd) continue
      if (text.endsWith('\r')) return { text: text.slice(0, -1) }
      text += '\n'
    }
    return 'too long'
  }

  /** Whether CRLF comes next, which it then has passed. */
  async passLineEnd(): Promise<boolean> {
    for (const byte of [CR, LF]) {
      const bytes = await this.some(1)
      if (bytes?.[0] !== byte) return false
    }
    return true
  }

  /** Nothing more is asked for. */
  async stop(): Promise<void> {
    await this.#pieces.return?.()
  }
}
