/**
 * A big-endian reader that cannot run past its end.
 *
 * Every read states its size first; a read that does not fit throws what the owner of the format
 * says, so that a parser is a list of fields and no bounds arithmetic.
 *
 * @module
 */

export class Cursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #overrun: () => Error
  #offset = 0

  /** `overrun` makes the error thrown when a read does not fit. */
  constructor(bytes: Uint8Array, overrun: () => Error) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#overrun = overrun
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** Bytes left. */
  get left(): number {
    return this.#bytes.length - this.#offset
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  /** As a number: only for sizes, which stay below 2^53. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8)))
  }

  /** The next `size` bytes, as a view into the source. */
  bytes(size: number): Uint8Array {
    const start = this.#take(size)
    return this.#bytes.subarray(start, start + size)
  }

  #take(size: number): number {
    if (size > this.left) throw this.#overrun()
    const start = this.#offset
    this.#offset += size
    return start
  }
}
