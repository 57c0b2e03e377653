/**
 * CBOR, read item by item: the reader says what must come next, so nothing goes deeper than it asks.
 *
 * Arrays and maps may say how long they are, or end where they say so; texts and bytes say it. Items are cborg's.
 * Source: RFC 8949.
 *
 * @module
 */
import { type Token, Tokenizer, Type } from 'cborg'

/** Of a text or bytes, in bytes; both are possible. */
export interface Lengths {
  readonly least: number
  readonly most: number
}

const NO_BIG_NUMBERS = { allowBigInt: false }

/** Every method throws a plain Error for what is not as it says. */
export class CborReader {
  readonly #tokens: Tokenizer

  constructor(bytes: Uint8Array) {
    this.#tokens = new Tokenizer(bytes, NO_BIG_NUMBERS)
  }

  /** An array or a map; `item` is called behind each key or in front of each item, and reads the rest. */
  each(type: 'array' | 'map', item: (first: Token) => void): number {
    const length = this.#next(type).value as number
    let count = 0
    for (; count < length; count++) {
      const first = this.#tokens.next()
      if (first.type.name === Type.break.name) {
        if (length === Number.POSITIVE_INFINITY) return count
        throw new Error(`${type} that ends early`)
      }
      item(first)
    }
    return count
  }

  /** The head of an array of so many items, which the caller reads; behind `tag`, if it is there. */
  tuple(tag: number, length: number): void {
    let token = this.#tokens.next()
    if (token.type.name === Type.tag.name && token.value === tag) token = this.#tokens.next()
    const isTuple = token.type.name === Type.array.name && token.value === length
    if (!isTuple) throw new Error(`no array of ${length}`)
  }

  uint(): number {
    return uintIn(this.#tokens.next())
  }

  text(): string {
    return textIn(this.#next('string'))
  }

  bytes(lengths: Lengths): Uint8Array {
    return bytesIn(this.#tokens.next(), lengths)
  }

  /** The same, or null. */
  bytesOrNull(lengths: Lengths): Uint8Array | undefined {
    const token = this.#tokens.next()
    return token.type.name === Type.null.name ? undefined : bytesIn(token, lengths)
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.#tokens.done()) throw new Error('more than one item')
  }

  #next(type: string): Token {
    return typed(this.#tokens.next(), type)
  }
}

export function uintIn(token: Token): number {
  return typed(token, 'uint').value as number
}

export function textIn(token: Token): string {
  return typed(token, 'string').value as string
}

export function bytesIn(token: Token, { least, most }: Lengths): Uint8Array {
  const bytes = typed(token, 'bytes').value as Uint8Array
  if (bytes.length >= least && bytes.length <= most) return bytes
  throw new Error(`bytes of length ${bytes.length}`)
}

function typed(token: Token, type: string): Token {
  if (token.type.name === type) return token
  throw new Error(`${token.type.name} where ${type} must be`)
}
