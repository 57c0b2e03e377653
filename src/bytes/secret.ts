/**
 * Room for secrets where V8 does not move them: the one constructor of bytes that must not stay behind.
 *
 * A typed array of up to 64 bytes, Buffer.alloc's too, begins inside V8's heap; a collection, or its first
 * crossing into C++, moves it and leaves its bytes behind, where no fill(0) finds them. An ArrayBuffer made
 * first stands outside the heap from the start, and nobody else's bytes stand in it, as they do behind a small
 * Buffer. test/house.test.ts names the files where secrets pass and nothing else is used.
 *
 * @module
 */

/** `size` zero bytes that stay where they are; wiping them is the caller's duty. */
export function secretBytes(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size))
}

/** The same bytes in such room. `bytes` stay where they are, also when that is V8's heap. */
export function secretCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = secretBytes(bytes.length)
  copy.set(bytes)
  return copy
}
