/**
 * How many records are in the text of a log file, counted as its bytes pass.
 *
 *     {"Records":[ {…},{…} ]}
 *
 * Only the form in which trails write: no white space between members. What a record holds is not looked at, but for
 * where it ends.
 *
 * @module
 */
export const HEAD = Buffer.from('{"Records":[')
export const TAIL = Buffer.from(']}')

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN, CLOSE] = [0x7b, 0x7d]
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d]

export class RecordCount {
  #bytes = 0
  /** Of braces and brackets within a record. */
  #depth = 0
  #isText = false
  #isEscaped = false
  /** A comma was last, behind which a record must come. */
  #isOwed = false
  #tailBytes = 0
  #isBroken = false
  count = 0

  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && !this.#isBroken; i++) this.#take(bytes[i]!)
  }

  /** What passed was a whole log file, in that form. */
  get isWhole(): boolean {
    return !this.#isBroken && this.#tailBytes === TAIL.length
  }

  #take(byte: number): void {
    if (this.#bytes < HEAD.length) this.#isBroken = byte !== HEAD[this.#bytes]
    else if (this.#tailBytes > 0) this.#isBroken = byte !== TAIL[this.#tailBytes++]
    else if (this.#isText) this.#takeText(byte)
    else if (this.#depth > 0) this.#takeInside(byte)
    else this.#takeBetween(byte)
    this.#bytes++
  }

  #takeText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) this.#isText = false
  }

  #takeInside(byte: number): void {
    if (byte === QUOTE) this.#isText = true
    else if (byte === OPEN || byte === OPEN_LIST) this.#depth++
    else if (byte === CLOSE || byte === CLOSE_LIST) this.#depth--
  }

  #takeBetween(byte: number): void {
    const isFirst = this.count === 0
    if (byte === OPEN && (isFirst || this.#isOwed)) {
      this.count++
      this.#depth = 1
      this.#isOwed = false
    } else if (byte === COMMA && !isFirst && !this.#isOwed) this.#isOwed = true
    else if (byte === CLOSE_LIST && !this.#isOwed) this.#tailBytes = 1
    else this.#isBroken = true
  }
}
