/** Bytes as callers give them: every kind of Uint8Array, and nothing else. */
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { checkStill, copyOfGiven, givenBytes, isCopyOf } from '../../src/bytes/given-bytes.js'

const refused = (message: string) => expect.objectContaining({ code: 'InputInvalid', message })
const text = 'bytes of any length'

class Liar extends Uint8Array {
  override get length(): number {
    return Number.NaN
  }
  override get byteOffset(): number {
    return -1
  }
  override get buffer(): ArrayBuffer {
    return new ArrayBuffer(1)
  }
}

function filled<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
const resizable = () =>
  new (ArrayBuffer as unknown as new (size: number, options: object) => ResizableBuffer)(
    text.length,
    { maxByteLength: 100 },
  )
interface ResizableBuffer extends ArrayBuffer {
  resize(size: number): void
}

const KINDS: ReadonlyArray<[string, () => Uint8Array]> = [
  ['a Uint8Array', () => filled(new Uint8Array(text.length))],
  ['a Buffer', () => Buffer.from(text)],
  ['a view', () => Buffer.from(`((${text}))`).subarray(2, -2)],
  ['shared memory', () => filled(new Uint8Array(new SharedArrayBuffer(text.length)))],
  ['resizable memory', () => filled(new Uint8Array(resizable()))],
  ['another realm', () => filled(runInNewContext(`new Uint8Array(${text.length})`))],
  ['a class that lies', () => filled(new Liar(text.length))],
  ['more than V8 keeps in its heap', () => filled(new Uint8Array(100)).subarray(0, text.length)],
]

describe('given bytes', () => {
  it.each(KINDS)('may be those of %s', (_, make) => {
    for (const take of [givenBytes, copyOfGiven]) {
      const bytes = take(make(), 'it')
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      expect(bytes.length).toBe(text.length)
      expect(Buffer.from(bytes).toString()).toBe(text)
    }
  })

  it('stay where they are, unless threads share them', () => {
    const [own, shared] = [new Uint8Array(8), new Uint8Array(new SharedArrayBuffer(8))]
    const [view, copy] = [givenBytes(own, 'it'), givenBytes(shared, 'it')]
    own[0] = 1
    shared[0] = 1
    expect([view[0], copy[0]]).toEqual([1, 0])
    expect([isCopyOf(own, view), isCopyOf(shared, copy)]).toEqual([false, true])
  })

  it('are not changed through a copy, nor it by them', () => {
    const own = Buffer.from(text)
    const copy = copyOfGiven(own, 'it')
    own.fill(0)
    expect(Buffer.from(copy).toString()).toBe(text)
  })

  it.each([
    [() => 'text', 'it must be a Uint8Array, not a string'],
    [() => new ArrayBuffer(3), 'it must be a Uint8Array, not an ArrayBuffer'],
    [() => new Uint16Array(3), 'it must be a Uint8Array, not a Uint16Array'],
    [() => [1, 2], 'it must be a Uint8Array, not an Array'],
    [() => null, 'it must be a Uint8Array, not null'],
    [() => new Proxy(new Uint8Array(1), {}), 'it must be a Uint8Array, not a Proxy'],
    [
      () => ({ [Symbol.toStringTag]: 'a secret\n'.repeat(9) }),
      'it must be a Uint8Array, not an Object',
    ],
  ])('are not %s', (make, message) => {
    for (const take of [givenBytes, copyOfGiven]) {
      expect(() => take(make(), 'it')).toThrow(refused(message))
    }
  })

  it('are not what has been detached or cut off', () => {
    const detached = new Uint8Array(5)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    const buffer = resizable()
    const cut = new Uint8Array(buffer, 5, 3)
    buffer.resize(4)
    const empty = new Uint8Array(0)
    structuredClone(empty.buffer, { transfer: [empty.buffer] })
    for (const gone of [detached, cut, empty]) {
      for (const take of [givenBytes, copyOfGiven]) {
        expect(() => take(gone, 'it')).toThrow(
          refused('it must be a Uint8Array, not a detached one'),
        )
      }
    }
    expect(givenBytes(new Uint8Array(0), 'it')).toHaveLength(0)
  })

  it('are missed when they are taken away later', () => {
    const own = new Uint8Array(5)
    const buffer = resizable()
    const views = [givenBytes(own, 'it'), givenBytes(new Uint8Array(buffer), 'it')] as const
    checkStill(views[0], 5)
    checkStill(views[1], text.length)
    structuredClone(own.buffer, { transfer: [own.buffer] })
    buffer.resize(1)
    const message = 'the bytes were detached before they were read'
    expect(() => checkStill(views[0], 5)).toThrow(refused(message))
    expect(() => checkStill(views[1], text.length)).toThrow(refused(message))
  })
})
