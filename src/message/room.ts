/**
 * Room for bytes that are about to be written, every one of them.
 *
 * @module
 */

/** From here on, filling with zeros first would cost as much as sealing (bench/message/stream.bench.ts). */
const UNFILLED_BYTES_MIN = 4096

/** A new array, never one of a pool; its first content may be anything. */
export function roomFor(bytes: number): Uint8Array {
  if (bytes < UNFILLED_BYTES_MIN) return new Uint8Array(bytes)
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}
