/**
 * Elements of ASN.1: read as DER writes them, written as DER does, or as BER does without a length.
 *
 *     | tag | length | content |        | tag | 80 | elements … | 00 00 |
 *
 * Tags of one byte, lengths of two bytes: nothing here is longer. What elements mean is for those who read them.
 * Source: ITU-T X.690.
 *
 * @module
 */
import { Cursor } from './cursor.js'

export interface Element {
  readonly tag: number
  /** A view. */
  readonly content: Uint8Array
}

export const BOOLEAN = 0x01
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const OBJECT_ID = 0x06
export const SEQUENCE = 0x30
export const SET = 0x31

const LONG_TAG = 0x1f
const END = Buffer.from('0000', 'hex')

/** The elements that `bytes` are, side by side. @throws Error for what is not DER, or longer than here. */
export function elementsOf(bytes: Uint8Array): Element[] {
  const elements: Element[] = []
  const cursor = new Cursor(bytes, () => new Error('an element of DER that ends early'))
  while (cursor.left > 0) {
    const tag = cursor.u8()
    if ((tag & LONG_TAG) === LONG_TAG) throw new Error('a tag of more than one byte')
    elements.push({ tag, content: cursor.bytes(lengthIn(cursor)) })
  }
  return elements
}

/** Whether `bytes` are one element of `tag`, and nothing more. */
export function isOneElement(bytes: Uint8Array, tag: number): boolean {
  try {
    const [first, ...others] = elementsOf(bytes)
    return first?.tag === tag && others.length === 0
  } catch {
    return false
  }
}

function lengthIn(cursor: Cursor): number {
  const first = cursor.u8()
  if (first < 0x80) return first
  const length = first === 0x81 ? cursor.u8() : first === 0x82 ? cursor.u16() : 0
  const least = first === 0x81 ? 0x80 : 0x100
  if (length < least) throw new Error('a length that DER does not write so')
  return length
}

/** An element in DER, of pieces that follow each other. */
export function element(tag: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(pieces)
  return Buffer.concat([elementHead(tag, content.length), content])
}

/** What stands before so many bytes of content. */
export function elementHead(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff)
}

/** An element in BER, which ends where it says so. */
export function openElement(tag: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, 0x80), ...pieces, END])
}
