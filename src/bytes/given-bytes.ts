/**
 * Bytes as callers give them: what may be read, and how.
 *
 * Taken are Uint8Arrays of every kind: Buffers, views, those of another realm or of a class of the caller's. What
 * comes out is a plain view of the same memory whose length nobody can change, so that a length is no one's claim.
 * Two things are different. Memory that threads share is copied, once, before anything looks at it: checking
 * what another thread writes at the same time proves nothing, and C code that reads it twice can be led astray. And
 * a caller can take his memory away while we wait (transfer it, shrink it): then the view is empty, and
 * {@link checkStill} says so before it is taken for an empty object.
 *
 * @module
 */
import { types } from 'node:util'
import { SealtrailError } from '../errors.js'
import { unlike } from '../given.js'
import { secretBytes } from './secret.js'

/** The getters that every typed array has, whatever its own class says. */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const lengthOf = getter<number>('length')
const offsetOf = getter<number>('byteOffset')
const bufferOf = getter<ArrayBufferLike>('buffer')

/** V8 keeps typed arrays up to this size in its heap, and moves them out at the first touch of their buffer. */
const IN_HEAP_BYTES_MAX = 64

/**
 * The bytes as a view of our own; a copy of them where threads share their memory.
 * @throws SealtrailError `InputInvalid`
 */
export function givenBytes(given: unknown, what: string): Uint8Array {
  const size = sizeOf(given, what)
  const bytes = new Uint8Array(bufferOf(given), offsetOf(given), size)
  return types.isSharedArrayBuffer(bytes.buffer) ? new Uint8Array(bytes) : bytes
}

/**
 * A copy of the bytes, read once, outside V8's heap. Their own buffer is not touched when they are few: it may be
 * a key, of which the touch would leave a copy behind.
 * @throws SealtrailError `InputInvalid`
 */
export function copyOfGiven(given: unknown, what: string): Uint8Array {
  const size = sizeOf(given, what)
  if (size > IN_HEAP_BYTES_MAX) return new Uint8Array(given as Uint8Array)
  const copy = secretBytes(size)
  for (let i = 0; i < size; i++) copy[i] = (given as Uint8Array)[i]!
  return copy
}

/** Of what {@link givenBytes} gave when it had `size` bytes. @throws SealtrailError `InputInvalid` */
export function checkStill(bytes: Uint8Array, size: number): void {
  if (bytes.length === size) return
  throw new SealtrailError('InputInvalid', 'the bytes were detached before they were read')
}

/** True when {@link givenBytes} made `bytes` as a copy of `given`: then wiping them is ours. */
export function isCopyOf(given: Uint8Array, bytes: Uint8Array): boolean {
  return bytes.buffer !== bufferOf(given)
}

function sizeOf(given: unknown, what: string): number {
  if (!types.isUint8Array(given)) throw unlike(what, 'a Uint8Array', given)
  const size = lengthOf(given)
  if (size === 0 && isGone(given)) {
    throw new SealtrailError('InputInvalid', `${what} must be a Uint8Array, not a detached one`)
  }
  return size
}

/** Every method of a typed array first asks whether its memory is still there. */
function isGone(given: Uint8Array): boolean {
  try {
    Uint8Array.prototype.keys.call(given)
    return false
  } catch {
    return true
  }
}

function getter<T>(name: 'length' | 'byteOffset' | 'buffer'): (of: unknown) => T {
  const { get } = Object.getOwnPropertyDescriptor(typedArray, name)!
  return (of) => get!.call(of) as T
}
