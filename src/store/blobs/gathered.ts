/**
 * Bytes that come in pieces, side by side: room doubles as it is needed, up to what a caller lets in.
 *
 * @module
 */
const ROOM_BYTES_MIN = 4096

export class Gathered {
  #room = Buffer.alloc(0)
  #bytes = 0

  /** Copies. */
  add(piece: Uint8Array): void {
    const bytes = this.#bytes + piece.length
    if (bytes > this.#room.length) {
      const room = Buffer.allocUnsafe(Math.max(ROOM_BYTES_MIN, 2 * this.#room.length, bytes))
      room.set(this.bytes)
      this.#room = room
    }
    this.#room.set(piece, this.#bytes)
    this.#bytes = bytes
  }

  /** A view. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#bytes)
  }
}
