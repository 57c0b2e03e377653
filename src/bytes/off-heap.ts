/**
 * Room for secrets where V8 does not move them.
 *
 * A typed array of up to 64 bytes, Buffer.alloc's too, begins inside V8's heap; a collection, or its first
 * crossing into C++, moves it and leaves its bytes behind, where no fill(0) finds them. An ArrayBuffer made
 * first stands outside the heap from the start.
 *
 * @module
 */

/** `size` zero bytes that stay where they are; wiping them is the caller's duty. */
export function offHeap(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size))
}
