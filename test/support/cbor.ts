/** CBOR as tests write it: also what no library would write, such as a member twice. */

/** A map by its pairs; `isOpen`: without its length. */
export interface CborMap {
  readonly pairs: ReadonlyArray<readonly [key: CborValue, value: CborValue]>
  readonly isOpen?: boolean
}

export type CborValue = number | string | Uint8Array | null | readonly CborValue[] | CborMap

export function cbor(value: CborValue): Buffer {
  if (value === null) return Buffer.from('f6', 'hex')
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), utf8(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if ('pairs' in value) {
    const content = value.pairs.flat().map(cbor)
    const [first, last] = value.isOpen ? [[0xbf], [0xff]] : [head(5, value.pairs.length), []]
    return Buffer.concat([Buffer.from(first), ...content, Buffer.from(last)])
  }
  return Buffer.concat([head(4, value.length), ...value.map(cbor)])
}

function utf8(text: string): Buffer {
  return Buffer.from(text)
}

/** Type and number, as short as can be. */
export function head(type: number, n: number): Buffer {
  const [size, code] = n < 24 ? [0, n] : n < 2 ** 8 ? [1, 24] : n < 2 ** 16 ? [2, 25] : [8, 27]
  const bytes = Buffer.alloc(1 + size)
  bytes[0] = (type << 5) | code
  if (size === 8) bytes.writeBigUInt64BE(BigInt(n), 1)
  else if (size > 0) bytes.writeUIntBE(n, 1, size)
  return bytes
}
